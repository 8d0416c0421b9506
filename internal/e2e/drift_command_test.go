package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/schema/schematest"
)

// driftDocument is what a test looks at in drift -json.
type driftDocument struct {
	Partial bool `json:"partial"`
	Unread  []struct{ Address, What, Why string }
	Drift   []struct {
		Address string
		Change  struct {
			Actions []string
			Paths   []string `json:"paths_changed"`
			Before  doc
			After   doc
		}
	} `json:"resource_drift"`
	Consent []struct{ Address, Permission, Kind, Action string } `json:"consent_drift"`
	Others  []struct{ Kind, Name string }
	Summary struct{ Changed, Deleted, Granted, Revoked, Secrets int }
}

// drift looks for drift, expects an exit code, and holds the document against
// its schema.
func (p *project) drift(code int) driftDocument {
	p.t.Helper()
	r := p.must(code, "drift", "-json")
	schematest.Validate(p.t, "drift", []byte(r.stdout))
	var d driftDocument
	if err := json.Unmarshal([]byte(r.stdout), &d); err != nil {
		p.t.Fatalf("%v: %s", err, r)
	}
	return d
}

// findsDrift demands that something is not as it was applied, in both forms.
func (p *project) findsDrift() driftDocument {
	p.t.Helper()
	d := p.drift(2)
	if n := d.Summary; len(d.Drift)+len(d.Consent) == 0 || n.Changed+n.Deleted+n.Secrets != len(d.Drift) || n.Granted+n.Revoked != len(d.Consent) {
		p.t.Errorf("the drift is counted wrong: %+v", d)
	}
	if d.Partial {
		p.t.Errorf("it could not read %v", d.Unread)
	}
	if r := p.must(2, "drift"); !strings.Contains(r.stdout, "\nDrift: ") {
		p.t.Errorf("the text does not count it: %s", r)
	}
	return d
}

// findsNoDrift demands that everything is as it was applied.
func (p *project) findsNoDrift() driftDocument {
	p.t.Helper()
	r := p.must(0, "drift")
	if !strings.Contains(r.stdout, "No drift.") {
		p.t.Fatalf("it does not say that there is none: %s", r)
	}
	return p.drift(0)
}

func TestDriftIsWhatWasAppliedAgainstWhatThereIs(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	if r := p.must(1, "drift"); !strings.Contains(r.stderr, "MP510") {
		t.Errorf("without a state it says %s", r)
	}
	p.apply()
	app, sp := tn.app()
	tn.advance(15 * time.Minute)

	// A change of the configuration alone is none, and one that the
	// configuration says meanwhile is still one.
	p.edit("main.mailprov.hcl", `display_name     = "Mail sender"`, `display_name     = "Another name"`)
	p.findsNoDrift()
	tn.mutate(doc{"id": app.ID, "patch": doc{"displayName": "Another name"}})
	d := p.findsDrift()
	if len(d.Drift) != 1 || d.Drift[0].Address != "app_registration.mail" || strings.Join(d.Drift[0].Change.Paths, " ") != "display_name" ||
		d.Drift[0].Change.Before["display_name"] != "Mail sender" || d.Drift[0].Change.After["display_name"] != "Another name" {
		t.Errorf("the drift is %+v", d)
	}
	p.apply()
	p.findsNoDrift()

	// What is ignored is none.
	p.edit("main.mailprov.hcl", "notes            = \"Kept by IT.\"", "notes            = \"Kept by IT.\"\n\n  lifecycle {\n    ignore_changes = [notes]\n  }\n")
	tn.mutate(doc{"id": app.ID, "patch": doc{"notes": "x"}})
	p.findsNoDrift()

	// What others added without changing what was applied is listed.
	added := tn.mutate(doc{"op": "add_password", "id": app.ID, "display_name": "by hand"})
	tn.mutate(doc{"op": "set_owners", "id": app.ID, "owners": append(app.Links, operator("mailprov-rotator").PrincipalID)})
	kinds := map[string]bool{}
	for _, o := range p.findsNoDrift().Others {
		kinds[o.Kind] = true
	}
	if !kinds["secret"] || !kinds["owner"] || len(kinds) != 2 {
		t.Errorf("of others it lists %v after %v", kinds, added)
	}

	// Consent, by hand, in both directions.
	tn.mutate(doc{"op": "assign", "principal": sp.ID, "resource": graphPrincipal, "role": mailReadRole})
	for _, g := range tn.truth().grants(sp.ID) {
		if g.text("scope") == "SMTP.Send" {
			tn.mutate(doc{"op": "delete", "id": g.ID})
		}
	}
	d = p.findsDrift()
	said := ""
	for _, c := range d.Consent {
		said += c.Action + " " + c.Kind + " " + c.Permission + "; "
	}
	if said != "granted application Mail.Read; revoked delegated SMTP.Send; " {
		t.Errorf("consent: %s", said)
	}

	// Secrets that somebody removed.
	for _, c := range app.docs("passwordCredentials") {
		tn.mutate(doc{"op": "remove_password", "id": app.ID, "key_id": c["keyId"]})
	}
	if d = p.findsDrift(); d.Summary.Secrets != 1 {
		t.Errorf("a removed secret: %+v", d.Summary)
	}
	r := p.must(2, "drift", "-lang=ja")
	if !strings.Contains(r.stdout, "削除") || !strings.Contains(r.stdout, "Drift: 0 changed, 0 deleted, 1 granted, 1 revoked, 1 with secrets removed.") {
		t.Errorf("in Japanese: %s", r)
	}
	tn.mutate(doc{"op": "delete", "id": app.ID})
	if d = p.findsDrift(); d.Summary.Deleted != 1 || d.Summary.Secrets != 0 || len(d.Consent) != 0 {
		t.Errorf("a deleted application: %+v", d)
	}
}

// A change of our own that an old replica does not show yet is lag, and waited
// for; after the lag window it is drift.
func TestDriftWaitsForLag(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.apply()
	tn.faults(&sandbox.Faults{Lag: &sandbox.Lag{Reads: sandbox.Amount{For: 15 * time.Second}}})
	p.edit("main.mailprov.hcl", `display_name     = "Mail sender"`, `display_name     = "Another name"`)
	p.apply()
	p.findsNoDrift()
}

// snapshot is every file of a project's directory, byte for byte.
func (p *project) snapshot() map[string]string {
	p.t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(p.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		out[path] = info.Mode().String() + " " + info.ModTime().String() + "\n" + read(p.t, path)
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}
