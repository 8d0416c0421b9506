package rotate

import (
	"slices"
	"time"
)

// The transitions of a credential after its delivery. They change the list of
// one secret's credentials, which is in the order of delivery, and nothing
// else; who calls them makes the change durable.

// Promote ends the delivery of the credential with this marker. Where delivery
// suffices it is in use from now on; where a person enters it, it waits, and
// what mail runs on stays as it is, except for what was revoked.
//
// What only seemed to be on its way to a product is over with it: one that
// waits although no sink ever received it, and one whose delivery was never
// finished.
func Promote(creds []*Credential, marker string, on RetireOn, now time.Time) {
	i := slices.IndexFunc(creds, func(c *Credential) bool { return c.Marker == marker })
	if i < 0 {
		return
	}
	made := creds[i]
	made.DeliveredAt, made.Phase = now, Waiting
	if on == OnDelivery {
		made.Phase = Current
	}
	for _, old := range creds {
		if old != made && outdone(old, on) {
			old.Phase, old.SupersededAt = Superseded, now
		}
	}
}

// outdone tells whether a delivery puts an earlier credential out of use.
func outdone(c *Credential, on RetireOn) bool {
	switch c.Phase {
	case Delivering:
		return true
	case Waiting:
		return on == OnDelivery || !c.RevokedAt.IsZero() || !c.Received()
	case Current:
		return on == OnDelivery || !c.RevokedAt.IsZero()
	}
	return false
}

// Confirm takes the credential with this key id as the one that every product
// uses, and supersedes all others, also those that waited before it and were
// never confirmed.
func Confirm(creds []*Credential, keyID string, now time.Time) {
	for _, c := range creds {
		switch {
		case c.KeyID == keyID && c.Delivered():
			c.Phase, c.ConfirmedAt = Current, now
		case c.Delivered():
			c.Phase, c.SupersededAt = Superseded, now
		}
	}
}

// Reject takes back a credential that waits: no product takes it. It is removed
// as soon as another one is there to be used.
func Reject(creds []*Credential, keyID, why string, now time.Time) {
	for _, c := range creds {
		if c.KeyID == keyID && c.Phase == Waiting {
			c.Phase, c.SupersededAt, c.RejectedAt, c.Reason = Superseded, now, now, why
		}
	}
}

// Revoke orders the removal of everything that products can have by now, as
// soon as a successor is delivered: also of what was replaced and only kept for
// those who had not changed yet.
func Revoke(creds []*Credential, why string, now time.Time) {
	for _, c := range creds {
		if (c.Delivered() || c.Phase == Superseded) && c.RevokedAt.IsZero() {
			c.RevokedAt, c.Reason = now, why
		}
	}
}

// Back begins the delivery of an earlier credential again: it becomes the
// youngest in the list, as if it were made now. Every sink still has to bring
// its value back, so no receipt counts; and an order to remove it is withdrawn.
// When it was confirmed is kept: it tells that products have had it. Only what
// was delivered and is not removed can be brought back; anything else leaves
// the list as it is.
func Back(creds []*Credential, keyID string) []*Credential {
	i := slices.IndexFunc(creds, func(c *Credential) bool {
		return c.KeyID == keyID && (c.Delivered() || c.Phase == Superseded)
	})
	if i < 0 {
		return creds
	}
	old := creds[i]
	old.Phase, old.SupersededAt, old.RevokedAt, old.RejectedAt = Delivering, time.Time{}, time.Time{}, time.Time{}
	for n := range old.Receipts {
		old.Receipts[n].Committed = false
	}
	return append(slices.Delete(slices.Clone(creds), i, i+1), old)
}
