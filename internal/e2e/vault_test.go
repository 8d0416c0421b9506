package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// vaulted is a configuration whose secret is delivered to a key vault alone.
func vaulted(vault string) map[string]string {
	return map[string]string{"main.mailprov.hcl": `mailprov {
  name = "vaulted"

  backend "local" {
    path = "mailprov.state.json"
  }
}

tenant {
  id = "example.co.jp"
}

sink "azure_key_vault" "vault" {
  vault       = "` + vault + `"
  secret_name = "mail-{secret}"
}

app_registration "mail" {
  display_name = "Mail sender"

  api_permissions "microsoft_graph" {
    application = ["Mail.Send"]
  }
  admin_consent = true
}

client_secret "mail" {
  app           = app_registration.mail
  lifetime      = "90d"
  rotate_before = "30d"
  deliver_to    = [sink.vault]

  retire {
    on    = "delivery"
    after = "14d"
  }
}
`}
}

// newVaulted is such a project on a sandbox that is served, whose vault has the
// sandbox's own address.
func newVaulted(t *testing.T, wrap wrapper) *project {
	t.Helper()
	tn := serve(t, newClock(morning, fast), sandbox.Options{NoQuota: true}, wrap)
	p := newProject(t, tn, vaulted(tn.url))
	p.env["MAILPROV_ALLOW_HOSTS"] = "elsewhere.example, " + strings.TrimPrefix(tn.url, "https://")
	return p
}

// fetch asks the vault as a consumer does, who may read and not write.
func (tn *tenant) fetch(path string) (status int, secret struct {
	ID         string
	Value      string
	Attributes struct{ Exp int64 }
	Tags       map[string]string
}) {
	tn.t.Helper()
	reader := operator("mailprov-reader")
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {reader.ClientID}, "client_secret": {reader.Secret}, "scope": {sandbox.VaultAudience + "/.default"}}
	req, err := http.NewRequestWithContext(tn.t.Context(), http.MethodPost, tn.url+"/"+sandbox.TenantID+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		tn.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var token struct {
		AccessToken string `json:"access_token"`
	}
	tn.answer(req, &token)
	if req, err = http.NewRequestWithContext(tn.t.Context(), http.MethodGet, tn.url+path+"?api-version=7.4", nil); err != nil {
		tn.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token.AccessToken)
	return tn.answer(req, &secret), secret
}

func (tn *tenant) answer(req *http.Request, into any) (status int) {
	tn.t.Helper()
	resp, err := tn.http.Do(req)
	if err != nil {
		tn.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		tn.t.Fatal(err)
	}
	return resp.StatusCode
}

// served is the value that consumers get, which must get a token.
func (p *project) served() string {
	p.t.Helper()
	status, s := p.tenant.fetch("/secrets/mail-mail")
	app, _ := p.tenant.app()
	if status != http.StatusOK || !p.tenant.works(app.text("appId"), s.Value) {
		p.t.Fatalf("a consumer is answered %d, with a value that gets no token", status)
	}
	return s.Value
}

