package term

import (
	"cmp"
	"fmt"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/rotate"
)

// runsOn says what mail runs on while a successor is made.
func (p *printer) runsOn(v *view, c *plan.Change) {
	d := c.Secret
	switch x := d.InUse; {
	case x != nil && x.EndsAt.After(v.Now):
		p.prose(6, nil, fmt.Sprintf("mail runs on %s, which ends %s (%s)", p.key(*x), day(x.EndsAt, v.Location), left(x.EndsAt, v.Now)))
	case x != nil:
		p.prose(6, []seg{{p.sym.risk, red}, text(" ")}, fmt.Sprintf("mail does not work: what it ran on, %s, ended %s", p.key(*x), day(x.EndsAt, v.Location)))
	case d.Waiting != nil:
		p.prose(6, nil, fmt.Sprintf("mail runs on %s, as far as anybody entered it; it ends %s (%s)", p.key(*d.Waiting), day(d.Waiting.EndsAt, v.Location), left(d.Waiting.EndsAt, v.Now)))
	default:
		p.prose(6, []seg{{p.sym.risk, red}, text(" ")}, "mail does not work: no secret of it is left in Entra")
	}
}

// reentry says who has to enter a new value by when, and what becomes of the
// one before it.
func (p *printer) reentry(v *view, c *plan.Change) {
	d := c.Secret
	revoked := v.Revokes(c.Addr) || d.InUse != nil && !d.InUse.RevokedAt.IsZero()
	which := "the new value"
	if d.Back != nil {
		which = "the earlier value"
	}
	by := ""
	switch end := d.EnterBy(v.Now); {
	case revoked || end.IsZero() || !end.After(v.Now):
		by = " at once"
	default:
		by = " by " + day(end, v.Location)
	}
	for _, u := range d.Users {
		where := u.Target.String()
		if u.Title != "" {
			where = u.Title + " (" + where + ")"
		}
		switch {
		case !u.ByHand:
			p.prose(6, nil, where+" takes it from its sinks; nobody enters it")
		case revoked:
			p.prose(6, []seg{{p.sym.risk, magenta}, text(" ")}, fmt.Sprintf("%s stops until %s is entered in %s by %s", u.Target, which, cmp.Or(u.Title, "its product"), cmp.Or(u.Contact, p.t.person)))
		default:
			p.prose(6, nil, fmt.Sprintf("%s enters %s in %s%s", cmp.Or(u.Contact, p.t.person), which, where, by))
		}
	}
	if x := d.InUse; x != nil && !revoked {
		p.prose(6, nil, p.removal(d, *x))
	}
}

// removal says when what is in use now is removed.
func (p *printer) removal(d *plan.SecretDetail, x rotate.Credential) string {
	after, which := "delivered", "the new one"
	if d.Policy.RetireOn == rotate.OnConfirmation {
		after = "confirmed"
	}
	if d.Back != nil {
		which = p.key(*d.Back)
	}
	return fmt.Sprintf("%s is removed %s after %s is %s, and not before", p.key(x), d.Policy.RetireAfter, which, after)
}

// moved says what becomes of values that exist already.
func (p *printer) moved(v *view, c *plan.Change) {
	d := c.Secret
	switch {
	case c.Action == plan.NoOp && len(d.Retire) > 0 && d.InUse != nil:
		p.runsOn(v, c)
	case d.Back != nil:
		p.prose(6, nil, fmt.Sprintf("%s, which ends %s, is the one to use again", p.key(*d.Back), day(d.Back.EndsAt, v.Location)))
		p.reentry(v, c)
	case d.Resume != nil:
		p.prose(6, nil, "the delivery of "+p.key(*d.Resume)+" goes on")
	}
	what := "the value in use"
	if d.Waiting != nil {
		what = "the newest value, " + p.key(*d.Waiting) + ","
	}
	for _, a := range d.CopyTo() {
		p.prose(6, nil, "brings "+what+" to "+a.String())
	}
}

// retired says which secret is removed, and why.
func (p *printer) retired(v *view, c *plan.Change, x rotate.Credential) string {
	ends := ", which ends " + day(x.EndsAt, v.Location)
	switch {
	case !x.RejectedAt.IsZero():
		return "removes the rejected secret " + p.key(x) + ends + because(x.Reason)
	case x.Delivered():
		return "removes " + p.key(x) + ends + ", as soon as the new one is delivered: revoked by order"
	case !x.RevokedAt.IsZero():
		return "removes the revoked secret " + p.key(x) + ends
	}
	return "retires the replaced secret " + p.key(x) + ends
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// postponed says what is due and left for another run.
func (p *printer) postponed(v *view, c *plan.Change) string {
	s := c.Addr.String() + " is due and left alone by this run (-rotate=none): " + c.Secret.Postponed
	if due := c.Secret.Due; !due.IsZero() && due.Before(v.Now) {
		s += ", since " + day(due, v.Location)
	}
	return s
}
