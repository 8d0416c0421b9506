package message_test

import (
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/message"
)

func TestEverySentenceOfTheProgramHasItsJapanese(t *testing.T) {
	s := readSources(t)
	known := message.Catalogue()
	for format, pos := range s.formats {
		if _, ok := known[message.Format(format)]; !ok && hasWords(format) {
			t.Errorf("%s: no Japanese in internal/message/ja for\n%s", s.at(pos), escape(format))
		}
	}
	for _, pos := range s.made {
		t.Errorf("%s: a format made at run time cannot be translated: use message.Literal for what is no sentence of ours", s.at(pos))
	}
	for format := range known {
		if !s.strings[string(format)] {
			t.Errorf("nothing says %q any more: take it out of the catalogue", format)
		}
	}
	for _, c := range s.calls {
		checkCall(t, s, c)
	}
}

// checkCall compares the verbs of a format with the arguments of a call, as vet
// does for fmt.
func checkCall(t *testing.T, s *said, c call) {
	verbs := verbsOf(c.format)
	if n := len(verbs); n != len(c.args) {
		t.Errorf("%s: %q has %d verbs and %d arguments", s.at(c.pos), c.format, n, len(c.args))
		return
	}
	for i, verb := range verbs {
		basic, ok := c.args[i-1].Underlying().(*types.Basic)
		stringer, _, _ := types.LookupFieldOrMethod(c.args[i-1], true, nil, "String")
		if number := ok && basic.Info()&types.IsInteger != 0 && stringer == nil; (verb == "d") != number && verb != "v" {
			t.Errorf("%s: %q has %%%s for argument %d, which is a %s", s.at(c.pos), c.format, verb, i, c.args[i-1])
		}
	}
}

func TestTheJapaneseSaysWhatTheEnglishSays(t *testing.T) {
	for en, ja := range message.Catalogue() {
		if !maps.Equal(verbsOf(string(en)), verbsOf(string(ja))) {
			t.Errorf("the verbs differ:\n%s\n%s", en, ja)
		}
		if strings.TrimSpace(string(ja)) == "" {
			t.Errorf("%q is translated by nothing", en)
		}
	}
}

func TestACatalogueFileIsReadOrRefusedWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"One.\n  一。\n\n# A comment.\nTwo\\nlines.\n  二\\n行。\n": "",
		"One.\n\n":               `x.txt:2: "One." has no translation`,
		"One.":                   `x.txt:2: "One." has no translation`,
		"One.\nTwo.\n  二。\n":     `x.txt:2: "One." has no translation`,
		"  一。\n":                 "x.txt:1: a translation without its English",
		"One.\n  一。\n  あるいは二。\n": "x.txt:3: a translation without its English",
	} {
		got, err := message.Parse("x.txt", text)
		switch {
		case want == "" && (err != nil || got["One."] != "一。" || got["Two\nlines."] != "二\n行。"):
			t.Errorf("%q: %v, %v", text, got, err)
		case want != "" && (err == nil || err.Error() != want):
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestNothingIsTranslatedTwice(t *testing.T) {
	for _, where := range message.Twice() {
		t.Error(where)
	}
}

var verb = regexp.MustCompile(`%[-+# 0]*(?:\[(\d+)\])?[-+# 0]*\d*(?:\.\d+)?([a-zA-Z%])`)

// verbsOf is which argument stands in which verb.
func verbsOf(format string) map[int]string {
	out, next := map[int]string{}, 1
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			next, _ = strconv.Atoi(m[1])
		}
		// %w is a %v that wraps.
		out[next] = strings.Replace(m[2], "w", "v", 1)
		next++
	}
	return out
}

// hasWords tells whether a format has anything to translate.
func hasWords(format string) bool {
	return regexp.MustCompile(`\pL`).MatchString(verb.ReplaceAllString(format, ""))
}

func escape(s string) string { return strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(s) }

func TestVerbsAreFoundByNumberAndByOrder(t *testing.T) {
	got := verbsOf("%s of %[3]q, %d%% and %[2]v")
	if want := map[int]string{1: "s", 3: "q", 4: "d", 2: "v"}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", slices.Collect(maps.Keys(got)), want)
	}
}
