package appregistration

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
)

// ApplicationRole is a management role of Exchange Online for applications: it
// gives the rights of permissions, but only over the mailboxes of a scope.
type ApplicationRole struct {
	Name string // as Exchange and exchange_role blocks write it
	// Short tells the scopes of one application apart. Exchange takes 64
	// characters for a scope's name, of which a client id uses 36.
	Short  string
	Rights []resource.Permission // what it gives, as permissions that Entra could grant tenant-wide
}

// applicationRoles are the supported ones (Microsoft Learn, "Role Based Access
// Control for Applications in Exchange Online", 2025-11-25). There are none for
// IMAP and POP.
var applicationRoles = []ApplicationRole{
	graphRole("Mail.Read", "Mail.Read", "Mail.Read"),
	graphRole("Mail.ReadBasic", "Mail.ReadBasic", "Mail.ReadBasic"),
	graphRole("Mail.ReadWrite", "Mail.ReadWrite", "Mail.ReadWrite"),
	graphRole("Mail.Send", "Mail.Send", "Mail.Send"),
	graphRole("MailboxSettings.Read", "Settings.Read", "MailboxSettings.Read"),
	graphRole("MailboxSettings.ReadWrite", "Settings.RW", "MailboxSettings.ReadWrite"),
	graphRole("Calendars.Read", "Calendars.Read", "Calendars.Read"),
	graphRole("Calendars.ReadWrite", "Calendars.RW", "Calendars.ReadWrite"),
	graphRole("Contacts.Read", "Contacts.Read", "Contacts.Read"),
	graphRole("Contacts.ReadWrite", "Contacts.RW", "Contacts.ReadWrite"),
	graphRole("MailboxFolder.Read", "Folder.Read", "MailboxFolder.Read.All"),
	graphRole("MailboxFolder.ReadWrite", "Folder.RW", "MailboxFolder.ReadWrite.All"),
	graphRole("MailboxItem.Read", "Item.Read", "MailboxItem.Read.All"),
	graphRole("MailboxItem.ReadWrite", "Item.RW", "MailboxItem.ReadWrite.All"),
	graphRole("MailboxItem.Export", "Item.Export", "MailboxItem.Export.All"),
	graphRole("MailboxItem.ImportExport", "Item.ImportExport", "MailboxItem.ImportExport.All"),
	graphRole("MailboxConfigItem.Read", "ConfigItem.Read", "MailboxConfigItem.Read"),
	graphRole("MailboxConfigItem.ReadWrite", "ConfigItem.RW", "MailboxConfigItem.ReadWrite"),
	graphRole("MailTips.ReadBasic.All", "MailTips.ReadBasic", "MailTips.ReadBasic.All"),
	graphRole("Mail-Advanced.ReadWrite.All", "Mail-Advanced.RW", "Mail-Advanced.ReadWrite.All"),
	graphRole("Mail Full Access", "Mail Full", "Mail.ReadWrite", "Mail.Send"),
	graphRole("Exchange Full Access", "Exchange Full", "Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite", "Calendars.ReadWrite", "Contacts.ReadWrite"),
	exchangeRole("SMTP.SendAsApp", "SMTP.SendAsApp", "SMTP.SendAsApp"),
	exchangeRole("EWS.AccessAsApp", "EWS.AccessAsApp", everything),
}

// everything is the permission of Exchange Web Services, which has no finer
// ones: whoever holds it reaches all of every mailbox.
const everything = "full_access_as_app"

func graphRole(name, short string, rights ...string) ApplicationRole {
	return applicationRole(resource.MicrosoftGraph, name, short, rights)
}

func exchangeRole(name, short string, rights ...string) ApplicationRole {
	return applicationRole(resource.ExchangeOnline, name, short, rights)
}

func applicationRole(api resource.API, name, short string, rights []string) ApplicationRole {
	r := ApplicationRole{Name: "Application " + name, Short: short}
	for _, value := range rights {
		r.Rights = append(r.Rights, resource.Permission{API: api.Name, Kind: resource.ApplicationKind, Value: value})
	}
	return r
}

// ApplicationRoles lists the roles that exchange_role takes.
func ApplicationRoles() []ApplicationRole { return slices.Clone(applicationRoles) }

// ApplicationRoleByName finds a role.
func ApplicationRoleByName(name string) (ApplicationRole, bool) {
	i := slices.IndexFunc(applicationRoles, func(r ApplicationRole) bool { return r.Name == name })
	if i < 0 {
		return ApplicationRole{}, false
	}
	return applicationRoles[i], true
}

// ScopeName is what the management scope and the role assignment are called
// that limit the role for one application: by client id, so that no two
// applications of a tenant share one.
func (r ApplicationRole) ScopeName(clientID string) string {
	return "mailprov " + clientID + " " + r.Short
}

// DefeatedBy tells whether a permission granted in Entra makes the role's scope
// mean nothing: it gives at least one of the role's rights over every mailbox,
// and Exchange Online adds both up.
func (r ApplicationRole) DefeatedBy(p resource.Permission) bool {
	if p.Kind != resource.ApplicationKind {
		return false
	}
	if api, ok := resource.APIByName(p.API); !ok || api != resource.MicrosoftGraph && api != resource.ExchangeOnline {
		return false
	}
	return p.Value == everything || slices.ContainsFunc(r.Rights, func(right resource.Permission) bool { return includes(p.Value, right.Value) })
}

// includes tells whether one permission gives all that another does. Graph and
// Exchange Online use the same names for the same rights.
func includes(broad, narrow string) bool {
	if broad == narrow {
		return true
	}
	subject, level := split(broad)
	other, less := split(narrow)
	return level > 0 && less > 0 && level >= less &&
		(subject == other || subject == "Mail-Advanced" && other == "Mail" || subject == "MailboxItem" && other == "Mail")
}

// split divides a permission's name into what it is about and how far it goes;
// the level is 0 where it is on no scale with others.
func split(value string) (subject string, level int) {
	subject, verb, _ := strings.Cut(strings.TrimSuffix(value, ".All"), ".")
	levels := map[string]int{"ReadBasic": 1, "Read": 2, "Export": 2, "ReadWrite": 3, "ImportExport": 3}
	return subject, levels[verb]
}

// MailboxRole is one exchange_role block.
type MailboxRole struct {
	Role      string
	Mailboxes []string // sorted; those that are known
}

// MailboxRoles are the exchange_role blocks of an attributes object, by name.
func MailboxRoles(attrs cty.Value) []MailboxRole {
	if attrs == cty.NilVal || !attrs.Type().HasAttribute("exchange_role") {
		return nil
	}
	blocks := attrs.GetAttr("exchange_role")
	if !blocks.IsKnown() || blocks.IsNull() {
		return nil
	}
	var out []MailboxRole
	for it := blocks.ElementIterator(); it.Next(); { // a map: in the order of its keys
		k, block := it.Element()
		mailboxes := resource.Strings(block.GetAttr("mailboxes"))
		slices.Sort(mailboxes)
		out = append(out, MailboxRole{Role: k.AsString(), Mailboxes: mailboxes})
	}
	return out
}
