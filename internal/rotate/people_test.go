package rotate

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mailprov/mailprov/internal/addr"
)

// people is a world in which nobody can be relied on: confirmations come late
// or never, or of what was not entered; values are rejected, revoked and brought
// back; configurations change; runs are missed and killed; and somebody removes
// credentials by hand.
type people struct {
	world
	t    *rapid.T
	came map[string]bool // key ids that a person brought back
}

// TestWhateverPeopleDo draws a few years of such a world. The laws are in
// (*people).run and (*people).remove.
func TestWhateverPeopleDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(calm).Draw(t, "policy")
		p.Location = drawZone(t)
		p.Sinks, p.Places = []addr.Instance{team}, map[string]string{team.String(): "team.age"}
		p.Readers = map[string][]string{team.String(): {"admin"}, spare.String(): {"admin"}}
		w := &people{world: *newWorld(p, date("2026-01-01").Add(drawTime(t, "start", 0, 4*366*24*time.Hour))), t: t, came: map[string]bool{}}
		w.run("", false)
		actions := map[string]func(*rapid.T){
			"time passes":        func(t *rapid.T) { w.passes(t, 40*day) },
			"a long time":        func(t *rapid.T) { w.passes(t, 400*day) },
			"a run":              func(t *rapid.T) { w.t = t; w.run("", false) },
			"a run asked for":    func(t *rapid.T) { w.t = t; w.run("asked for by name", false) },
			"a run that revokes": func(t *rapid.T) { w.t = t; w.run("leaked", true) },
			"somebody confirms": func(*rapid.T) {
				if c := w.input().newest(); c != nil {
					Confirm(w.creds, c.KeyID, w.clock())
				}
			},
			"somebody rejects": func(*rapid.T) {
				if c := w.input().newest(); c != nil {
					Reject(w.creds, c.KeyID, "does not fit", w.clock())
				}
			},
			"somebody brings one back": w.bringBack,
			"somebody removes one by hand": func(t *rapid.T) {
				if c := w.pick(t); c != nil {
					delete(w.entra, c.KeyID)
				}
			},
			"the configuration changes": w.change,
			"":                          func(t *rapid.T) { w.t = t; w.atMostTwo() },
		}
		for range 8 {
			t.Repeat(actions)
		}
	})
}

func (w *people) passes(t *rapid.T, most time.Duration) {
	w.now = w.now.Add(drawTime(t, "passes", 0, most))
	w.skew = drawTime(t, "the clock is ahead by", -skewed, skewed)
	w.endsOff = drawTime(t, "Graph rounds the end by", -endTolerance, endTolerance)
}

func (w *people) pick(t *rapid.T) *Credential {
	if len(w.creds) == 0 {
		return nil
	}
	return rapid.SampledFrom(w.creds).Draw(t, "which")
}

// bringBack is what rotate -back does up to its first commit, and mostly all of
// it.
func (w *people) bringBack(t *rapid.T) {
	c := w.pick(t)
	if c == nil || !w.works(c.KeyID) || !c.Delivered() && c.Phase != Superseded {
		return
	}
	w.creds = Back(w.creds, c.KeyID)
	w.came[c.KeyID] = true
	if rapid.Bool().Draw(t, "finished") {
		w.commit(c)
	}
}

func (w *people) change(t *rapid.T) {
	switch rapid.IntRange(0, 4).Draw(t, "what") {
	case 0:
		other := rapid.SampledFrom(calm).Draw(t, "another life")
		w.policy.Lifetime, w.policy.RotateBefore, w.policy.DefaultBefore, w.policy.RotateOn = other.Lifetime, other.RotateBefore, other.DefaultBefore, other.RotateOn
	case 1:
		w.policy.RetireOn = rapid.SampledFrom([]RetireOn{OnConfirmation, OnDelivery}).Draw(t, "retire.on")
	case 2:
		w.policy.Sinks = rapid.SampledFrom([][]addr.Instance{{team}, {spare}, {team, spare}}).Draw(t, "sinks")
	case 3:
		w.policy.Readers = map[string][]string{team.String(): {rapid.SampledFrom([]string{"admin", "safe"}).Draw(t, "reader")}}
	case 4:
		w.policy.Places = map[string]string{team.String(): rapid.SampledFrom([]string{"", "team.age", "other.age"}).Draw(t, "place")}
	}
}

