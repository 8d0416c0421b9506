package term_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/render/width"
)

// notRotated is what a run says at three in the morning when a sink is shut.
func notRotated() diag.Diagnostic {
	d := diag.Err("MP301", "Secret not delivered", `sink sealed "team": azblob answered 403 AuthorizationPermissionMismatch while writing`).For("client_secret.palettetree")
	d.Outcome = "not rotated"
	d.Left = "The new secret (lqA…, key 9f3c…) was removed again; nothing of it is left."
	d.Mail = "Mail still works: Palettetree uses the old secret, valid until 2028-11-19 (59 days)."
	d.When = diag.Morning
	d.Do = "Give the job's identity \"Storage Blob Data Contributor\" on mpstate, then\n    mailprov rotate client_secret.palettetree"
	return d
}

func failure(t *testing.T, d diag.Diagnostic, o term.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := term.Diagnostic(&b, d, nil, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFailures(t *testing.T) {
	tonight := notRotated()
	tonight.Mail, tonight.When = "Mail does not work: the secret that Palettetree uses ended on 2028-11-19.", diag.Tonight
	japanese := notRotated()
	japanese.Address = `client_secret.palettetree["東京"]`
	japanese.Mail = "Mail still works: 楽楽販売 uses the old secret, valid until 2028-11-19 (59 days)."
	first := notRotated()
	first.Outcome, first.Left, first.Mail = "not created", "No new secret was made.", "No product uses it yet, so no mail is affected."
	for name, c := range map[string]struct {
		d diag.Diagnostic
		o term.Options
	}{
		"morning":  {notRotated(), term.Options{UTF8: true, Width: 130}},
		"tonight":  {tonight, term.Options{UTF8: true, Width: 130}},
		"narrow":   {japanese, term.Options{UTF8: true, Width: 60}},
		"ascii":    {notRotated(), term.Options{Width: 130}},
		"first":    {first, term.Options{UTF8: true}},
		"coloured": {notRotated(), term.Options{UTF8: true, Width: 130, Color: true}},
	} {
		t.Run(name, func(t *testing.T) { golden(t, "failure/"+name+".txt", []byte(failure(t, c.d, c.o))) })
	}
}

func TestAFailureKeepsItsOrderAndItsCommandsOnLinesOfTheirOwn(t *testing.T) {
	d := notRotated()
	out := failure(t, d, term.Options{UTF8: true, Width: 40})
	at := -1
	for _, part := range []string{"✗ client_secret.palettetree: not rotated\n", "azblob answered", "The new secret", "Mail still works", "Nothing has to be done tonight.", "\n      mailprov rotate client_secret.palettetree\n", "\n  [MP301]  mailprov explain MP301\n"} {
		next := strings.Index(out, part)
		if next <= at {
			t.Fatalf("%q is missing or out of its place in\n%s", part, out)
		}
		at = next
	}
}

func TestWhatIsNoStepOfASecretKeepsItsPlaceInTheSources(t *testing.T) {
	src := map[string][]byte{"main.mailprov.hcl": []byte("a = b\n")}
	d := diag.Err("MP402", "Not allowed", "No right.").At(hcl.Range{Filename: "main.mailprov.hcl", Start: hcl.Pos{Line: 1, Column: 5, Byte: 4}, End: hcl.Pos{Line: 1, Column: 6, Byte: 5}})
	d.Mail, d.When, d.Do = "Mail still works.", diag.Morning, "Give it the right."
	var b bytes.Buffer
	if err := term.Diagnostic(&b, d, src, term.Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	want := `Error: Not allowed [MP402]

  on main.mailprov.hcl:1:5:
     1: a = b
            ^

  No right.

  Mail still works.

  Nothing has to be done tonight. In the morning: give it the right.
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func FuzzNothingInAFailureSteersTheTerminal(f *testing.F) {
	for _, s := range []string{"\x1b[2J", "a\u202etxt.exe", "\r overwritten", "line\n✗ forged: not rotated", "情シス", "", "    rm -rf /"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "\ufffd")
		d := notRotated()
		d.Address, d.Outcome = s, "not rotated"
		d.Detail, d.Left, d.Mail, d.Do = s, s, s, s
		out := failure(t, d, term.Options{UTF8: true, Width: 80})
		if strings.ContainsFunc(out, func(r rune) bool { return r != '\n' && width.Hidden(r) }) || !utf8.ValidString(out) {
			t.Errorf("hidden characters in\n%q", out)
		}
		if n := strings.Count("\n"+out, "\n✗ "); n != 1 {
			t.Errorf("%d beginnings in\n%s", n, out)
		}
	})
}
