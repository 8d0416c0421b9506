package plan

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

// secretsOnly plans nothing but credentials and what sinks hold of them. A
// secret that nothing can be planned for is a failure of its own and leaves
// the others alone.
func (b *builder) secretsOnly() Result {
	for _, i := range b.byType[clientsecret.Name] {
		if b.out(i.Addr) {
			continue
		}
		before := len(b.diags)
		c := b.rotation(i)
		if problems := b.diags[before:]; problems.HasErrors() {
			for _, d := range problems {
				b.plan.Failures = append(b.plan.Failures, b.notRotated(i.Addr, d))
			}
			b.diags = b.diags[:before]
			c = &Change{Addr: i.Addr, Instance: i, Before: c.Before, After: i.Attrs, Action: NoOp, Secret: &SecretDetail{Policy: c.Secret.Policy, InUse: c.Secret.InUse}}
			b.unplan(i.Addr)
		}
		b.add(c)
		b.unconfirmed(c)
	}
	b.orderSteps()
	b.rights()
	b.summarize()
	return Result{Plan: b.plan, Diags: b.diags}
}

// unconfirmed reminds of a successor that nobody confirmed: as an error once
// the secret in use comes near its end, since mail stops with it.
func (b *builder) unconfirmed(c *Change) {
	d := c.Secret
	if d.Waiting == nil || d.InUse == nil || b.named(c.Addr) {
		return
	}
	late := d.Late(b.in.Now)
	if !late && c.Blocked == "" {
		return
	}
	w := diag.Warnf("MP327", "Waiting for confirmation", "%s is not replaced again: %s was delivered on %s, and nobody has confirmed that %s.", c.Addr, hint(d.Waiting),
		d.Waiting.DeliveredAt.In(b.location()).Format(time.DateOnly), b.hasIt(d.WaitsFor)).For(c.Addr.String())
	stands := Use{Who: b.whoUses(d), Old: true, Now: b.in.Now, Location: b.in.Location}.Standing(*d.InUse)
	w = w.WithMail(stands.Text)
	w = w.WithDof("Enter the new value before that day, and confirm it:\n    mailprov confirm %s -key=%s", message.Word(c.Addr.String()), hint(d.Waiting))
	if late {
		w = w.WithOutcome(message.Of("not confirmed"))
		w.Severity, w.When = diag.Error, stands.When
		b.plan.Failures = append(b.plan.Failures, w)
		return
	}
	b.err(w)
}

// notRotated says of a failure whether mail works meanwhile, and whether what to
// do about it can wait.
func (b *builder) notRotated(a addr.Instance, d diag.Diagnostic) diag.Diagnostic {
	if d.Severity != diag.Error {
		return d
	}
	stands := Unused()
	if prior := b.priorSecrets[a]; prior != nil {
		stands = b.standing(prior)
	}
	d = d.WithOutcome(message.Of("not rotated"))
	d.When = stands.When
	if d.Mail == "" {
		d = d.WithMail(stands.Text)
	}
	return d
}

// standing is whether mail works on what a secret has now.
func (b *builder) standing(s *state.Secret) Standing {
	d, seen := &SecretDetail{}, b.in.Observed[s.App]
	for _, t := range b.targetsOf[s.Address.String()] {
		d.Users = append(d.Users, b.secretUser(t))
	}
	in := b.lifeInput(s.Address, s, rotate.Policy{}, seen)
	b.life(d, in, seen)
	use := Use{Who: b.whoUses(d), Now: b.in.Now, Location: b.in.Location}
	if has := cmp.Or(d.InUse, d.Waiting); has != nil {
		return use.Standing(*has)
	}
	use.Gone = slices.ContainsFunc(in.Creds, func(c rotate.Credential) bool { return c.Delivered() && in.Gone[c.KeyID] })
	if !use.Gone {
		return Unused()
	}
	return use.Standing(rotate.Credential{})
}

// whoUses names the product of a secret.
func (b *builder) whoUses(d *SecretDetail) message.Text {
	switch {
	case len(d.Users) == 1:
		return message.Literal(cmp.Or(d.Users[0].Title, d.Users[0].Target.String()))
	case len(d.Users) > 1:
		return message.Of("each of its %d products", len(d.Users))
	}
	return message.Of("whoever has it")
}

