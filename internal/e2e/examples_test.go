package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/schema/schematest"
)

const examples = "../../examples"

// later are the variables that an example leaves open at first, because the
// product shows the value only once somebody has begun there.
var later = map[string][]string{
	"rakuraku-hanbai": {"-var=hanbai_redirect_uri=https://hanbai.example.co.jp/oauth/callback"},
}

// Who copies an example gets what this test gets: the sandbox inside the
// program, an empty home, and no environment to help.
func TestEveryExampleWorksAsItStands(t *testing.T) {
	for _, name := range exampleNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := openExample(t, name)
			p.must(0, "fmt", "-check")
			p.must(0, "validate")
			p.must(2, "plan", "-sandbox", "-detailed-exitcode")
			vars, known := later[name]
			if known {
				p.waits()
			}
			p.lives(vars)
			p.ends(vars)
		})
	}
}

func TestEveryProductHasAnExample(t *testing.T) {
	p := &project{t: t, dir: t.TempDir(), env: map[string]string{"PATH": os.Getenv("PATH")}}
	var all []struct{ Name string }
	if err := json.Unmarshal([]byte(p.must(0, "products", "-json").stdout), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("the catalogue is empty")
	}
	names := exampleNames(t)
	for _, product := range all {
		if folder := strings.ReplaceAll(product.Name, "_", "-"); !slices.Contains(names, folder) {
			t.Errorf("%s has no folder %s in examples", product.Name, folder)
		}
	}
}

func TestNoExampleHoldsAPrivateKey(t *testing.T) {
	for _, name := range exampleNames(t) {
		files, err := filepath.Glob(filepath.Join(examples, name, "*"))
		if err != nil || len(files) == 0 {
			t.Fatalf("list %s: %v", name, err)
		}
		for _, f := range files {
			if text := read(t, f); strings.Contains(text, "SECRET-KEY-") || strings.Contains(text, "PRIVATE KEY") {
				t.Errorf("%s holds a private key", f)
			}
		}
	}
}

// exampleNames are the folders that hold a configuration.
func exampleNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(examples, "*", "*.mailprov.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(filepath.Dir(f)))
	}
	names = slices.Compact(names)
	if len(names) == 0 {
		t.Fatal("there are no examples")
	}
	return names
}

// openExample copies the files of an example as they are in the repository.
func openExample(t *testing.T, name string) *project {
	t.Helper()
	p := &project{t: t, dir: t.TempDir(), env: map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": t.TempDir(), "TMPDIR": os.TempDir(), "LANG": "C.UTF-8",
	}}
	files, err := filepath.Glob(filepath.Join(examples, name, "*.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		write(t, filepath.Join(p.dir, filepath.Base(f)), read(t, f))
	}
	return p
}

// waits takes an example through its first apply, when the product has not yet
// shown all: the application is made, the secret is not, and the plan says what
// is waited for.
func (p *project) waits() {
	p.t.Helper()
	p.apply("-sandbox")
	r := p.must(0, "plan", "-sandbox", "-detailed-exitcode")
	for _, want := range []string{"No changes.", "waits for", "⧗ client_secret."} {
		if !strings.Contains(r.stdout, want) {
			p.t.Errorf("a plan that waits does not say %q: %s", want, r)
		}
	}
	if list := p.must(0, "state", "list", "-sandbox").stdout; !strings.HasPrefix(list, "app_registration.") || strings.Contains(list, "client_secret.") {
		p.t.Errorf("while the target waits there must be an application and no secret; the state has:\n%s", list)
	}
}

// lives applies, plans again and writes the settings.
func (p *project) lives(vars []string) {
	p.t.Helper()
	p.apply(append([]string{"-sandbox"}, vars...)...)
	r := p.must(0, append([]string{"plan", "-sandbox", "-detailed-exitcode"}, vars...)...)
	if !strings.Contains(r.stdout, "No changes.") {
		p.t.Errorf("a second plan does not say so: %s", r)
	}
	pages, err := filepath.Glob(filepath.Join(p.dir, "out", "*"))
	if err != nil || len(pages) == 0 {
		p.t.Errorf("apply wrote no settings (%v)", err)
	}
	doc := p.must(0, append([]string{"emit", "-sandbox", "-format=json"}, vars...)...).stdout
	schematest.Validate(p.t, "settings", []byte(doc))
	var settings struct {
		ClientID string `json:"client_id"`
		Secret   struct {
			Hint string `json:"hint"`
		} `json:"client_secret"`
	}
	if err := json.Unmarshal([]byte(doc), &settings); err != nil {
		p.t.Fatal(err)
	}
	for _, lang := range []string{"ja", "en"} {
		sheet := p.must(0, append([]string{"emit", "-sandbox", "-lang=" + lang}, vars...)...).stdout
		for _, value := range []string{settings.ClientID, settings.Secret.Hint} {
			if value == "" || !strings.Contains(sheet, value) {
				p.t.Errorf("the sheet in %s does not show %q:\n%s", lang, value, sheet)
			}
		}
	}
}

// ends deletes everything, after it was refused while the application is
// protected.
func (p *project) ends(vars []string) {
	p.t.Helper()
	destroy := append([]string{"destroy", "-sandbox", "-auto-approve"}, vars...)
	if r := p.must(1, destroy...); !strings.Contains(r.stderr, "MP212") {
		p.t.Errorf("a protected application is refused without its code: %s", r)
	}
	files, err := filepath.Glob(filepath.Join(p.dir, "*.mailprov.hcl"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, f := range files {
		write(p.t, f, strings.ReplaceAll(read(p.t, f), "prevent_destroy = true", "prevent_destroy = false"))
	}
	if r := p.must(0, destroy...); !strings.Contains(r.stdout, "Destroy complete!") || !strings.Contains(r.stdout, "3 destroyed.") {
		p.t.Errorf("not everything was destroyed: %s", r)
	}
	if left := p.must(0, "state", "list", "-sandbox").stdout; left != "" {
		p.t.Errorf("the state still has:\n%s", left)
	}
}
