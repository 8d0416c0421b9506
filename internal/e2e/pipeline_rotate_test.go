package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/actionstest"
	"github.com/mailprov/mailprov/internal/state"
)

const waiting = "mailprov-waiting"

// open are the issues with a label that are open.
func (p *pipelines) open(label string) []*actionstest.Issue {
	var out []*actionstest.Issue
	for _, i := range p.github.Issues(label) {
		if i.State == "open" {
			out = append(out, i)
		}
	}
	return out
}

// one demands that exactly one issue with a label is open.
func (p *pipelines) one(label string) *actionstest.Issue {
	p.t.Helper()
	list := p.open(label)
	if len(list) != 1 {
		p.t.Fatalf("%d issues %s are open, want 1", len(list), label)
	}
	p.clean(list[0].Body)
	return list[0]
}

// TestARotationIsConfirmedByClosingItsIssue plays the weekly rotation.
func TestARotationIsConfirmedByClosingItsIssue(t *testing.T) {
	t.Parallel()
	p := newPipelines(t)
	p.terminal(0, "apply", "-auto-approve")
	value := p.admin.unseal("palettetree")

	// The first secret waits, too.
	p.happens(p.github.Schedule("rotate.yml"), "rotate.yml", "rotate", "success")
	i := p.one(waiting)
	for _, want := range []string{"<!-- mailprov-waiting mail_target.notices key=" + value[:3], "メール送信サーバー", "mailprov confirm mail_target.notices"} {
		if !strings.Contains(i.Body, want) {
			t.Errorf("the issue does not say %q:\n%s", want, i.Body)
		}
	}
	if strings.Contains(i.Title+i.Body, value) {
		t.Fatal("the secret is in the issue")
	}
	if len(i.Assignees) != 1 || i.Assignees[0] != "octocat" || len(i.Labels) != 2 || i.Labels[1] != "contact: 情シス" {
		t.Errorf("the issue is assigned to %q and labelled %q", i.Assignees, i.Labels)
	}
	before := *i
	p.github.Served()
	p.happens(p.github.Schedule("rotate.yml"), "rotate.yml", "rotate", "success")
	if again := p.one(waiting); again.Number != before.Number || again.Body != before.Body {
		t.Errorf("a second run has %+v, after %+v", again, before)
	}
	for _, r := range p.github.Served() {
		if !strings.HasPrefix(r, "GET ") {
			t.Errorf("a second run with nothing new sends %s", r)
		}
	}

	// Closed as not planned it is no confirmation; closed as completed it is.
	p.happens(p.github.Close(i, "tanaka", "not_planned"), "confirm.yml", "confirm", "skipped")
	if list := p.admin.phases()[state.Waiting]; len(list) != 1 {
		t.Fatalf("%d secrets wait", len(list))
	}
	i.State = "open"
	p.happens(p.github.Close(i, "tanaka", "completed"), "confirm.yml", "confirm", "success")
	if by := p.admin.state().Targets[0].Confirmations[0].By; by != "@tanaka" {
		t.Errorf("confirmed by %q", by)
	}
	if n := len(i.Comments); n != 1 || !strings.Contains(i.Comments[0].Body, "mail_target.notices を確認しました") {
		t.Errorf("the issue has %d comments", n)
	}

	// Four months on the secret is due.
	p.later(125 * 24 * time.Hour)
	p.happens(p.github.Schedule("rotate.yml"), "rotate.yml", "rotate", "success")
	next := p.one(waiting)
	if next.Number == i.Number || !strings.Contains(next.Body, "期限") || strings.Contains(next.Body, p.admin.unseal("palettetree")) {
		t.Errorf("the new issue is %+v", next)
	}

	// By hand, for somebody else; a wrong secret is refused.
	dispatch := func(key string) actionstest.Event {
		return p.github.Dispatch("confirm.yml", "sato", map[string]string{"address": "mail_target.notices", "key": key, "by": "営業部; echo pwned"})
	}
	r := p.happens(dispatch("zzz"), "confirm.yml", "confirm", "failure")
	if !strings.Contains(r.Log(), "zzz") {
		t.Errorf("it does not say why:\n%s", r.Log())
	}
	p.happens(dispatch(p.admin.unseal("palettetree")[:3]), "confirm.yml", "confirm", "success")
	confirmations := p.admin.state().Targets[0].Confirmations
	if by := confirmations[len(confirmations)-1].By; by != "営業部; echo pwned" {
		t.Errorf("confirmed by %q", by)
	}

	// What waits no more is closed, and the old secret goes the next day.
	p.later(2 * 24 * time.Hour)
	p.happens(p.github.Schedule("rotate.yml"), "rotate.yml", "rotate", "success")
	if len(p.open(waiting)) != 0 || next.Reason != "not_planned" {
		t.Errorf("the issue is %s (%s)", next.State, next.Reason)
	}
	if app, _ := p.tenant.app(); len(app.docs("passwordCredentials")) != 1 {
		t.Errorf("there are %d secrets", len(app.docs("passwordCredentials")))
	}
}

// TestAnIssueThatCannotBeTakenAsAConfirmationIsOpenedAgain closes one that is
// about a secret of yesterday, and one that somebody edited.
func TestAnIssueThatCannotBeTakenAsAConfirmationIsOpenedAgain(t *testing.T) {
	t.Parallel()
	p := newPipelines(t)
	p.terminal(0, "apply", "-auto-approve")
	p.happens(p.github.Schedule("rotate.yml"), "rotate.yml", "rotate", "success")
	i := p.one(waiting)
	honest := i.Body
	edited := "the first line says what it is about"
	for name, c := range map[string]struct{ body, says string }{
		"another secret":  {strings.Replace(honest, " key=", " key=x", 1), "MP810"},
		"another product": {strings.Replace(honest, "mail_target.notices ", "mail_target.other ", 1), "mail_target.other"},
		"a flag":          {strings.Replace(honest, "mail_target.notices ", "-reject ", 1), edited},
		"a command":       {"<!-- mailprov-waiting $(touch$IFS/tmp/x) key=`id` -->", edited},
		"nothing":         {"done", edited},
	} {
		comments := len(i.Comments)
		i.Body, i.State = c.body, "open"
		p.happens(p.github.Close(i, "tanaka", "completed"), "confirm.yml", "confirm", "failure")
		if i.State != "open" || len(i.Comments) != comments+1 || !strings.Contains(i.Comments[comments].Body, c.says) {
			t.Errorf("%s: the issue is %s, and does not say %q: %+v", name, i.State, c.says, i.Comments[comments:])
		}
		if list := p.admin.phases()[state.Waiting]; len(list) != 1 {
			t.Fatalf("%s: %d secrets wait", name, len(list))
		}
	}
}
