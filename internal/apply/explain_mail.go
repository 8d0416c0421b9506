package apply

import (
	"cmp"
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
)

// mail says whether mail still works after a failure at an instance: by the
// worst off of the secrets that hang on it.
func (r *run) mail(a addr.Instance) plan.Standing {
	worst, end := plan.Unused(), time.Time{}
	r.journal.read(func(d *state.Document) {
		if t := d.Target(a); t != nil {
			a = t.Secret
		}
		for _, sec := range d.Secrets {
			if sec.Address != a && sec.App != a {
				continue
			}
			now, until := r.standingOf(d, sec)
			if !now.Used {
				continue
			}
			if !worst.Used || until.Before(end) {
				worst, end = now, until
			}
		}
	})
	return worst
}

// inUse is the credential that the products of a secret have, as far as this
// run can tell; nil where they have none.
func (r *run) inUse(sec *state.Secret) *state.Credential {
	var inUse *state.Credential
	for _, c := range sec.Credentials {
		if r.mayBeInUse(sec, c) && (c.Phase == state.Current || c.Phase == state.Waiting && inUse == nil) {
			inUse = c
		}
	}
	return inUse
}

// revoked tells whether what products had is removed, or about to be, by order.
func (r *run) revoked(sec *state.Secret) bool {
	return slices.ContainsFunc(sec.Credentials, func(c *state.Credential) bool {
		return r.before[c.KeyID] && !c.RevokedAt.IsZero() && (c.Phase == state.Superseded || c.Phase == state.Retired)
	})
}

// standingOf is how the products of one secret stand, and until when they work.
func (r *run) standingOf(d *state.Document, sec *state.Secret) (plan.Standing, time.Time) {
	use := plan.Use{Now: r.Now(), Location: r.Plan.Location}
	use.Who, use.Several = r.users(d, sec)
	inUse := r.inUse(sec)
	switch {
	case inUse == nil && r.revoked(sec):
		return plan.Standing{Text: message.Of("Mail does not work until the new secret is entered: what %s was revoked.", use.Uses()), Used: true, When: diag.Tonight}, time.Time{}
	case inUse == nil:
		return plan.Standing{}, time.Time{}
	}
	if c := r.changes[sec.Address]; c != nil && c.Action == plan.Rotate {
		use.Old = true
	}
	end := inUse.EndsAt
	if use.Gone = !r.stands(sec.App, inUse.KeyID); use.Gone {
		end = time.Time{}
	}
	return use.Standing(*inUse), end
}

// users names the products of a secret, and tells whether they are several.
func (r *run) users(d *state.Document, sec *state.Secret) (who message.Text, several bool) {
	var names []string
	for _, t := range d.Targets {
		if t.Secret == sec.Address {
			names = append(names, t.Address.String())
		}
	}
	switch len(names) {
	case 0:
		return message.Of("whoever has it"), false
	case 1:
		if c := r.changes[sec.Address]; c != nil && len(c.Secret.Users) == 1 {
			return message.Literal(cmp.Or(c.Secret.Users[0].Title, names[0])), false
		}
		return message.Literal(names[0]), false
	}
	return message.And(message.Names(names...)...), true
}

// mayBeInUse tells whether a product can have a credential already. Nobody has
// entered one that this very run made; one that took the place of an older one
// may have been fetched from its sink since.
func (r *run) mayBeInUse(sec *state.Secret, c *state.Credential) bool {
	if c.Phase == state.Current {
		return slices.ContainsFunc(sec.Credentials, func(o *state.Credential) bool { return r.before[o.KeyID] })
	}
	return r.before[c.KeyID]
}

// stands tells whether a credential exists in Entra, as far as this run has
// seen; of an application that was not read nothing else is known.
func (r *run) stands(app addr.Instance, keyID string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	before, since := r.Observed[app], r.expected[app]
	if before == nil && since == nil {
		return true
	}
	holds := func(seen *appregistration.Observed) bool {
		return seen != nil && slices.ContainsFunc(seen.Credentials, func(c appregistration.Credential) bool { return c.KeyID == keyID })
	}
	return holds(before) || holds(since)
}

func (r *run) location() *time.Location {
	if r.Plan.Location == nil {
		return time.UTC
	}
	return r.Plan.Location
}
