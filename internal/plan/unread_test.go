package plan

import (
	"slices"
	"testing"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

// A part that could not be read is named by every plan, and stands in the way of
// the steps that would write it or build on it, and of no others.
func TestNobodyChangesWhatTheyCannotSee(t *testing.T) {
	due := func(t *testing.T) *world { w := applied(t); w.Now = made.Add(70 * days); return w }
	revoked := func(t *testing.T) *world { w := applied(t); w.seen().Assignments, w.seen().Grants = nil, nil; return w }
	for _, c := range []struct {
		name  string
		world func(*testing.T) *world
		part  appregistration.Part
		blind bool
	}{
		{"nothing is to be done", applied, appregistration.Registration, false},
		{"a secret is due", due, appregistration.Registration, true},
		{"a secret is due, of an application whose consent is unread", due, appregistration.DelegatedGrants, false},
		{"a secret is due, whose permissions have no names here", due, appregistration.Permissions, false},
		{"an application permission is to be granted", revoked, appregistration.Principal, true},
		{"a delegated permission is to be granted", revoked, appregistration.DelegatedGrants, true},
		{"permissions are to be granted that have no names here", revoked, appregistration.Permissions, true},
		{"what a data block asks for, where something is to be done", due, PartData, true},
		{"what a data block asks for, where nothing is to be done", applied, PartData, false},
		{"an API, where a secret is due", due, PartAPI, false},
		{"an API, where an application is made", func(*testing.T) *world { return fresh() }, PartAPI, true},
		{"whether there are applications of this name, where one is made", func(*testing.T) *world { return fresh() }, PartStrangers, true},
		{"whether there are applications of this name, where a secret is due", due, PartStrangers, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := c.world(t)
			switch c.part {
			case PartData, PartAPI, PartStrangers:
				w.Unread = []Unread{{What: message.Literal("it"), Why: message.Literal("it needs a right"), Part: c.part}}
			default:
				w.seen().Unread = map[appregistration.Part]string{c.part: "A.Right"}
			}
			p := w.build(t)
			if !p.Partial() || len(p.Unread) != 1 || p.Unread[0].Part != c.part {
				t.Errorf("the plan names %v", p.Unread)
			}
			if blind := p.Blind(); (len(blind) > 0) != c.blind {
				t.Errorf("in the way: %v", blind)
			}
		})
	}
}

func TestAnAppliedConfigurationHasNotDrifted(t *testing.T) {
	w := applied(t)
	look := func() *Drifted {
		return Drift(DriftInput{Name: w.Name, Prior: w.Prior, Observed: w.Observed, APIs: w.APIs, Now: w.Now, Unread: UnreadParts(w.Observed)})
	}
	if d := look(); d.Any() {
		t.Fatalf("%+v %+v", d.Changes, d.Consent)
	}
	w.seen().Credentials = nil
	w.seen().Unread = map[appregistration.Part]string{appregistration.Registration: "A.Right"}
	if d := look(); d.Any() || len(d.Unread) != 1 {
		t.Errorf("what could not be read is guessed: %+v, unread %v", d.Changes, d.Unread)
	}
	w.seen().Unread = nil
	d := look()
	if n := d.Summary(); n.Secrets != 1 || len(d.Changes) != 1 || d.Changes[0].Addr != secretAddr {
		t.Errorf("a secret that is gone: %+v", n)
	}
	w.Observed = map[addr.Instance]*appregistration.Observed{appAddr: {Gone: true}}
	if n := look().Summary(); n.Deleted != 1 || n.Secrets != 0 {
		t.Errorf("an application that is gone: %+v", n)
	}
	if slices.ContainsFunc(look().Changes, func(c *Change) bool { return c.Action != Delete }) {
		t.Error("of an application that is gone something else is said")
	}
}
