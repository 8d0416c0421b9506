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

// readers notes who can read a secret after the apply, and who is new.
func (b *builder) readers(i *resource.Instance, prior *state.Secret, d *SecretDetail) {
	had := map[string]bool{}
	if prior != nil {
		for _, c := range prior.Credentials {
			for _, r := range c.Receipts {
				for _, name := range r.Readers {
					had[name] = true
				}
			}
		}
	}
	names, added := []string{}, []string{}
	for _, s := range b.sinksOf(i) {
		for _, name := range b.in.Sinks[s].Readers {
			fresh := prior != nil && len(had) > 0 && !had[name]
			b.plan.Readers = append(b.plan.Readers, Reader{Secret: i.Addr, Sink: s, Kind: b.in.Sinks[s].Kind, Name: name, New: fresh})
			names = append(names, name)
			if fresh {
				added = append(added, name)
			}
		}
	}
	slices.Sort(names)
	slices.Sort(added)
	d.Readers, d.NewReaders = slices.Compact(names), slices.Compact(added)
}
