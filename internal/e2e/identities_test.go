package e2e

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/sandbox/data"
)

// runner is an identity that was made for a test, with exactly the permissions
// it names.
type runner struct{ clientID, secret, principal string }

// identity makes an identity with these application permissions of Microsoft
// Graph and no others.
func (tn *tenant) identity(permissions ...string) runner {
	tn.t.Helper()
	app := tn.mutate(doc{"op": "add_application", "patch": doc{"displayName": "identity"}})
	r := runner{clientID: textOf(app, "app_id")}
	r.principal = textOf(tn.mutate(doc{"op": "add_principal", "client_id": r.clientID}), "id")
	r.secret = textOf(tn.mutate(doc{"op": "add_password", "id": textOf(app, "id"), "display_name": "test"}), "secret")
	roles := tn.graphRoles()
	for _, p := range permissions {
		if roles[p] == "" {
			tn.t.Fatalf("Microsoft Graph publishes no application permission %s", p)
		}
		tn.mutate(doc{"op": "assign", "principal": r.principal, "resource": graphPrincipal, "role": roles[p]})
	}
	return r
}

// graphRoles are the ids of Microsoft Graph's application permissions.
func (tn *tenant) graphRoles() map[string]string {
	tn.t.Helper()
	resources, err := data.Resources()
	if err != nil {
		tn.t.Fatal(err)
	}
	out := map[string]string{}
	for _, r := range resources {
		for _, role := range r.Roles {
			if r.AppID == "00000003-0000-0000-c000-000000000000" {
				out[role.Value] = role.ID
			}
		}
	}
	return out
}

// by makes the project work as an identity.
func (p *project) by(r runner) {
	p.env["AZURE_CLIENT_ID"], p.env["AZURE_CLIENT_SECRET"] = r.clientID, r.secret
}

// The kinds of calls, in the words of the documentation (internal/right), by
// what of a request shows which one it is.
var callPatterns = []struct {
	call    string
	pattern *regexp.Regexp
}{
	{readApps, request(`GET`, `(/applications(KEY)?|/applications(KEY)/owners|/directory/deletedItems.*)`)},
	{readPrincipals, request(`GET`, `/servicePrincipals(KEY(/appRoleAssignments)?)?`)},
	{readGrants, request(`GET`, `(/servicePrincipalsKEY)?/oauth2PermissionGrants`)},
	{readOrg, request(`GET`, `/organization`)},
	{readUsers, request(`GET`, `/usersKEY`)},
	{readPolicies, request(`GET`, `/policies/.*`)},
	{createApps, request(`PATCH`, `/applications\(uniqueName='\{uniqueName\}'\)`)},
	{writeApps, request(`(PATCH|DELETE)`, `/applications/\{[^}]*\}`)},
	{writeSecrets, request(`POST`, `/applicationsKEY/(add|remove)Password`)},
	{writePrincipals, request(`(PATCH|DELETE)`, `/servicePrincipalsKEY`)},
	{writeOwners, request(`(POST|DELETE)`, `/applicationsKEY/owners/.*`)},
	{assignRoles, request(`(POST|DELETE)`, `/servicePrincipalsKEY/appRoleAssign.*`)},
	{writeGrants, request(`(POST|PATCH|DELETE)`, `/oauth2PermissionGrants(KEY)?`)},
}

// request matches a method and the template of a path; KEY stands for a key in
// either of its forms.
func request(method, path string) *regexp.Regexp {
	return regexp.MustCompile("^" + method + " " + strings.ReplaceAll(path, "KEY", `(/\{[^}]*\}|\([^)]*\))`) + "$")
}

// documented reads the table of commands in the documentation's own form: the
// calls of one command.
type documented struct{ reads, writes []string }

// held demands that what an identity sent since the last reset is what its
// command is documented to do: no other call, and each of its writes.
func (tn *tenant) held(clientID string, d documented) {
	tn.t.Helper()
	seen := map[string]bool{}
	for _, e := range tn.log() {
		if e.AppID != clientID || e.Template == "TOKEN" || strings.HasSuffix(e.Template, "$batch") {
			continue
		}
		request := e.Method + " " + e.Template
		var calls []string
		for _, c := range callPatterns {
			if c.pattern.MatchString(request) {
				calls = append(calls, c.call)
			}
		}
		if !slices.ContainsFunc(calls, func(c string) bool { return slices.Contains(d.reads, c) || slices.Contains(d.writes, c) }) {
			tn.t.Errorf("%s (%v) is not documented", request, calls)
		}
		for _, c := range calls {
			seen[c] = true
		}
	}
	for _, w := range d.writes {
		if !seen[w] {
			tn.t.Errorf("it is documented to %s, and does not", w)
		}
	}
}

