package actionstest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Identity issues the tokens by which a job says who it is, as
// token.actions.githubusercontent.com does.
type Identity struct {
	Issuer string // address, over HTTPS

	now  func() time.Time
	key  *rsa.PrivateKey
	mu   sync.Mutex
	jobs map[string]string // subject by the bearer token of the job
	said []string          // subjects that a token was made for
}

// NewIdentity serves until the test ends. start starts the HTTPS server, with a
// certificate that the test's programs trust, and returns its address.
func NewIdentity(t testing.TB, now func() time.Time, start func(http.Handler) *httptest.Server) *Identity {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	id := &Identity{now: now, key: key, jobs: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /token", id.issue)
	id.Issuer = start(mux).URL
	return id
}

// Keys are what its tokens are signed with, as a JSON Web Key Set.
func (id *Identity) Keys() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &id.key.PublicKey, KeyID: "1", Algorithm: string(jose.RS256), Use: "sig"}}}
}

// Subjects are those that tokens were made for since the last call.
func (id *Identity) Subjects() []string {
	id.mu.Lock()
	defer id.mu.Unlock()
	out := id.said
	id.said = nil
	return out
}

// grant gives a job the address and the token to ask with.
func (id *Identity) grant(subject string) (address, token string) {
	token = rand.Text()
	id.mu.Lock()
	defer id.mu.Unlock()
	id.jobs[token] = subject
	return id.Issuer + "/token?api-version=2.0", token
}

func (id *Identity) issue(w http.ResponseWriter, r *http.Request) {
	scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	id.mu.Lock()
	subject, known := id.jobs[bearer]
	id.mu.Unlock()
	if !known || !strings.EqualFold(scheme, "bearer") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	audience := r.URL.Query().Get("audience")
	if audience == "" {
		audience = "https://github.com"
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: id.key, KeyID: "1"}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	now := id.now()
	value, err := jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: id.Issuer, Subject: subject, Audience: jwt.Audience{audience}, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now.Add(-time.Minute)), Expiry: jwt.NewNumericDate(now.Add(5 * time.Minute)),
	}).Serialize()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	id.mu.Lock()
	id.said = append(id.said, subject)
	id.mu.Unlock()
	id.write(w, object{"count": 1, "value": value})
}

func (id *Identity) write(w http.ResponseWriter, doc any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(doc); err != nil {
		panic(fmt.Sprintf("write %T: %v", doc, err)) // a bug of this package
	}
}
