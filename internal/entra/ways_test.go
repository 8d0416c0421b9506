package entra_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/sandbox"
)

// job is a sandbox and what stands in a job's environment.
type job struct {
	t    *testing.T
	box  *sandbox.Sandbox
	ck   *clock
	op   sandbox.Operator
	env  map[string]string
	asks func(*http.Request) *http.Response // answers whoever is asked besides the tenant
}

// newJob is by the clock of the world, as Microsoft's libraries are.
func newJob(t *testing.T) *job {
	t.Helper()
	box, ck := newTenant(t, nil)
	ck.now = time.Now()
	op, _ := box.Seeded().Operator("mailprov-operator")
	return &job{t: t, box: box, ck: ck, op: op, env: map[string]string{"AZURE_CLIENT_ID": op.ClientID}}
}

// RoundTrip implements http.RoundTripper.
func (j *job) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "ci.example" && j.asks != nil {
		return j.asks(r), nil
	}
	return j.box.RoundTripper().RoundTrip(r)
}

func (j *job) open(change func(*entra.Config)) (*entra.Client, error) {
	cfg := entra.Config{
		TenantID: j.box.Seeded().TenantID, Env: func(k string) string { return j.env[k] }, Automation: true,
		Transport: j, Now: j.ck.Now, Sleep: j.ck.Sleep, Seed: 1,
	}
	if change != nil {
		change(&cfg)
	}
	return entra.Open(j.t.Context(), cfg)
}

// signIn signs in and reads something, as whoever that is.
func (j *job) signIn(change func(*entra.Config)) (entra.Identity, error) {
	j.t.Helper()
	c, err := j.open(change)
	if err != nil {
		return entra.Identity{}, err
	}
	id, err := c.SignIn(j.t.Context())
	if err != nil {
		return id, err
	}
	if _, err := c.Organization(j.t.Context()); err != nil {
		j.t.Errorf("signed in as %s, but: %v", id.Name, err)
	}
	return id, nil
}

// as demands that it is the operator by a method.
func (j *job) as(method string, change func(*entra.Config)) {
	j.t.Helper()
	id, err := j.signIn(change)
	if err != nil || id.ClientID != j.op.ClientID || id.TenantID != j.box.Seeded().TenantID || id.Method != method || id.IsUser {
		j.t.Errorf("signed in as %+v, %v", id, err)
	}
}

// refused demands a refusal by Entra.
func (j *job) refused(code int) {
	j.t.Helper()
	_, err := j.signIn(nil)
	var e *entra.SignInError
	if !errors.As(err, &e) || e.Code != code {
		j.t.Errorf("it gave %v, want AADSTS%d", err, code)
	}
}

func (j *job) federate(issuer, subject string) {
	j.t.Helper()
	err := j.box.Mutate(func(truth *sandbox.Truth) error {
		_, err := truth.AddFederated(j.op.ObjectID, sandbox.Object{"name": "job", "issuer": issuer, "subject": subject, "audiences": []any{"api://AzureADTokenExchange"}})
		return err
	})
	if err != nil {
		j.t.Fatal(err)
	}
}

func (j *job) mint(issuer, subject, audience string) string {
	j.t.Helper()
	token, err := j.box.Mint(sandbox.Assertion{Issuer: issuer, Subject: subject, Audience: audience})
	if err != nil {
		j.t.Fatal(err)
	}
	return token
}

// gives answers with JSON.
func gives(v any) *http.Response {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(raw)))}
}

func TestSigningInByASecret(t *testing.T) {
	j := newJob(t)
	j.env["AZURE_CLIENT_SECRET"] = j.op.Secret
	j.as("client_secret", nil)
	j.env["AZURE_CLIENT_SECRET"] = j.op.Secret + "x"
	j.refused(7000215)
	j.env["AZURE_CLIENT_ID"], j.env["AZURE_CLIENT_SECRET"] = "99999999-0000-4000-8000-000000000001", j.op.Secret
	j.refused(700016)
	var made string
	err := j.box.Mutate(func(truth *sandbox.Truth) (err error) {
		_, made, err = truth.AddPassword(j.op.ObjectID, "short", j.ck.Now().Add(time.Hour))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	j.env = map[string]string{"ARM_CLIENT_ID": j.op.ClientID, "ARM_CLIENT_SECRET": made}
	j.as("client_secret", nil)
	_ = j.ck.Sleep(t.Context(), 2*time.Hour)
	j.refused(7000222)
}

// keyPair is a certificate and its key.
type keyPair struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

func newKeyPair(t *testing.T, ends time.Time) keyPair {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "ci"}, NotBefore: ends.AddDate(0, -1, 0), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return keyPair{key, cert}
}

func (k keyPair) public() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.cert.Raw})
}