// hasIt says in whom the new value is missing.
func (b *builder) hasIt(targets []addr.Instance) message.Text {
	var names []string
	for _, t := range targets {
		names = append(names, t.String())
	}
	if len(names) == 0 {
		return message.Of("it is in use")
	}
	return message.Of("%s has it", message.Names(names...))
}

// rotation plans one secret of a plan for secrets alone.
func (b *builder) rotation(i *resource.Instance) *Change {
	if why := b.notThere(i); why != nil {
		if b.named(i.Addr) || why.Severity == diag.Error {
			b.err(*why)
		}
		return &Change{Addr: i.Addr, Instance: i, After: i.Attrs, Action: NoOp, Secret: &SecretDetail{NotYet: why.Detail}}
	}
	c := b.secret(i)
	if b.named(i.Addr) && c.Blocked != "" {
		d := diag.Warnf("MP327", "Waiting for confirmation", "%s is not replaced again: its successor %s is delivered and %s.", i.Addr, hint(c.Secret.Waiting), c.Blocked).For(i.Addr.String())
		d = d.WithDof("Enter it and confirm it (mailprov confirm %s -key=%s), or take it back (mailprov confirm %s -reject). If the values are known to others: mailprov rotate %s -revoke-now.", message.Word(i.Addr.String()), hint(c.Secret.Waiting), message.Word(i.Addr.String()),
			message.Word(i.Addr.String()))
		if c.Secret.Late(b.in.Now) {
			d.Severity = diag.Error
		}
		b.err(d)
	}
	return c
}

// notThere says why a secret of the configuration cannot be rotated: it was
// never made, or what it stands on is missing.
func (b *builder) notThere(i *resource.Instance) *diag.Diagnostic {
	prior := b.priorSecrets[i.Addr]
	if prior == nil || !slices.ContainsFunc(prior.Credentials, func(c *state.Credential) bool {
		return !c.DeliveredAt.IsZero() || c.Phase == state.Delivering || c.Delivered()
	}) {
		d := diag.Errf("MP326", "Secret not made yet", "%s has not been made yet.", i.Addr).At(i.Range).For(i.Addr.String()).WithDof("Run mailprov apply.")
		d.Severity = diag.Warning
		if b.named(i.Addr) {
			d.Severity = diag.Error
		}
		return &d
	}
	on := append([]addr.Instance{prior.App}, b.sinksOf(i)...)
	for _, a := range on {
		if d, broken := b.in.Broken[a]; broken {
			d.Address = i.Addr.String()
			return &d
		}
	}
	if seen := b.in.Observed[prior.App]; seen == nil || seen.Gone {
		d := diag.Errf("MP325", "Application gone", "%s, to which %s belongs, is gone from Entra.", prior.App, i.Addr).At(i.Range).For(i.Addr.String())
		d = d.WithMail(message.Of("Mail does not work: without the application no secret of it is taken."))
		d = d.WithDof("Run mailprov apply: it makes the application and its secret anew. Within 30 days of its deletion it can also be restored in the portal.")
		return &d
	}
	return nil
}

// named tells whether a person named this secret, rather than asking for
// whatever is due.
func (b *builder) named(a addr.Instance) bool {
	return b.asked(a) || matches(b.in.Options.Back, a)
}

// asked tells whether a person wants this secret replaced whatever its age.
func (b *builder) asked(a addr.Instance) bool { return matches(b.in.Options.Replace, a) }

// matches tells whether an address or its whole block is in a list.
func matches(list []addr.Instance, a addr.Instance) bool {
	return slices.ContainsFunc(list, func(x addr.Instance) bool { return x == a || x.Key == "" && a.Resource() == x })
}

// unplan takes the steps of an address out again.
func (b *builder) unplan(a addr.Instance) {
	b.plan.Steps = slices.DeleteFunc(b.plan.Steps, func(s Step) bool { return s.Addr == a })
	delete(b.steps, a)
}

