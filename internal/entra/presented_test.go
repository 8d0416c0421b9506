package entra

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// idToken is a federated token of a place; the canary in its claims stands for
// everything in it that nobody may see.
func idToken(issuer, subject string) string {
	return jwt(`{"iss":"` + issuer + `","sub":"` + subject + `","aud":"api://AzureADTokenExchange","exp":1900000000,"jti":"` + canary + `"}`)
}

// issuer answers requests for id-tokens as the address of a CI system does.
type issuer struct {
	srv   *httptest.Server
	asked []*http.Request
	reply func(http.ResponseWriter)
}

func newIssuer(t *testing.T, reply func(http.ResponseWriter)) *issuer {
	i := &issuer{reply: reply}
	i.srv = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.asked = append(i.asked, r)
		i.reply(w)
	}))
	i.srv.StartTLS()
	t.Cleanup(i.srv.Close)
	return i
}

func says(body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { _, _ = io.WriteString(w, body) }
}

func (l *login) with(t *testing.T, env map[string]string, change func(*Config)) *Client {
	t.Helper()
	env["SSL_CERT_FILE"] = l.certFile(t)
	return l.client(t, &naps{}, func(cfg *Config) {
		cfg.Env, cfg.Automation = func(k string) string { return env[k] }, true
		if change != nil {
			change(cfg)
		}
	})
}

func TestWhatAJobPresentsIsReadAtEveryPlace(t *testing.T) {
	const (
		github    = "https://token.actions.githubusercontent.com"
		named     = "repo:example/mail:environment:production"
		immutable = "repo:example@123456/mail@456789:ref:refs/heads/main"
		gitlab    = "project_path:example/mail:ref_type:branch:ref:main"
		eid       = "/eid1/c/pub/t/kZ0b3k2FTUu1ZmKlKQ/a/9ExAW52n_ky4ZiS_jhpJIQ/sc/3f0c7d5e-0000-4000-8000-000000000001/3f0c7d5e-0000-4000-8000-000000000002"
		entraV2   = "https://login.microsoftonline.com/" + tenantID + "/v2.0"
		pod       = "system:serviceaccount:mail:mailprov"
	)
	asked := func(address, bearer string) map[string]string {
		return map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": address, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": bearer}
	}
	for name, c := range map[string]struct {
		issuer, subject, place, method string
		field                          string // of the answer; empty where nothing is asked
		env                            func(address, token string) map[string]string
	}{
		"GitHub":            {github, named, "GitHub Actions", "GET", "value", asked},
		"GitHub, immutable": {github, immutable, "GitHub Actions", "GET", "value", asked},
		"GitHub, by the azuread provider's names": {github, named, "GitHub Actions", "GET", "value", func(address, token string) map[string]string {
			return map[string]string{"ARM_USE_OIDC": "true", "ARM_OIDC_REQUEST_URL": address, "ARM_OIDC_REQUEST_TOKEN": token}
		}},
		"GitLab, in a variable": {"https://gitlab.example", gitlab, "GitLab CI", "", "", func(_, token string) map[string]string {
			return map[string]string{"ARM_OIDC_TOKEN": token}
		}},
		"Kubernetes, in a file": {"https://oidc.example/cluster", pod, "Kubernetes", "", "", func(_, token string) map[string]string {
			path := filepath.Join(t.TempDir(), "token")
			writeFile(t, path, token+"\n")
			return map[string]string{"AZURE_FEDERATED_TOKEN_FILE": path}
		}},
		"Azure Pipelines": {entraV2, eid, "Azure Pipelines", "POST", "oidcToken", func(address, bearer string) map[string]string {
			return map[string]string{"AZURESUBSCRIPTION_CLIENT_ID": appClient, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "connection", "SYSTEM_ACCESSTOKEN": bearer, "SYSTEM_OIDCREQUESTURI": address}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			token := idToken(c.issuer, c.subject)
			ci := newIssuer(t, says(`{"`+c.field+`":"`+token+`"}`))
			given := "bearer-" + canary
			if c.field == "" {
				given = token
			}
			env := c.env(ci.srv.URL+"/ask?api=1", given)
			if env["AZURESUBSCRIPTION_CLIENT_ID"] == "" {
				env["AZURE_CLIENT_ID"] = appClient
			}
			var log bytes.Buffer
			l := newLogin(t, func(int) reply { return tokenReply() })
			client := l.with(t, env, func(cfg *Config) {
				cfg.ReadOnly, cfg.Log = true, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug - 4}))
			})
			p, err := client.Presented(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			want := Presented{Issuer: c.issuer, Subject: c.subject, Audience: "api://AzureADTokenExchange", Accepts: "api://AzureADTokenExchange",
				Place: c.place, Source: p.Source, ClientID: appClient, Expires: time.Unix(1900000000, 0).UTC()}
			if p != want || p.Source == "" {
				t.Errorf("it presents %+v, want %+v", p, want)
			}
			if len(l.paths) != 0 {
				t.Errorf("reading it asked the sign-in endpoint for %v", l.paths)
			}
			if _, err := client.SignIn(t.Context()); err != nil {
				t.Fatal(err)
			}
			form, err := url.ParseQuery(l.tokens[0])
			if err != nil || form.Get("client_assertion") != token || form.Get("client_id") != appClient || form.Has("client_secret") {
				t.Errorf("the token was not traded as it is: %v", err)
			}
			for _, r := range ci.asked {
				q := r.URL.Query()
				if r.Method != c.method || r.Header.Get("Authorization") != "Bearer "+given {
					t.Errorf("asked by %s", r.Method)
				}
				if c.method == "GET" && (q.Get("audience") != "api://AzureADTokenExchange" || q.Get("api") != "1") || c.method == "POST" && q.Get("serviceConnectionId") != "connection" {
					t.Errorf("asked for %s", r.URL)
				}
			}
			if (len(ci.asked) > 0) != (c.field != "") {
				t.Errorf("asked %d times", len(ci.asked))
			}
			if strings.Contains(log.String(), canary) || strings.Contains(log.String(), token) {
				t.Error("the log shows a token")
			}
		})
	}
}

