package rotate

import "time"

const (
	// clockSkew is how far two clocks that tell when a credential was made can
	// lie apart, a runner's and Entra's; sign-in allows five minutes.
	clockSkew = 15 * time.Minute
	// endTolerance is how far the end date that Graph answers may lie from the
	// one asked for: apply takes no other.
	endTolerance = time.Minute
)

// due is when a credential is to be replaced, and by which rule: before its
// end, or on a day of the year.
type due struct {
	at     time.Time
	before Span
	day    Day // zero: before its end
}

func (p Policy) due(c *Credential) due { return p.dueAfter(c.made(), c.EndsAt) }

// dueAfter works out what comes first. A day counts if it begins after the
// credential was made, by every clock: one that was made on time for a day must
// not be due for the same day again.
func (p Policy) dueAfter(made, end time.Time) due {
	out := due{before: p.beforeEnd(made, end)}
	out.at = out.before.Before(end.UTC())
	year := made.In(p.location()).Year()
	for _, d := range p.RotateOn {
		for y := year; y <= year+2; y++ {
			if begins := d.In(y, p.location()); begins.After(made.Add(clockSkew)) && begins.Before(out.at) {
				out.at, out.day = begins, d
			}
		}
	}
	return out
}

// beforeEnd is rotate_before for one credential. Where that is left to its
// default it is a third of the life the credential really has, whatever
// lifetime its successor will get: a longer one must not make it due early.
func (p Policy) beforeEnd(made, end time.Time) Span {
	if !p.DefaultBefore || made.IsZero() {
		return p.RotateBefore
	}
	hours := int(end.Sub(made).Round(time.Hour) / time.Hour) // a life is short of its lifetime by the seconds it took to make
	return Span{N: max(1, hours), Unit: "h"}.Third(made)
}

// Due is when a credential is to be replaced: rotate_before its end, or on the
// first of the days named by rotate_on after it was made.
func (p Policy) Due(c Credential) time.Time { return p.due(&c).at }

// DueAt is Due for a credential that is known by its dates alone, such as one
// that is still to be made.
func (p Policy) DueAt(created, end time.Time) time.Time { return p.dueAfter(created, end).at }

// Ends is when a credential made at now ends. It is cut to whole seconds,
// which is what Graph keeps, and months are reckoned in UTC, wherever now is.
func (p Policy) Ends(now time.Time) time.Time {
	return p.Lifetime.After(now.UTC()).Truncate(time.Second)
}

// outlived tells whether a credential ends later than the lifetime of today can
// have made it end, so that the lifetime was shortened since.
//
// The end was reckoned from our clock a moment before Entra created the
// credential, and Entra's own clock says when that was. The two differ by
// minutes, a month reckoned from before and from after midnight by days; so the
// latest end from either side of both moments counts. Within one day of the
// calendar an end moves with the moment it is reckoned from, hence the tolerance.
//
// One that we did not make has no lifetime of ours, only an end date.
func (p Policy) outlived(c *Credential) bool {
	if c.Marker == "" || c.CreatedAt.IsZero() || p.Lifetime.IsZero() {
		return false
	}
	var latest time.Time
	for _, t := range []time.Time{c.CreatedAt, c.made()} {
		for _, off := range []time.Duration{-clockSkew, clockSkew} {
			if end := p.Lifetime.After(t.Add(off).UTC()); end.After(latest) {
				latest = end
			}
		}
	}
	return c.EndsAt.After(latest.Add(2*clockSkew + endTolerance))
}
