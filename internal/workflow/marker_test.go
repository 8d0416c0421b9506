package workflow

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/state"
)

// keeps is a configuration whose state lies where its variables say.
const keeps = `
variable "tenant" { type = string }
variable "path" { type = string }

mailprov {
  name = "example-mail"
  backend "local" { path = var.path }
}

tenant { id = var.tenant }
`

// opened loads the configuration of a directory for a tenant and a path.
func opened(t *testing.T, dir, tenant, path string, sandbox bool) (*Project, diag.Diagnostics) {
	t.Helper()
	env := Env{
		Dir: dir, Getenv: func(string) string { return "" }, Now: time.Now, Version: "0.1.0", Sandbox: sandbox, Events: event.Discard{},
	}
	return Open(env, []VarFlag{{Var: "tenant=" + tenant}, {Var: "path=" + path}})
}

func kept(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.mailprov.hcl"), []byte(keeps), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// locks takes the lock as a command does that writes.
func locks(t *testing.T, p *Project) {
	t.Helper()
	l, ds := p.lock(t.Context(), "apply", false, 0)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	if err := l.Unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func codes(ds diag.Diagnostics) string {
	var out []string
	for _, d := range ds {
		out = append(out, d.Code)
	}
	return strings.Join(out, " ")
}

func TestABackendThatChangedIsNoticedOfEachTenantByItself(t *testing.T) {
	dir := kept(t)
	for tenant, path := range map[string]string{tenantA: "states/a.json", tenantB: "states/b.json"} {
		p, ds := opened(t, dir, tenant, path, false)
		if len(ds) > 0 {
			t.Fatal(ds)
		}
		locks(t, p)
	}
	for _, c := range []struct{ tenant, path, code string }{
		{tenantA, "states/a.json", ""},
		{strings.ToUpper(tenantB), "states/b.json", ""},
		{tenantA, "./states//a.json", ""}, // the same in other words
		{tenantA, "states/b.json", "MP521"},
		{tenantB, "elsewhere.json", "MP521"},
		{"33333333-3333-4333-8333-333333333333", "states/c.json", ""},
	} {
		if _, ds := opened(t, dir, c.tenant, c.path, false); codes(ds) != c.code {
			t.Errorf("%s in %s: %v", c.tenant, c.path, ds)
		}
		if _, ds := opened(t, dir, c.tenant, c.path, true); len(ds) > 0 {
			t.Errorf("%s in %s, in the sandbox: %v", c.tenant, c.path, ds)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, markerFile), []byte("{ broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ds := opened(t, dir, tenantA, "elsewhere.json", false); len(ds) > 0 {
		t.Errorf("a marker that cannot be read stops a run: %v", ds)
	}
}

func TestTheFileOfTheDefaultBackendSaysWithoutAMarkerWhereTheStateLies(t *testing.T) {
	for name, c := range map[string]struct{ of, tenant, path, code string }{
		"the default itself":          {"example-mail", tenantA, "mailprov.state.json", ""},
		"another path":                {"example-mail", tenantA, "other.json", "MP521"},
		"another configuration's":     {"other", tenantA, "other.json", ""},
		"the state of another tenant": {"example-mail", tenantB, "other.json", ""},
	} {
		dir := kept(t)
		doc := state.New(c.of, c.tenant, "lineage", "0.1.0")
		doc.Serial = 1
		b, err := state.Encode(doc)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "mailprov.state.json"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		p, ds := opened(t, dir, tenantA, c.path, false)
		if codes(ds) != c.code {
			t.Errorf("%s: %v", name, ds)
		}
		if c.path == "mailprov.state.json" {
			locks(t, p)
			if _, err := os.Stat(filepath.Join(dir, markerFile)); err == nil {
				t.Error("the default backend is noted, which nobody asked for")
			}
		}
	}
}

func TestADirectoryThatCannotBeWrittenIsNoReasonToStop(t *testing.T) {
	dir := kept(t)
	if err := os.WriteFile(filepath.Join(dir, ".mailprov"), nil, 0o600); err != nil { // in the marker's place
		t.Fatal(err)
	}
	p, ds := opened(t, dir, tenantA, filepath.Join(t.TempDir(), "s.json"), false)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	l, ds := p.lock(t.Context(), "apply", false, 0)
	if ds.HasErrors() || len(ds) != 1 || ds[0].Severity != diag.Note {
		t.Errorf("%v", ds)
	}
	if err := l.Unlock(t.Context()); err != nil {
		t.Error(err)
	}
}
