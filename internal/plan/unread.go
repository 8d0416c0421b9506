package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

// Parts of a tenant that a plan compares besides the applications of the state.
const (
	PartData      appregistration.Part = "data"      // what a data block asks for
	PartAPI       appregistration.Part = "api"       // the permissions that an API publishes
	PartStrangers appregistration.Part = "strangers" // applications with our name on them that no state knows
)

// unreadOf gathers what could not be read: what the input says, and of every
// application the parts that were refused.
func unreadOf(in Input) []Unread {
	return append(slices.Clone(in.Unread), UnreadParts(in.Observed)...)
}

// UnreadParts lists the parts of applications that were refused, in the order of
// addresses.
func UnreadParts(observed map[addr.Instance]*appregistration.Observed) []Unread {
	var out []Unread
	for a, o := range observed {
		if o == nil {
			continue
		}
		for part, needs := range o.Unread {
			out = append(out, Unread{Addr: a, What: partName(part), Why: Needs(needs), Part: part})
		}
	}
	slices.SortFunc(out, func(x, y Unread) int {
		return cmp.Or(addr.Compare(x.Addr, y.Addr), strings.Compare(string(x.Part), string(y.Part)))
	})
	return out
}

// Text names the object and why it could not be read.
func (u Unread) Text() message.Text {
	if u.Addr.IsZero() {
		return message.Of("%s: %s", u.What, u.Why)
	}
	return message.Of("%s: %s: %s", u.Addr, u.What, u.Why)
}

// Needs says which right would have helped.
func Needs(right string) message.Text { return message.Of("it needs %s", right) }

func partName(p appregistration.Part) message.Text {
	switch p {
	case appregistration.Registration:
		return message.Of("the application")
	case appregistration.Principal:
		return message.Of("the service principal and the application permissions granted to it")
	case appregistration.DelegatedGrants:
		return message.Of("the delegated permissions granted to it")
	case appregistration.Permissions:
		return message.Of("the names of the permissions it requests")
	}
	return message.Literal(string(p))
}

// Blind lists what could not be read and a step of the plan would write, or
// stands on: nobody may change what they cannot see.
func (p *Plan) Blind() []Unread {
	return slices.DeleteFunc(slices.Clone(p.Unread), func(u Unread) bool {
		return !slices.ContainsFunc(p.Steps, func(s Step) bool { return p.standsOn(s, u) })
	})
}

// standsOn tells whether a step writes what could not be read.
func (p *Plan) standsOn(s Step, u Unread) bool {
	if !s.Verb.writesEntra() {
		return false
	}
	switch u.Part {
	case PartData:
		return true // its value may be anywhere
	case PartStrangers:
		return s.Verb == CreateApplication
	case PartAPI:
		return s.namesPermissions()
	}
	if p.applicationOf(s.Addr) != u.Addr {
		return false
	}
	switch u.Part {
	case appregistration.Principal:
		return s.Verb == AssignAppRole || s.Verb == UnassignAppRole || s.Verb == CreateServicePrincipal || s.Verb == DeleteServicePrincipal
	case appregistration.DelegatedGrants:
		return s.Verb == SetGrant || s.Verb == DeleteGrant
	case appregistration.Permissions:
		return s.namesPermissions()
	}
	return true
}

// namesPermissions tells whether a step has to know what permissions are called.
func (s Step) namesPermissions() bool {
	switch s.Verb {
	case CreateApplication, AssignAppRole, SetGrant:
		return true
	case UpdateApplication:
		return slices.ContainsFunc(s.Paths, func(path string) bool { return resource.TopLevel(path) == "api_permissions" })
	}
	return false
}

// writesEntra tells whether a verb changes something in the tenant; the others
// change the state and sinks alone.
func (v Verb) writesEntra() bool {
	_, writes := callOf(v)
	return writes
}

// applicationOf is the application that an instance is, or belongs to.
func (p *Plan) applicationOf(a addr.Instance) addr.Instance {
	for _, c := range p.Changes {
		if c.Addr != a || c.Secret == nil {
			continue
		}
		if app, err := addr.Parse(attrOf(c, "app")); err == nil {
			return app
		}
	}
	return a
}

// attrOf is a text attribute of what a change makes, or of what was there.
func attrOf(c *Change, name string) string {
	if c.Instance != nil {
		return resource.Text(c.Instance.Attrs.GetAttr(name))
	}
	if !c.Before.IsNull() && c.Before.Type().HasAttribute(name) {
		return resource.Text(c.Before.GetAttr(name))
	}
	return ""
}
