package workflow

import (
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

// entry is what a product is to have of its secret, and what it has.
type entry struct {
	newest *state.Credential // delivered last; nil before the first delivery
	uses   *state.Credential // what the product has; nil where nobody entered anything
	// confirmed says that the product has the newest one; nil as long as nobody
	// said so.
	confirmed *state.Confirmation
	last      *state.Confirmation // of whatever the product has
}

// outdated tells whether more than the secret has changed since the last
// confirmation: settings is the digest of what is to be entered now. What was
// confirmed before digests were kept counts as unchanged.
func (e entry) outdated(settings string) bool {
	return e.last != nil && e.last.Settings != "" && settings != "" && e.last.Settings != settings
}

// again tells whether the newest one is entered in place of another.
func (e entry) again() bool { return e.newest != nil && e.uses != nil && e.uses != e.newest }

// entryOf works out one target's. What its product has is what was confirmed
// for it last, since a product shows one value at a time; a target that was
// added to a secret later has nothing yet, whatever became of the secret before.
func entryOf(t *state.Target, sec *state.Secret) entry {
	newest, inUse := delivered(sec)
	e := entry{newest: newest}
	if n := len(t.Confirmations); n > 0 {
		last := t.Confirmations[n-1]
		for _, c := range sec.Credentials {
			if c.KeyID == last.KeyID {
				e.uses = c
			}
		}
		if e.uses != nil {
			e.last = &last
		}
		if e.uses != nil && e.uses == newest {
			e.confirmed = &last
		}
	}
	if e.uses == nil && newest != nil {
		e.uses = usedUnconfirmed(sec, newest, inUse)
	}
	return e
}

// usedUnconfirmed is what products have that nobody ever confirmed: one that
// counts as in use by its delivery, or that was there before mailprov. It
// matters until what follows it has been in its place long enough for it to be
// removed.
func usedUnconfirmed(sec *state.Secret, newest, inUse *state.Credential) *state.Credential {
	switch {
	case inUse == nil || !inUse.ConfirmedAt.IsZero():
		return nil
	case inUse != newest:
		return inUse
	}
	for _, c := range slices.Backward(sec.Credentials) {
		if c.Phase == state.Superseded && !c.SupersededAt.IsZero() && c.SupersededAt.Equal(newest.DeliveredAt) {
			return c
		}
	}
	return nil
}

// worksUntil is when a credential that a product has stops working: at its end,
// or when it was or will be removed, after being the time for which a replaced
// one stays.
func worksUntil(c *state.Credential, after rotate.Span) time.Time {
	until := c.EndsAt
	sooner := func(t time.Time) {
		if !t.IsZero() && t.Before(until) {
			until = t
		}
	}
	sooner(c.RetiredAt)
	if c.Phase == state.Superseded && !c.SupersededAt.IsZero() {
		if !c.RevokedAt.IsZero() {
			after = rotate.Span{Unit: "h"} // it goes with the delivery of its successor
		}
		sooner(after.After(c.SupersededAt))
	}
	return until
}
