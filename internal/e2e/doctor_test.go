package e2e

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/schema/schematest"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/local"
)

// examination is what a test looks at in doctor -json.
type examination struct {
	Findings []struct {
		Area, Subject, Level, Code, Text, Do string
		Credential                           *struct {
			Name, Issuer, Subject string
			Audiences             []string
		}
	}
	Summary struct{ OK, Warnings, Errors int }
}

// finds runs doctor and demands an exit code and, of every line given, a finding
// of that area and level that says the rest: "rights warning lacks".
func (p *project) finds(code int, lines ...string) examination {
	p.t.Helper()
	r := p.must(code, "doctor", "-json")
	schematest.Validate(p.t, "findings", []byte(r.stdout))
	var e examination
	if err := json.Unmarshal([]byte(r.stdout), &e); err != nil {
		p.t.Fatalf("%v: %s", err, r)
	}
	for _, line := range lines {
		words := strings.SplitN(line, " ", 3)
		found := false
		for _, f := range e.Findings {
			found = found || f.Area == words[0] && f.Level == words[1] && strings.Contains(f.Subject+": "+f.Text+" "+f.Code+" "+f.Do, words[2])
		}
		if !found {
			p.t.Errorf("it does not find %q: %s", line, r)
		}
	}
	return e
}

func TestDoctorLooksAtEverythingARunStandsOn(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.finds(0, "backend ok nothing has been applied yet", "rights ok rotate: may do it")
	p.apply()
	app, _ := tn.app()
	healthy := p.finds(0, "configuration ok app_registration: 1, client_secret: 1, mail_target: 1", "endpoints ok "+tn.url, "clock ok agrees",
		"identity ok mailprov-operator: an application without a person; signed in by client_secret", "identity ok that ends on", "tenant ok Example K.K.",
		"backend ok serial", "lock ok nobody", "sinks ok sink.team: sealed", "sinks ok sink.disk", "applications ok all", "rights ok apply, where only consent is left")
	if healthy.Summary.Warnings+healthy.Summary.Errors != 0 {
		t.Errorf("where all is well it finds %+v", healthy.Findings)
	}
	if r := p.must(0, "doctor", "-lang=ja"); !strings.Contains(r.stdout, "権限\n  ✓ plan: 実行できます") || !strings.Contains(r.stdout, "Doctor: ") {
		t.Errorf("in Japanese: %s", r)
	}

	t.Run("another run holds the lock", func(t *testing.T) {
		p.t = t
		held, err := local.New(local.Config{Path: filepath.Join(p.dir, stateFile), Serial: state.Serial}).Lock(t.Context(), store.Holder{ID: "lock-1", Who: "ci@runner", Operation: "apply", Created: morning}, 0)
		if err != nil {
			t.Fatal(err)
		}
		p.finds(0, "lock warning ci@runner holds the lock since 2026-11-20 10:00:00", "lock warning mailprov force-unlock lock-1")
		if err := held.Unlock(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.finds(0, "lock ok nobody")
	})
	t.Run("as identities that may do less", func(t *testing.T) {
		p.t, tn.t = t, t
		defer p.as("mailprov-operator")
		p.as("mailprov-reader")
		p.finds(0, "rights ok plan: may do it", "rights ok drift: may do it", "rights warning apply -consent=skip: lacks Application.ReadWrite.OwnedBy, to create applications",
			"rights warning where only consent is left: lacks AppRoleAssignment.ReadWrite.All", "rights warning rotate: lacks Application.ReadWrite.OwnedBy", "applications ok not owned")
		p.as("mailprov-rotator")
		p.finds(0, "rights warning DelegatedPermissionGrant.Read.All, to read the delegated permissions", "rights ok rotate: may do it for the applications it owns",
			"applications warning cannot be read: the application; it needs Application.Read.All", "tenant ok cannot be read here", "identity warning cannot be told")
		p.as("mailprov-applier")
		p.finds(0, "applications warning not owned by this identity: app_registration.mail MP362", "applications warning "+operator("mailprov-applier").PrincipalID)
		p.by(tn.identity())
		p.finds(0, "rights warning the token names no permission")
	})
	t.Run("the application is gone", func(t *testing.T) {
		p.t, tn.t = t, t
		tn.advance(15 * time.Minute)
		tn.mutate(doc{"op": "delete", "id": app.ID})
		p.finds(0, "applications warning gone from Entra: app_registration.mail")
	})
	t.Run("the clock is wrong", func(t *testing.T) {
		p.t, tn.t = t, t
		right := tn.clock
		defer func() { tn.clock = right }()
		tn.clock.base = right.base.Add(-2 * time.Minute)
		p.finds(0, "clock warning behind the servers MP361")
		tn.clock.base = right.base.Add(7 * time.Minute)
		p.finds(1, "clock error ahead of the servers MP361")
	})
	t.Run("the secret is wrong", func(t *testing.T) {
		p.t = t
		defer p.as("mailprov-operator")
		p.env["AZURE_CLIENT_SECRET"] = "not~it-but-long-enough-to-be-one"
		e := p.finds(1, "identity error AADSTS7000215", "endpoints ok "+tn.url, "backend ok serial", "sinks ok sink.team", "clock ok agrees")
		for _, f := range e.Findings {
			if f.Area == "rights" || f.Area == "applications" {
				t.Errorf("it says of nobody %+v", f)
			}
		}
	})
	t.Run("there is nobody to sign in", func(t *testing.T) {
		p.t = t
		defer p.as("mailprov-operator")
		delete(p.env, "AZURE_CLIENT_SECRET")
		p.finds(1, "identity error AZURE_CLIENT_ID is set", "backend ok serial")
	})
	t.Run("there is no network", func(t *testing.T) {
		p.t = t
		defer func() { p.env["MAILPROV_LOGIN_ENDPOINT"] = tn.url }()
		p.env["MAILPROV_LOGIN_ENDPOINT"] = "https://127.0.0.1:1"
		p.finds(1, "endpoints error https://127.0.0.1:1", "identity error ", "backend ok serial")
	})
	t.Run("the state cannot be read", func(t *testing.T) {
		p.t = t
		path := filepath.Join(p.dir, stateFile)
		whole := read(t, path)
		defer write(t, path, whole)
		write(t, path, whole[:len(whole)/2])
		p.finds(1, "backend error MP501", "identity ok mailprov-operator", "rights ok plan: may do it")
	})
	t.Run("the configuration is broken", func(t *testing.T) {
		p.t = t
		path := filepath.Join(p.dir, "broken.mailprov.hcl")
		write(t, path, "app_registration \"x\" {\n")
		defer func() { _ = os.Remove(path) }()
		p.finds(1, "configuration error broken.mailprov.hcl:", "identity ok mailprov-operator")
	})
	t.Run("there is no configuration", func(t *testing.T) {
		q := *p
		q.t, q.dir = t, t.TempDir()
		q.finds(1, "configuration error MP623", "identity ok mailprov-operator", "tenant ok Example K.K.", "rights ok plan: may do it")
	})
}

// jwt is a token that says these things and is signed by nobody.
func jwt(t *testing.T, claims doc) string {
	t.Helper()
	raw, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(raw) + ".c2lnbmF0dXJl"
}

// A job whose federated credential is not registered yet is told what to
// register, and its token is nowhere to be seen.
func TestDoctorTellsAJobWhatToRegister(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	delete(p.env, "AZURE_CLIENT_SECRET")
	const subject = "repo:example@12345/mail@67890:environment:production"
	for _, audience := range []string{"api://AzureADTokenExchange", "https://github.com/example"} {
		token := jwt(t, doc{"iss": "https://token.actions.githubusercontent.com", "sub": subject, "aud": audience, "exp": morning.Add(time.Hour).Unix()})
		p.env["ARM_OIDC_TOKEN"] = token
		e := p.finds(1, "federation warning issuer https://token.actions.githubusercontent.com, subject "+subject+", audience "+audience, "identity error AADSTS")
		registered := false
		for _, f := range e.Findings {
			if c := f.Credential; c != nil {
				registered = c.Issuer == "https://token.actions.githubusercontent.com" && c.Subject == subject && len(c.Audiences) == 1 && c.Audiences[0] == audience && c.Name != ""
			}
		}
		if !registered {
			t.Errorf("the credential to register is not among %+v", e.Findings)
		}
		r := p.must(1, "doctor")
		if !strings.Contains(r.stdout, "az ad app federated-credential create --id "+operator("mailprov-operator").ClientID) || !strings.Contains(r.stdout, `"subject": "`+subject+`"`) {
			t.Errorf("it cannot be pasted: %s", r)
		}
		if strings.Contains(r.String(), token) || strings.Contains(r.String(), "c2lnbmF0dXJl") {
			t.Errorf("the token is shown: %s", r)
		}
	}
	for _, e := range tn.log() {
		if e.Method != http.MethodGet && e.Template != "TOKEN" {
			t.Errorf("%s %s was sent", e.Method, e.Template)
		}
	}
}
