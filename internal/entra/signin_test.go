package entra

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/secret"
)

const tenantID = "11111111-2222-3333-4444-555555555555"

// login is a sign-in endpoint and, below /v1.0, a Graph with one user.
type login struct {
	srv *httptest.Server

	mu     sync.Mutex
	tokens []string // bodies of token requests
	paths  []string
	answer func(n int) reply
}

func jwt(claims string) string {
	b := base64.RawURLEncoding.EncodeToString
	return b([]byte(`{"alg":"none"}`)) + "." + b([]byte(claims)) + ".sig"
}

func tokenReply() reply {
	return reply{status: 200, body: `{"token_type":"Bearer","expires_in":3599,"access_token":"` +
		jwt(`{"tid":"`+tenantID+`","appid":"`+appClient+`","oid":"o-1","idtyp":"app","app_displayname":"ci","roles":["Application.ReadWrite.OwnedBy"]}`) + `"}`}
}

func aadsts(code, text string) reply {
	return reply{status: 401, body: `{"error":"invalid_client","error_description":"AADSTS` + code + `: ` + text + ` Trace ID: x Correlation ID: y Timestamp: z","error_codes":[` + code + `]}`}
}

func newLogin(t *testing.T, answer func(n int) reply) *login {
	l := &login{answer: answer}
	l.srv = httptest.NewUnstartedServer(l)
	l.srv.Config.ErrorLog = nil
	l.srv.StartTLS()
	t.Cleanup(l.srv.Close)
	return l
}

func (l *login) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	l.mu.Lock()
	l.paths = append(l.paths, r.URL.Path)
	l.mu.Unlock()
	w.Header().Set("Date", epoch.Format(http.TimeFormat))
	w.Header().Set("Content-Type", "application/json")
	base := l.srv.URL + "/" + tenantID
	switch {
	case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
		_ = json.NewEncoder(w).Encode(map[string]string{
			"issuer": base + "/v2.0", "authorization_endpoint": base + "/oauth2/v2.0/authorize", "token_endpoint": base + "/oauth2/v2.0/token",
		})
	case strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token"):
		l.mu.Lock()
		l.tokens = append(l.tokens, string(body))
		n := len(l.tokens)
		l.mu.Unlock()
		a := l.answer(n)
		if a.drop {
			panic(http.ErrAbortHandler)
		}
		for k, v := range a.header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
	default:
		_, _ = io.WriteString(w, `{"id":"u1"}`)
	}
}

