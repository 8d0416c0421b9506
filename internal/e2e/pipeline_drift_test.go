package e2e

import (
	"strings"
	"testing"
	"time"
)

const drifted = "mailprov-drift"

// byHand adds a redirect URI to the application, as somebody in the portal would;
// an empty one takes all away.
func (p *pipelines) byHand(uri string) {
	p.t.Helper()
	app, _ := p.tenant.app()
	uris := []string{}
	if uri != "" {
		uris = []string{uri}
	}
	p.tenant.mutate(doc{"id": app.ID, "patch": doc{"web": doc{"redirectUris": uris}}})
	p.later(15 * time.Minute) // past everything that could be called lag
}

func TestWhatANightFindsStandsInOneIssueUntilItIsGone(t *testing.T) {
	t.Parallel()
	p := newPipelines(t)
	p.terminal(0, "apply", "-auto-approve")
	p.terminal(0, "confirm", "mail_target.notices")
	night := func() { t.Helper(); p.happens(p.github.Schedule("drift.yml"), "drift.yml", "drift", "success") }

	night()
	if list := p.github.Issues(drifted); len(list) != 0 {
		t.Fatalf("where nothing is there are issues: %s", list[0].Body)
	}
	p.byHand("https://evil.example.com/`x`\n```\n<img src=x>")
	night()
	i := p.one(drifted)
	if !strings.Contains(i.Body, "evil.example.com") {
		t.Errorf("the issue does not say what was found:\n%s", i.Body)
	}
	for line := range strings.Lines(i.Body) {
		if !strings.HasPrefix(line, "    ") {
			t.Errorf("a line of the issue is no code: %q", line)
		}
	}
	p.github.Served()
	night()
	if again := p.one(drifted); again != i {
		t.Errorf("there is another issue: %+v", again)
	}
	for _, r := range p.github.Served() {
		if !strings.HasPrefix(r, "GET ") {
			t.Errorf("a second night with nothing new sends %s", r)
		}
	}
	p.byHand("")
	night()
	if len(p.open(drifted)) != 0 || i.Reason != "completed" {
		t.Errorf("the issue is %s (%s)", i.State, i.Reason)
	}
}
