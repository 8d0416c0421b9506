package message_test

import (
	"os/exec"
	"testing"

	"github.com/mailprov/mailprov/internal/message"
)

// A shell reads back what was written, whatever somebody called an instance.
func TestAShellReadsAWordAsItWasWritten(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh to read words")
	}
	for _, s := range []string{
		"client_secret.files", `client_secret.files["tokyo"]`, `mail_target.files["o'neil"]`, `x["'; touch /tmp/x; '"]`,
		"", "~", "~root", "a b", "$(id)", "`id`", "情シス", "a\\b", "-x", "*", "a\nb", "!x",
	} {
		out, err := exec.CommandContext(t.Context(), sh, "-c", "printf %s "+message.Word(s)).Output()
		if err != nil || string(out) != s {
			t.Errorf("%q is written %s and read as %q (%v)", s, message.Word(s), out, err)
		}
	}
	if got := message.Word("client_secret.files"); got != "client_secret.files" {
		t.Errorf("a plain word is quoted: %s", got)
	}
}