// refuseReplacements says what of -replace is no secret: everything else is
// changed in place.
func (b *builder) refuseReplacements() {
	for _, a := range b.in.Options.Replace {
		if slices.ContainsFunc(b.byType[clientsecret.Name], func(i *resource.Instance) bool { return matches([]addr.Instance{a}, i.Addr) }) {
			continue
		}
		if a.Type != clientsecret.Name {
			b.err(diag.Errf("MP328", "Cannot be replaced", "%s is changed in place; only a client_secret can be replaced.", a).WithDof("Write -replace=client_secret.NAME."))
			continue
		}
		b.err(b.unknownTarget(a))
	}
}

// back finds the earlier credential that a person wants in use again: the
// youngest that was replaced, still works, and was not taken back itself.
//
// What was brought back stands behind one that was made after it: then it is
// done, and a run that is repeated must not undo it.
func (b *builder) back(c *Change, in rotate.Input) *rotate.Credential {
	var newest *rotate.Credential
	for _, cred := range slices.Backward(in.Creds) {
		switch {
		case in.Gone[cred.KeyID]:
		case newest == nil && cred.Delivered():
			newest = &cred
		case newest != nil && (cred.Delivered() || cred.Phase == rotate.Superseded) && cred.EndsAt.After(in.Now) && cred.RevokedAt.IsZero() && cred.RejectedAt.IsZero():
			if madeAt(cred).After(madeAt(*newest)) {
				b.err(diag.Warnf("MP329", "Brought back already", "%s of %s is the value in its sinks again, instead of %s: nothing is left to do.", hint(newest), c.Addr, hint(&cred)).For(c.Addr.String()))
				return nil
			}
			return &cred
		}
	}
	d := diag.Errf("MP329", "No previous value", "%s has no earlier secret that still works and could be brought back.", c.Addr).At(c.Instance.Range).For(c.Addr.String())
	d = d.WithDof("If a new one is wanted: mailprov rotate %s.", message.Word(c.Addr.String()))
	b.err(d)
	return nil
}

// madeAt is when a credential was made; of one that others made only the time
// in Entra is known.
func madeAt(c rotate.Credential) time.Time {
	if c.IntendedAt.IsZero() {
		return c.CreatedAt
	}
	return c.IntendedAt
}

// stops names the products that stop when what they use is removed before
// anybody has entered its successor.
func (b *builder) stops(c *Change) {
	for _, t := range b.targetsOf[c.Addr.String()] {
		if b.in.Targets[t.Addr].ByHand {
			c.Secret.Stops = append(c.Secret.Stops, t.Addr)
		}
	}
}

// ownCredential tells whether a credential may be the one this run is signed in
// with, which it must not remove: it could not go on.
func (b *builder) ownCredential(app addr.Instance, cred rotate.Credential) bool {
	id := b.in.Identity
	prior := b.priorApps[app]
	if id.SecretHint == "" || id.ClientID == "" || prior == nil || !strings.EqualFold(prior.ClientID, id.ClientID) {
		return false
	}
	return cred.Hint == "" || cred.Hint == id.SecretHint
}

// keepOwn takes the credential the run is signed in with out of a list of those
// to be removed.
func (b *builder) keepOwn(c *Change, app addr.Instance, list []rotate.Credential) []rotate.Credential {
	return slices.DeleteFunc(list, func(cred rotate.Credential) bool {
		own := b.ownCredential(app, cred)
		if own {
			b.plan.Notes = append(b.plan.Notes, message.Of("%s: %s… is what this run is signed in with and stays; run again signed in with its successor.", c.Addr, hint(&cred)).String())
		}
		return own
	})
}

// signedInWith refuses to delete what the run is signed in with or as.
func (b *builder) signedInWith(a addr.Instance, why message.Text) {
	d := diag.Errf("MP330", "Signed in with it", "%s would be deleted, but %s and could not go on.", a, why).For(a.String())
	d = d.WithMail(message.Of("Mail still works: nothing was changed."))
	d = d.WithDof("Sign in with another identity and run the same command again.")
	b.err(d)
}

// hint names a credential for a command.
func hint(c *rotate.Credential) string {
	switch {
	case c == nil:
		return "NEW"
	case c.Hint != "":
		return c.Hint
	}
	return c.KeyID
}
