package lang

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mailprov/mailprov/internal/diag"
)

// seeds are the configurations of testdata and some that once went wrong.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	var out [][]byte
	scripts, _ := filepath.Glob("testdata/wrong/*.txtar")
	for _, s := range scripts {
		a, err := txtar.ParseFile(s)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			if kindOf(file.Name) == configFile && len(file.Data) < 1000 {
				out = append(out, file.Data)
			}
		}
	}
	configs, _ := filepath.Glob("testdata/walkthrough/*.mailprov.hcl")
	if len(out) < 60 || len(configs) == 0 {
		f.Fatal("no seeds")
	}
	return out
}

// FuzzLoad takes any two files through all steps: no panic, every error with
// code and text, and the same again gives the same.
func FuzzLoad(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s, false, []byte("recipients = {}"))
	}
	f.Add([]byte(`{"app_registration": {"a": {"display_name": "${self.client_id}"}}}`), true, []byte{})
	f.Fuzz(func(t *testing.T, src []byte, asJSON bool, vars []byte) {
		name := "main.mailprov.hcl"
		if asJSON {
			name = "main.mailprov.json"
		}
		o := testOptions(Source{name, src}, Source{"mailprov.mpvars.hcl", vars}, Source{"zz.mailprov.hcl", []byte(preamble)})
		c, w, d, ds := run(o, Nothing)
		for _, x := range ds {
			if x.Code == "" || x.Summary == "" || x.Detail == "" {
				t.Errorf("a diagnostic says nothing: %+v", x)
			}
			diag.Format(x, c.Sources, 80, "ja")
		}
		for _, i := range d.Instances {
			n := w.nodes[i.Addr.Resource()]
			if !i.Attrs.Type().Equals(n.block.shape.ty) {
				t.Errorf("%s has the type %#v", i.Addr, i.Attrs.Type())
			}
			if one, _ := w.EvaluateOne(i.Addr, Nothing); one == nil || !one.Attrs.RawEquals(i.Attrs) {
				t.Errorf("%s differs when it is evaluated alone", i.Addr)
			}
		}
		if _, _, _, again := run(o, Nothing); rendered(c, ds) != rendered(c, again) {
			t.Errorf("the same files said two things:\n%s\n%s", rendered(c, ds), rendered(c, again))
		}
	})
}

// FuzzFormat formats twice: the second time changes nothing, and the tokens
// stay what they were.
func FuzzFormat(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		once, ds := Format(src, "x.mailprov.hcl")
		if ds.HasErrors() {
			if !bytes.Equal(once, src) {
				t.Error("a file that cannot be read was changed")
			}
			return
		}
		twice, ds := Format(once, "x.mailprov.hcl")
		if ds.HasErrors() || !bytes.Equal(once, twice) {
			t.Errorf("formatting again changes\n%q\nto\n%q (%v)", once, twice, ds)
		}
		if a, b := words(src), words(once); a != b {
			t.Errorf("formatting changed the tokens from\n%s\nto\n%s", a, b)
		}
	})
}

// words are the tokens of a file without newlines.
func words(src []byte) string {
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	var b bytes.Buffer
	for _, t := range tokens {
		if t.Type != hclsyntax.TokenNewline && t.Type != hclsyntax.TokenEOF {
			b.Write(bytes.TrimSpace(t.Bytes))
			b.WriteByte(' ')
		}
	}
	return b.String()
}
