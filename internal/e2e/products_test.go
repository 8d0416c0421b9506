package e2e

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/schema/schematest"
)

// described is one of the five products with its configuration.
type described struct {
	name    string // of the catalogue
	file    string
	app     string // last label of its app_registration and client_secret
	target  string
	vars    string
	display string // of its application
}

func products() []described {
	return []described{
		{"palettetree", "palettetree.mailprov.hcl", "palettetree", "notices", "", "Palettetree Mail Sender"},
		{"proself", "proself.mailprov.hcl", "proself", "files", "", "Proself mail"},
		{"rakuraku_hanbai", "hanbai.mailprov.hcl", "hanbai", "hanbai", "hanbai_redirect_uri = \"https://hanbai.example.jp/oauth/callback\"\n\n", "楽楽販売 メール送信"},
		{"mailgates", "mailgates.mailprov.hcl", "mailgates", "gateway", `mailgates_redirect_uri_1 = "https://xxx-mgf.cybermail.jp/mg-cgi/mg_login"
mailgates_redirect_uri_2 = { "example.co.jp" = "https://a.cybermail.jp/x", "example.com" = "https://b.cybermail.jp/x" }
`, "MAILGATESΣ"},
		{"magic_xpi", "magic.mailprov.hcl", "magic", "orders", "", "Magic xpi"},
	}
}

// files are the configuration of some products in one directory.
func files(t testing.TB, list ...described) map[string]string {
	t.Helper()
	vars := "recipients = {\n  admin = \"{admin}\"\n  kinko = \"{safe}\"\n}\n\n"
	out := map[string]string{"common.mailprov.hcl": read(t, "testdata/products/common.mailprov.hcl")}
	for _, d := range list {
		out[d.file] = read(t, filepath.Join("testdata/products", d.file))
		vars += d.vars
	}
	out["mailprov.mpvars.hcl"] = vars
	return out
}

// TestEachProductFromFileToSettingsAndBack takes every product, alone and all
// in one directory, through its whole life against the sandbox as a process.
func TestEachProductFromFileToSettingsAndBack(t *testing.T) {
	t.Parallel()
	for _, d := range products() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			live(t, d)
		})
	}
	t.Run("all together", func(t *testing.T) {
		t.Parallel()
		live(t, products()...)
	})
}

func live(t *testing.T, list ...described) {
	tn := spawn(t, newClock(morning, 1))
	before := tn.truth()
	p := newProject(t, tn, files(t, list...))
	p.must(0, "fmt")
	p.must(0, "fmt", "-check")
	p.must(0, "validate")
	first := p.pending(fmt.Sprintf(`Plan: %d to add, 0 to change, 0 to destroy\.`, 3*len(list)), fmt.Sprintf(`Secrets: %d to create`, len(list)))
	if len(list) == 1 {
		golden(t, list[0].name+".plan", first.stdout)
	}
	p.document("plan", "plan", "-json")
	p.apply()
	p.settled()
	p.state()
	for _, d := range list {
		sheet := p.must(0, "emit", "mail_target."+d.target, "-format=text", "-lang=ja")
		settings := p.document("settings", "emit", "mail_target."+d.target, "-format=json", "-lang=ja")
		golden(t, d.name+".txt", sheet.stdout)
		golden(t, d.name+".json", settings)
		p.proven(d)
	}
	p.drifted()
	p.signedIn(list)
	p.confirmed(list)
	p.untouched(before)
	p.destroyed(list)
	p.untouched(before)
}

// document runs a command that writes one document and holds it against its
// schema.
func (p *project) document(schema string, args ...string) string {
	p.t.Helper()
	r := p.must(0, args...)
	schematest.Validate(p.t, schema, []byte(r.stdout))
	return r.stdout
}

// proven gets a token with what the sealed sink holds of a product's secret.
func (p *project) proven(d described) {
	p.t.Helper()
	apps := p.tenant.truth().all("application", func(o object) bool { return o.text("displayName") == d.display })
	if len(apps) != 1 {
		p.t.Fatalf("%d applications are named %q", len(apps), d.display)
	}
	if !p.tenant.works(apps[0].text("appId"), p.unseal(d.app)) {
		p.t.Errorf("%s: the sealed value gets no token", d.name)
	}
}

