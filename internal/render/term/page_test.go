package term_test

import (
	"bytes"
	"testing"

	"github.com/mailprov/mailprov/internal/render/term"
)

func TestAPageIsBrokenAtTheWidthAndKeepsItsCommands(t *testing.T) {
	var b bytes.Buffer
	err := term.Page(&b, "# MP999 A heading\n\nOne two three four five six.\n\n    accept_risk \"MP999\" { reason = \"…\" }\n", term.Options{Width: 20})
	want := "MP999 A heading\n\nOne two three four\nfive six.\n\n    accept_risk \"MP999\" { reason = \"…\" }\n"
	if err != nil || b.String() != want {
		t.Errorf("%q, want %q (%v)", b.String(), want, err)
	}
}
