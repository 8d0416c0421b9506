package plan

import (
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/right"
)

// rights compares what every step needs with what the token allows, before
// anything is written. What is missing is said a line a right, with the steps
// that need it and who can give it.
func (b *builder) rights() {
	if !b.in.Identity.Known {
		return
	}
	var missing lacking
	for _, s := range b.plan.Steps {
		if call, ok := callOf(s.Verb); ok {
			b.lacks(&missing, s, call)
		}
	}
	b.plan.Missing = missing.sorted()
}

// callOf is the kind of call to Graph that a verb makes. The others write the
// state and sinks alone; a delivery that fails removes the credential that was
// made for it, with the right by which it was made.
func callOf(v Verb) (right.Call, bool) {
	switch v {
	case CreateApplication:
		return right.CreateApplication, true
	case UpdateApplication, DeleteApplication:
		return right.WriteApplication, true
	case CreateServicePrincipal, DeleteServicePrincipal:
		return right.WritePrincipal, true
	case AddOwner, RemoveOwner:
		return right.WriteOwner, true
	case AssignAppRole, UnassignAppRole:
		return right.AssignRole, true
	case SetGrant, DeleteGrant:
		return right.WriteGrant, true
	case CreateCredential, RemoveCredential:
		return right.WriteCredential, true
	}
	return "", false
}

// lacks notes what the identity lacks for a step.
func (b *builder) lacks(missing *lacking, s Step, call right.Call) {
	id, rule := b.in.Identity, right.Of(call)
	if id.IsUser {
		b.personLacks(missing, s, rule)
		return
	}
	var ownedOnly bool
	for _, set := range rule.Application {
		if !set.HeldBy(id.Roles) {
			continue
		}
		if set[0] != right.AppsOwned {
			return
		}
		ownedOnly = true
	}
	switch {
	case !ownedOnly:
		missing.add(Lack{Permission: right.Missing(id.Roles, rule.Application)}, call, s.Addr)
	case call != right.CreateApplication:
		b.notOwner(missing, s, call)
	}
}

// personLacks is lacks for somebody who signed in: the program needs the
// permission, and the person a directory role, or ownership.
func (b *builder) personLacks(missing *lacking, s Step, rule right.Rule) {
	id := b.in.Identity
	if !slices.ContainsFunc(rule.Delegated, func(set right.Set) bool { return set.HeldBy(id.Scopes) }) {
		missing.add(Lack{Permission: right.Missing(id.Scopes, rule.Delegated), Delegated: true}, rule.Call, s.Addr)
	}
	roles := rule.Roles
	if rule.Call == right.AssignRole {
		roles = right.Consents(b.in.APIs[s.Permission.API].AppID)
	}
	switch {
	case len(roles) == 0 || !id.DirectoryRolesKnown:
	case slices.ContainsFunc(roles, func(r right.Role) bool { return slices.Contains(id.DirectoryRoles, r.ID) }):
	case rule.Members && (rule.Call == right.CreateApplication || b.owned(s)):
		// Any member may register applications unless the tenant forbids it,
		// and an owner may change what is theirs.
	default:
		missing.add(Lack{Roles: named(roles)}, rule.Call, s.Addr)
	}
}

func named(roles []right.Role) []string {
	var names []string
	for _, r := range roles {
		names = append(names, r.Name)
	}
	return names
}

// owned tells whether the identity owns the application of a step, or makes it.
// A plan for secrets alone does not ask who owns what; Entra says it.
func (b *builder) owned(s Step) bool {
	if b.in.Options.SecretsOnly {
		return true
	}
	seen := b.in.Observed[b.appOfStep(s)]
	return seen == nil || seen.Gone || slices.ContainsFunc(seen.Owners, func(o appregistration.Owner) bool { return o.ID == b.in.Identity.ObjectID })
}

func (b *builder) appOfStep(s Step) addr.Instance {
	if i := b.desired[s.Addr]; i != nil && i.Addr.Type == clientsecret.Name {
		app, _ := addr.Parse(resource.Text(i.Attrs.GetAttr("app")))
		return app
	}
	if st := b.priorSecrets[s.Addr]; st != nil {
		return st.App
	}
	return s.Addr
}

// notOwner notes that OwnedBy does not reach: it covers only applications that
// the running service principal owns.
func (b *builder) notOwner(missing *lacking, s Step, call right.Call) {
	if b.owned(s) {
		return
	}
	missing.add(Lack{Owner: b.appOfStep(s).String(), Name: b.in.Identity.Name, ObjectID: b.in.Identity.ObjectID}, call, s.Addr)
}

// lacking gathers what is missing, in the order in which it was found.
type lacking struct{ list []Lack }

func (l *lacking) add(x Lack, call right.Call, at addr.Instance) {
	i := slices.IndexFunc(l.list, func(y Lack) bool {
		return x.Permission == y.Permission && x.Delegated == y.Delegated && x.Owner == y.Owner && slices.Equal(x.Roles, y.Roles)
	})
	if i < 0 {
		i = len(l.list)
		l.list = append(l.list, x)
	}
	if y := &l.list[i]; !slices.Contains(y.Calls, call) {
		y.Calls = append(y.Calls, call)
	}
	if y := &l.list[i]; !slices.Contains(y.At, at.String()) {
		y.At = append(y.At, at.String())
	}
}

func (l *lacking) sorted() []Lack {
	for _, x := range l.list {
		slices.Sort(x.At)
	}
	slices.SortFunc(l.list, func(x, y Lack) int { return strings.Compare(x.Text().String(), y.Text().String()) })
	return l.list
}
