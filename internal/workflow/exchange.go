package workflow

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
)

// roles are the roles of Exchange Online that an administrator assigns to an
// application, and those to remove. They are taken from the configuration where
// it can be read: nothing of them is made by an apply, and whoever moves from a
// permission to a role has the role assigned first.
func (s *sheets) roles(app *state.Application) []product.RoleFacts {
	wanted := priorAttrs(app)
	if i := s.want[app.Address]; i != nil && i.Attrs.GetAttr("exchange_role").IsWhollyKnown() {
		wanted = i.Attrs
	}
	var out []product.RoleFacts
	named := map[string]bool{}
	for _, r := range appregistration.MailboxRoles(wanted) {
		named[r.Role] = true
		if role, ok := appregistration.ApplicationRoleByName(r.Role); ok {
			out = append(out, product.RoleFacts{Role: r.Role, Scope: role.ScopeName(app.ClientID), Mailboxes: r.Mailboxes})
		}
	}
	for _, name := range formerRoles(app, priorAttrs(app)) {
		if role, ok := appregistration.ApplicationRoleByName(name); ok && !named[name] {
			out = append(out, product.RoleFacts{Role: name, Scope: role.ScopeName(app.ClientID), Former: true})
		}
	}
	return out
}

// formerRoles are all roles that an application has ever been applied with.
func formerRoles(app *state.Application, applied cty.Value) []string {
	out := slices.Clone(app.FormerRoles)
	for _, r := range appregistration.MailboxRoles(applied) {
		out = append(out, r.Role)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
