package plan

import (
	"cmp"
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/rotate"
)

// Newest is the credential that was delivered last; nil where none is.
func (d *SecretDetail) Newest() *rotate.Credential { return cmp.Or(d.Waiting, d.InUse) }

// EnterBy is when what products use stops working, so that a new value must
// have been entered: at its end, or, where the delivery alone makes the new one
// the one in use, when the old one is removed. Zero where nothing is in use.
func (d *SecretDetail) EnterBy(now time.Time) time.Time {
	if d.InUse == nil {
		return time.Time{}
	}
	end := d.InUse.EndsAt
	if d.Policy.RetireOn == rotate.OnDelivery && d.Decision.Verb == rotate.Replace {
		if removed := d.Policy.RetireAfter.After(now); removed.Before(end) {
			return removed
		}
	}
	return end
}

// Late tells whether a confirmation that is still missing is an error by now:
// mail stops with the secret in use.
func (d *SecretDetail) Late(now time.Time) bool {
	return d.Waiting != nil && d.InUse != nil && !d.Policy.ErrorBefore.Before(d.InUse.EndsAt).After(now)
}

// CopyTo are the sinks that the value there is is brought to.
func (d *SecretDetail) CopyTo() []addr.Instance {
	newest := d.Newest()
	if d.Decision.Verb != rotate.Copy || newest == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(d.Policy.Sinks), func(a addr.Instance) bool { return d.Policy.Holds(*newest, a) })
}

// secretUser is a target as one that uses a secret.
func (b *builder) secretUser(t *resource.Instance) SecretUser {
	facts := b.in.Targets[t.Addr]
	u := SecretUser{Target: t.Addr, Title: facts.Title, ByHand: facts.ByHand}
	if v := t.Attrs.GetAttr("contact"); v.IsKnown() {
		u.Contact = resource.Text(v)
	}
	return u
}
