package lang

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mailprov/mailprov/internal/diag"
)

var update = flag.Bool("update", false, "write what is said into testdata/wrong")

// TestWrongConfigurations loads every configuration of testdata/wrong and
// compares everything that is said with the file want. A configuration
// without a mailprov block of its own gets one in a file of its own; -var
// flags stand in the file flags, one a line.
func TestWrongConfigurations(t *testing.T) {
	scripts, err := filepath.Glob("testdata/wrong/*.txtar")
	if err != nil || len(scripts) < 60 {
		t.Fatalf("%d wrong configurations, %v", len(scripts), err)
	}
	codes := map[string]bool{}
	for _, script := range scripts {
		t.Run(filepath.Base(script), func(t *testing.T) {
			a, err := txtar.ParseFile(script)
			if err != nil {
				t.Fatal(err)
			}
			o, want := scriptOptions(a)
			c, _, _, ds := run(o, Nothing)
			got := rendered(c, ds)
			for _, d := range ds {
				codes[d.Code] = true
				if d.Do == "" && d.Code != diag.Validation {
					t.Errorf("%s (%s) says not what to do", d.Code, d.Detail)
				}
				if d.Subject == nil && d.Code != diag.NoConfiguration && d.Code != diag.FileName && d.Code != diag.Undeclared && d.Code != diag.BadValue {
					t.Errorf("%s has no place", d.Code)
				}
			}
			if !ds.HasErrors() && !bytes.Contains(a.Comment, []byte("Warning")) {
				t.Errorf("nothing is said to be wrong")
			}
			if *update {
				writeWant(t, script, a, got)
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what is said differs (-want +got):\n%s", diff)
			}
		})
	}
	for _, e := range diag.LanguageCodes() {
		if !codes[e.Code] {
			t.Errorf("no wrong configuration shows %s (%s)", e.Code, e.Summary)
		}
	}
}

var hasMailprov = regexp.MustCompile(`(?m)^mailprov|"mailprov"`)

func scriptOptions(a *txtar.Archive) (Options, string) {
	var files, templates []Source
	var flags []string
	want, own := "", false
	for _, f := range a.Files {
		switch f.Name {
		case "want":
			want = string(f.Data)
			continue
		case "flags":
			for _, line := range bytes.Fields(f.Data) {
				flags = append(flags, string(line))
			}
			continue
		}
		own = own || hasMailprov.Match(f.Data)
		if strings.HasSuffix(f.Name, ".tpl") {
			templates = append(templates, Source{f.Name, f.Data})
			continue
		}
		files = append(files, Source{f.Name, f.Data})
	}
	if !own && !bytes.Contains(a.Comment, []byte("without more")) {
		files = append(files, Source{"zz.mailprov.hcl", []byte(preamble)})
	}
	o := testOptions(files...)
	o.ReadFile = readFrom(templates)
	for _, v := range flags {
		o.Flags = append(o.Flags, VarFlag{Var: v})
	}
	return o, want
}

func writeWant(t *testing.T, script string, a *txtar.Archive, got string) {
	t.Helper()
	var files []txtar.File
	for _, f := range a.Files {
		if f.Name != "want" {
			files = append(files, f)
		}
	}
	a.Files = append(files, txtar.File{Name: "want", Data: []byte(got)})
	if err := os.WriteFile(script, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}
