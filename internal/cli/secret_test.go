package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/identity"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/workflow"
)

func TestItIsSaidWhatAValueIs(t *testing.T) {
	x, y := addr.Instance{Type: "mail_target", Name: "x"}, addr.Instance{Type: "mail_target", Name: "y"}
	const valid = "client_secret.s from sink.team: begins with Kx2, key id k, valid until 2027-05-19 00:00 UTC.\n"
	for _, c := range []struct {
		shown workflow.Shown
		want  string
	}{
		{workflow.Shown{Phase: state.Waiting, EnterIn: []addr.Instance{x}}, valid + "It is to be entered in mail_target.x, and then: mailprov confirm mail_target.x -key=Kx2\n"},
		{workflow.Shown{Phase: state.Waiting, EnterIn: []addr.Instance{x, y}}, valid + "It is to be entered in mail_target.x, mail_target.y, and each of them confirmed then.\n"},
		{workflow.Shown{Phase: state.Waiting}, valid + "It waits to be confirmed: mailprov confirm client_secret.s -key=Kx2\n"},
		{workflow.Shown{Phase: state.Current, UsedBy: []addr.Instance{x}}, valid + "mail_target.x uses it.\n"},
		{workflow.Shown{Phase: state.Current}, valid + "No mail target uses it.\n"},
		{workflow.Shown{Phase: state.Current, UsedBy: []addr.Instance{x, y}, Successor: "lqA"}, valid + "mail_target.x, mail_target.y use it until its successor, which begins with lqA, is confirmed.\n"},
		{workflow.Shown{Phase: state.Superseded, Successor: "lqA", RemovedFrom: time.Date(2027, 1, 2, 3, 4, 0, 0, time.UTC)},
			valid + "It was replaced by the one that begins with lqA, and the first apply after 2027-01-02 03:04 UTC removes it.\n"},
		{workflow.Shown{Phase: state.Current, UsedBy: []addr.Instance{x}, EndsAt: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)},
			"client_secret.s from sink.team: begins with Kx2, key id k, ended on 2026-01-02 00:00 UTC: Entra takes it no more.\nmail_target.x uses it.\n"},
	} {
		a, out, talk := silent(nil)
		c.shown.Secret, c.shown.Sink = addr.Instance{Type: "client_secret", Name: "s"}, addr.Instance{Type: "sink", Name: "team"}
		c.shown.Hint, c.shown.KeyID = "Kx2", "k"
		if c.shown.EndsAt.IsZero() {
			c.shown.EndsAt = time.Date(2027, 5, 19, 0, 0, 0, 0, time.UTC)
		}
		a.introduce(&c.shown)
		if talk.String() != c.want || out.Len() > 0 {
			t.Errorf("it says\n%swant\n%s", talk, c.want)
		}
	}
}

const oneSecret = `
mailprov {
  name = "n"
}
tenant {
  id = "11111111-2222-3333-4444-555555555555"
}
sink "age_file" "team" {
  path       = "secrets"
  recipients = { admin = "%s" }
}
app_registration "mail" {
  display_name = "Mail"
}
client_secret "mail" {
  app        = app_registration.mail
  deliver_to = [sink.team]
}
`

func TestATerminalShowsTheValueAndNothingElseDoes(t *testing.T) {
	dir := t.TempDir()
	key, err := identity.New(time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Write(filepath.Join(dir, "key.txt")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.mailprov.hcl"), fmt.Appendf(nil, oneSecret, key.Recipient), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(terminal bool, args ...string) (code int, out, talk string) {
		a, o, e := silent(map[string]string{"MAILPROV_SANDBOX": "1", "MAILPROV_IDENTITY": filepath.Join(dir, "key.txt")}, append([]string{"-chdir=" + dir}, args...)...)
		a.io.outTTY, a.sleep = terminal, sleep
		return a.run(t.Context()), o.String(), e.String()
	}
	if code, _, talk := run(false, "apply", "-auto-approve"); code != 0 {
		t.Fatal(talk)
	}
	show := []string{"secret", "show", "client_secret.mail"}
	code, out, talk := run(true, show...)
	if code != 0 || !regexp.MustCompile(`^\S{40}\n$`).MatchString(out) || !strings.Contains(talk, "begins with "+out[:3]) || strings.Contains(talk, out[:10]) {
		t.Errorf("a terminal shows %d bytes, code %d, and says %s", len(out), code, talk)
	}
	if code, out, talk := run(false, show...); code != exitError || out != "" || !strings.Contains(talk, "no terminal") {
		t.Errorf("no terminal shows %q, code %d, and says %s", out, code, talk)
	}
	if code, raw, talk := run(false, append(show, "-raw")...); code != 0 || raw+"\n" != out || talk != "" {
		t.Errorf("-raw gives %d bytes, code %d, and says %s", len(raw), code, talk)
	}
}
