package term

import (
	"fmt"
	"strings"

	"github.com/mailprov/mailprov/internal/plan"
)

// words are the texts of one language. Everything a person reads that is not a
// name of the configuration stands here.
type words struct {
	knownAfter, sensitive, unprintable         string
	noTokens, accessTokens, idTokens           string
	audiences                                  map[string]string
	willDo, drifted, driftRepaired, driftStays string
	noChanges, noChangesWhy, noChangesWaiting  string
	nothingDue                                 string
	outputs, notes, risks                      string
	sealedFor, readableBy, deliveredTo         string
	ends, rotates, about, newReader            string
	requested, tenant                          string
	delegatedOnly, skipped                     string
	nothingToReenter, theSecret                string
	person, someone                            string
	graphAdmins, otherAdmins                   string
	foundInEntra                               string
	before                                     []string // how a line of what comes first may begin
	verbs                                      map[string]string
}

func wordsOf(string) words { return english() }

func english() words {
	return words{
		knownAfter: "(known after apply)", sensitive: "(sensitive value)", unprintable: "(a value that cannot be shown)",
		noTokens: "none", accessTokens: "access tokens", idTokens: "ID tokens",
		audiences: map[string]string{
			"AzureADMyOrg":                       "Accounts in this organizational directory only (single tenant)",
			"AzureADMultipleOrgs":                "Accounts in any organizational directory (multitenant)",
			"AzureADandPersonalMicrosoftAccount": "Accounts in any organizational directory and personal Microsoft accounts",
			"PersonalMicrosoftAccount":           "Personal Microsoft accounts only",
		},
		willDo:           "mailprov will perform the following actions:",
		drifted:          "Note: changed outside of mailprov since the last apply:",
		driftRepaired:    "The plan below sets this back to what the configuration says.",
		driftStays:       "The configuration already says the same, so nothing is set back.",
		noChanges:        "No changes.",
		noChangesWhy:     "Microsoft Entra is as the configuration says.",
		noChangesWaiting: "Microsoft Entra is as the configuration says, as far as it can be for now.",
		nothingDue:       "Nothing is due.",
		outputs:          "Changes to Outputs:",
		notes:            "Notes:",
		risks:            "Risks of what is not changed now:",
		sealedFor:        "sealed for", readableBy: "readable by", deliveredTo: "delivered to",
		ends: "ends", rotates: "rotates", about: "about ", newReader: "new: ",
		requested: "requested", tenant: "the tenant",
		delegatedOnly:    "acts only as a user who signed in to it; nothing without a sign-in",
		skipped:          "consent is left to somebody else (-consent=skip)",
		nothingToReenter: "Nothing to re-enter.", theSecret: "the client secret",
		person: "a person", someone: "somebody",
		graphAdmins:  "a Privileged Role Administrator or Global Administrator",
		otherAdmins:  "a Cloud Application Administrator or Application Administrator",
		foundInEntra: "granted by hand",
		before:       []string{"before:"},
		verbs:        map[string]string{"grant": "grant", "revoke": "revoke", "pending": "pending"},
	}
}

func (w words) unchanged(n int) string {
	return fmt.Sprintf("(%s unchanged)", count(n, "element"))
}

func (w words) grantWholeTenant(what string) string {
	if what == "" {
		return "grant, whole tenant"
	}
	return "grant, whole tenant: " + lowerFirst(strings.TrimSuffix(what, "."))
}

func (w words) pressConsent(app, tenant, who string) string {
	return fmt.Sprintf("to grant: Microsoft Entra admin center > App registrations > %s > API permissions > Grant admin consent for %s, by %s", app, tenant, who)
}

func (w words) userConsents(titles []string) string {
	if len(titles) == 0 {
		return "no consent: whoever signs in is asked"
	}
	return "no consent: the user who signs in to " + strings.Join(titles, ", ") + " is asked"
}

// exchangeWaits says what an Exchange administrator has to do about a role.
func (w words) exchangeWaits(r plan.RoleChange) string {
	mailboxes := join(r.Mailboxes)
	var what string
	switch r.Action {
	case plan.Create:
		what = fmt.Sprintf("limits it to %s (role %s)", mailboxes, quoted(r.Role))
	case plan.Delete:
		what = fmt.Sprintf("takes away the role %s over %s", quoted(r.Role), mailboxes)
	default:
		what = fmt.Sprintf("changes the mailboxes of the role %s to %s", quoted(r.Role), mailboxes)
	}
	how := "with mailprov emit -format=powershell"
	if r.Script != "" {
		how = r.Script
	}
	return "waiting: Exchange administrator " + what + "   " + how
}

func (w words) acceptedUntil(until, reason string) string {
	if until == "" {
		return fmt.Sprintf("accepted: %s", quoted(reason))
	}
	return fmt.Sprintf("accepted until %s: %s", until, quoted(reason))
}

func (w words) acceptanceOver(until, reason string) string {
	return fmt.Sprintf("no longer accepted since %s: %s", until, quoted(reason))
}

func (w words) userGrants(n int) string {
	return fmt.Sprintf("%s to single users, left alone", count(n, "grant"))
}

func (w words) confirm(who, target, key string) string {
	return fmt.Sprintf("waits for confirmation by %s: mailprov confirm %s -key=%s", who, target, key)
}

// until is by when, with the days that are left, behind a command.
func (w words) until(day, left string) string { return "  # until " + day + " (" + left + ")" }

func (w words) enters(who, product, target string, again bool, items []string) string {
	verb := "enters"
	if again {
		verb = "enters again"
	}
	return fmt.Sprintf("Afterwards %s %s in %s (%s): %s.", who, verb, product, target, join(items))
}

func (w words) waitsFor(input, contact, where string) string {
	if contact == "" {
		contact = w.someone
	}
	s := fmt.Sprintf("waits for %s, to be read by %s", input, contact)
	if where != "" {
		s += " from " + where
	}
	return s
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// lowerFirst makes the first letter small unless the word is an abbreviation.
func lowerFirst(s string) string {
	r := []rune(s)
	if len(r) > 1 && r[0] >= 'A' && r[0] <= 'Z' && r[1] >= 'a' && r[1] <= 'z' {
		r[0] += 'a' - 'A'
	}
	return string(r)
}

func upperFirst(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}