// Calls by their documented names.
const (
	readApps, readPrincipals, readGrants = "read applications", "read service principals and the application permissions they were granted", "read the delegated permissions that were granted"
	readOrg, readUsers, readPolicies     = "read the tenant's name and domains", "read users", "read the app management policies"
	createApps, writeApps                = "create applications", "change and delete applications"
	writePrincipals, writeSecrets        = "create and delete service principals", "add and remove client secrets"
	writeOwners                          = "change owners"
	assignRoles, writeGrants             = "grant and revoke application permissions", "grant and revoke delegated permissions"
)

// TestThreeIdentitiesShareTheWork lets an identity that may not consent make
// everything, one that may do nothing else consent, one that owns the
// applications replace their secrets, and one that may only read look: each with
// the permissions it is documented to need, and each refused without one of
// them, before anything is changed.
func TestThreeIdentitiesShareTheWork(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	files := bare(1)
	files["target.mailprov.hcl"] = `mail_target "palettetree" "notices" {
  secret  = client_secret.a001
  mailbox = "noreply@example.co.jp"
}
`
	p := newProject(t, tn, files)
	const (
		owned, appsRead, grantsRead = "Application.ReadWrite.OwnedBy", "Application.Read.All", "DelegatedPermissionGrant.Read.All"
		assign, grants, directory   = "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All"
	)
	compared := []string{readApps, readPrincipals, readGrants, readOrg, readPolicies}
	untouched := func(name string, want int) {
		t.Helper()
		for _, e := range tn.log() {
			if e.Method != http.MethodGet && e.Template != "TOKEN" && !strings.HasSuffix(e.Template, "$batch") {
				t.Errorf("%s: %s %s was sent", name, e.Method, e.Template)
			}
		}
		if n := len(tn.truth().ours()); n != want {
			t.Errorf("%s: there are %d applications", name, n)
		}
	}
	refused := func(name string, says []string, args ...string) {
		t.Helper()
		before := len(tn.truth().ours())
		tn.resetStats()
		r := p.must(1, args...)
		for _, s := range says {
			if !strings.Contains(r.stderr, s) {
				t.Errorf("%s: it does not say %q: %s", name, s, r)
			}
		}
		untouched(name, before)
	}

	// The applier.
	p.by(tn.identity(appsRead, grantsRead))
	refused("an applier that may not write", []string{"MP402", owned, "app_registration.a001", "client_secret.a001", "Privileged Role Administrator"}, "apply", "-consent=skip", "-auto-approve")
	p.by(tn.identity(owned, grantsRead))
	refused("an applier that may not read", []string{"MP360", appsRead, "Microsoft Graph"}, "apply", "-consent=skip", "-auto-approve")
	applier := tn.identity(owned, appsRead, grantsRead)
	p.by(applier)
	refused("an applier that is to consent", []string{"MP402", assign, grants, "-consent=skip"}, "apply", "-auto-approve")
	tn.resetStats()
	r := p.apply("-consent=skip")
	if !strings.Contains(r.stdout, "Grant admin consent") {
		t.Errorf("the plan does not say who presses what: %s", r)
	}
	tn.held(applier.clientID, documented{compared, []string{createApps, writePrincipals, writeSecrets}})
	app, sp := tn.app()
	if n := len(tn.truth().assignments(sp.ID)) + len(tn.truth().grants(sp.ID)); n > 0 {
		t.Fatalf("%d permissions were granted", n)
	}
	tn.advance(15 * time.Minute)
	p.edit("main.mailprov.hcl", `display_name = "App 001"`, `display_name = "Application 001"`)
	tn.resetStats()
	p.apply("-consent=skip")
	tn.held(applier.clientID, documented{compared, []string{writeApps}})
	if r := p.must(0, "plan", "-consent=skip", "-detailed-exitcode"); !strings.Contains(r.stdout, "No changes.") {
		t.Errorf("consent that is left to others is something to do: %s", r)
	}

	// The granter, who may do nothing else.
	for _, c := range []struct {
		name        string
		permissions []string
		says        []string
	}{
		{"a granter that may not assign", []string{grants, appsRead}, []string{"MP402", assign}},
		{"a granter that may not grant", []string{assign, appsRead}, []string{"MP402", grants}},
		{"a granter that may not read", []string{assign, grants}, []string{"MP360", appsRead, "app_registration.a001"}},
	} {
		p.by(tn.identity(c.permissions...))
		refused(c.name, c.says, "apply", "-auto-approve")
	}
	granter := tn.identity(assign, grants, appsRead)
	p.by(granter)
	tn.resetStats()
	p.apply()
	tn.held(granter.clientID, documented{compared, []string{assignRoles, writeGrants}})
	if n := len(tn.truth().assignments(sp.ID)) + len(tn.truth().grants(sp.ID)); n != 2 {
		t.Errorf("%d permissions are granted, want 2", n)
	}
	tn.advance(15 * time.Minute)

	// The reader, and whoever reads less.
	reader := tn.identity(appsRead, grantsRead)
	p.by(reader)
	for _, args := range [][]string{{"plan", "-detailed-exitcode"}, {"drift"}, {"verify"}, {"status"}, {"doctor"}} {
		tn.resetStats()
		if r := p.must(0, args...); strings.Contains(r.stdout, "it needs") {
			t.Errorf("it lacks something: %s", r)
		}
		tn.held(reader.clientID, documented{reads: compared})
	}
	p.by(tn.identity(appsRead))
	if r := p.must(0, "plan"); !strings.Contains(r.stdout, grantsRead) || !strings.Contains(r.stdout, "delegated permissions granted") {
		t.Errorf("the plan does not name what could not be read: %s", r)
	}
	if d := p.drift(0); !d.Partial || len(d.Unread) != 1 || d.Unread[0].Address != "app_registration.a001" || !strings.Contains(d.Unread[0].Why, grantsRead) {
		t.Errorf("the drift is not partial: %+v", d)
	}
	if r := p.must(0, "verify"); !strings.Contains(r.stdout, "application Mail.Send: granted") {
		t.Errorf("what it can read it does not say: %s", r)
	}
	p.by(tn.identity(grantsRead))
	if r := p.must(0, "verify"); !strings.Contains(r.stdout, "may not read it") || strings.Contains(r.stdout, "granted") {
		t.Errorf("verify says what it cannot know: %s", r)
	}
	if d := p.drift(0); len(d.Unread) < 2 || !strings.Contains(d.Unread[0].Why+d.Unread[1].Why, appsRead) {
		t.Errorf("without a right to read applications: %+v", d)
	}
	if r := p.must(0, "plan"); !strings.Contains(r.stdout, "app_registration.a001") || !strings.Contains(r.stdout, appsRead) {
		t.Errorf("without a right to read applications the plan says %s", r)
	}
	if r := p.must(0, "status"); !strings.Contains(r.stdout+r.stderr, "MP820") && !strings.Contains(r.stdout+r.stderr, "403") {
		t.Errorf("without a right to read applications status says %s", r)
	}

	// The rotator, who owns the application and has no other right.
	rotates := tn.identity(owned)
	p.by(rotates)
	tn.advance(130 * 24 * time.Hour)
	refused("a rotator that owns nothing", []string{"MP402", "client_secret.a001"}, "rotate", "-due", "-auto-approve")
	owners := append(slices.Clone(app.Links), rotates.principal)
	tn.mutate(doc{"op": "set_owners", "id": app.ID, "owners": owners})
	tn.resetStats()
	if r := p.must(0, "rotate", "-due", "-auto-approve"); !strings.Contains(r.stdout, "1 rotated") {
		t.Errorf("it did not rotate: %s", r)
	}
	tn.held(rotates.clientID, documented{[]string{readApps, readPolicies}, []string{writeSecrets}})
	p.by(tn.identity())
	refused("a rotator without a right", []string{"MP402", "client_secret.a001"}, "rotate", "client_secret.a001", "-auto-approve")

	// Owners are somebody else's objects: to name them the directory is read.
	p.by(applier)
	p.edit("main.mailprov.hcl", `id = "example.co.jp"`, "id        = \"example.co.jp\"\n  operators = [\""+rotates.principal+"\"]")
	tn.mutate(doc{"op": "set_owners", "id": app.ID, "owners": []string{applier.principal}})
	refused("an applier that may not read the directory", []string{"MP402", directory, "change owners"}, "apply", "-consent=skip", "-rotate=none", "-auto-approve")
	wide := tn.identity(owned, directory)
	tn.mutate(doc{"op": "set_owners", "id": app.ID, "owners": []string{wide.principal}})
	p.by(wide)
	tn.resetStats()
	p.apply("-consent=skip", "-rotate=none")
	tn.held(wide.clientID, documented{compared, []string{writeOwners}})
}
