package state

import (
	"fmt"
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
)

// Addresses lists every instance the document holds, sorted.
func (d *Document) Addresses() []addr.Instance {
	var out []addr.Instance
	for _, a := range d.Applications {
		out = append(out, a.Address)
	}
	for _, s := range d.Secrets {
		out = append(out, s.Address)
	}
	for _, t := range d.Targets {
		out = append(out, t.Address)
	}
	slices.SortFunc(out, addr.Compare)
	return out
}

// Select lists what an address given by a person stands for: the instance, or
// all instances of a block where it is written without its for_each key.
func (d *Document) Select(a addr.Instance) []addr.Instance {
	return slices.DeleteFunc(d.Addresses(), func(x addr.Instance) bool {
		return x != a && x.Resource() != a
	})
}

// Remove forgets what an address stands for and returns it; nothing happens to
// the objects themselves. Removing what is not there is an error, since it is
// a typing mistake.
func (d *Document) Remove(a addr.Instance) ([]addr.Instance, error) {
	gone := d.Select(a)
	if len(gone) == 0 {
		return nil, fmt.Errorf("remove %s: it is not in the state", a)
	}
	for _, x := range gone {
		d.Forget(x)
	}
	return gone, nil
}

// Forget takes one instance out of the document, and no other of its block;
// one that is not there is forgotten already.
func (d *Document) Forget(a addr.Instance) {
	d.Applications = slices.DeleteFunc(d.Applications, func(x *Application) bool { return x.Address == a })
	d.Secrets = slices.DeleteFunc(d.Secrets, func(x *Secret) bool { return x.Address == a })
	d.Targets = slices.DeleteFunc(d.Targets, func(x *Target) bool { return x.Address == a })
}

// Move gives an instance, or all instances of a block, another address and
// follows the references within the document.
func (d *Document) Move(from, to addr.Instance) error {
	moved := d.Select(from)
	switch {
	case len(moved) == 0:
		return fmt.Errorf("move %s: it is not in the state", from)
	case from.Type != to.Type:
		return fmt.Errorf("move %s to %s: a %s cannot become a %s", from, to, from.Type, to.Type)
	case to.Name == "":
		return fmt.Errorf("move %s: the new address has no name", from)
	case from == to:
		return nil
	case len(moved) > 1 && to.Key != "":
		return fmt.Errorf("move %s to %s: %d instances cannot become one; move them one by one", from, to, len(moved))
	}
	names := map[addr.Instance]addr.Instance{from: to} // depends_on may name the block
	for _, m := range moved {
		n := to
		if m.Key != "" && from.Key == "" {
			n.Key = m.Key
			if to.Key != "" { // one instance, given without its key
				n.Key = to.Key
			}
		}
		if slices.Contains(d.Addresses(), n) {
			return fmt.Errorf("move %s to %s: %s is in the state already", from, to, n)
		}
		names[m] = n
	}
	d.rename(names)
	return nil
}

func (d *Document) rename(names map[addr.Instance]addr.Instance) {
	one := func(a *addr.Instance) {
		if n, ok := names[*a]; ok {
			*a = n
		}
	}
	all := func(list []addr.Instance) {
		for i := range list {
			one(&list[i])
		}
	}
	for _, a := range d.Applications {
		one(&a.Address)
		all(a.DependsOn)
	}
	for _, s := range d.Secrets {
		one(&s.Address)
		one(&s.App)
		all(s.DependsOn)
	}
	for _, t := range d.Targets {
		one(&t.Address)
		one(&t.Secret)
		all(t.DependsOn)
	}
}
