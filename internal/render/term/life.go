package term

import (
	"cmp"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/rotate"
)

// runsOn says what mail runs on while a successor is made.
func (p *printer) runsOn(v *view, c *plan.Change) {
	d := c.Secret
	switch x := d.InUse; {
	case x != nil && x.EndsAt.After(v.Now):
		p.prose(6, nil, p.t.say("mail runs on %s, which ends %s (%s)", p.key(*x), day(x.EndsAt, v.Location), left(x.EndsAt, v.Now)))
	case x != nil:
		p.prose(6, []seg{{p.sym.risk, red}, text(" ")}, p.t.say("mail does not work: what it ran on, %s, ended %s", p.key(*x), day(x.EndsAt, v.Location)))
	case d.Waiting != nil:
		p.prose(6, nil, p.t.say("mail runs on %s, as far as anybody entered it; it ends %s (%s)", p.key(*d.Waiting), day(d.Waiting.EndsAt, v.Location), left(d.Waiting.EndsAt, v.Now)))
	default:
		p.prose(6, []seg{{p.sym.risk, red}, text(" ")}, p.t.say("mail does not work: no secret of it is left in Entra"))
	}
}

// reentry says who has to enter a new value by when, and what becomes of the
// one before it.
func (p *printer) reentry(v *view, c *plan.Change) {
	d := c.Secret
	revoked := v.Revokes(c.Addr) || d.InUse != nil && !d.InUse.RevokedAt.IsZero()
	which := message.Of("the new value")
	if d.Back != nil {
		which = message.Of("the earlier value")
	}
	by := message.Of("at once")
	if end := d.EnterBy(v.Now); !revoked && !end.IsZero() && end.After(v.Now) {
		by = message.Of("by %s", day(end, v.Location))
	}
	for _, u := range d.Users {
		where := u.Target.String()
		if u.Title != "" {
			where = u.Title + " (" + where + ")"
		}
		switch {
		case !u.ByHand:
			p.prose(6, nil, p.t.say("%s takes it from its sinks; nobody enters it", where))
		case revoked:
			p.prose(6, []seg{{p.sym.risk, magenta}, text(" ")}, p.t.say("%s stops until %s is entered in %s by %s", u.Target, which, cmp.Or(u.Title, p.t.say("its product")), cmp.Or(u.Contact, p.t.person)))
		default:
			p.prose(6, nil, p.t.say("%s enters %s in %s %s", cmp.Or(u.Contact, p.t.person), which, where, by))
		}
	}
	if x := d.InUse; x != nil && !revoked {
		p.prose(6, nil, p.removal(d, *x))
	}
}

// removal says when what is in use now is removed.
func (p *printer) removal(d *plan.SecretDetail, x rotate.Credential) string {
	which := message.Of("the new one")
	if d.Back != nil {
		which = p.key(*d.Back)
	}
	if d.Policy.RetireOn == rotate.OnConfirmation {
		return p.t.say("%s is removed %s after %s is confirmed, and not before", p.key(x), d.Policy.RetireAfter, which)
	}
	return p.t.say("%s is removed %s after %s is delivered, and not before", p.key(x), d.Policy.RetireAfter, which)
}

// moved says what becomes of values that exist already.
func (p *printer) moved(v *view, c *plan.Change) {
	d := c.Secret
	switch {
	case c.Action == plan.NoOp && len(d.Retire) > 0 && d.InUse != nil:
		p.runsOn(v, c)
	case d.Back != nil:
		p.prose(6, nil, p.t.say("%s, which ends %s, is the one to use again", p.key(*d.Back), day(d.Back.EndsAt, v.Location)))
		p.reentry(v, c)
	case d.Resume != nil:
		p.prose(6, nil, p.t.say("the delivery of %s goes on", p.key(*d.Resume)))
	}
	what := message.Of("the value in use")
	if d.Waiting != nil {
		what = message.Of("the newest value, %s,", p.key(*d.Waiting))
	}
	for _, a := range d.CopyTo() {
		p.prose(6, nil, p.t.say("brings %s to %s", what, a))
	}
}

// retired says which secret is removed, and why.
func (p *printer) retired(v *view, c *plan.Change, x rotate.Credential) string {
	ends := day(x.EndsAt, v.Location)
	switch {
	case !x.RejectedAt.IsZero():
		return p.t.say("removes the rejected secret %s, which ends %s", p.key(x), ends) + p.because(x.Reason)
	case x.Delivered():
		return p.t.say("removes %s, which ends %s, as soon as the new one is delivered: revoked by order", p.key(x), ends)
	case !x.RevokedAt.IsZero():
		return p.t.say("removes the revoked secret %s, which ends %s", p.key(x), ends)
	}
	return p.t.say("retires the replaced secret %s, which ends %s", p.key(x), ends)
}

func (p *printer) because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + p.t.recognise(reason)
}

// postponed says what is due and left for another run.
func (p *printer) postponed(v *view, c *plan.Change) string {
	if due := c.Secret.Due; !due.IsZero() && due.Before(v.Now) {
		return p.t.say("%s is due and left alone by this run (-rotate=none): %s, since %s", c.Addr, message.Recognise(c.Secret.Postponed), day(due, v.Location))
	}
	return p.t.say("%s is due and left alone by this run (-rotate=none): %s", c.Addr, message.Recognise(c.Secret.Postponed))
}
