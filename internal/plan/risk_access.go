package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

// held lists what an application asks for or is granted once the plan is
// carried out: risks are those of an application as it would be, and a grant
// that ignore_changes keeps is as good as one that is written down. Left out is
// what a product's own sign-in may add.
func (b *builder) held(c *Change, granted map[resource.Permission]bool) []resource.Permission {
	out := appregistration.Requested(c.After)
	signIn := b.signIn(c.Addr)
	for p := range granted {
		if !signIn[p] && !slices.Contains(c.App.Consent.Revoke, p) {
			out[p] = true
		}
	}
	return slices.SortedFunc(maps.Keys(out), appregistration.ComparePermissions)
}

// reachesMail tells whether an application permission gives access to the
// content of mailboxes, tenant-wide.
func reachesMail(p resource.Permission) bool {
	if api, ok := resource.APIByName(p.API); !ok || api != resource.MicrosoftGraph && api != resource.ExchangeOnline {
		return false
	}
	return slices.ContainsFunc([]string{
		"Mail.", "Mail-Advanced.", "MailboxSettings.", "MailboxFolder.", "MailboxItem.", "MailboxConfigItem.",
		"SMTP.SendAsApp", "IMAP.AccessAsApp", "POP.AccessAsApp", "full_access_as_app", "EWS.AccessAsApp",
	}, func(prefix string) bool { return strings.HasPrefix(p.Value, prefix) })
}

// mailboxesOf are the mailboxes that the targets of an application use.
func mailboxesOf(users []Target) []string {
	var out []string
	for _, t := range users {
		if t.Mailbox != "" {
			out = append(out, t.Mailbox)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// signsIn tells whether a product has a sign-in of its own, at which it may be
// granted more than the configuration says.
func signsIn(users []Target) bool {
	return slices.ContainsFunc(users, func(t Target) bool { return t.SignsIn })
}
