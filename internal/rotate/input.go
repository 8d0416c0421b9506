package rotate

import "time"

// Input is everything a decision may depend on: no clock, no I/O.
type Input struct {
	Policy Policy
	Creds  []Credential    // of this secret, in the order of their delivery, with end dates as Entra has them
	Gone   map[string]bool // key ids that Entra does not have any more
	Asked  string          // why a replacement was asked for by name; empty if it was not
	Revoke bool            // with Asked: a successor is made even where one waits, since all there are must go
	// Readable tells that the newest value can be read here from a sink that
	// it was delivered to, so that another sink can have it without a rotation.
	Readable bool
	Now      time.Time
}

// newest is the youngest credential that was delivered and is not removed, in
// Creds.
func (in Input) newest() *Credential {
	for i := len(in.Creds) - 1; i >= 0; i-- {
		if c := &in.Creds[i]; c.Delivered() && !in.gone(c) {
			return c
		}
	}
	return nil
}

// any tells whether there is a credential such as is looked for.
func (in Input) any(such func(*Credential) bool) bool {
	for i := range in.Creds {
		if such(&in.Creds[i]) {
			return true
		}
	}
	return false
}

func (in Input) gone(c *Credential) bool { return in.Gone[c.KeyID] }

// live tells whether Entra takes it.
func (in Input) live(c *Credential) bool { return !in.gone(c) && c.EndsAt.After(in.Now) }

// undecided tells whether it is open which of two a product uses: a live one
// waits beside another live one. One that no sink ever received waits for
// nobody; and where delivery suffices nobody is waited for at all.
func (in Input) undecided() bool {
	if in.Policy.RetireOn == OnDelivery {
		return false
	}
	var waiting, live int
	for i := range in.Creds {
		c := &in.Creds[i]
		switch {
		case !in.live(c):
		case c.Phase == Current:
			live++
		case c.Phase == Waiting && c.Received():
			live++
			waiting++
		}
	}
	return waiting > 0 && live > 1
}
