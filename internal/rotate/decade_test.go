package rotate

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mailprov/mailprov/internal/addr"
)

// calm are the policies under which nothing but time makes a secret due and
// everybody has the time to do their part: those that a configuration may have
// without an error or a warning.
var calm = func() (out []Policy) {
	span := func(text string) Span {
		s, _ := ParseSpan(text)
		return s
	}
	onDays := [][]Day{nil, {{4, 1}}, {{2, 29}}, {{4, 1}, {10, 1}}, {{1, 1}, {3, 31}, {7, 15}, {11, 1}}}
	for _, lifetime := range []string{"30d", "6w", "90d", "180d", "6mo", "365d", "12mo", "548d", "24mo", "2y"} {
		for _, before := range []string{"", "10d", "30d", "60d", "2mo"} {
			for _, days := range onDays {
				for _, on := range []RetireOn{OnConfirmation, OnDelivery} {
					p := Policy{Lifetime: span(lifetime), RotateBefore: span(before), RotateOn: days, RetireOn: on, RetireAfter: DefaultAfterDelivery}
					if on == OnConfirmation {
						p.RetireAfter = DefaultAfterConfirm
					}
					if before == "" {
						p.DefaultBefore, p.RotateBefore = true, p.Lifetime.Third(now)
					}
					if _, most := p.RotateBefore.Extremes(p.Lifetime); most >= 0 || p.Crowds() || !p.ReachesDays() {
						continue
					}
					p.Sinks, p.Readers = []addr.Instance{team}, map[string][]string{team.String(): {"admin"}}
					out = append(out, p)
				}
			}
		}
	}
	return out
}()

// decade is a world in which everybody does their part, and what a run must
// hold to.
type decade struct {
	world
	t *rapid.T
	// slowest is how far runs may lie apart: a day less than rotate_before, and
	// less where the days of rotate_on follow one another more closely.
	slowest time.Duration
	// enters and confirms are when a person does so with the value that waits,
	// or when a machine has read it; zero where nothing is to be done.
	enters, confirms time.Time
	// book is when each was found to be due, by key id.
	book map[string]time.Time
}

const (
	skewed  = 5 * time.Minute         // how far a runner's clock can be wrong
	between = 2*skewed + endTolerance // how far two clocks and Graph can make two moments lie apart
	notSure = clockSkew + between     // what the law cannot tell early from on time
	years   = 10 * 366 * 24 * time.Hour
)

// TestADecadeWithoutAnOutage simulates ten years of rotations in which runs are
// missed, begin at any time of the day on clocks that are wrong by minutes, and
// are killed while they deliver; people confirm as late as they may. See the
// laws in (*decade).run and (*decade).at.
func TestADecadeWithoutAnOutage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(calm).Draw(t, "policy")
		p.Location = drawZone(t)
		start := date("2026-01-01").Add(drawTime(t, "start", 0, 4*366*24*time.Hour))
		d := &decade{world: *newWorld(p, start), t: t, book: map[string]time.Time{}}
		d.slowest = shortestBefore(p) - day
		days := p.days()
		for i := 1; i < len(days); i++ {
			gap := days[i].Sub(days[i-1]) - p.RetireAfter.After(start).Sub(start) - day
			d.slowest = min(d.slowest, gap/2)
		}
		d.run(false)
		for d.now.Before(start.Add(years)) {
			next := d.now.Add(drawTime(t, "until the next run", d.slowest/4, d.slowest))
			d.at(next)
			if rapid.IntRange(0, 9).Draw(t, "killed") == 0 {
				d.run(true)
				d.at(d.now.Add(drawTime(t, "until somebody starts it again", 0, time.Hour)))
			}
			d.run(false)
		}
	})
}

// shortestBefore is the least that rotate_before is, in a February or of a year
// without a leap day.
func shortestBefore(p Policy) time.Duration {
	least := 100 * 366 * day
	for n := range 4 * 366 {
		made := date("2024-01-01").AddDate(0, 0, n)
		end := p.Ends(made)
		least = min(least, end.Sub(p.beforeEnd(made, end).Before(end)))
	}
	return least
}

// at lets time pass, in which a person does what is to be done.
//
// Law: at no moment does the product use anything that Entra refuses, or that
// was not tested and delivered before.
func (d *decade) at(next time.Time) {
	for _, what := range []struct {
		when *time.Time
		do   func()
	}{{&d.enters, d.enter}, {&d.confirms, d.confirm}} {
		if !what.when.IsZero() && !what.when.After(next) {
			d.now = *what.when
			*what.when = time.Time{}
			d.inUseWorks()
			what.do()
			d.inUseWorks()
		}
	}
	d.now = next
	d.inUseWorks()
}

func (d *decade) inUseWorks() {
	if d.product == "" {
		return
	}
	c := d.find(d.product)
	if !d.works(d.product) || c.VerifiedAt.IsZero() || c.DeliveredAt.IsZero() && d.policy.RetireOn == OnConfirmation {
		d.t.Fatalf("%s: the product uses %+v, and Entra has %v", d.now, *c, d.entra)
	}
}