// run is one run, that may die at any of its steps, or deliver to no sink.
//
// Laws: it makes nothing while it is open which of two is in use, unless a
// person ordered what there is removed; and when it has done what the decision
// says, deciding again at the same moment finds nothing to make.
func (w *people) run(asked string, revoke bool) {
	in := w.input()
	in.Asked, in.Revoke = asked, revoke
	in.Readable = rapid.Bool().Draw(w.t, "the value can be read here")
	d, drawn := Decide(in), w.drawn
	open := in.undecided()
	ordered := revoke || slices.ContainsFunc(in.Creds, func(c Credential) bool { return c.Delivered() && !c.RevokedAt.IsZero() })
	if d.Verb == Replace && open && !ordered {
		w.t.Fatalf("%s: %+v although it is open which is in use: %s", w.now, d, phases(w.creds))
	}
	if revoke && d.Verb == Replace {
		Revoke(w.creds, asked, w.clock())
	}
	if w.carryOut(d) {
		w.settled(in, revoke)
	} else if rapid.Bool().Draw(w.t, "dies") {
		return
	}
	for _, c := range ToRetire(w.input()) {
		w.remove(c)
		if rapid.IntRange(0, 9).Draw(w.t, "dies before the next removal") == 0 {
			return
		}
	}
	if made := w.drawn - drawn; made > 1 {
		w.t.Fatalf("%s: a run made %d", w.now, made)
	}
}

// carryOut does what a decision says, and tells whether that went well.
func (w *people) carryOut(d Decision) bool {
	if d.Verb != Create && d.Verb != Replace {
		w.perform(d)
		return true
	}
	switch rapid.IntRange(0, 5).Draw(w.t, "how far it gets") {
	case 0: // nothing is made
		return false
	case 1: // it dies while it delivers
		c := w.create()
		if rapid.Bool().Draw(w.t, "already in use in a sink") {
			w.holds = c.KeyID
		}
		return false
	case 2: // what was staged is lost everywhere
		c := w.create()
		Promote(w.creds, c.Marker, w.policy.RetireOn, w.clock())
		c.Receipts = nil
		return false
	}
	w.perform(d)
	return true
}

// settled demands that there is nothing more to make, also when the same is
// ordered again before what was revoked is removed.
func (w *people) settled(before Input, revoke bool) {
	in := w.input()
	d := Decide(in)
	if resumed := Decide(before).Verb == Resume; resumed && d.Verb == Replace {
		w.perform(d)
		d = Decide(w.input())
	}
	if d.Verb != Keep && d.Verb != Blocked {
		w.t.Fatalf("%s: done, and again %+v: %s", w.now, d, phases(w.creds))
	}
	left := slices.ContainsFunc(in.Creds, func(c Credential) bool { return c.Phase == Superseded && !c.RevokedAt.IsZero() && !in.gone(&c) })
	if in = w.input(); revoke && left {
		in.Asked, in.Revoke = before.Asked, true
		if d := Decide(in); d.Verb != Keep && d.Verb != Blocked {
			w.t.Fatalf("%s: ordered again, and again %+v: %s", w.now, d, phases(w.creds))
		}
	}
}

// remove takes one out of Entra.
//
// Laws: one that works is removed only while another that works is delivered
// and in a sink; unless a person ordered it removed, while another is in use;
// and nothing is removed that was not replaced.
func (w *people) remove(c Credential) {
	in := w.input()
	another := func(least Phase) bool {
		return slices.ContainsFunc(in.Creds, func(o Credential) bool {
			return o.KeyID != c.KeyID && (o.Phase == Current || o.Phase == least) && w.entra[o.KeyID].After(in.Now) && o.Received() && !o.Ordered()
		})
	}
	switch {
	case c.Phase != Superseded, !another(Waiting):
		w.t.Fatalf("%s: %+v is removed: %s", w.now, c, phases(w.creds))
	case !c.Ordered() && w.entra[c.KeyID].After(in.Now) && !another(Current):
		w.t.Fatalf("%s: %+v is removed although no other is in use: %s", w.now, c, phases(w.creds))
	}
	w.retire(c)
}

// atMostTwo is a law: of those that products may have, at most two work, and
// those that a person brought back.
func (w *people) atMostTwo() {
	n := 0
	for _, c := range w.creds {
		if c.Delivered() && c.Received() && !w.came[c.KeyID] && w.entra[c.KeyID].After(w.now.Add(2*skewed)) {
			n++
		}
	}
	if n > 2 {
		w.t.Fatalf("%s: %d at a time: %s", w.now, n, phases(w.creds))
	}
	Judge(w.input())
}
