package appregistration

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
)

// address is a mailbox's primary address as Exchange Online takes it; what it
// forbids would also have a meaning in a script.
var address = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$`)

// exchangeRoles checks the exchange_role blocks, by themselves and against the
// permissions beside them.
func (v *validator) exchangeRoles() {
	blocks := v.i.Attrs.GetAttr("exchange_role")
	if !blocks.IsKnown() || blocks.IsNull() {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(blocks.AsValueMap())) {
		path := fmt.Sprintf("exchange_role[%q]", name)
		role, ok := ApplicationRoleByName(name)
		if !ok {
			v.at(path, unknownRole(name))
			continue
		}
		if mailboxes := blocks.AsValueMap()[name].GetAttr("mailboxes"); empty(mailboxes) {
			v.at(path+".mailboxes", diag.Errf("MP641", "No mailbox", "A role without a mailbox lets the application do nothing.").
				WithDof("Name the mailboxes it is for, or remove the block."))
		} else {
			v.addresses(path+".mailboxes", resource.Strings(mailboxes))
		}
		for _, p := range slices.SortedFunc(maps.Keys(Requested(v.i.Attrs)), ComparePermissions) {
			if role.DefeatedBy(p) {
				v.ds = append(v.ds, Defeated(v.i, role, p, message.Constant("api_permissions asks for it")).
					WithDof("Remove %q from application in api_permissions %q; the role does in its place.", p.Value, p.API))
			}
		}
	}
}

// at adds a diagnostic of an attribute of the instance.
func (v *validator) at(path string, d diag.Diagnostic) {
	v.ds = append(v.ds, d.At(v.i.RangeOf(path)).For(v.i.Addr.String()))
}

func unknownRole(name string) diag.Diagnostic {
	var names []string
	for _, r := range applicationRoles {
		names = append(names, r.Name)
	}
	d := diag.Errf("MP640", "Unknown role of Exchange Online", "Exchange Online has no role for applications named %q.", name)
	for _, guess := range []string{name, "Application " + name} {
		if near := diag.Nearest(guess, names); near != "" {
			return d.WithDof("Did you mean %q?", near)
		}
	}
	return d.WithDof("There are: %s.", strings.Join(names, ", "))
}

func (v *validator) addresses(path string, mailboxes []string) {
	for _, m := range mailboxes {
		if !address.MatchString(m) {
			v.at(path, diag.Errf("MP642", "Not a mailbox's address", "%q is not the address of a mailbox.", m).
				WithDof("Write the primary address, such as noreply@example.co.jp."))
		}
	}
}

// Defeated is the error that a permission granted in Entra makes the scope of a
// role mean nothing. Why says how the permission comes to be there; what to do
// about it is the caller's to add.
func Defeated(i *resource.Instance, role ApplicationRole, p resource.Permission, why message.Text) diag.Diagnostic {
	return diag.Errf("MP111", "The restriction to mailboxes is defeated",
		"The role %q limits %s to %s, but %s reaches every mailbox (%s). Exchange Online adds both up.", role.Name, i.Addr, mailboxesOf(i, role), p.Value, why).
		At(i.RangeOf(fmt.Sprintf("exchange_role[%q]", role.Name))).For(i.Addr.String())
}

func mailboxesOf(i *resource.Instance, role ApplicationRole) any {
	for _, r := range MailboxRoles(i.Attrs) {
		if r.Role == role.Name && len(r.Mailboxes) > 0 {
			return strings.Join(r.Mailboxes, ", ")
		}
	}
	return message.Constant("mailboxes")
}
