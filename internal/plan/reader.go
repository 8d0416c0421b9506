package plan

import (
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/state"
)

// readersOf maps every sink of a secret to the names of its readers.
func (b *builder) readersOf(i *resource.Instance) map[string][]string {
	out := map[string][]string{}
	for _, s := range b.sinksOf(i) {
		out[s.String()] = b.in.Sinks[s].Readers
	}
	return out
}

func (b *builder) sinksOf(i *resource.Instance) []addr.Instance {
	var out []addr.Instance
	for _, name := range resource.Strings(i.Attrs.GetAttr("deliver_to")) {
		if a, err := addr.Parse(name); err == nil {
			out = append(out, a)
		}
	}
	return out
}

// placesOf maps every sink of a secret to where it keeps the value.
func (b *builder) placesOf(i *resource.Instance) map[string]string {
	out := map[string]string{}
	for _, s := range b.sinksOf(i) {
		if where := b.in.Sinks[s].Where; where != nil {
			out[s.String()] = where(i.Addr)
		}
	}
	return out
}

// readers notes who can read a secret after the apply, who is new, and who can
// not yet: what lies in a sink is sealed for those who were its recipients then,
// and an apply that makes no new value leaves it so.
func (b *builder) readers(c *Change, prior *state.Secret) {
	d := c.Secret
	had, stays := knownTo(prior), staying(c, prior)
	var names, added, pending, rekeyed []string
	for _, s := range b.sinksOf(c.Instance) {
		info := b.in.Sinks[s]
		for _, name := range info.Readers {
			r := Reader{Secret: c.Addr, Sink: s, Kind: info.Kind, Name: name, New: len(had) > 0 && !slices.Contains(had, name)}
			sealed := sealedIn(stays, s, d.Policy.Places[s.String()])
			r.Pending = sealed != nil && !info.Plaintext && !sealed.OpensFor(name, info.Keys[name])
			b.plan.Readers = append(b.plan.Readers, r)
			names = append(names, name)
			switch {
			case r.Pending && slices.Contains(sealed.Readers, name):
				rekeyed = append(rekeyed, name)
			case r.Pending:
				pending = append(pending, name)
			case r.New:
				added = append(added, name)
			}
		}
	}
	d.Readers, d.NewReaders, d.PendingReaders, d.NewKeys = sorted(names), sorted(added), sorted(pending), sorted(rekeyed)
}

// knownTo lists who could read a value that products have or are to get.
func knownTo(prior *state.Secret) []string {
	var out []string
	if prior == nil {
		return nil
	}
	for _, c := range prior.Credentials {
		if !c.Delivered() && c.Phase != state.Delivering {
			continue
		}
		for _, r := range c.Receipts {
			out = append(append(out, r.Readers...), r.FormerReaders...)
		}
	}
	return out
}

// staying is the credential that is still the newest after the apply; nil where
// that makes one.
func staying(c *Change, prior *state.Secret) *state.Credential {
	if prior == nil || c.Action == Create || c.Action == Rotate {
		return nil
	}
	if c.Secret.Back != nil {
		return c.Secret.Back
	}
	for _, x := range slices.Backward(prior.Credentials) {
		if x.Delivered() || x.Phase == state.Delivering {
			return x
		}
	}
	return nil
}

// sealedIn is what a sink holds of a credential, if it is there where the
// configuration wants it.
func sealedIn(c *state.Credential, sink addr.Instance, place string) *state.SinkReceipt {
	if c == nil {
		return nil
	}
	for _, r := range c.Receipts {
		if r.Sink == sink && (place == "" || r.Where == "" || r.Where == place) {
			return &r
		}
	}
	return nil
}

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
