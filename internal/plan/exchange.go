package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
)

// exchangeRoles plans what an Exchange administrator does about the roles of an
// application, and refuses what would make them mean nothing.
func (b *builder) exchangeRoles(c *Change, prior cty.Value, granted map[resource.Permission]bool) {
	roles := appregistration.MailboxRoles(c.After)
	if !c.After.GetAttr("exchange_role").IsWhollyKnown() {
		b.err(diag.Errf("MP643", "Mailboxes not known yet", "The mailboxes of %s are known only after the apply, and what reaches which mailbox is to be judged before.", c.Addr).
			At(c.Instance.RangeOf("exchange_role")).For(c.Addr.String()).WithDof("Write the addresses themselves, or take them from variables and data sources."))
		return
	}
	before := map[string]appregistration.MailboxRole{}
	for _, r := range appregistration.MailboxRoles(prior) {
		before[r.Role] = r
	}
	script := b.script(c.Addr)
	for _, r := range roles {
		was, had := before[r.Role]
		switch {
		case !had:
			c.App.Roles = append(c.App.Roles, RoleChange{r, Create, script})
		case !slices.Equal(was.Mailboxes, r.Mailboxes):
			c.App.Roles = append(c.App.Roles, RoleChange{r, Update, script})
		}
		delete(before, r.Role)
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		c.App.Roles = append(c.App.Roles, RoleChange{before[name], Delete, script})
	}
	if len(c.App.Roles) > 0 && len(b.targetsOn(c.Addr)) == 0 {
		b.err(diag.Warnf("MP218", "No script for the Exchange administrator", "Scripts are written with the settings of a mail_target, and %s has none.", c.Addr).
			At(c.Instance.RangeOf("exchange_role")).For(c.Addr.String()).
			WithDof("Declare a mail_target for it with emit \"powershell\", or assign the role by hand: mailprov explain MP218."))
	}
	for _, r := range roles {
		if role, ok := appregistration.ApplicationRoleByName(r.Role); ok {
			b.defeated(c, role, granted)
			b.handover(c, role)
		}
	}
}

// defeated finds what was granted in Entra, is not asked for, and stays.
func (b *builder) defeated(c *Change, role appregistration.ApplicationRole, granted map[resource.Permission]bool) {
	requested := appregistration.Requested(c.After)
	for _, p := range slices.SortedFunc(maps.Keys(granted), appregistration.ComparePermissions) {
		if !role.DefeatedBy(p) || requested[p] || slices.Contains(c.App.Consent.Revoke, p) {
			continue
		}
		if len(c.App.Consent.Pending) > 0 {
			b.err(appregistration.Defeated(c.Instance, role, p, message.Constant("it is granted in Entra, and nothing is revoked as long as other consent is left to somebody else")).
				WithDof("Run it with an identity that may consent and without -consent=skip, or revoke %s in the portal: Enterprise applications > %s > Permissions.", p.Value, resource.Text(c.After.GetAttr("display_name"))))
			continue
		}
		b.err(appregistration.Defeated(c.Instance, role, p, message.Constant("it is granted in Entra, and ignore_changes keeps it")).
			WithDof("Take api_permissions and admin_consent out of ignore_changes, so that it is revoked."))
	}
}

// handover warns that mail stops between the end of a permission and the role
// that takes its place, unless the role is there first.
func (b *builder) handover(c *Change, role appregistration.ApplicationRole) {
	assignedNow := func(r RoleChange) bool { return r.Role == role.Name && r.Action == Create }
	if !slices.ContainsFunc(c.App.Roles, assignedNow) {
		return
	}
	for _, p := range c.App.Consent.Revoke {
		if !role.DefeatedBy(p) {
			continue
		}
		b.err(diag.Warnf("MP215", "Mail depends on the Exchange administrator", "%s loses %s, and the role %q that takes its place is not assigned by this apply.", c.Addr, p.Value, role.Name).
			At(c.Instance.RangeOf(fmt.Sprintf("exchange_role[%q]", role.Name))).For(c.Addr.String()).
			WithMail(message.Of("Mail goes on until the token in use ends, at most 90 minutes after the apply, and then stops until the role works: 30 minutes to 2 hours after it is assigned.")).
			WithDof("So that nothing stops, have the role assigned first; until this apply both hold:\n    mailprov emit -format=powershell%s", b.oneTarget(c.Addr)))
	}
}

// script is where a target of an application has its PowerShell written.
func (b *builder) script(app addr.Instance) string {
	for _, t := range b.targetsOn(app) {
		emit := t.Attrs.GetAttr("emit")
		if !emit.IsKnown() || emit.IsNull() {
			continue
		}
		for it := emit.ElementIterator(); it.Next(); {
			_, block := it.Element()
			if resource.Text(block.GetAttr("format")) == "powershell" {
				return resource.Text(block.GetAttr("path"))
			}
		}
	}
	return ""
}

// oneTarget names a target of an application for a command, after a blank.
func (b *builder) oneTarget(app addr.Instance) string {
	for _, t := range b.targetsOn(app) {
		if b.priorTargets[t.Addr] != nil {
			return " " + message.Word(t.Addr.String())
		}
	}
	return ""
}

// targetsOn are the mail targets that use an application, in the order of their
// addresses.
func (b *builder) targetsOn(app addr.Instance) []*resource.Instance {
	var out []*resource.Instance
	for _, s := range b.secretsOf[app.String()] {
		out = append(out, b.targetsOf[s.Addr.String()]...)
	}
	slices.SortFunc(out, func(x, y *resource.Instance) int { return addr.Compare(x.Addr, y.Addr) })
	return slices.DeleteFunc(out, func(t *resource.Instance) bool { return t.Addr.Type != mailtarget.Name })
}

// unneededRoles: roles that no target of the application needs.
func (b *builder) unneededRoles(c *Change, users []Target) {
	for _, r := range appregistration.MailboxRoles(c.After) {
		if !slices.ContainsFunc(users, func(t Target) bool { return t.Roles[r.Role] }) {
			b.risk(c, "MP104", Medium, "The role %q over %s is needed by none of its mail targets.", r.Role, strings.Join(r.Mailboxes, ", "))
		}
	}
}