func (k keyPair) pem(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(k.key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), k.public()...)
}

func (k keyPair) pfx(t *testing.T, by *pkcs12.Encoder, password string) []byte {
	t.Helper()
	out, err := by.Encode(k.key, k.cert, nil, password)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSigningInByACertificate(t *testing.T) {
	j := newJob(t)
	k := newKeyPair(t, j.ck.Now().AddDate(0, 0, 20))
	put := func(b []byte, mode os.FileMode) string {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, b, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	j.env["AZURE_CLIENT_CERTIFICATE_PATH"] = put(k.pem(t), 0o600)
	j.refused(700027)
	if err := j.box.Mutate(func(truth *sandbox.Truth) error {
		_, err := truth.AddCertificate(j.op.ObjectID, "ci", k.public())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file     []byte
		password string
	}{
		"PEM":                     {k.pem(t), ""},
		"PFX of today":            {k.pfx(t, pkcs12.Modern2026, "geheim"), "geheim"},
		"PFX of OpenSSL 3":        {k.pfx(t, pkcs12.Modern2023, "geheim"), "geheim"},
		"PFX of old":              {k.pfx(t, pkcs12.LegacyDES, "geheim"), "geheim"},
		"PFX without a password":  {k.pfx(t, pkcs12.Passwordless, ""), ""},
		"PFX by an empty one":     {k.pfx(t, pkcs12.LegacyRC2, ""), ""},
		"PFX by a Japanese word":  {k.pfx(t, pkcs12.Modern2023, "情シス"), "情シス"},
		"PFX of Windows Server":   {k.pfx(t, pkcs12.Legacy, "geheim"), "geheim"},
		"PEM, and a word besides": {k.pem(t), "of no use"},
	} {
		j.env["AZURE_CLIENT_CERTIFICATE_PATH"], j.env["AZURE_CLIENT_CERTIFICATE_PASSWORD"] = put(c.file, 0o600), c.password
		t.Log(name)
		j.as("client_certificate", nil)
	}
	j.env["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"] = "true"
	j.as("client_certificate", nil)
	j.env["AZURE_CLIENT_CERTIFICATE_PATH"], j.env["AZURE_CLIENT_CERTIFICATE_PASSWORD"] = put(k.pfx(t, pkcs12.Modern2023, "geheim"), 0o600), "falsch"
	if _, err := j.open(nil); err == nil || !strings.Contains(err.Error(), "PASSWORD is not its password") || strings.Contains(err.Error(), "falsch") {
		t.Errorf("a wrong password: %v", err)
	}
	other := newKeyPair(t, j.ck.Now().AddDate(0, 0, 20))
	j.env["AZURE_CLIENT_CERTIFICATE_PATH"] = put(append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8(t, other.key)}), k.public()...), 0o600)
	if _, err := j.open(nil); err == nil {
		t.Error("the certificate of another key is taken")
	}
	j.env = map[string]string{"ARM_CLIENT_ID": j.op.ClientID, "ARM_CLIENT_CERTIFICATE": base64.StdEncoding.EncodeToString(k.pfx(t, pkcs12.Modern2023, "x")), "ARM_CLIENT_CERTIFICATE_PASSWORD": "x"}
	j.as("client_certificate", nil)

	j.env = map[string]string{"AZURE_CLIENT_ID": j.op.ClientID, "AZURE_CLIENT_CERTIFICATE_PATH": put(k.pem(t), 0o640)}
	if id, err := j.signIn(nil); err != nil || id.KeyOpenTo != "" {
		t.Errorf("a key that the group may read: %+v, %v", id.Means, err)
	}
	open := put(k.pem(t), 0o644)
	j.env["AZURE_CLIENT_CERTIFICATE_PATH"] = open
	if id, err := j.signIn(nil); err != nil || runtime.GOOS != "windows" && id.KeyOpenTo != open {
		t.Errorf("a key that all may read: %+v, %v", id.Means, err)
	}
	_ = j.ck.Sleep(t.Context(), 21*24*time.Hour)
	before := len(j.box.Log())
	var ended *entra.CertificateEndedError
	if _, err := j.signIn(nil); !errors.As(err, &ended) || !ended.Ended.Equal(k.cert.NotAfter.UTC()) {
		t.Errorf("after its end: %v", err)
	}
	if len(j.box.Log()) != before {
		t.Error("a certificate that has ended was tried")
	}
}

