package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// refused runs the program, which must fail with a code, and demands that the
// tenant and the state are as they were.
func (p *project) refused(code string, args ...string) result {
	p.t.Helper()
	tenant, kept := p.tenant.truth(), p.kept()
	r := p.must(1, args...)
	if !strings.Contains(r.stderr, "["+code+"]") {
		p.t.Errorf("the refusal is not %s: %s", code, r)
	}
	p.untouched(tenant)
	if n := len(p.tenant.truth()); n != len(tenant) {
		p.t.Errorf("the tenant had %d objects and has %d", len(tenant), n)
	}
	if now := p.kept(); now != kept {
		p.t.Errorf("the state was\n%s\nand is\n%s", kept, now)
	}
	return r
}

// kept is the state and its backup, byte for byte.
func (p *project) kept() string {
	out := ""
	for _, name := range []string{stateFile, stateFile + ".backup"} {
		raw, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			out += "no " + name + "\n"
			continue
		}
		out += string(raw) + "\n"
	}
	return out
}

func standing(t *testing.T) *project {
	t.Helper()
	p := newProject(t, serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil), full())
	p.apply()
	p.tenant.advance(15 * time.Minute)
	return p
}

// TestALostStateIsNotTakenForANewBeginning removes the state of applications
// that exist.
func TestALostStateIsNotTakenForANewBeginning(t *testing.T) {
	t.Parallel()
	p := standing(t)
	path := filepath.Join(p.dir, stateFile)
	saved := read(t, path)
	for _, name := range []string{stateFile, stateFile + ".backup"} {
		if err := os.Remove(filepath.Join(p.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	r := p.refused("MP202", "apply", "-auto-approve")
	if !strings.Contains(r.stderr, "Mail sender") || !strings.Contains(r.stderr, "Mail still works") {
		t.Errorf("it does not say which application, nor that mail still works: %s", r)
	}
	p.refused("MP202", "plan")
	write(t, path, saved)
	p.settled()
}

// TestAnotherTenantOrNameStopsBeforeAnyRequest uses a state for another
// directory and under another name.
func TestAnotherTenantOrNameStopsBeforeAnyRequest(t *testing.T) {
	t.Parallel()
	p := standing(t)
	for name, change := range map[string]func(p *project){
		"the configuration is renamed": func(p *project) { p.edit("main.mailprov.hcl", `name      = "full"`, `name = "other"`) },
		"the configuration is for another tenant": func(p *project) {
			p.edit("main.mailprov.hcl", `id = "example.co.jp"`, `id = "99999999-2222-3333-4444-555555555555"`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := read(t, filepath.Join(p.dir, "main.mailprov.hcl"))
			defer write(t, filepath.Join(p.dir, "main.mailprov.hcl"), config)
			change(p)
			p.tenant.resetStats()
			p.refused("MP204", "apply", "-auto-approve")
			p.refused("MP204", "plan")
			if s := p.tenant.stats(); s.GraphHTTP+s.Login+s.TokenRequests > 0 {
				t.Errorf("%d requests were made before it was noticed", s.GraphHTTP+s.Login+s.TokenRequests)
			}
		})
	}
	t.Run("the domain is nobody's", func(t *testing.T) {
		p.edit("main.mailprov.hcl", `id = "example.co.jp"`, `id = "elsewhere.example"`)
		p.refused("MP401", "apply", "-auto-approve")
	})
}

// TestMissingRightsStopBeforeTheFirstWrite works as an identity that may make
// applications but not consent to their permissions.
func TestMissingRightsStopBeforeTheFirstWrite(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.as("mailprov-applier")
	r := p.must(1, "apply", "-auto-approve")
	for _, says := range []string{"MP402", "AppRoleAssignment.ReadWrite.All", "-consent=skip"} {
		if !strings.Contains(r.stderr, says) {
			t.Errorf("the refusal does not say %q: %s", says, r)
		}
	}
	if len(tn.truth().ours()) > 0 {
		t.Fatal("something was made although a right is missing")
	}
	if r := p.must(0, "plan", "-consent=skip"); !strings.Contains(r.stdout, "pending") && !strings.Contains(r.stdout, "waits") {
		t.Errorf("what is left to others does not show: %s", r)
	}
	p.apply("-consent=skip")
	app, sp := tn.app()
	if n := len(tn.truth().assignments(sp.ID)) + len(tn.truth().grants(sp.ID)); n > 0 {
		t.Errorf("%d permissions were granted", n)
	}
	if r := p.must(0, "plan", "-detailed-exitcode", "-consent=skip"); !strings.Contains(r.stdout, "No changes.") {
		t.Errorf("a second plan finds something: %s", r)
	}
	// The one who may consent goes over the same configuration.
	p.as("mailprov-operator")
	p.pending(`\+ consent\s+Microsoft Graph\s+application\s+Mail\.Send\s+grant`)
	p.apply()
	p.settled()
	if got := scopesOf(tn, app); got != "SMTP.Send User.Read" || rolesOf(tn, app) != 1 {
		t.Errorf("granted is %q and %d application permissions", got, rolesOf(tn, app))
	}
}

// TestWhatOnlyLooksOnlyLooks lets every command that looks run over a tenant
// with something to do, and finds no write among the requests.
func TestWhatOnlyLooksOnlyLooks(t *testing.T) {
	t.Parallel()
	p := standing(t)
	p.edit("main.mailprov.hcl", `"Mail sender"`, `"Another"`)
	p.tenant.resetStats()
	kept := p.kept()
	for _, args := range [][]string{{"plan"}, {"plan", "-json"}, {"plan", "-destroy"}, {"plan", "-refresh=false"}, {"show"}, {"status"}, {"status", "-json"}, {"status", "-format=ics"}, {"status", "-refresh=false"}, {"state", "list"}, {"emit", "mail_target.notices"}, {"output"}, {"validate"}} {
		p.must(0, args...)
	}
	reads := 0
	for _, e := range p.tenant.log() {
		switch {
		case e.Method == http.MethodGet:
			reads++
		case e.Template != "TOKEN" && !strings.Contains(e.Template, "$batch"):
			t.Errorf("%s %s was sent by a command that only looks", e.Method, e.Template)
		}
	}
	if reads == 0 {
		t.Error("nothing was read, so this proves nothing")
	}
	if p.kept() != kept {
		t.Error("the state was written by a command that only looks")
	}
}

// TestAStateThatIsNotOursIsRefusedAndLeftAlone puts all sorts of files where the
// state is kept.
func TestAStateThatIsNotOursIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	p := standing(t)
	path := filepath.Join(p.dir, stateFile)
	good := read(t, path)
	for name, bad := range map[string]string{
		"empty":               "",
		"cut off":             good[:len(good)/2],
		"not JSON":            "resource \"x\" {}\n",
		"another program's":   `{"version": 4, "terraform_version": "1.9.0", "serial": 3, "lineage": "x", "outputs": {}, "resources": []}`,
		"of a newer version":  strings.Replace(good, `"version": 1`, `"version": 99`, 1),
		"with something else": strings.Replace(good, `"version": 1`, `"version": 1, "surprise": true`, 1),
		"with a flipped id":   strings.Replace(good, `"phase": "`, `"phase": "x`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			p.t, p.tenant.t = t, t
			if bad == good {
				t.Fatal("the state is not spoilt")
			}
			write(t, path, bad)
			for _, args := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}, {"state", "rm", "mail_target.notices"}, {"confirm", "mail_target.notices"}} {
				tenant := p.tenant.truth()
				if r := p.must(1, args...); !strings.Contains(r.stderr, "[MP50") {
					t.Errorf("the refusal does not speak of the state: %s", r)
				}
				if read(t, path) != bad {
					t.Fatalf("%v changed a state it could not read", args)
				}
				p.untouched(tenant)
			}
		})
	}
	p.t, p.tenant.t = t, t
	write(t, path, good)
	p.settled()
}