func TestASecretLivesInAKeyVault(t *testing.T) {
	t.Parallel()
	eyes := &canary{}
	p := newVaulted(t, eyes.wrap)
	p.env["MAILPROV_LOG"], p.env["MAILPROV_LOG_PATH"] = "trace", filepath.Join(p.dir, "trace.log")

	r := p.pending("whoever may read secrets in")
	if n := p.tenant.stats().VaultHTTP; n == 0 {
		t.Errorf("the plan did not look whether the vault would take the secret: %s", r)
	}
	for _, e := range p.tenant.log() {
		if strings.HasPrefix(e.Template, "/secrets") && e.Method != http.MethodGet {
			t.Errorf("a plan sent %s %s to the vault", e.Method, e.Template)
		}
	}
	p.apply()
	p.settled()
	first := p.served()
	_, s := p.tenant.fetch("/secrets/mail-mail")
	ends := p.state().Secrets[0].Credentials[0].EndsAt
	if s.Attributes.Exp != ends.Unix() || s.Tags["mailprov-secret"] != "client_secret.mail" || s.Tags["mailprov-configuration"] != "vaulted" {
		t.Errorf("the vault keeps %+v %v, the secret ends %s", s.Attributes, s.Tags, ends)
	}
	if r := p.must(0, "secret", "show", "-raw", "client_secret.mail"); r.stdout != first {
		t.Errorf("shown is another value: %s", r.stderr)
	}

	// Two months later it is due. The old value stays readable by its version
	// for as long as it works.
	p.tenant.advance(61 * 24 * time.Hour)
	p.apply()
	p.settled()
	second := p.served()
	if second == first {
		t.Error("a due secret was not replaced in the vault")
	}
	old := strings.TrimPrefix(s.ID, p.tenant.url)
	if status, s := p.tenant.fetch(old); status != http.StatusOK || s.Value != first {
		t.Errorf("the previous version is answered %d", status)
	}
	if r := p.must(0, "secret", "show", "-raw", "-previous", "client_secret.mail"); r.stdout != first {
		t.Errorf("shown is another previous value: %s", r.stderr)
	}
	p.tenant.advance(15 * 24 * time.Hour)
	p.apply()
	p.settled()
	if status, _ := p.tenant.fetch(old); status != http.StatusForbidden {
		t.Errorf("the retired version is answered %d", status)
	}
	if p.served() != second {
		t.Error("retiring the previous value changed the one in use")
	}

	p.must(0, "destroy", "-auto-approve")
	if status, _ := p.tenant.fetch("/secrets/mail-mail"); status != http.StatusNotFound {
		t.Errorf("after the destroy the secret is answered %d", status)
	}
	p.apply() // the name is taken by what was deleted
	p.settled()
	p.served()
	p.searched(t, eyes)
}

func TestGoingBackServesThePreviousValueFromTheVault(t *testing.T) {
	t.Parallel()
	p := newVaulted(t, nil)
	p.apply()
	first := p.served()
	p.must(0, "rotate", "client_secret.mail", "-auto-approve")
	if p.served() == first {
		t.Fatal("an ordered rotation did not replace the value")
	}
	p.must(0, "rotate", "client_secret.mail", "-back", "-auto-approve")
	if p.served() != first {
		t.Error("consumers do not get the value that was brought back")
	}
	p.settled()
}

func TestAVaultOutsideOfTheCloudIsLetInByTheEnvironmentAlone(t *testing.T) {
	t.Parallel()
	p := newVaulted(t, nil)
	delete(p.env, "MAILPROV_ALLOW_HOSTS")
	for _, args := range [][]string{{"validate"}, {"plan"}, {"apply", "-auto-approve"}} {
		p.refused("MP318", args...)
	}
	p.env["MAILPROV_ALLOW_HOSTS"] = "127.0.0.1" // of port 443
	p.refused("MP318", "plan")
	if n := p.tenant.stats().VaultHTTP; n != 0 {
		t.Errorf("%d requests went to the vault", n)
	}
}

