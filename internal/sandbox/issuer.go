package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
)

// issuerPath is where issuers of the sandbox's own stand: an issuer
// ADDRESS/issuer/NAME has its discovery document and keys below that.
const issuerPath = "/issuer/"

// issuer is somebody whose tokens Entra trades. Real ones publish their keys; the sandbox asks no other machine and has
// to be given them, or makes them up itself.
type issuer struct {
	public jose.JSONWebKeySet
	own    *signer // of an issuer that the sandbox plays
}

// Trust registers the keys of an issuer, as its own JSON Web Key Set shows them.
func (s *Sandbox) Trust(address string, keys []byte) error {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(keys, &set); err != nil || len(set.Keys) == 0 {
		return fmt.Errorf("trust issuer %s: the keys are no JSON Web Key Set", address)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issuers[address] = &issuer{public: set}
	return nil
}

// Assertion is a token that an issuer gives to a job.
type Assertion struct {
	Issuer   string         `json:"issuer"`
	Subject  string         `json:"subject"`
	Audience string         `json:"audience"` // empty: api://AzureADTokenExchange
	Lifetime string         `json:"lifetime"` // empty: ten minutes; a negative one has ended
	Claims   map[string]any `json:"claims"`   // besides
}

// Mint plays an issuer and gives out a token of its own, with a key that is made when the first one is. It takes the
// place of keys that were registered for that issuer.
func (s *Sandbox) Mint(a Assertion) (string, error) {
	life := 10 * time.Minute
	if a.Lifetime != "" {
		var err error
		if life, err = time.ParseDuration(a.Lifetime); err != nil {
			return "", fmt.Errorf("mint token: %w", err)
		}
	}
	key, err := s.issuerKey(a.Issuer)
	if err != nil {
		return "", err
	}
	now := s.clock()
	claims := map[string]any{"jti": uuid.NewString()}
	for name, v := range a.Claims {
		claims[name] = v
	}
	claims["iss"], claims["sub"], claims["aud"] = a.Issuer, a.Subject, a.Audience
	if a.Audience == "" {
		claims["aud"] = "api://AzureADTokenExchange"
	}
	from := now
	if life < 0 {
		from = now.Add(2 * life)
	}
	claims["iat"], claims["nbf"], claims["exp"] = from.Unix(), from.Unix(), now.Add(life).Unix()
	return signed(key, claims)
}

// signed is a set of claims as a signed token.
func signed(key *signer, claims any) (string, error) {
	sig, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key.key}, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", key.id))
	if err != nil {
		return "", fmt.Errorf("open token signer: %w", err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encode token: %w", err)
	}
	out, err := sig.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return out.CompactSerialize()
}

func (s *Sandbox) issuerKey(address string) (*signer, error) {
	if u, err := url.Parse(address); err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("play issuer: %q is no https address", address)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.issuers[address]; i != nil && i.own != nil {
		return i.own, nil
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make issuer key: %w", err)
	}
	sum := sha256.Sum256(key.N.Bytes())
	own := &signer{key: key, id: base64.RawURLEncoding.EncodeToString(sum[:20])}
	s.issuers[address] = &issuer{own: own, public: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: own.id, Use: "sig", Algorithm: string(jose.RS256)}}}}
	return own, nil
}

// serveIssuer answers for an issuer of the sandbox's own, by which any client can check its tokens.
func (s *Sandbox) serveIssuer(w http.ResponseWriter, r *http.Request) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, issuerPath), "/")
	address := originOf(r) + issuerPath + name
	if _, err := s.issuerKey(address); err != nil || name == "" {
		http.NotFound(w, r)
		return
	}
	switch rest {
	case ".well-known/openid-configuration":
		writeJSON(w, http.StatusOK, map[string]any{
			"issuer": address, "jwks_uri": address + "/keys", "subject_types_supported": []any{"public"}, "response_types_supported": []any{"id_token"},
			"id_token_signing_alg_values_supported": []any{"RS256"}, "scopes_supported": []any{"openid"}, "claims_supported": []any{"sub", "aud", "exp", "iat", "iss", "jti", "nbf"},
		})
	case "keys":
		s.mu.Lock()
		keys := s.issuers[address].public
		s.mu.Unlock()
		writeJSON(w, http.StatusOK, keys)
	default:
		http.NotFound(w, r)
	}
}
