package appregistration

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/diag"
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
			v.unknownRole(path, name)
			continue
		}
		if mailboxes := blocks.AsValueMap()[name].GetAttr("mailboxes"); empty(mailboxes) {
			v.err("MP641", "No mailbox", path+".mailboxes", "A role without a mailbox lets the application do nothing.", "Name the mailboxes it is for, or remove the block.")
		} else {
			v.addresses(path+".mailboxes", resource.Strings(mailboxes))
		}
		for _, p := range slices.SortedFunc(maps.Keys(Requested(v.i.Attrs)), ComparePermissions) {
			if role.DefeatedBy(p) {
				v.ds = append(v.ds, Defeated(v.i, role, p, "api_permissions asks for it", fmt.Sprintf("Remove %q from application in api_permissions %q; the role does in its place.", p.Value, p.API)))
			}
		}
	}
}

func (v *validator) unknownRole(path, name string) {
	var names []string
	for _, r := range applicationRoles {
		names = append(names, r.Name)
	}
	do := "There are: " + strings.Join(names, ", ") + "."
	near := diag.Nearest(name, names)
	if near == "" {
		near = diag.Nearest("Application "+name, names)
	}
	if near != "" {
		do = fmt.Sprintf("Did you mean %q?", near)
	}
	v.err("MP640", "Unknown role of Exchange Online", path, fmt.Sprintf("Exchange Online has no role for applications named %q.", name), do)
}

func (v *validator) addresses(path string, mailboxes []string) {
	for _, m := range mailboxes {
		if !address.MatchString(m) {
			v.err("MP642", "Not a mailbox's address", path, fmt.Sprintf("%q is not the address of a mailbox.", m), "Write the primary address, such as noreply@example.co.jp.")
		}
	}
}

// Defeated is the error that a permission granted in Entra makes the scope of a
// role mean nothing. Why says how the permission comes to be there.
func Defeated(i *resource.Instance, role ApplicationRole, p resource.Permission, why, do string) diag.Diagnostic {
	d := diag.Err("MP111", "The restriction to mailboxes is defeated",
		fmt.Sprintf("%s is limited to %s by the role %q, but %s reaches every mailbox (%s). Exchange Online adds both up.", i.Addr, mailboxesOf(i, role), role.Name, p.Value, why))
	d = d.At(i.RangeOf(fmt.Sprintf("exchange_role[%q]", role.Name))).For(i.Addr.String())
	return d.WithDo(do)
}

func mailboxesOf(i *resource.Instance, role ApplicationRole) string {
	for _, r := range MailboxRoles(i.Attrs) {
		if r.Role == role.Name && len(r.Mailboxes) > 0 {
			return strings.Join(r.Mailboxes, ", ")
		}
	}
	return "mailboxes"
}
