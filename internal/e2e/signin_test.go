package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/sandbox"
)

const (
	githubIssuer  = "https://token.actions.githubusercontent.com"
	githubSubject = "repo:example@123456/mail@456789:environment:production"
	jobToken      = "job-token-that-nobody-may-see"
)

// onGitHub makes a project's runs those of a job on GitHub that has no secret:
// it asks GitHub's address for a token about itself.
func onGitHub(t *testing.T, subject string) *project {
	t.Helper()
	var tn *tenant
	tn = serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/job/id-token" {
				next.ServeHTTP(w, r)
				return
			}
			if r.Header.Get("Authorization") != "Bearer "+jobToken {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			var minted struct {
				Token string `json:"token"`
			}
			tn.control("POST", "mint", map[string]any{"issuer": githubIssuer, "subject": subject, "audience": r.URL.Query().Get("audience")}, &minted)
			_, _ = w.Write([]byte(`{"value":"` + minted.Token + `"}`))
		})
	})
	p := newProject(t, tn, full())
	delete(p.env, "AZURE_CLIENT_SECRET")
	for k, v := range map[string]string{"CI": "true", "GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": tn.url + "/job/id-token?api-version=2", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": jobToken} {
		p.env[k] = v
	}
	return p
}

func (p *project) federate(name, subject string) {
	p.tenant.mutate(doc{"op": "add_federated", "id": operator("mailprov-operator").ObjectID,
		"patch": doc{"name": name, "issuer": githubIssuer, "subject": subject, "audiences": []any{"api://AzureADTokenExchange"}}})
}

// TestAJobWithoutASecretSignsInByWhatItsPlatformSaysOfIt plans and applies by a
// federated token; before there is a credential for it, and when it differs in
// case, the refusal shows what to register and never the token.
func TestAJobWithoutASecretSignsInByWhatItsPlatformSaysOfIt(t *testing.T) {
	t.Parallel()
	p := onGitHub(t, githubSubject)
	for _, lang := range []string{"en", "ja"} {
		r := p.must(1, "plan", "-lang="+lang)
		for _, want := range []string{"[MP414]", githubIssuer, githubSubject, "api://AzureADTokenExchange", operator("mailprov-operator").ClientID} {
			if !strings.Contains(r.stderr, want) {
				t.Errorf("in %s it does not say %q: %s", lang, want, r)
			}
		}
		if strings.Contains(r.stdout+r.stderr, "eyJ") || strings.Contains(r.stdout+r.stderr, jobToken) {
			t.Errorf("it shows a token: %s", r)
		}
	}
	p.federate("another-case", strings.ToUpper(githubSubject))
	if r := p.must(1, "plan"); !strings.Contains(r.stderr, "AADSTS7002138") {
		t.Errorf("another case is not said: %s", r)
	}
	p.federate("github", githubSubject)
	p.apply()
	p.settled()
}

// TestAJobThatMayNotAskForATokenSaysHowItMay is a pull request from a fork, or a
// workflow without the permission.
func TestAJobThatMayNotAskForATokenSaysHowItMay(t *testing.T) {
	t.Parallel()
	p := onGitHub(t, githubSubject)
	delete(p.env, "ACTIONS_ID_TOKEN_REQUEST_URL")
	delete(p.env, "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
	p.edit("main.mailprov.hcl", `id = "example.co.jp"`, `id = "example.co.jp"
auth = "workload_identity"`)
	if r := p.must(1, "plan"); !strings.Contains(r.stderr, "id-token: write") || !strings.Contains(r.stderr, "[MP401]") {
		t.Errorf("%s", r)
	}
}