func pkcs8(t *testing.T, key *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestSigningInByTheTokenOfEveryPlace trades what each place gives to a job, and
// is refused for what differs by a letter.
func TestSigningInByTheTokenOfEveryPlace(t *testing.T) {
	const (
		github    = "https://token.actions.githubusercontent.com"
		named     = "repo:example/mail:environment:production"
		immutable = "repo:example@123456/mail@456789:pull_request"
		gitlab    = "project_path:example/mail:ref_type:branch:ref:main"
		eid       = "/eid1/c/pub/t/kZ0b3k2FTUu1ZmKlKQ/a/9ExAW52n_ky4ZiS_jhpJIQ/sc/1/2"
		pod       = "system:serviceaccount:mail:mailprov"
	)
	for name, c := range map[string]struct {
		issuer, subject, method string
		give                    func(j *job, subject string)
	}{
		"GitHub":            {github, named, "workload_identity", onGitHub},
		"GitHub, immutable": {github, immutable, "workload_identity", onGitHub},
		"GitLab": {"https://gitlab.example", gitlab, "workload_identity", func(j *job, subject string) {
			j.env["ARM_OIDC_TOKEN"] = j.mint("https://gitlab.example", subject, "")
		}},
		"Kubernetes": {"https://oidc.example/cluster/", pod, "workload_identity", func(j *job, subject string) {
			path := filepath.Join(j.t.TempDir(), "token")
			if err := os.WriteFile(path, []byte(j.mint("https://oidc.example/cluster/", subject, "")), 0o600); err != nil {
				j.t.Fatal(err)
			}
			j.env["AZURE_FEDERATED_TOKEN_FILE"] = path
		}},
		"Azure Pipelines": {"https://login.microsoftonline.com/" + sandbox.TenantID + "/v2.0", eid, "azure_pipelines", func(j *job, subject string) {
			j.env["AZURESUBSCRIPTION_CLIENT_ID"], j.env["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"] = j.op.ClientID, "connection"
			j.env["SYSTEM_ACCESSTOKEN"], j.env["SYSTEM_OIDCREQUESTURI"] = "job", "https://ci.example/oidc"
			j.asks = func(r *http.Request) *http.Response {
				if r.Method != http.MethodPost || r.URL.Query().Get("serviceConnectionId") != "connection" || r.Header.Get("Authorization") != "Bearer job" {
					return &http.Response{StatusCode: 401, Body: http.NoBody}
				}
				return gives(map[string]any{"oidcToken": j.mint("https://login.microsoftonline.com/"+sandbox.TenantID+"/v2.0", subject, "")})
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t)
			c.give(j, c.subject)
			j.refused(700211)
			j.federate(c.issuer, c.subject)
			j.as(c.method, nil)
			client, err := j.open(nil)
			if err != nil {
				t.Fatal(err)
			}
			if p, err := client.Presented(t.Context()); err != nil || p.Issuer != c.issuer || p.Subject != c.subject || p.Audience != p.Accepts {
				t.Errorf("it presents %+v, %v", p, err)
			}
			c.give(j, c.subject+"s")
			j.refused(700213)
			c.give(j, strings.ToUpper(c.subject))
			j.refused(7002138)
		})
	}
}

func onGitHub(j *job, subject string) {
	j.env["ACTIONS_ID_TOKEN_REQUEST_URL"], j.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "https://ci.example/token?v=2", "job"
	j.asks = func(r *http.Request) *http.Response {
		if r.Method != http.MethodGet || r.Header.Get("Authorization") != "Bearer job" {
			return &http.Response{StatusCode: 401, Body: http.NoBody}
		}
		return gives(map[string]any{"value": j.mint("https://token.actions.githubusercontent.com", subject, r.URL.Query().Get("audience"))})
	}
}

func TestATokenForAnotherAudienceIsRefused(t *testing.T) {
	j := newJob(t)
	j.federate("https://gitlab.example", "s")
	j.env["ARM_OIDC_TOKEN"] = j.mint("https://gitlab.example", "s", "https://gitlab.example")
	j.refused(700212)
	c, err := j.open(nil)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := c.Presented(t.Context()); err != nil || p.Audience == p.Accepts {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestSigningInByAManagedIdentity asks the endpoint that a machine of Azure has,
// and only when told so.
func TestSigningInByAManagedIdentity(t *testing.T) {
	j := newJob(t)
	var asked []url.Values
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Query())
		if r.Header.Get("X-IDENTITY-HEADER") != "here" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": j.tokenOf(j.op), "expires_on": fmt.Sprint(time.Now().Add(time.Hour).Unix()), "resource": "https://graph.microsoft.com", "token_type": "Bearer"})
	}))
	t.Cleanup(endpoint.Close)
	for name, v := range map[string]string{"IDENTITY_ENDPOINT": endpoint.URL, "IDENTITY_HEADER": "here"} {
		t.Setenv(name, v) // Microsoft's library reads the process
		j.env[name] = v
	}
	via := func(cfg *entra.Config) {
		cfg.Transport = through(func(r *http.Request) (*http.Response, error) {
			if r.URL.Scheme == "http" {
				return http.DefaultTransport.RoundTrip(r)
			}
			return j.RoundTrip(r)
		})
	}
	delete(j.env, "AZURE_CLIENT_ID")
	if _, err := j.signIn(via); err == nil || len(asked) != 0 {
		t.Errorf("without a word it gave %v after %d questions", err, len(asked))
	}
	j.env["ARM_USE_MSI"] = "true"
	j.as("managed_identity", via)
	j.env["AZURE_CLIENT_ID"] = "11111111-0000-4000-8000-00000000000c"
	j.as("managed_identity", via)
	const resource = "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
	j.env["AZURE_CLIENT_ID"] = resource
	j.as("managed_identity", func(cfg *entra.Config) { via(cfg); cfg.Auth = "managed_identity" })
	if len(asked) != 3 || asked[0].Has("client_id") || asked[1].Get("client_id") == "" || asked[2].Get("mi_res_id") != resource {
		t.Errorf("asked for %v", asked)
	}
}