func (d *decade) enter()   { d.product = d.holds }
func (d *decade) confirm() { Confirm(d.creds, d.product, d.clock()) }

// run is one run, that may be killed before its delivery is recorded.
//
// Laws: it replaces nothing before it is due, and nothing due is left when it
// is done; it is never blocked, since people are in time; a second one at the
// same moment has nothing to do; what it removes the product does not use; and
// when it is done Entra has at most two of ours.
func (d *decade) run(killed bool) {
	d.skew = drawTime(d.t, "the clock is ahead by", -skewed, skewed)
	d.endsOff = drawTime(d.t, "Graph rounds the end by", -endTolerance, endTolerance)
	in := d.input()
	decision := Decide(in)
	switch decision.Verb {
	case Replace:
		if due := d.dueByTheBook(*in.newest()); d.now.Before(due.Add(-notSure)) || decision.Check != "near its end" && decision.Check != "a day of the year" {
			d.t.Fatalf("%s: %+v, due %s", d.now, decision, due)
		}
		fallthrough
	case Create:
		if killed {
			c := d.create()
			if rapid.Bool().Draw(d.t, "already in use in a sink") {
				d.holds = c.KeyID
			}
			return
		}
	case Blocked, Copy:
		d.t.Fatalf("%s: %+v", d.now, decision)
	}
	d.perform(decision)
	if decision.Verb != Keep {
		d.await(*d.creds[len(d.creds)-1])
	}
	if again := Decide(d.input()); again.Verb != Keep {
		d.t.Fatalf("%s: done, and again %+v", d.now, again)
	}
	if due := d.dueByTheBook(*d.input().newest()); d.now.After(due.Add(notSure)) {
		d.t.Fatalf("%s: was due %s and is not replaced", d.now, due)
	}
	for _, c := range ToRetire(d.input()) {
		if c.KeyID == d.product {
			d.t.Fatalf("%s: what the product uses is removed: %+v", d.now, c)
		}
		d.retire(c)
	}
	if d.live() > 2 {
		d.t.Fatalf("%s: %d at a time: %v", d.now, d.live(), d.entra)
	}
	if s := Judge(d.input()); s.InUse == nil || s.Expired || s.Gone {
		d.t.Fatalf("%s: %+v", d.now, s)
	}
}

// await says until when the delivered one must be entered and confirmed: before
// the one in use ends, before a machine's time is over, and so long before the
// next falls due that the one before it is gone by then.
func (d *decade) await(c Credential) {
	stays := func(t time.Time) time.Time { return d.policy.RetireAfter.Before(t.UTC()) }
	if d.product == "" { // nothing is in use: at once
		d.enters, d.confirms = d.now, d.now
	} else {
		last := d.entra[d.product].Add(-between)
		if due := d.dueByTheBook(c).Add(-notSure); last.After(due) {
			last = stays(due)
		}
		if d.policy.RetireOn == OnDelivery {
			last = earliest(last, d.policy.RetireAfter.After(d.now).Add(-between), d.entra[d.product].Add(-between))
		}
		d.enters = d.now.Add(drawTime(d.t, "until it is entered", 0, last.Sub(d.now)))
		d.confirms = d.enters.Add(drawTime(d.t, "until that is confirmed", 0, last.Sub(d.enters)))
	}
	if d.policy.RetireOn == OnDelivery {
		d.confirms = time.Time{}
	}
}

func earliest(times ...time.Time) time.Time { return slices.MinFunc(times, time.Time.Compare) }

func (d *decade) dueByTheBook(c Credential) time.Time {
	if _, known := d.book[c.KeyID]; !known {
		d.book[c.KeyID] = d.leaf(c)
	}
	return d.book[c.KeyID]
}

// leaf works out when a credential is due as one would with a calendar in hand,
// day by day.
func (d *decade) leaf(c Credential) time.Time {
	before := d.policy.RotateBefore
	if d.policy.DefaultBefore {
		life := int(c.EndsAt.Sub(c.CreatedAt).Hours() + 0.5)
		before = Span{N: life / 3 / 24, Unit: "d"}
	}
	due := before.Before(c.EndsAt)
	if len(d.policy.RotateOn) == 0 {
		return due
	}
	loc := d.policy.location()
	made := c.CreatedAt.In(loc)
	for i := 1; ; i++ {
		today := time.Date(made.Year(), made.Month(), made.Day()+i, 0, 0, 0, 0, loc)
		if !today.Before(due) {
			return due
		}
		for _, on := range d.policy.RotateOn {
			tomorrow := today.AddDate(0, 0, 1)
			clamped := on == Day{time.February, 29} && today.Month() == time.February && tomorrow.Month() == time.March
			if today.Sub(c.CreatedAt) > notSure && (Day{today.Month(), today.Day()} == on || clamped) {
				return today
			}
		}
	}
}
