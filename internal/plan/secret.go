package plan

import (
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

func (b *builder) secrets() {
	for _, i := range b.byType[clientsecret.Name] {
		if !b.out(i.Addr) {
			b.add(b.secret(i))
		}
	}
	for _, s := range b.in.Prior.Secrets {
		if _, still := b.desired[s.Address]; still || b.out(s.Address) {
			continue
		}
		if c := b.deleteSecret(s); c != nil {
			b.add(c)
		}
	}
}

// secret plans one desired client secret.
func (b *builder) secret(i *resource.Instance) *Change {
	app, _ := addr.Parse(resource.Text(i.Attrs.GetAttr("app")))
	users := b.targetsOf[i.Addr.String()]
	byHand := slices.ContainsFunc(users, func(t *resource.Instance) bool { return b.in.Targets[t.Addr].ByHand })
	pol, ds := clientsecret.Policy(i, clientsecret.Surroundings{
		Now: b.in.Now, Location: b.in.Location, Max: b.policyOf(app).Max, MaxSource: b.policyOf(app).Source,
		ByHand: byHand, Readers: b.readersOf(i),
	})
	b.diags = append(b.diags, ds...)
	pol.Places, pol.ErrorBefore = b.placesOf(i), b.errorBefore(users)
	b.guardDelivery(i, pol)
	d := &SecretDetail{Policy: pol}
	c := &Change{Addr: i.Addr, Instance: i, Before: cty.NilVal, After: i.Attrs, Expr: i.Expr, Secret: d}
	prior := b.priorSecrets[i.Addr]
	if prior != nil {
		b.guardApp(i, prior, app)
		c.Before = b.secretAttrs(prior)
		c.Paths = keep(resource.Diff(c.Before, i.Attrs), i)
	}
	in := b.lifeInput(i.Addr, prior, pol, b.in.Observed[app])
	d.Decision = rotate.Decide(in)
	b.life(d, in, b.in.Observed[app])
	d.NotYet = b.notYet(users)
	if matches(b.in.Options.Back, i.Addr) && d.Resume == nil {
		d.Back = b.back(c, in)
	}
	b.secretAction(c, prior, users)
	b.readers(c, prior)
	d.Retire = b.keepOwn(c, app, b.toRetire(c, in))
	if len(d.Retire) > 0 || len(d.CleanUp) > 0 && c.Action == NoOp {
		c.Also = append(c.Also, Retire)
	}
	b.secretSteps(c, prior)
	return c
}

// policyOf is the app management policy that holds for an application.
func (b *builder) policyOf(app addr.Instance) Policy {
	if p, known := b.in.Policies[app]; known {
		return p
	}
	return b.in.Policy
}

// errorBefore is the longest of what the products of a secret ask for, and the
// usual time where none asks for anything.
func (b *builder) errorBefore(users []*resource.Instance) rotate.Span {
	out := rotate.DefaultErrorBefore
	for _, t := range users {
		if e := b.in.Targets[t.Addr].ErrorBefore; !e.IsZero() && e.Compare(out, b.in.Now) > 0 {
			out = e
		}
	}
	return out
}

// toRetire lists what is removed: what was replaced long enough ago, and with a
// successor that is made now, or whose delivery goes on, everything that a person
// ordered removed.
func (b *builder) toRetire(c *Change, in rotate.Input) []rotate.Credential {
	var list []rotate.Credential
	if !b.in.Options.NoRotation {
		list = rotate.ToRetire(in)
	}
	c.Secret.ripe = map[string]bool{}
	for _, cred := range list {
		c.Secret.ripe[cred.Marker] = true
	}
	if c.Action != Rotate && c.Secret.Resume == nil {
		return list
	}
	for _, cred := range in.Creds {
		revoked := !cred.RevokedAt.IsZero() || b.in.Options.Revoke && b.asked(c.Addr)
		listed := slices.ContainsFunc(list, func(x rotate.Credential) bool { return x.KeyID == cred.KeyID })
		switch {
		case !revoked || listed || in.Gone[cred.KeyID]:
		case cred.Delivered():
			list = append(list, cred)
			b.stops(c)
		case cred.Phase == rotate.Superseded:
			list = append(list, cred)
		}
	}
	return list
}

// guardApp refuses to give a secret another application: its credentials live
// on the one they were made for, and the product would be left with a value
// that fits neither client id.
func (b *builder) guardApp(i *resource.Instance, prior *state.Secret, app addr.Instance) {
	live := slices.ContainsFunc(prior.Credentials, func(c *state.Credential) bool { return c.Phase != state.Retired })
	if prior.App == app || !live || prior.App.IsZero() || b.renamed[prior.App] == app {
		return
	}
	d := diag.Errf("MP667", "Secret of another application", "%s was made for %s and cannot move to %s: a secret belongs to one application.", i.Addr, prior.App, app).
		At(i.RangeOf("app")).For(i.Addr.String())
	d = d.WithMail(message.Of("Mail still works: nothing was changed."))
	d = d.WithDof("Write a second client_secret block for the other application, point the mail_target to it, and remove this block once the product has the new values.")
	b.err(d)
}

// lifeInput gathers the input of the decision: credentials with the end dates
// Entra has, and those that Entra no longer has.
func (b *builder) lifeInput(a addr.Instance, prior *state.Secret, pol rotate.Policy, seen *appregistration.Observed) rotate.Input {
	in := rotate.Input{Policy: pol, Now: b.in.Now, Gone: map[string]bool{}}
	if b.asked(a) {
		in.Asked, in.Revoke = message.Of("asked for by name").String(), b.in.Options.Revoke
		if in.Revoke {
			in.Asked = message.Of("revoked by order").String()
		}
	}
	if b.in.Readable != nil {
		in.Readable = b.in.Readable(a)
	}
	if prior == nil {
		return in
	}
	ends := map[string]time.Time{}
	if seen != nil {
		for _, c := range seen.Credentials {
			ends[c.KeyID] = c.End
		}
	}
	for _, c := range prior.Credentials {
		live := *c
		if end, ok := ends[c.KeyID]; ok {
			live.EndsAt = end
		} else if seen != nil && c.KeyID != "" {
			in.Gone[c.KeyID] = true
		}
		in.Creds = append(in.Creds, live)
	}
	return in
}

// life sorts the credentials by what they mean for the plan.
func (b *builder) life(d *SecretDetail, in rotate.Input, seen *appregistration.Observed) {
	for _, c := range in.Creds {
		switch c.Phase {
		case state.Current:
			if !in.Gone[c.KeyID] {
				d.InUse = &c
			}
		case state.Waiting:
			if !in.Gone[c.KeyID] {
				d.Waiting = &c
			}
		case state.Delivering:
			if in.Gone[c.KeyID] {
				d.CleanUp = append(d.CleanUp, c) // somebody removed it: nothing is left to deliver
			} else {
				d.Resume = &c
			}
		case state.Intended, state.Created, state.Verified:
			d.CleanUp = append(d.CleanUp, c)
		case state.Abandoned:
			// Hunted as long as it is listed, but only what is seen is work.
			if seen == nil {
				continue
			}
			if keyID := seen.Holding(c); keyID != "" {
				c.KeyID = keyID
				d.CleanUp = append(d.CleanUp, c)
			}
		}
	}
	if newest := d.Newest(); newest != nil {
		d.Due = d.Policy.Due(*newest)
	}
	if verb := d.Decision.Verb; verb == rotate.Create || verb == rotate.Replace {
		d.Ends = d.Policy.Ends(b.in.Now)
		d.Rotates = d.Policy.DueAt(b.in.Now, d.Ends)
	}
}

// notYet says why a first secret is not made: a target that uses it waits for
// an input, and the secret's life should not run before anyone can enter it.
func (b *builder) notYet(users []*resource.Instance) string {
	var waits []string
	for _, t := range users {
		for _, w := range b.in.Targets[t.Addr].Waiting {
			waits = append(waits, message.Of("%s waits for %s", t.Addr, w.Name).String())
		}
	}
	return strings.Join(waits, "; ")
}

func (b *builder) secretAction(c *Change, prior *state.Secret, users []*resource.Instance) {
	d := c.Secret
	if b.in.Options.NoRotation && !b.asked(c.Addr) && (d.Decision.Verb == rotate.Replace || d.Decision.Verb == rotate.Copy) {
		d.Postponed = d.Decision.Reason
		d.Decision = rotate.Decision{Verb: rotate.Keep}
	}
	switch verb := d.Decision.Verb; {
	case d.Back != nil:
		c.Action, c.Reason = Update, message.Of("the previous value is brought back").String()
		d.Decision = rotate.Decision{Verb: rotate.Resume, Reason: c.Reason}
	case matches(b.in.Options.Back, c.Addr) && verb != rotate.Resume:
		c.Action = NoOp // what is wrong with it is said
	case verb == rotate.Create && d.NotYet != "":
		c.Action, c.Reason = Wait, message.Of("not yet: %s", d.NotYet).String()
	case verb == rotate.Create:
		c.Action = Create
		if prior != nil && len(prior.Credentials) > 0 {
			c.Reason = message.Of("an earlier run did not finish").String()
		}
	case verb == rotate.Replace:
		c.Action, c.Reason = Rotate, d.Decision.Reason
	case verb == rotate.Resume, verb == rotate.Copy:
		c.Action, c.Reason = Update, d.Decision.Reason
	case len(c.Paths) > 0 && !b.in.Options.SecretsOnly:
		c.Action = Update
	default:
		c.Action = NoOp
	}
	if d.Decision.Verb == rotate.Blocked {
		c.Blocked = d.Decision.Reason
	}
	for _, t := range users {
		d.WaitsFor = append(d.WaitsFor, t.Addr)
		d.Users = append(d.Users, b.secretUser(t))
	}
	app, _ := addr.Parse(resource.Text(c.After.GetAttr("app")))
	if pol := b.policyOf(app); pol.Blocked && (c.Action == Create || c.Action == Rotate) {
		b.err(diag.Errf("MP666", "Tenant forbids client secrets", "%s forbids adding client secrets to applications.", pol.Source).
			At(c.Instance.Range).For(c.Addr.String()).
			WithDof("Ask for an application management policy that allows passwordAddition for this application, and run this again."))
	}
}

func (b *builder) secretSteps(c *Change, prior *state.Secret) {
	d := c.Secret
	for _, cred := range d.CleanUp {
		b.step(c.Addr, Step{Verb: RemoveCredential, KeyID: cred.KeyID, Marker: cred.Marker}, phaseClean)
	}
	switch {
	case c.Action == Create || c.Action == Rotate:
		b.step(c.Addr, Step{Verb: CreateCredential}, phaseCredential)
		if resource.Text(c.After.GetAttr("verify")) != "none" {
			b.step(c.Addr, Step{Verb: VerifyCredential}, phaseVerify)
		}
		b.step(c.Addr, Step{Verb: DeliverCredential}, phaseDeliver)
	case d.Back != nil:
		b.step(c.Addr, Step{Verb: BringBack, KeyID: d.Back.KeyID, Marker: d.Back.Marker}, phaseDeliver)
	case d.Decision.Verb == rotate.Copy:
		b.step(c.Addr, Step{Verb: CopyValue}, phaseDeliver)
	case d.Decision.Verb == rotate.Resume:
		b.step(c.Addr, Step{Verb: ResumeDelivery, KeyID: d.Resume.KeyID, Marker: d.Resume.Marker}, phaseDeliver)
	}
	made := c.Action == Create || c.Action == Rotate // which record what they are made from
	if prior != nil && !made && c.Action != Wait && !b.in.Options.SecretsOnly && (len(c.Paths) > 0 || prior.PreventDestroy != c.Instance.Lifecycle.PreventDestroy) {
		b.step(c.Addr, Step{Verb: Record}, phaseRecord)
	}
	for _, cred := range d.Retire {
		at := phaseRecord
		if d.ripe[cred.Marker] {
			// Before a successor is made: the value of that would push the one
			// in use out of sinks that still show a rejected one, and some
			// applications take no more than two secrets.
			at = phaseClean
		}
		b.step(c.Addr, Step{Verb: RemoveCredential, KeyID: cred.KeyID, Marker: cred.Marker}, at)
	}
}

func (b *builder) secretAttrs(s *state.Secret) cty.Value {
	v, err := resource.DecodeAttrs(clientsecret.Schema(), s.Attributes)
	if err != nil {
		b.err(diag.Errf("MP501", "State cannot be read", "%s: %s.", s.Address, err).For(s.Address.String()))
		return clientsecret.Schema().Defaults()
	}
	return v
}

// deleteSecret plans the removal of every credential of ours, then of what the
// sinks hold.
func (b *builder) deleteSecret(s *state.Secret) *Change {
	if b.preventDestroy(s.Address, s.PreventDestroy) {
		return nil
	}
	c := &Change{Addr: s.Address, Action: Delete, Before: b.secretAttrs(s), After: cty.NilVal, Secret: &SecretDetail{}}
	seen := b.in.Observed[s.App]
	for _, cred := range s.Credentials {
		if cred.Phase != state.Retired && b.ownCredential(s.App, *cred) {
			b.signedInWith(s.Address, message.Of("this run is signed in with a secret of it"))
			return nil
		}
		if cred.Phase == state.Retired || seen == nil || seen.Gone {
			continue
		}
		if cred.Phase == state.Current {
			c.Secret.InUse = cred
		}
		b.step(c.Addr, Step{Verb: RemoveCredential, KeyID: cred.KeyID, Marker: cred.Marker}, phaseClean)
	}
	b.step(c.Addr, Step{Verb: RemoveFromSinks}, phaseUpdate)
	b.step(c.Addr, Step{Verb: ForgetResource}, phaseRecord)
	return c
}