func (l *login) client(t *testing.T, n *naps, change func(*Config)) *Client {
	t.Helper()
	env := map[string]string{"AZURE_CLIENT_ID": appClient, "AZURE_CLIENT_SECRET": canary, "SSL_CERT_FILE": l.certFile(t)}
	cfg := Config{
		TenantID: tenantID, GraphEndpoint: l.srv.URL + "/v1.0/", LoginEndpoint: l.srv.URL + "/",
		Env: func(k string) string { return env[k] }, Now: func() time.Time { return epoch }, Sleep: n.sleep, Progress: n.progress, Seed: 1,
	}
	if change != nil {
		change(&cfg)
	}
	c, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (l *login) certFile(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: l.srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSigningInTakesTwoRequestsToOurEndpointOnly(t *testing.T) {
	l := newLogin(t, func(int) reply { return tokenReply() })
	c := l.client(t, &naps{}, nil)
	id, err := c.SignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if id.TenantID != tenantID || id.ClientID != appClient || id.ObjectID != "o-1" || id.Name != "ci" || id.IsUser || !id.Has("application.readwrite.ownedby") {
		t.Errorf("signed in as %+v", id)
	}
	inParallel(50, func(int) {
		if _, err := c.SignIn(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if _, err := c.User(t.Context(), "u1"); err != nil {
		t.Error(err)
	}
	if s := c.Stats(); s.TokenRequests != 2 {
		t.Errorf("%d sign-in requests: %v", s.TokenRequests, l.paths)
	}
	if body := l.tokens[0]; !strings.Contains(body, "scope=https%3A%2F%2Fgraph.microsoft.com%2F.default") {
		t.Errorf("asked for %s", strings.ReplaceAll(body, canary, "…"))
	}
}

func TestARefusedSignInSaysWhyInOneLine(t *testing.T) {
	l := newLogin(t, func(int) reply { return aadsts("7000222", "The provided client secret keys are expired.") })
	n := &naps{}
	c := l.client(t, n, nil)
	_, err := c.SignIn(t.Context())
	var e *SignInError
	if !errors.As(err, &e) || e.Code != 7000222 || err.Error() != "sign in: AADSTS7000222: The provided client secret keys are expired." {
		t.Errorf("it gave %v", err)
	}
	if len(l.tokens) != 1 || len(n.all) != 0 {
		t.Errorf("it was asked %d times", len(l.tokens))
	}
	if _, err := c.User(t.Context(), "u1"); !errors.As(err, &e) {
		t.Errorf("a read without a token gave %v", err)
	}
}

func TestSigningInIsPatientWithTheEndpoint(t *testing.T) {
	for name, first := range map[string]reply{
		"throttled":  {status: 429, header: map[string]string{"Retry-After": "5"}},
		"broken":     {status: 502, body: "<html>"},
		"dropped":    {drop: true},
		"overloaded": {status: 503, header: map[string]string{"Retry-After": "5"}},
	} {
		l := newLogin(t, func(n int) reply {
			if n == 1 {
				return first
			}
			return tokenReply()
		})
		n := &naps{}
		if _, err := l.client(t, n, nil).SignIn(t.Context()); err != nil || len(l.tokens) != 2 {
			t.Errorf("%s: %v after %d requests", name, err, len(l.tokens))
		}
		if first.header != nil && n.longest() != 5*time.Second {
			t.Errorf("%s: it waited %v", name, n.longest())
		}
	}
	l := newLogin(t, func(int) reply { return reply{status: 500, body: "<html>"} })
	if _, err := l.client(t, &naps{}, nil).SignIn(t.Context()); err == nil || len(l.tokens) != tokenTries {
		t.Errorf("for ever broken: %v after %d requests", err, len(l.tokens))
	}
}

func TestASecretIsJudgedByTheTokenEndpoint(t *testing.T) {
	for code, want := range map[string]Evidence{
		"7000215": {NotYet: true}, "700016": {NotYet: true}, "7000229": {NotYet: true},
		"53003": {Accepted: true}, "530035": {Accepted: true}, "65001": {Accepted: true}, "500011": {Accepted: true}, "650052": {Accepted: true},
		"7000222": {Stop: true}, "7000112": {Stop: true},
		"90002": {}, "700027": {},
	} {
		l := newLogin(t, func(int) reply { return aadsts(code, "words of Entra") })
		e, err := l.client(t, &naps{}, nil).VerifySecret(t.Context(), appClient, secret.New(canary))
		if err != nil || e.TokenOK || e.Accepted != want.Accepted || e.NotYet != want.NotYet || e.Stop != want.Stop || e.Text != "AADSTS"+code+": words of Entra" || !e.At.Equal(epoch) {
			t.Errorf("%s: %+v, %v", code, e, err)
		}
		if len(l.tokens) != 1 {
			t.Errorf("%s: asked %d times", code, len(l.tokens))
		}
	}
	l := newLogin(t, func(int) reply { return tokenReply() })
	e, err := l.client(t, &naps{}, nil).VerifySecret(t.Context(), appClient, secret.New("a~b+c/d e&f=g%é"))
	if err != nil || !e.TokenOK || !e.Accepted || len(e.Roles) != 1 || !e.Expires.Equal(epoch.Add(3599*time.Second)) {
		t.Errorf("%+v, %v", e, err)
	}
	if want := "grant_type=client_credentials&client_id=" + appClient + "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_secret=a~b%2Bc%2Fd%20e%26f%3Dg%25%C3%A9"; l.tokens[0] != want {
		t.Errorf("sent %s, want %s", l.tokens[0], want)
	}
}

func TestAnAnswerThatSaysNothingIsNoEvidence(t *testing.T) {
	for name, r := range map[string]reply{
		"200 without a token": {status: 200, body: `{}`}, "HTML": {status: 200, body: "<html>"}, "a proxy": {status: 407, body: "<html>"}, "500": {status: 500},
		"no code": {status: 400, body: `{"error":"invalid_request"}`}, "a redirect": {status: 302, header: map[string]string{"Location": "https://x/"}},
	} {
		l := newLogin(t, func(int) reply { return r })
		e, err := l.client(t, &naps{}, nil).VerifySecret(t.Context(), appClient, secret.New(canary))
		if err == nil {
			t.Errorf("%s: %+v", name, e)
		} else if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error shows the secret", name)
		}
	}
	l := newLogin(t, func(int) reply { return tokenReply() })
	if _, err := l.client(t, &naps{}, nil).VerifySecret(t.Context(), appClient, secret.Value{}); err == nil || len(l.tokens) != 0 {
		t.Errorf("no secret: %v after %d requests", err, len(l.tokens))
	}
}

func TestVerifyingIsAllowedToThoseWhoMayOnlyLook(t *testing.T) {
	l := newLogin(t, func(int) reply { return tokenReply() })
	c := l.client(t, &naps{}, func(cfg *Config) { cfg.ReadOnly = true })
	if e, err := c.VerifySecret(t.Context(), appClient, secret.New(canary)); err != nil || !e.TokenOK {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestNoLevelOfTheLogShowsASecret(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&lockedWriter{w: &out}, &slog.HandlerOptions{Level: slog.Level(-100)}))
	f := newFake(t, passwordOrUser)
	c, _ := f.client(t, func(cfg *Config) { cfg.Log = log; cfg.Credential = staticToken{canary} })
	if write, read := oneWriteOneRead(t, c); write != nil || read != nil {
		t.Fatal(write, read)
	}
	l := newLogin(t, func(int) reply { return tokenReply() })
	lc := l.client(t, &naps{}, func(cfg *Config) { cfg.Log = log })
	if _, err := lc.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := lc.VerifySecret(t.Context(), appClient, secret.New(canary)); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{"$batch", "addPassword", "oauth2/v2.0/token", `"status":200`} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %s:\n%s", want, text)
		}
	}
	for _, never := range []string{canary, "canary", "Bearer", "access_token", "client_secret"} {
		if strings.Contains(text, never) {
			t.Errorf("the log shows %q", never)
		}
	}
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func TestATokenThatIsNoJWTGivesNoIdentity(t *testing.T) {
	for _, token := range []string{"opaque", "a.b.c", "..", jwt(`[]`), jwt(`{"tid":7,"roles":"x","scp":[]}`)} {
		if id := identityOf(token); id.TenantID != "" || id.IsUser || id.Roles != nil {
			t.Errorf("%s gives %+v", token, id)
		}
	}
	user := identityOf(jwt(`{"tid":"t","upn":"admin@example.co.jp","scp":"User.Read Mail.Send","appid":"a"}`))
	if !user.IsUser || user.Name != "admin@example.co.jp" || len(user.Scopes) != 2 {
		t.Errorf("%+v", user)
	}
}

func TestSigningInCanBeCancelled(t *testing.T) {
	l := newLogin(t, func(int) reply { return reply{status: 500} })
	c := l.client(t, &naps{}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.SignIn(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("it gave %v", err)
	}
}

func TestASignInThatCannotReachTheEndpointSaysWhy(t *testing.T) {
	l := newLogin(t, func(int) reply { return tokenReply() })
	untrusted := l.client(t, &naps{}, func(cfg *Config) {
		env := cfg.Env
		cfg.Env = func(k string) string {
			if k == "SSL_CERT_FILE" {
				return ""
			}
			return env(k)
		}
	})
	gone := newLogin(t, func(int) reply { return tokenReply() })
	nobody := gone.client(t, &naps{}, nil)
	gone.srv.Close()
	for _, c := range []struct {
		client *Client
		want   string
	}{{untrusted, "SSL_CERT_FILE"}, {nobody, "refused"}} {
		_, err := c.client.SignIn(t.Context())
		var e *SignInError
		if !errors.As(err, &e) || !strings.Contains(e.Text, c.want) || strings.Contains(e.Text, "\n") {
			t.Errorf("it gave %q, want %q in it", err, c.want)
		}
	}
}