// drifted changes every application by hand wherever it can be changed, finds
// all of it in the plan, and has it set back.
func (p *project) drifted() {
	p.t.Helper()
	p.tenant.advance(time.Hour)
	tr := p.tenant.truth()
	before := map[string]string{}
	for _, app := range tr.ours() {
		sp, _ := tr.principal(app.text("appId"))
		before[app.ID] = p.shape(app)
		grant := implicit(app)
		p.tenant.mutate(doc{"id": app.ID, "patch": doc{
			"displayName": "x", "description": "x", "notes": "x", "signInAudience": "AzureADMultipleOrgs", "identifierUris": []string{"https://example.co.jp/x"},
			"web": doc{
				"redirectUris": []string{"https://x.example.com/"}, "homePageUrl": "https://x.example.com/", "logoutUrl": "https://x.example.com/",
				"implicitGrantSettings": doc{"enableAccessTokenIssuance": grant["enableAccessTokenIssuance"] != true, "enableIdTokenIssuance": grant["enableIdTokenIssuance"] != true},
			},
			"spa": doc{"redirectUris": []string{"https://spa.example.com/"}}, "publicClient": doc{"redirectUris": []string{"http://localhost"}},
			"requiredResourceAccess": []any{},
		}})
		for _, o := range append(tr.grants(sp.ID), tr.assignments(sp.ID)...) {
			p.tenant.mutate(doc{"op": "delete", "id": o.ID})
		}
		p.tenant.mutate(doc{"op": "assign", "principal": sp.ID, "resource": graphPrincipal, "role": mailReadRole})
		p.tenant.mutate(doc{"op": "grant", "principal": sp.ID, "resource": graphPrincipal, "scope": "Calendars.Read"})
		p.tenant.mutate(doc{"op": "set_owners", "id": app.ID, "owners": []string{operator("mailprov-operator").PrincipalID}})
	}
	r := p.pending(fmt.Sprintf(`Plan: 0 to add, %d to change, 0 to destroy\.`, len(before)), `Mail\.Read\s+revoke`, `Calendars\.Read\s+revoke`)
	for _, path := range []string{"display_name", "sign_in_audience", "identifier_uris", "web.redirect_uris", "web.homepage_url", "web.logout_url", "web.implicit_grant", "single_page_application.redirect_uris", "public_client.redirect_uris", "api_permissions", "description", "notes"} {
		if n := len(regexp.MustCompile(`(?m)^ +[-~+] `+regexp.QuoteMeta(path)).FindAllString(r.stdout, -1)); n < 2*len(before) {
			p.t.Errorf("%s of %d applications is named %d times, want in the note and in the plan of each: %s", path, len(before), n, r)
		}
	}
	p.apply()
	p.settled()
	for _, app := range p.tenant.truth().ours() {
		if now := p.shape(app); now != before[app.ID] {
			p.t.Errorf("the application was\n%s\nand is\n%s", before[app.ID], now)
		}
	}
}

// shape is an application with its consent.
func (p *project) shape(app object) string {
	return portrait(app) + "scopes=" + scopesOf(p.tenant, app) + fmt.Sprintf("\nroles=%d", rolesOf(p.tenant, app))
}

// signedIn does to each application what the product's own sign-in does:
// scopes of OpenID Connect are added to its tenant-wide grants. That is nothing
// to undo.
func (p *project) signedIn(list []described) {
	p.t.Helper()
	p.tenant.advance(time.Hour)
	added := 0
	tr := p.tenant.truth()
	for _, app := range tr.ours() {
		sp, _ := tr.principal(app.text("appId"))
		grants := tr.grants(sp.ID)
		if len(grants) > 0 {
			onGraph := func(g object) bool { return g.text("resourceId") == graphPrincipal }
			if !slices.ContainsFunc(grants, onGraph) {
				p.tenant.mutate(doc{"op": "grant", "principal": sp.ID, "resource": graphPrincipal, "scope": "openid profile offline_access"})
			}
		}
		for _, g := range grants {
			p.tenant.mutate(doc{"op": "grant", "principal": sp.ID, "resource": g.text("resourceId"), "scope": g.text("scope") + " openid profile email offline_access"})
			added++
		}
	}
	names := map[string]bool{}
	for _, d := range list {
		names[d.name] = true
	}
	if want := 0; added == want && (names["proself"] || names["rakuraku_hanbai"] || names["mailgates"]) {
		p.t.Fatal("no grant to add a scope to")
	}
	p.settled()
}

