package state

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
)

// The block types that a state holds.
const (
	applicationType = "app_registration"
	secretType      = "client_secret"
	targetType      = "mail_target"
)

// validate finds what no run of mailprov can have written.
func (d *Document) validate() error {
	switch {
	case d == nil:
		return errors.New("there is no document")
	case d.Version != Version:
		return fmt.Errorf("format version %d is not %d", d.Version, Version)
	case d.Name == "":
		return errors.New("it has no name")
	case d.TenantID == "":
		return errors.New("it has no tenant_id")
	case d.Lineage == "":
		return errors.New("it has no lineage")
	case d.Serial == 0:
		return errors.New("it has no serial")
	}
	c := checker{addresses: map[addr.Instance]bool{}, unique: map[string]addr.Instance{}}
	for _, a := range d.Applications {
		c.application(a)
	}
	for _, s := range d.Secrets {
		c.secret(s)
	}
	for _, t := range d.Targets {
		c.target(t)
	}
	for name, o := range d.Outputs {
		if name == "" || len(o.Value) == 0 {
			c.add("an output has no name or no value")
		}
	}
	return errors.Join(c.problems...)
}

// checker gathers problems, and what must not occur twice.
type checker struct {
	addresses map[addr.Instance]bool
	unique    map[string]addr.Instance // names drawn at random, and whose they are
	problems  []error
}

func (c *checker) add(format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf(format, args...))
}

func (c *checker) address(a addr.Instance, want string) {
	switch {
	case a.Type != want || a.Name == "":
		c.add("%q is no address of a %s", a, want)
	case c.addresses[a]:
		c.add("%s stands twice", a)
	}
	c.addresses[a] = true
	c.references(a, a)
}

// references must read back as they are written.
func (c *checker) references(from addr.Instance, to ...addr.Instance) {
	for _, a := range to {
		if p, err := addr.Parse(a.String()); err != nil || p != a {
			c.add("%s refers to %q, which is no address", from, a)
		}
	}
}

func (c *checker) once(what, value string, a addr.Instance) {
	if value == "" {
		return
	}
	if other, seen := c.unique[what+value]; seen {
		c.add("%s %s is of %s and of %s", what, value, other, a)
	}
	c.unique[what+value] = a
}

func (c *checker) application(a *Application) {
	if a == nil {
		c.add("an application is null")
		return
	}
	c.address(a.Address, applicationType)
	c.references(a.Address, a.DependsOn...)
	c.once("unique_name", a.UniqueName, a.Address)
}

func (c *checker) secret(s *Secret) {
	if s == nil {
		c.add("a client secret is null")
		return
	}
	c.address(s.Address, secretType)
	c.references(s.Address, slices.Concat(s.DependsOn, []addr.Instance{s.App})...)
	for _, k := range s.Credentials {
		switch {
		case k == nil:
			c.add("a credential of %s is null", s.Address)
			continue
		case !slices.Contains(phases(), k.Phase):
			c.add("a credential of %s has the phase %q, which does not exist", s.Address, k.Phase)
		case k.Marker == "" && k.KeyID == "":
			c.add("a credential of %s has neither marker nor key_id", s.Address)
		}
		for _, r := range k.Receipts {
			c.references(s.Address, r.Sink)
		}
		c.once("marker", k.Marker, s.Address)
		c.once("key_id", k.KeyID, s.Address)
	}
}

func (c *checker) target(t *Target) {
	if t == nil {
		c.add("a mail target is null")
		return
	}
	c.address(t.Address, targetType)
	c.references(t.Address, t.DependsOn...)
	if !t.Secret.IsZero() { // a product may need none
		c.references(t.Address, t.Secret)
	}
	if t.Product == "" {
		c.add("%s has no product", t.Address)
	}
}

// phases are all phases a credential can be in.
func phases() []Phase {
	return []Phase{Intended, Created, Verified, Delivering, Waiting, Current, Superseded, Retired, Abandoned}
}
