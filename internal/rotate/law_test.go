package rotate

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mailprov/mailprov/internal/addr"
)

// anything draws a list of credentials that no run need ever have left, under
// any policy that a configuration can have.
func anything(t *rapid.T) *world {
	p := rapid.SampledFrom(calm).Draw(t, "policy")
	p.Location = drawZone(t)
	p.Sinks = rapid.SampledFrom([][]addr.Instance{nil, {team}, {spare}, {team, spare}}).Draw(t, "sinks")
	p.Places = map[string]string{team.String(): rapid.SampledFrom([]string{"", "team.age", "other.age"}).Draw(t, "place")}
	p.Readers = map[string][]string{team.String(): rapid.SampledFrom([][]string{nil, {"admin"}, {"safe"}, {"admin", "safe"}}).Draw(t, "readers")}
	w := newWorld(p, now)
	phases := []Phase{Intended, Created, Verified, Delivering, Waiting, Current, Superseded, Retired, Abandoned}
	sometimes := func(name string) time.Time {
		if rapid.IntRange(0, 3).Draw(t, name) > 0 {
			return time.Time{}
		}
		return now.Add(-drawTime(t, name+" before", 0, 100*day))
	}
	for range rapid.IntRange(0, 6).Draw(t, "credentials") {
		w.drawn++
		c := cred(string(rune('a'+w.drawn)), rapid.SampledFrom(phases).Draw(t, "phase"), drawTime(t, "age", 0, 400*day))
		c.EndsAt = now.Add(drawTime(t, "left", -100*day, 400*day))
		c.SupersededAt, c.RevokedAt, c.RejectedAt, c.ConfirmedAt, c.DeliveredAt = sometimes("superseded"), sometimes("revoked"), sometimes("rejected"), sometimes("confirmed"), sometimes("delivered")
		c.Receipts[0].Committed = rapid.Bool().Draw(t, "committed")
		switch {
		case c.Phase == Intended:
			c.KeyID = "" // nobody knows whether Entra has it
		case rapid.IntRange(0, 5).Draw(t, "gone") > 0:
			w.entra[c.KeyID] = c.EndsAt
		}
		w.creds = append(w.creds, &c)
	}
	return w
}

// drawInput is what a run could know of anything.
func drawInput(t *rapid.T, w *world) Input {
	in := w.input()
	in.Asked = rapid.SampledFrom([]string{"", "asked for by name"}).Draw(t, "asked")
	in.Revoke = rapid.Bool().Draw(t, "revoke")
	in.Readable = rapid.Bool().Draw(t, "readable")
	return in
}

// copied is an input that shares nothing with another.
func copied(in Input) Input {
	in.Creds, in.Gone = slices.Clone(in.Creds), maps.Clone(in.Gone)
	for i := range in.Creds {
		in.Creds[i].Receipts = slices.Clone(in.Creds[i].Receipts)
		for n := range in.Creds[i].Receipts {
			in.Creds[i].Receipts[n].Readers = slices.Clone(in.Creds[i].Receipts[n].Readers)
		}
	}
	in.Policy.Sinks, in.Policy.RotateOn = slices.Clone(in.Policy.Sinks), slices.Clone(in.Policy.RotateOn)
	in.Policy.Readers, in.Policy.Places = maps.Clone(in.Policy.Readers), maps.Clone(in.Policy.Places)
	return in
}

// shuffled is the same input in another order and another time zone. Only the
// order in which credentials were delivered says anything.
func shuffled(t *rapid.T, in Input) Input {
	out := copied(in)
	out.Now = in.Now.In(drawZone(t))
	out.Policy.Sinks = rapid.Permutation(out.Policy.Sinks).Draw(t, "sinks shuffled")
	out.Policy.RotateOn = rapid.Permutation(out.Policy.RotateOn).Draw(t, "days shuffled")
	var delivered []Credential
	for _, c := range in.Creds {
		if c.Delivered() {
			delivered = append(delivered, c)
		}
	}
	out.Creds = rapid.Permutation(out.Creds).Draw(t, "credentials shuffled")
	for i, c := range out.Creds {
		if c.Delivered() {
			out.Creds[i], delivered = delivered[0], delivered[1:]
		}
	}
	return out
}

func TestADecisionDependsOnItsInputAloneAndLeavesItAsItWas(t *testing.T) {
	same := func(a, b Decision) bool {
		return a.Verb == b.Verb && a.Check == b.Check && a.Reason == b.Reason && a.At.Equal(b.At)
	}
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, anything(t))
		before := copied(in)
		first, retired := Decide(in), names(ToRetire(in))
		Judge(in)
		if !reflect.DeepEqual(in, before) {
			t.Fatalf("the input was\n%+v\nand is\n%+v", before, in)
		}
		other := shuffled(t, in)
		if again := Decide(other); !same(first, again) {
			t.Errorf("%+v, and in another order %+v", first, again)
		}
		if again := ToRetire(other); sorted(retired) != sorted(names(again)) {
			t.Errorf("retired %s, and in another order %s", retired, names(again))
		}
	})
}

// sorted orders the characters of a list of names.
func sorted(text string) string {
	r := []rune(text)
	slices.Sort(r)
	return string(r)
}

func TestWhatWasDecidedAndDoneIsNotDecidedAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := anything(t)
		in := drawInput(t, w)
		first := Decide(in)
		if in.Revoke && first.Verb == Replace {
			Revoke(w.creds, in.Asked, w.clock())
		}
		w.perform(first)
		again := Decide(w.input())
		if first.Verb == Resume && again.Verb == Replace { // what was interrupted is done; what it stood in the way of is not
			w.perform(again)
			again = Decide(w.input())
		}
		if again.Verb != Keep && again.Verb != Blocked {
			t.Errorf("%+v, and then %+v: %s", first, again, phases(w.creds))
		}
	})
}

func TestTheLastOneThatWorksIsNeverRetired(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, anything(t))
		works := func(c Credential) bool {
			return (c.Delivered() || c.Phase == Superseded) && in.live(&c) && c.Received()
		}
		gone := ToRetire(in)
		left := slices.DeleteFunc(slices.Clone(in.Creds), func(c Credential) bool {
			return slices.ContainsFunc(gone, func(g Credential) bool { return g.KeyID == c.KeyID })
		})
		if slices.ContainsFunc(in.Creds, works) && !slices.ContainsFunc(left, works) {
			t.Errorf("nothing works once %s is retired", names(gone))
		}
		for _, c := range gone {
			if c.Phase != Superseded {
				t.Errorf("%s is retired, which is %s", c.KeyID, c.Phase)
			}
		}
	})
}

func TestAStandingSaysWhatTheDecisionsSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t, anything(t))
		s := Judge(in)
		if s.Decision != Decide(in) || names(s.Retire) != names(ToRetire(in)) {
			t.Errorf("%+v", s)
		}
		if s.DaysLeft > 0 && (s.InUse == nil || s.Expired || s.Gone) || s.DaysLeft < 0 {
			t.Errorf("%d days left of what does not work", s.DaysLeft)
		}
		if s.Waiting != nil && s.Waiting != s.Newest || s.Overdue && s.Waiting == nil {
			t.Errorf("waiting %s, newest %s, overdue %t", id(s.Waiting), id(s.Newest), s.Overdue)
		}
		if !s.NextRemoval.IsZero() && !s.NextRemoval.After(in.Now) {
			t.Errorf("the next removal was at %s", s.NextRemoval)
		}
	})
}