func TestAFederatedTokenInAFileIsReadAtEveryUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	writeFile(t, path, idToken("https://a.example", "one"))
	l := newLogin(t, func(int) reply { return tokenReply() })
	c := l.with(t, map[string]string{"AZURE_CLIENT_ID": appClient, "AZURE_FEDERATED_TOKEN_FILE": path}, nil)
	for _, subject := range []string{"one", "two"} {
		writeFile(t, path, idToken("https://a.example", subject))
		if p, err := c.Presented(t.Context()); err != nil || p.Subject != subject {
			t.Errorf("%+v, %v", p, err)
		}
	}
}

func TestAnIDTokenIsAskedForAtOneAddressOnly(t *testing.T) {
	var elsewhere atomic.Int32
	foreign := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(foreign.Close)
	for name, c := range map[string]struct {
		reply func(http.ResponseWriter)
		says  string
	}{
		"a redirect": {func(w http.ResponseWriter) {
			w.Header().Set("Location", foreign.URL)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, "redirect"},
		"a refusal":            {func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) }, "403"},
		"an answer without it": {says(`{"count":0}`), "without a token"},
		"a token that is none": {says(`{"value":"abc"}`), "no JWT"},
		"a page":               {says(`<html>`), "without a token"},
	} {
		ci := newIssuer(t, c.reply)
		l := newLogin(t, func(int) reply { return tokenReply() })
		client := l.with(t, map[string]string{"AZURE_CLIENT_ID": appClient, "ACTIONS_ID_TOKEN_REQUEST_URL": ci.srv.URL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": canary}, nil)
		_, err := client.Presented(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if elsewhere.Load() != 0 {
		t.Error("the redirect was followed")
	}
}

func TestWhoHasASecretPresentsNothing(t *testing.T) {
	l := newLogin(t, func(int) reply { return tokenReply() })
	if _, err := l.client(t, &naps{}, nil).Presented(t.Context()); !errors.Is(err, ErrNotFederated) {
		t.Errorf("it gave %v", err)
	}
}

func TestATokenOfAnotherTenantGoesNowhere(t *testing.T) {
	l := newLogin(t, func(int) reply {
		return reply{status: 200, body: `{"token_type":"Bearer","expires_in":3599,"access_token":"` + jwt(`{"tid":"99999999-2222-3333-4444-555555555555","appid":"a","idtyp":"app"}`) + `"}`}
	})
	c := l.client(t, &naps{}, nil)
	for name, ask := range map[string]func() error{
		"Graph":         func() error { _, err := c.SignIn(t.Context()); return err },
		"another":       func() error { _, _, err := c.Token(t.Context(), "https://vault.azure.net/.default"); return err },
		"Graph, a read": func() error { _, err := c.User(t.Context(), "u1"); return err },
	} {
		var other *TenantError
		if err := ask(); !errors.As(err, &other) || other.Want != tenantID || !strings.HasPrefix(other.Got, "99999999") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, p := range l.paths {
		if strings.HasPrefix(p, "/v1.0") {
			t.Errorf("Graph was asked for %s", p)
		}
	}
}