// confirmed lets a person say that each product has its secret.
func (p *project) confirmed(list []described) {
	p.t.Helper()
	for _, d := range list {
		p.must(0, "confirm", "mail_target."+d.target, "-by=tester")
	}
	p.settled()
	for _, s := range p.state().Secrets {
		if len(s.Credentials) != 1 || s.Credentials[0].Phase != "current" {
			p.t.Errorf("%s is not in use after its confirmation: %v", s.Address, s.Credentials)
		}
	}
}

// destroyed takes everything away, which prevent_destroy has to allow first.
func (p *project) destroyed(list []described) {
	p.t.Helper()
	if r := p.must(1, "destroy", "-auto-approve"); !strings.Contains(r.stderr, "prevent_destroy") {
		p.t.Errorf("a refused destroy does not say why: %s", r)
	}
	for _, d := range list {
		p.edit(d.file, "prevent_destroy = true", "prevent_destroy = false")
	}
	p.apply()
	p.must(0, "destroy", "-auto-approve")
	if s := p.state(); !s.Empty() {
		p.t.Errorf("the state is not empty: %v", s.Addresses())
	}
	if sealed, _ := filepath.Glob(filepath.Join(p.dir, stateFile+".sealed", "*")); len(sealed) > 0 {
		p.t.Errorf("secrets are left: %v", sealed)
	}
	tr := p.tenant.truth()
	if left := tr.ours(); len(left) > 0 {
		p.t.Errorf("applications are left: %v", left)
	}
	for _, kind := range []string{"oAuth2PermissionGrant", "appRoleAssignment"} {
		for _, o := range tr.all(kind, nil) {
			principal := o.text("clientId") + o.text("principalId")
			if !slices.ContainsFunc(tr, func(x object) bool { return strings.HasPrefix(principal, x.ID) && !x.Deleted }) {
				p.t.Errorf("%s %s is left of a deleted application", kind, o.ID)
			}
		}
	}
	if r := p.must(0, "destroy", "-auto-approve"); !strings.Contains(r.stdout, "No changes.") {
		p.t.Errorf("a second destroy finds something: %s", r)
	}
}

// TestAProductThatIsNotReadyWaits applies 楽楽販売 before its redirect URI is
// known: the application is made, the secret is not yet.
func TestAProductThatIsNotReadyWaits(t *testing.T) {
	t.Parallel()
	tn := spawn(t, newClock(morning, 1))
	d := products()[2]
	early := d
	early.vars = "hanbai_redirect_uri = null\n"
	p := newProject(t, tn, files(t, early))
	p.pending(`⧗ client_secret\.hanbai`, `⧗ mail_target\.hanbai\s+waits for redirect_uri`, `Plan: 1 to add, 0 to change, 0 to destroy\.`)
	p.apply()
	p.settled()
	app, _ := tn.app()
	if n := len(app.docs("passwordCredentials")); n != 0 {
		t.Fatalf("%d secrets were made for a product that is not ready", n)
	}
	for name, text := range files(t, d) {
		if name == "mailprov.mpvars.hcl" {
			write(t, filepath.Join(p.dir, name), strings.NewReplacer("{admin}", p.admin, "{safe}", p.safe).Replace(text))
		}
	}
	p.pending(`~ web\.redirect_uris`, `\+ client_secret\.hanbai`, `\+ mail_target\.hanbai`, `Secrets: 1 to create`)
	p.apply()
	p.settled()
	p.proven(d)
}

// TestEveryTargetEmitsInEveryFormat writes the settings of all products in all
// formats and both languages, none of which holds the secret.
func TestEveryTargetEmitsInEveryFormat(t *testing.T) {
	t.Parallel()
	tn := spawn(t, newClock(morning, 1))
	p := newProject(t, tn, files(t, products()...))
	p.apply()
	for _, d := range products() {
		value := p.unseal(d.app)
		for _, format := range slices.Sorted(maps.Keys(map[string]bool{"text": true, "json": true, "yaml": true, "env": true, "markdown": true, "csv": true})) {
			for _, lang := range []string{"ja", "en"} {
				r := p.must(0, "emit", "mail_target."+d.target, "-format="+format, "-lang="+lang)
				if len(r.stdout) < 100 || !strings.Contains(r.stdout, "11111111-2222-3333-4444-555555555555") && d.name == "palettetree" {
					t.Errorf("%s in %s says too little: %s", d.name, format, r)
				}
				if strings.Contains(r.stdout+r.stderr, value) {
					t.Errorf("%s in %s holds the secret", d.name, format)
				}
			}
		}
	}
}
