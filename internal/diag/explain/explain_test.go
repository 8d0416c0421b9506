package explain_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/mailprov/mailprov/internal/diag/explain"
)

var isCode = regexp.MustCompile(`^MP[0-9]{3}$`)

// emitted finds every code that stands as a string in the sources, with one
// place where it does.
func emitted(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, dir := range []string{"../..", "../../../cmd"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if s, err := strconv.Unquote(lit.Value); err == nil && isCode.MatchString(s) {
						out[s] = path
					}
				}
				return true
			})
			return nil
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return out
}

func TestEveryCodeThatIsSaidHasAPageInEveryLanguage(t *testing.T) {
	codes := emitted(t)
	if len(codes) < 50 {
		t.Fatalf("only %d codes found in the sources", len(codes))
	}
	for code, path := range codes {
		for _, lang := range explain.Languages() {
			if _, ok := explain.Page(code, lang); !ok {
				t.Errorf("%s, said in %s, has no page in %s", code, path, lang)
			}
		}
	}
}

func TestPagesHaveTheirParts(t *testing.T) {
	parts := map[string][]string{
		"en": {"Level: ", "## What it means"},
		"ja": {"レベル: ", "## 意味"},
	}
	answers := map[string][2]string{"en": {"## What to do", "## How to reduce it"}, "ja": {"## 対処", "## リスクを下げるには"}}
	for _, code := range explain.Codes() {
		for _, lang := range explain.Languages() {
			text, ok := explain.Page(code, lang)
			if !ok {
				t.Errorf("%s has no page in %s", code, lang)
				continue
			}
			if !strings.HasPrefix(text, "# "+code+" ") || len(explain.Title(code, lang)) < 4 {
				t.Errorf("%s.%s begins with %q", code, lang, strings.SplitN(text, "\n", 2)[0])
			}
			for _, p := range parts[lang] {
				if !strings.Contains(text, p) {
					t.Errorf("%s.%s lacks %q", code, lang, p)
				}
			}
			if a := answers[lang]; !strings.Contains(text, a[0]) && !strings.Contains(text, a[1]) {
				t.Errorf("%s.%s does not say what to do", code, lang)
			}
			if (lang == "ja") != strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.Hiragana) }) {
				t.Errorf("%s.%s is written in another language", code, lang)
			}
		}
	}
}

func TestARiskSaysWhereItComesFromAndHowToAcceptIt(t *testing.T) {
	for n := 101; n <= 114; n++ {
		code := "MP" + strconv.Itoa(n)
		for lang, source := range map[string]string{"en": "## Source", "ja": "## 出典"} {
			text, _ := explain.Page(code, lang)
			if !strings.Contains(text, source) {
				t.Errorf("%s.%s names no source", code, lang)
			}
			acceptable := code != "MP111" // an error
			if strings.Contains(text, `accept_risk "`+code+`" {`) != acceptable {
				t.Errorf("%s.%s: the block to accept it is there or missing against its nature", code, lang)
			}
		}
	}
}

func TestCodesAreFoundInSmallLettersAndNothingElseIs(t *testing.T) {
	if _, ok := explain.Page("mp101", "en"); !ok {
		t.Error("mp101 has no page")
	}
	en, _ := explain.Page("MP101", "en")
	if other, _ := explain.Page("MP101", "fr"); other != en {
		t.Error("a language without pages does not get English")
	}
	for _, code := range []string{"", "MP000", "../explain", "MP101.en", "pages/MP101"} {
		if _, ok := explain.Page(code, "en"); ok {
			t.Errorf("%q has a page", code)
		}
	}
	if codes := explain.Codes(); !slices.IsSorted(codes) || !slices.Contains(codes, "MP114") {
		t.Errorf("codes are %v", codes)
	}
}
