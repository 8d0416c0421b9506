package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	github    = "https://token.actions.githubusercontent.com"
	tradeFor  = "api://AzureADTokenExchange"
	jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// trade sends an assertion and returns the status with the AADSTS code.
func (tn *tenant) trade(app Object, token string) string {
	tn.t.Helper()
	r := tn.form(tn.Seeded().TenantID, url.Values{"grant_type": {"client_credentials"}, "client_id": {text(app, "appId")}, "scope": {GraphAudience + "/.default"},
		"client_assertion": {token}, "client_assertion_type": {jwtBearer}})
	if r.Status == 200 {
		return "200"
	}
	return fmt.Sprint(r.Status, " ", r.Doc["error_codes"])
}

// federating is a tenant with an application that takes the tokens of one job.
func federating(t *testing.T, o Options, issuer, subject, audience string) (*tenant, Object) {
	t.Helper()
	tn := open(t, o)
	op := tn.operator()
	app := op.app(Object{})
	op.must(201, "POST", "/servicePrincipals", Object{"appId": app["appId"]})
	op.must(201, "POST", "/applications/"+text(app, "id")+"/federatedIdentityCredentials",
		Object{"name": "ci-main", "issuer": issuer, "subject": subject, "audiences": []any{audience}})
	return tn, app
}

func mint(t *testing.T, tn *tenant, a Assertion) string {
	t.Helper()
	token, err := tn.Mint(a)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestTheSubjectsOfEveryPlaceAreTradedExactly(t *testing.T) {
	for name, c := range map[string]struct{ issuer, subject string }{
		"GitHub, a branch":       {github, "repo:example/mail:ref:refs/heads/main"},
		"GitHub, an environment": {github, "repo:example/mail:environment:prod"},
		"GitHub, a pull request": {github, "repo:example/mail:pull_request"},
		"GitHub, immutable":      {github, "repo:example@123456/mail@456789:ref:refs/heads/main"},
		"GitLab":                 {"https://gitlab.com", "project_path:example/mail:ref_type:branch:ref:main"},
		"Azure Pipelines":        {"https://login.microsoftonline.com/" + TenantID + "/v2.0", "/eid1/c/pub/t/kZ0b3k2FTUu1ZmKlKQ/a/9ExAW52n_ky4ZiS_jhpJIQ/sc/1/2"},
		"Azure Pipelines, older": {"https://vstoken.dev.azure.com/3f0c7d5e-0000-4000-8000-000000000001", "sc://example/Mail/connection"},
		"Kubernetes":             {"https://oidc.example/cluster/", "system:serviceaccount:mail:mailprov"},
	} {
		t.Run(name, func(t *testing.T) {
			tn, app := federating(t, Options{}, c.issuer, c.subject, tradeFor)
			if got := tn.trade(app, mint(t, tn, Assertion{Issuer: c.issuer, Subject: c.subject})); got != "200" {
				t.Errorf("the right token: %s", got)
			}
			slash := strings.TrimSuffix(c.issuer, "/")
			if slash == c.issuer {
				slash += "/"
			}
			for what, wrong := range map[string]struct {
				a    Assertion
				want string
			}{
				"another issuer":        {Assertion{Issuer: "https://evil.example", Subject: c.subject}, "401 [700211]"},
				"a slash more or less":  {Assertion{Issuer: slash, Subject: c.subject}, "401 [700211]"},
				"another subject":       {Assertion{Issuer: c.issuer, Subject: c.subject + "x"}, "401 [700213]"},
				"a part of the subject": {Assertion{Issuer: c.issuer, Subject: c.subject[:len(c.subject)-1]}, "401 [700213]"},
				"another case":          {Assertion{Issuer: c.issuer, Subject: strings.ToUpper(c.subject)}, "401 [7002138]"},
				"another audience":      {Assertion{Issuer: c.issuer, Subject: c.subject, Audience: "https://github.com/example"}, "401 [700212]"},
				"an audience in small":  {Assertion{Issuer: c.issuer, Subject: c.subject, Audience: strings.ToLower(tradeFor)}, "401 [700212]"},
				"a token that is over":  {Assertion{Issuer: c.issuer, Subject: c.subject, Lifetime: "-10m"}, "401 [700024]"},
			} {
				if got := tn.trade(app, mint(t, tn, wrong.a)); got != wrong.want {
					t.Errorf("%s: %s, want %s", what, got, wrong.want)
				}
			}
		})
	}
}

func TestATokenMustBeSignedByItsIssuer(t *testing.T) {
	const subject = "repo:example/mail:environment:prod"
	tn, app := federating(t, Options{}, github, subject, tradeFor)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := tn.Time()
	token := func(alg jose.SignatureAlgorithm, with any, kid string) string {
		sig, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: with}, (&jose.SignerOptions{}).WithHeader("kid", kid))
		if err != nil {
			t.Fatal(err)
		}
		out, err := jwt.Signed(sig).Claims(map[string]any{"iss": github, "sub": subject, "aud": []any{tradeFor}, "nbf": now.Unix(), "exp": now.Add(time.Minute).Unix()}).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	mine := token(jose.RS256, key, "k")
	if got := tn.trade(app, mine); got != "501 [50000]" {
		t.Errorf("with no keys of the issuer: %s", got)
	}
	genuine := mint(t, tn, Assertion{Issuer: github, Subject: subject})
	if got := tn.trade(app, mine); got != "401 [700027]" {
		t.Errorf("by a key of nobody's: %s", got)
	}
	parts, other := strings.Split(genuine, "."), strings.Split(mint(t, tn, Assertion{Issuer: github, Subject: "another"}), ".")
	if got := tn.trade(app, parts[0]+"."+parts[1]+"."+other[2]); got != "401 [700027]" {
		t.Errorf("by a signature of another token: %s", got)
	}
	if got := tn.trade(app, token(jose.ES256, curve, "k")); got != "401 [5002738]" {
		t.Errorf("by another algorithm: %s", got)
	}
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := tn.Trust(github, keys); err != nil {
		t.Fatal(err)
	}
	if got := tn.trade(app, mine); got != "200" {
		t.Errorf("by a registered key: %s", got)
	}
	if got := tn.trade(app, genuine); got != "401 [700027]" {
		t.Errorf("by a key that was replaced: %s", got)
	}
	tn.Advance(time.Hour)
	if got := tn.trade(app, mine); got != "401 [700024]" {
		t.Errorf("an hour later: %s", got)
	}
	for _, junk := range []string{"", "a.b.c", "abc", parts[0] + "." + parts[1] + "."} {
		if got := tn.trade(app, junk); got == "200" {
			t.Errorf("%q is traded", junk)
		}
	}
}