// through makes a transport of a function.
type through func(*http.Request) (*http.Response, error)

func (f through) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// tokenOf is an access token for Graph as the sandbox issues it.
func (j *job) tokenOf(op sandbox.Operator) string {
	r := httptest.NewRequest(http.MethodPost, "https://login.microsoftonline.com/"+sandbox.TenantID+"/oauth2/v2.0/token",
		strings.NewReader(url.Values{"grant_type": {"client_credentials"}, "client_id": {op.ClientID}, "client_secret": {op.Secret}, "scope": {"https://graph.microsoft.com/.default"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	j.box.Handler().ServeHTTP(w, r)
	var out struct {
		Token string `json:"access_token"`
	}
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	return out.Token
}

// TestSigningInByTheAzureCLI starts az, as a person at a terminal has it, and
// never in automation.
func TestSigningInByTheAzureCLI(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("az is a shell script here")
	}
	j := newJob(t)
	dir := t.TempDir()
	az := func(token string) {
		script := fmt.Sprintf("#!/bin/sh\nprintf '%%s\\n' \"$@\" > %s/args\ncat <<'X'\n{\"accessToken\":\"%s\",\"expires_on\":%d,\"tokenType\":\"Bearer\"}\nX\n", dir, token, time.Now().Add(time.Hour).Unix())
		if err := os.WriteFile(filepath.Join(dir, "az"), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	person := func(cfg *entra.Config) { cfg.Automation, cfg.Interactive, cfg.Auth = false, true, "cli" }
	az(j.tokenOf(j.op))
	j.as("cli", person)
	args, err := os.ReadFile(filepath.Join(dir, "args"))
	if err != nil || !strings.Contains(string(args), sandbox.TenantID) {
		t.Errorf("az was asked for %q, %v", args, err)
	}
	if _, err := j.open(func(cfg *entra.Config) { cfg.Auth = "cli" }); err == nil || !strings.Contains(err.Error(), "automation") {
		t.Errorf("in automation: %v", err)
	}
	elsewhere := base64.RawURLEncoding.EncodeToString([]byte(`{"tid":"99999999-2222-3333-4444-555555555555"}`))
	az("e30." + elsewhere + ".x")
	var other *entra.TenantError
	if _, err := j.signIn(person); !errors.As(err, &other) {
		t.Errorf("the login of another tenant: %v", err)
	}
}
