package rotate

import "time"

// Standing is where a secret stands, in the same words for everybody who tells
// people: the plan, the status, a calendar. Its credentials are those of the
// input.
type Standing struct {
	// InUse is what products use, as far as anyone knows: the current one, or
	// the oldest that was delivered and never replaced. Days left, everywhere,
	// are its days. Nil if products have none.
	InUse *Credential
	// Gone tells that Entra no longer has InUse: what uses it has stopped.
	Gone bool
	// Expired tells that InUse has ended: what uses it has stopped, unless
	// somebody entered another and did not say so.
	Expired bool
	// DaysLeft are the whole days until InUse ends; zero once it does not work.
	DaysLeft int
	// Newest is the youngest that was delivered and is still in Entra.
	Newest *Credential
	// Waiting is the one to be confirmed: Newest, where it is not in use for
	// sure and can be had.
	Waiting *Credential
	// Overdue tells that Waiting should have been confirmed by now: InUse does
	// not work any more, or not for longer than error_before. An error.
	Overdue  bool
	Decision Decision
	// DueAt is when Newest is or was due for replacement; zero without one.
	DueAt time.Time
	// Retire is what ToRetire lists.
	Retire []Credential
	// NextRemoval is when time alone allows the next removal after that; zero
	// where none is ahead or something else is waited for.
	NextRemoval time.Time
}

// Judge says where a secret stands.
func Judge(in Input) Standing {
	s := Standing{InUse: in.inUse(), Newest: in.newest(), Decision: Decide(in), Retire: ToRetire(in)}
	if c := s.InUse; c != nil {
		s.Gone, s.Expired = in.gone(c), c.Ended(in.Now)
		if in.live(c) {
			s.DaysLeft = int(c.EndsAt.Sub(in.Now) / (24 * time.Hour))
		}
	}
	if c := s.Newest; c != nil {
		s.DueAt = in.Policy.due(c).at
		if c.Phase == Waiting && c.Received() {
			s.Waiting = c
			s.Overdue = in.overdue(s)
		}
	}
	for i := range in.Creds {
		at, ok := in.removableAt(&in.Creds[i])
		if ok && at.After(in.Now) && (s.NextRemoval.IsZero() || at.Before(s.NextRemoval)) {
			s.NextRemoval = at
		}
	}
	return s
}

// overdue tells whether a missing confirmation is an error. Where delivery
// suffices none is missing.
func (in Input) overdue(s Standing) bool {
	if in.Policy.RetireOn == OnDelivery || s.InUse == nil {
		return false
	}
	before := in.Policy.ErrorBefore
	if before.IsZero() {
		before = DefaultErrorBefore
	}
	return s.Gone || !in.Now.Before(before.Before(s.InUse.EndsAt.UTC()))
}

// inUse finds what products use, from the surest evidence to the weakest: one
// that is current; one that was confirmed before and is brought back; the oldest
// of those that wait, since whoever entered a younger one would have said so.
// Where none of them works any more it is the youngest, which worked last.
func (in Input) inUse() *Credential {
	var best *Credential
	sure := 0
	for i := range in.Creds {
		if how := in.evidence(&in.Creds[i]); how > sure {
			best, sure = &in.Creds[i], how
		}
	}
	// Where delivery suffices the youngest is in use, whatever was agreed when
	// it was delivered.
	newest := in.newest()
	if in.Policy.RetireOn == OnDelivery && newest != nil && in.live(newest) && (best == nil || !in.live(best)) {
		return newest
	}
	for i := len(in.Creds) - 1; best == nil && i >= 0; i-- {
		if c := &in.Creds[i]; c.Delivered() && c.Received() {
			best = c
		}
	}
	return best
}

// evidence grades how sure it is that products use a credential; zero: not at
// all.
func (in Input) evidence(c *Credential) int {
	had := !c.ConfirmedAt.IsZero() || c.Phase == Delivering && !c.DeliveredAt.IsZero()
	switch {
	case c.Phase == Current:
		return 3
	case (c.Phase == Waiting || c.Phase == Delivering) && had && in.live(c):
		return 2
	case c.Phase == Waiting && c.Received() && in.live(c):
		return 1
	}
	return 0
}
