package diag

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty/function"
)

func at(src, part string) hcl.Range {
	start := strings.Index(src, part)
	pos := func(i int) hcl.Pos {
		return hcl.Pos{Line: 1 + strings.Count(src[:i], "\n"), Column: 1 + i - (strings.LastIndexByte(src[:i], '\n') + 1), Byte: i}
	}
	return hcl.Range{Filename: "main.mailprov.hcl", Start: pos(start), End: pos(start + len(part))}
}

func TestTheRangeIsUnderlinedWhateverStandsBeforeIt(t *testing.T) {
	for name, x := range map[string]struct{ src, part, want string }{
		"letters":                   {"a = bcd", "bcd", "     1: a = bcd\n            ^~~\n"},
		"Japanese is two wide":      {`x = "情シス" + 日本`, "日本", "     1: x = \"情シス\" + 日本\n                       ^~~~\n"},
		"tabs stay tabs":            {"\t\ta = b", "b", "     1: \t\ta = b\n        \t\t    ^\n"},
		"the second line":           {"a = 1\nb = 2\n", "2", "     2: b = 2\n            ^\n"},
		"several lines end at one":  {"a = [\n1\n]", "[\n1\n]", "     1: a = [\n            ^\n"},
		"a carriage return":         {"a = 1\r\nb = 2\r\n", "1", "     1: a = 1\n            ^\n"},
		"control letters are shown": {"a = \"\x1b[31m\"", "a", "     1: a = \"\uFFFD[31m\"\n        ^\n"},
	} {
		d := Of(WrongType, "Detail.").At(at(x.src, x.part))
		got := Format(d, map[string][]byte{"main.mailprov.hcl": []byte(x.src)}, 0, "en")
		if !strings.Contains(got, x.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, x.want)
		}
	}
}

func TestAnErrorSaysWhatWhereWhyAndWhatToDo(t *testing.T) {
	d := Of(UnknownName, "There is no var.mailbx, and this sentence goes on for a while.").For("mail_target.files").WithDo("Did you mean var.mailbox?")
	d.Mail = "Mail still works."
	want := `Error: Reference to something undeclared [MP606]

  in mail_target.files

  There is no var.mailbx, and this
  sentence goes on for a while.

  Mail still works.

  Did you mean var.mailbox?
`
	if got := Format(d, nil, 34, "en"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestARangeOutsideOfTheFileIsNotShown(t *testing.T) {
	d := Of(Syntax, "Detail.").At(hcl.Range{Filename: "x", Start: hcl.Pos{Line: 9, Column: 9, Byte: 900}, End: hcl.Pos{Line: 9, Column: 9, Byte: 901}})
	if got := Format(d, map[string][]byte{"x": []byte("a = 1")}, 0, "en"); !strings.Contains(got, "on x:9:9:") || strings.Contains(got, "^") {
		t.Errorf("got\n%s", got)
	}
}

func TestWhatTheLibrarySaysGetsTheCodeOfItsKind(t *testing.T) {
	schema := &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "name", Required: true}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "web", LabelNames: []string{"label"}}},
	}
	for src, want := range map[string]string{
		"name = \"x":             Syntax,
		"name = 1\nnme = 1":      UnknownAttr,
		"name = 1\nwbe {}":       UnknownBlock,
		"":                       MissingArgument,
		"name = 1\nname = 2":     Duplicate,
		"name = 1\nweb {}":       Labels,
		"name = 1\nweb a b {}":   Labels,
		"name = f(1)":            UnknownFunction,
		"name = x":               OutOfOrder,
		"name = null[0]":         NullOrUnknown,
		"name = [1][3]":          BadIndex,
		"name = 1 ? 2 : 3":       WrongType,
		"name = [for a in 1: a]": BadForEach,
	} {
		f, hd := hclsyntax.ParseConfig([]byte(src), "x", hcl.InitialPos)
		content, more := f.Body.Content(schema)
		hd = append(hd, more...)
		if a := content.Attributes["name"]; a != nil && !hd.HasErrors() {
			_, more = a.Expr.Value(&hcl.EvalContext{Functions: map[string]function.Function{}})
			hd = append(hd, more...)
		}
		ds := FromHCL(hd)
		if len(ds) == 0 || ds[0].Code != want || ds[0].Subject == nil || ds[0].Detail == "" {
			t.Errorf("%q: %+v, want %s", src, ds, want)
		}
	}
}

func TestTheGuessOfTheLibraryBecomesWhatToDo(t *testing.T) {
	ds := FromHCL(hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Unsupported argument", Detail: `An argument named "nam" is not expected here. Did you mean "name"?`}})
	if ds[0].Detail != `There is no attribute "nam" here.` || ds[0].Do != `Did you mean "name"?` {
		t.Errorf("%+v", ds[0])
	}
}

func TestCodesAreUniqueAndHaveASummary(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range LanguageCodes() {
		if seen[e.Code] || e.Summary == "" || !strings.HasPrefix(e.Code, "MP6") {
			t.Errorf("%+v", e)
		}
		seen[e.Code] = true
		if d := Of(e.Code, "x"); d.Summary != string(e.Summary) || d.Severity != Error {
			t.Errorf("%+v", d)
		}
	}
}

func TestNearestNamesAreCloseOnes(t *testing.T) {
	for _, x := range []struct{ word, want string }{
		{"redirct_uris", "redirect_uris"}, {"nmae", "name"}, {"note", "notes"}, {"completely_else", ""}, {"", ""},
	} {
		if got := Nearest(x.word, []string{"redirect_uris", "name", "notes"}); got != x.want {
			t.Errorf("nearest to %q is %q", x.word, got)
		}
	}
}

func TestSortedGoesByPlaceAndKeepsWhatHasNone(t *testing.T) {
	a, b, c := Of(Syntax, "a").At(at("x\ny", "y")), Of(Syntax, "b"), Of(Syntax, "c").At(at("x\ny", "x"))
	got := Diagnostics{a, b, c}.Sorted()
	if got[0].Detail != "c" || got[1].Detail != "a" || got[2].Detail != "b" {
		t.Errorf("%v", got)
	}
}
