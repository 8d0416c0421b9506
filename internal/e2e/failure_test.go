package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// What a failed rotation prints is read at three in the morning.
func TestAFailedRotationSaysWhetherMailWorksAndWhetherItCanWait(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.apply()
	p.must(0, "confirm", "mail_target.notices")
	end := p.state().Secrets[0].Credentials[0].EndsAt
	refuse := func() {
		tn.faults(&sandbox.Faults{Rules: []sandbox.Rule{{Match: "POST /applications/{id}/addPassword",
			Action: sandbox.Action{Status: 403, Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation."}}}})
	}
	tn.advance(end.Sub(tn.clock.now()) - 30*24*time.Hour)
	refuse()
	r := p.must(1, "rotate", "-due", "-auto-approve")
	want := regexp.MustCompile(`(?m)^(✗|X) client_secret\.mail: not rotated
  Create secret: .*Insufficient privileges.*
  No new secret was made\.
  Mail still works: Palettetree uses the old secret, valid until \d{4}-\d\d-\d\d \((29|30) days\)\.
  Nothing has to be done tonight\. In the morning: give it the right .*, then
      mailprov rotate client_secret\.mail
  \[MP402\]  mailprov explain MP402
`)
	if !want.MatchString(r.stderr) || !strings.Contains(r.stdout, "Secrets: 0 rotated, 1 failed") {
		t.Error(r)
	}
	tn.advance(29 * 24 * time.Hour)
	refuse()
	if r := p.must(1, "rotate", "-due", "-auto-approve"); !strings.Contains(r.stderr, "(1 day)") && !strings.Contains(r.stderr, "(0 days)") || !strings.Contains(r.stderr, "\n  Tonight: give it the right") {
		t.Errorf("the day before the end: %s", r)
	}
	r = p.must(1, "rotate", "-due", "-auto-approve", "-json")
	for _, field := range []string{`"outcome":"not rotated"`, `"left":"No new secret was made."`, `"when":"tonight"`, `"mail":"Mail still works`} {
		if !strings.Contains(r.stdout, field) {
			t.Errorf("the events lack %s: %s", field, r.stdout)
		}
	}
}
