package term_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mailprov/mailprov/internal/render/rendertest"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/render/width"
	"github.com/mailprov/mailprov/internal/status"
)

func statusText(t testing.TB, r *status.Report, o term.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := term.Status(&b, r, false, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestStatusAsText(t *testing.T) {
	for name, r := range rendertest.Statuses() {
		for _, lang := range []string{"en", "ja"} {
			t.Run(name+"/"+lang, func(t *testing.T) {
				var b bytes.Buffer
				if err := term.Status(&b, r, name == "quiet", term.Options{UTF8: true, Width: 120, Language: lang}); err != nil {
					t.Fatal(err)
				}
				golden(t, "status/"+name+"."+lang+".txt", b.Bytes())
			})
		}
	}
}

func TestTheColumnsOfAStatusStandUnderOneAnother(t *testing.T) {
	dates := regexp.MustCompile(`20[0-9]{2}-[0-9]{2}-[0-9]{2}  `)
	for name, r := range rendertest.Statuses() {
		column := -1
		for line := range strings.Lines(statusText(t, r, term.Options{UTF8: true, Language: "ja"})) {
			if !strings.Contains(line, " client_secret.") || strings.Contains(line, "†") {
				continue
			}
			at := dates.FindStringIndex(line)
			if at == nil {
				continue
			}
			if c := width.Of(line[:at[0]]); column >= 0 && c != column {
				t.Errorf("%s: a date begins at column %d and another at %d:\n%s", name, column, c, line)
			} else {
				column = c
			}
		}
	}
}

func TestAStatusSaysTheSameWithoutColourAndInASCII(t *testing.T) {
	for name, r := range rendertest.Statuses() {
		plain := statusText(t, r, term.Options{UTF8: true, Width: 100})
		coloured := statusText(t, r, term.Options{UTF8: true, Width: 100, Color: true})
		if got := sgr.ReplaceAllString(coloured, ""); got != plain {
			t.Errorf("%s: without its colours the text differs", name)
		}
		if ascii := statusText(t, r, term.Options{}); strings.ContainsAny(ascii, "↻⧗†…→") {
			t.Errorf("%s: symbols beyond ASCII in\n%s", name, ascii)
		}
	}
}

func FuzzNoValueOfAStatusSteersTheTerminal(f *testing.F) {
	for _, s := range []string{"\x1b[2J", "a\u202etxt.exe", "\r overwritten", "line\nSecrets: 0 in all.", "\u009b31m", "情シス", "", "%s%d%!"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			s = strings.ToValidUTF8(s, "\ufffd") // HCL and JSON hold nothing else
		}
		out := statusText(t, rendertest.PoisonedStatus(s), term.Options{UTF8: true, Width: 80})
		if strings.ContainsFunc(out, func(r rune) bool { return r != '\n' && width.Hidden(r) }) || !utf8.ValidString(out) {
			t.Errorf("hidden characters in\n%q", out)
		}
		if n := strings.Count("\n"+out, "\nSecrets: "); n != 1 {
			t.Errorf("%d closing lines in\n%s", n, out)
		}
	})
}
