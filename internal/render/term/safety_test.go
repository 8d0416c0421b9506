package term_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/rendertest"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/render/width"
)

func FuzzNoValueSteersTheTerminal(f *testing.F) {
	for _, s := range []string{"\x1b[2J", "\x1b]0;title\x07", "a\u202etxt.exe", "\r overwritten", "line\nNo changes.", "\u009b31m", "\xff\xfe", "情シス", "", "$${x} %{if}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			s = strings.ToValidUTF8(s, "\ufffd") // HCL and JSON hold nothing else
		}
		p := rendertest.Poisoned(s)
		var b bytes.Buffer
		if err := term.Plan(&b, p, term.Options{UTF8: true, Width: 80}); err != nil {
			t.Fatal(err)
		}
		out := b.String()
		if strings.ContainsFunc(out, func(r rune) bool { return r != '\n' && width.Hidden(r) }) || !utf8.ValidString(out) {
			t.Errorf("hidden characters in\n%q", out)
		}
		if n := strings.Count("\n"+out, "\nPlan: "); n != 1 {
			t.Errorf("%d closing lines in\n%s", n, out)
		}
		if strings.HasPrefix(out, "No changes.") || strings.Contains(out, "\nNo changes.") {
			t.Errorf("a value forged a line:\n%s", out)
		}
	})
}

var sgr = regexp.MustCompile("\x1b\\[[0-9]+m")

func TestColourOnlyRepeatsWhatWordsSay(t *testing.T) {
	for name, p := range rendertest.Plans() {
		for _, lang := range []string{"en", "ja"} {
			plain := render(t, p, term.Options{UTF8: true, Width: 100, Language: lang})
			coloured := render(t, p, term.Options{UTF8: true, Width: 100, Language: lang, Color: true})
			if got := sgr.ReplaceAllString(string(coloured), ""); got != string(plain) {
				t.Errorf("%s in %s: without its colours the text differs", name, lang)
			}
			if !bytes.Contains(coloured, []byte("\x1b[")) {
				t.Errorf("%s in %s: no colour at all", name, lang)
			}
		}
	}
}

func TestOurOwnSymbolsAreASCIIWhereTheOutputIs(t *testing.T) {
	for name, p := range rendertest.Plans() {
		if out := render(t, p, term.Options{}); strings.ContainsAny(string(out), "↻⧗†…→") {
			t.Errorf("%s: symbols beyond ASCII in\n%s", name, out)
		}
	}
}

func TestAPlanIsWrittenTheSameEveryTime(t *testing.T) {
	first, again := rendertest.Plans(), rendertest.Plans()
	for name := range first {
		if a, b := render(t, first[name], term.Options{}), render(t, again[name], term.Options{}); !bytes.Equal(a, b) {
			t.Errorf("%s differs:\n%s\n%s", name, a, b)
		}
	}
}

func TestSensitiveValuesDoNotShow(t *testing.T) {
	const canary = "canary-7d1f"
	for _, applied := range []bool{false, true} {
		in := rendertest.Known(rendertest.Palettetree())
		if applied {
			in = rendertest.Applied(in)
		}
		app := in.Desired[0]
		m := app.Attrs.AsValueMap()
		m["notes"] = cty.StringVal(canary)
		app.Attrs = cty.ObjectVal(m)
		app.Sensitive = []cty.Path{cty.GetAttrPath("notes")}
		in.Outputs["o"] = plan.Output{Value: cty.StringVal(canary), Sensitive: true}
		out := render(t, plan.Build(in).Plan, term.Options{})
		if bytes.Contains(out, []byte(canary)) {
			t.Errorf("the plan shows a sensitive value:\n%s", out)
		}
		if n := strings.Count(string(out), "(sensitive value)"); n != 2 {
			t.Errorf("%d marks of sensitive values, want 2, in\n%s", n, out)
		}
	}
}
