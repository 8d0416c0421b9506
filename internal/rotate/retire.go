package rotate

import "time"

// ToRetire lists the superseded credentials that are to be removed now.
//
// One that a person ordered removed goes as soon as another is delivered that
// products can use instead; so does one that has ended or is gone, which only
// its record outlives. Every other stays for retire.after, and longer while no
// other one is in use and works. So the last one that works is never listed.
func ToRetire(in Input) []Credential {
	var out []Credential
	for _, c := range in.Creds {
		if at, ok := in.removableAt(&c); ok && !in.Now.Before(at) {
			out = append(out, c)
		}
	}
	return out
}

// removableAt is from when a credential may be removed, as things are; false
// where it is not to be removed or waits for something other than time.
func (in Input) removableAt(c *Credential) (time.Time, bool) {
	if c.Phase != Superseded || !in.stands(Waiting) {
		return time.Time{}, false
	}
	if c.Ordered() || in.gone(c) || c.Ended(in.Now) {
		return c.SupersededAt, true
	}
	at := in.Policy.RetireAfter.After(c.SupersededAt.UTC())
	if !c.EndsAt.IsZero() && c.EndsAt.Before(at) {
		at = c.EndsAt
	}
	return at, in.stands(Current)
}

// stands tells whether a delivered credential works and is to stay, Current or
// at least of the phase least. One that no sink received replaces nothing,
// unless products had it before we did.
func (in Input) stands(least Phase) bool {
	return in.any(func(c *Credential) bool {
		return (c.Phase == Current || c.Phase == least) && in.live(c) && !c.Ordered() && (c.Received() || c.Marker == "")
	})
}
