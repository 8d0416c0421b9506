package product

import (
	"slices"
	"strings"
)

// RoleFacts is a role of Exchange Online for applications that an Exchange
// administrator assigns to the application over some mailboxes, or removes.
type RoleFacts struct {
	Role string // such as Application Mail.Send
	// Scope is what the management scope and the role assignment are called.
	Scope     string
	Mailboxes []string // primary addresses
	// Former is set where the configuration named it once and does not any more.
	Former bool
}

// ApplicationRoles are the roles of Exchange Online that do in place of a
// permission the product needs. The result is sorted.
func (p *Product) ApplicationRoles() []string {
	var out []string
	for _, pm := range p.registration.permissions {
		for _, role := range pm.exchangeRole {
			out = append(out, role)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// roleNeeds says what must have been done in Exchange before the product can
// reach a mailbox.
func (b *builder) roleNeeds() []string {
	var out []string
	if b.partial() {
		return nil // the product has reached it before
	}
	for _, r := range b.roles(false) {
		out = append(out, words(b.f.Language, "Exchange管理者がアプリにロール「%s」を %s に限って割り当てていること (効くまで30分から2時間)",
			"the role %q over %s, assigned to the application by an Exchange administrator (it takes 30 minutes to 2 hours until it works)", r.Role, strings.Join(r.Mailboxes, ", ")))
	}
	return out
}

// roles are those to assign, or those to remove.
func (b *builder) roles(former bool) []RoleFacts {
	return slices.DeleteFunc(slices.Clone(b.f.Roles), func(r RoleFacts) bool { return r.Former != former })
}

// roleSteps are what the Exchange administrator does, with the script for it.
// They are there at a re-entry too: a role can change while a successor waits.
func (b *builder) roleSteps() []SettingsStep {
	s := roleScript{b: b, clientID: b.f.ClientID}
	app := newAppView(b.f.App)
	if v := app.field("service_principal_id"); isText(v) {
		s.principal = v.AsString()
	}
	if v := app.field("display_name"); isText(v) {
		s.name = v.AsString()
	}
	who := words(b.f.Language, "Exchange管理者", "Exchange administrator")
	file := b.p.emitted(b.f.Attrs, "powershell")
	var out []SettingsStep
	for _, r := range b.roles(false) {
		out = append(out, SettingsStep{
			When: "before", Who: who, File: file, Cite: roleSource, Script: s.assign(r),
			Text: words(b.f.Language, "アプリを %s に限る (ロール %s)", "limit the application to %s (role %s)", strings.Join(r.Mailboxes, ", "), r.Role),
		})
	}
	for _, r := range b.roles(true) {
		out = append(out, SettingsStep{
			When: "if_needed", Who: who, File: file, Cite: roleSource, Script: s.remove(r),
			Text: words(b.f.Language, "構成から消えたロール %s の割り当てを外す", "take away the role %s, which the configuration does not name any more", r.Role),
		})
	}
	return out
}

// roleSource is where the way to assign roles is taken from.
const roleSource = `Microsoft Learn, "Role Based Access Control for Applications in Exchange Online"`