func TestAVaultThatRefusesSaysWhatToDoAndLeavesNothing(t *testing.T) {
	t.Parallel()
	p := newVaulted(t, nil)
	denied := func(match string) {
		p.tenant.faults(&sandbox.Faults{Rules: []sandbox.Rule{{Match: match, Action: sandbox.Action{Status: 403, ContentType: "application/json",
			Body: `{"error":{"code":"Forbidden","message":"Caller is not authorized to perform action on resource.","innererror":{"code":"ForbiddenByRbac"}}}`}}}})
	}

	// Who plans need not have a right in the vault; who applies does.
	denied("GET /secrets/*")
	if r := p.must(0, "plan"); !strings.Contains(r.stderr, "MP317") {
		t.Errorf("the plan does not say that it could not look: %s", r)
	}
	if r := p.refused("MP316", "apply", "-auto-approve"); !strings.Contains(r.stderr, "Key Vault Secrets Officer") || !strings.Contains(r.stderr, "No secret was made.") {
		t.Errorf("the apply does not say what to do: %s", r)
	}
	if n := len(p.tenant.truth().ours()); n != 0 {
		t.Errorf("%d applications were made", n)
	}

	// Whoever may look and not write finds out at the first write.
	denied("PUT /secrets/*")
	if r := p.must(1, "apply", "-auto-approve"); !strings.Contains(r.stderr, "MP316") || !strings.Contains(r.stderr, "Key Vault Secrets Officer") || !strings.Contains(r.stderr, "removed again") {
		t.Errorf("the apply does not say what to do: %s", r)
	}
	app, _ := p.tenant.app()
	if n := len(app.docs("passwordCredentials")); n != 0 {
		t.Errorf("%d secrets are left", n)
	}
	p.tenant.calm()
	p.apply()
	p.settled()
	p.served()
}

func TestASecretThatOthersKeepInTheVaultStopsThePlan(t *testing.T) {
	t.Parallel()
	p := newVaulted(t, nil)
	p.apply()
	before := p.served()
	other := newProject(t, p.tenant, vaulted(p.tenant.url))
	other.env["MAILPROV_ALLOW_HOSTS"] = p.env["MAILPROV_ALLOW_HOSTS"]
	other.edit("main.mailprov.hcl", `name = "vaulted"`, `name = "second"`)
	if r := other.refused("MP306", "plan"); !strings.Contains(r.stderr, `configuration "vaulted"`) || !strings.Contains(r.stderr, "write another secret_name") {
		t.Errorf("%s", r)
	}
	other.edit("main.mailprov.hcl", `"mail-{secret}"`, `"second-{secret}"`)
	other.apply()
	other.settled()
	if _, s := p.tenant.fetch("/secrets/mail-mail"); s.Value != before {
		t.Error("the first configuration's secret is another")
	}
}

// TestKilledAtAnyWriteToAVaultTheSameCommandFinishes kills a rotation before and
// after every write. Consumers get a value that works at every moment.
func TestKilledAtAnyWriteToAVaultTheSameCommandFinishes(t *testing.T) {
	t.Parallel()
	due := func(t *testing.T) (*project, *gate) {
		g := newGate()
		p := newVaulted(t, g.wrap)
		p.apply()
		p.tenant.advance(61 * 24 * time.Hour)
		g.disarm()
		return p, g
	}
	p, g := due(t)
	p.apply()
	writes, _ := g.count()
	for n := 1; n <= writes; n++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s write %d", map[bool]string{true: "after", false: "before"}[after], n), func(t *testing.T) {
				t.Parallel()
				p, g := due(t)
				before := p.served()
				p.cut(g, n, after)
				p.served()
				p.apply()
				p.settled()
				if p.served() == before {
					t.Error("the secret was not replaced")
				}
				app, _ := p.tenant.app()
				if n := len(app.docs("passwordCredentials")); n != 2 {
					t.Errorf("the application has %d passwords", n)
				}
			})
		}
	}
}

// cut runs an apply that is killed at a write.
func (p *project) cut(g *gate, n int, after bool) {
	p.t.Helper()
	var out, errs bytes.Buffer
	cmd := p.command([]string{"apply", "-auto-approve"}, &out, &errs)
	dead := make(chan struct{})
	g.arm(n, after, func() {
		_ = cmd.Process.Kill() // it may be dead already
		<-dead
	})
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	_ = cmd.Wait() // killed is what it must be
	close(dead)
	_, hit := g.count()
	g.disarm()
	if r := ended(cmd, cmd.Args[1:], &out, &errs); hit == "" || r.code != -1 {
		p.t.Fatalf("the program was not killed (exit %d, stopped at %q): %s", r.code, hit, r)
	}
}
