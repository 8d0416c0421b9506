package jsonout

import (
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/rotate"
)

// life is where a secret stands and what becomes of it.
func (b builder) life(c *plan.Change) *SecretLife {
	d := c.Secret
	s := &SecretLife{
		EndsAt: d.Ends.UTC(), EndsLocalDate: localDate(d.Ends, b.p.Location),
		RotatesAt: d.Rotates.UTC(), RotatesLocalDate: localDate(d.Rotates, b.p.Location),
		DueAt: d.Due.UTC(), DueLocalDate: localDate(d.Due, b.p.Location),
		Reason: d.Decision.Reason, Postponed: d.Postponed,
		InUse: b.ofSecret(d.InUse), Waiting: b.ofSecret(d.Waiting), Back: b.ofSecret(d.Back),
		CopiesTo: addresses(d.CopyTo()), Users: b.users(c),
		RetireOn: string(d.Policy.RetireOn), Retire: []Credential{}, WaitsFor: addresses(d.WaitsFor),
	}
	if !d.Policy.RetireAfter.IsZero() {
		s.RetireAfter = d.Policy.RetireAfter.String()
	}
	if c.Blocked != "" {
		s.BlockedLevel = "warning"
		if d.Late(b.p.Now) {
			s.BlockedLevel = "error"
		}
	}
	for _, x := range d.Retire {
		out := b.ofSecret(&x)
		if x.Delivered() {
			out.Ordered = "revoked" // nothing else is removed while products can have it
		}
		s.Retire = append(s.Retire, *out)
	}
	return s
}

func (b builder) ofSecret(c *rotate.Credential) *Credential {
	if c == nil {
		return nil
	}
	out := b.credential(c.KeyID, c.DisplayName, c.Hint, c.EndsAt)
	switch {
	case !c.RejectedAt.IsZero():
		out.Ordered = "rejected"
	case !c.RevokedAt.IsZero():
		out.Ordered = "revoked"
	}
	return &out
}

// users are the products of a secret, with by when each must have a new value.
func (b builder) users(c *plan.Change) []SecretUser {
	d := c.Secret
	var out []SecretUser
	for _, u := range d.Users {
		x := SecretUser{Address: u.Target.String(), Title: u.Title, Contact: u.Contact, ByHand: u.ByHand, Stops: slices.Contains(d.Stops, u.Target)}
		if by := d.EnterBy(b.p.Now); u.ByHand && !x.Stops && !by.IsZero() && (c.Action == plan.Rotate || d.Waiting != nil || d.Back != nil) {
			x.EnterBy, x.EnterByLocalDate = by.UTC(), localDate(by, b.p.Location)
		}
		out = append(out, x)
	}
	return out
}

func addresses(list []addr.Instance) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.String())
	}
	return out
}