func TestANewFederatedCredentialLags(t *testing.T) {
	tn, app := federating(t, Options{Faults: &Faults{Lag: &Lag{Apps: Amount{Count: 2}}}}, github, "s", tradeFor)
	token := mint(t, tn, Assertion{Issuer: github, Subject: "s"})
	var seen []string
	for range 8 {
		if seen = append(seen, tn.trade(app, token)); seen[len(seen)-1] == "200" {
			break
		}
	}
	if last := seen[len(seen)-1]; last != "200" || seen[len(seen)-2] != "401 [700211]" {
		t.Errorf("it was refused and taken: %v", seen)
	}
}

func TestAnIssuerOfTheSandboxShowsItsKeys(t *testing.T) {
	tn := open(t, Options{})
	get := func(path string) (out struct {
		Issuer string            `json:"issuer"`
		Keys   []jose.JSONWebKey `json:"keys"`
		JWKS   string            `json:"jwks_uri"`
	}) {
		w := httptest.NewRecorder()
		tn.Handler().ServeHTTP(w, httptest.NewRequest("GET", origin+path, nil))
		if w.Code != 200 || json.Unmarshal(w.Body.Bytes(), &out) != nil {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		return out
	}
	about := get("/issuer/ci/.well-known/openid-configuration")
	if about.Issuer != origin+"/issuer/ci" || about.JWKS != origin+"/issuer/ci/keys" {
		t.Errorf("%+v", about)
	}
	token, err := jwt.ParseSigned(mint(t, tn, Assertion{Issuer: about.Issuer, Subject: "job"}), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	keys, claims := get("/issuer/ci/keys").Keys, jwt.Claims{}
	if len(keys) != 1 || token.Claims(keys[0], &claims) != nil || claims.Subject != "job" {
		t.Errorf("the token is not of these keys: %v", keys)
	}
}

func TestACertificateSignsInUntilItEnds(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	app := op.app(Object{})
	op.must(201, "POST", "/servicePrincipals", Object{"appId": app["appId"]})
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ci"}, NotBefore: tn.Time().Add(-time.Hour), NotAfter: tn.Time().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(audience string) string {
		id := text(app, "appId")
		head := &jose.SignerOptions{}
		for name, v := range thumbprints(cert) {
			head = head.WithHeader(jose.HeaderKey(name), v)
		}
		sig, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.PS256, Key: key}, head)
		if err != nil {
			t.Fatal(err)
		}
		out, err := jwt.Signed(sig).Claims(map[string]any{"iss": id, "sub": id, "aud": audience, "nbf": tn.Time().Unix(), "exp": tn.Time().Add(10 * time.Minute).Unix()}).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	here := origin + "/" + TenantID + "/oauth2/v2.0/token"
	if got := tn.trade(app, sign(here)); got != "401 [700027]" {
		t.Errorf("before it is registered: %s", got)
	}
	err = tn.Mutate(func(truth *Truth) error {
		_, err := truth.AddCertificate(text(app, "id"), "ci", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := tn.trade(app, sign(here)); got != "200" {
		t.Errorf("registered: %s", got)
	}
	if got := tn.trade(app, sign("https://elsewhere.example/oauth2/v2.0/token")); got != "401 [700023]" {
		t.Errorf("for somebody else: %s", got)
	}
	again := open(t, Options{State: tn.Snapshot()})
	if got := again.trade(app, sign(here)); got != "200" {
		t.Errorf("after a restart: %s", got)
	}
	tn.Advance(25 * time.Hour)
	if got := tn.trade(app, sign(here)); got != "401 [700027]" {
		t.Errorf("after its end: %s", got)
	}
}

func TestWhatAFederatedCredentialMayBe(t *testing.T) {
	_, op, app, _ := consenting(t)
	path := "/applications/" + app + "/federatedIdentityCredentials"
	body := func(change Object) Object {
		return merge(Object{"name": "ci-main", "issuer": github, "subject": "repo:a/b:pull_request", "audiences": []any{tradeFor}}, change, Object{})
	}
	for what, c := range map[string]struct {
		change Object
		status int
	}{
		"a blank in the name":      {Object{"name": "ci main"}, 400},
		"a short name":             {Object{"name": "ci"}, 400},
		"a long name":              {Object{"name": strings.Repeat("a", 121)}, 400},
		"no issuer":                {Object{"issuer": ""}, 400},
		"a long issuer":            {Object{"issuer": "https://" + strings.Repeat("a", 600)}, 400},
		"no subject":               {Object{"subject": nil}, 400},
		"a long subject":           {Object{"subject": strings.Repeat("a", 601)}, 400},
		"no audience":              {Object{"audiences": []any{}}, 400},
		"an empty audience":        {Object{"audiences": []any{""}}, 400},
		"an expression for claims": {Object{"claimsMatchingExpression": Object{"value": "claims['sub'] matches 'repo:a/*'", "languageVersion": 1}}, 400},
	} {
		if r := op.do("POST", path, body(c.change)); r.Status != c.status {
			t.Errorf("%s: %d %s", what, r.Status, r.Raw)
		}
	}
	for i := range 20 {
		op.must(201, "POST", path, body(Object{"name": fmt.Sprint("ci-", i), "subject": fmt.Sprint("job ", i)}))
	}
	if r := op.do("POST", path, body(Object{})); r.Status != 400 {
		t.Errorf("the twenty-first: %d %s", r.Status, r.Raw)
	}
	op.must(204, "DELETE", path+"/ci-0", nil)
	if r := op.do("POST", path, body(Object{"subject": "job 1"})); r.Status != 409 {
		t.Errorf("issuer and subject of another: %d %s", r.Status, r.Raw)
	}
	op.must(201, "POST", path, body(Object{"subject": "JOB 1"}))
}
