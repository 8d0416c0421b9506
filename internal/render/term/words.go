package term

import (
	"strings"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
)

// words are the texts of one language. Everything a person reads that is not a
// name of the configuration stands here.
type words struct {
	lang                                       string
	knownAfter, sensitive, unprintable         string
	noTokens, accessTokens, idTokens           string
	audiences                                  map[string]string
	willDo, drifted, driftRepaired, driftStays string
	noChanges, noChangesWhy, noChangesWaiting  string
	nothingDue                                 string
	outputs, notes, risks                      string
	sealedFor, readableBy, deliveredTo         string
	ends, rotates                              string
	requested, tenant                          string
	delegatedOnly, skipped                     string
	nothingToReenter, theSecret                string
	person, someone                            string
	graphAdmins, otherAdmins                   string
	foundInEntra                               string
	before                                     []string // how a line of what comes first may begin
	verbs                                      map[string]string
	levels                                     map[plan.Level]string
}

func wordsOf(lang string) words {
	say := func(f message.Format) string { return message.Of(f).In(lang) }
	return words{
		lang:       lang,
		knownAfter: say("(known after apply)"), sensitive: say("(sensitive value)"), unprintable: say("(a value that cannot be shown)"),
		noTokens: say("none"), accessTokens: say("access tokens"), idTokens: say("ID tokens"),
		audiences: map[string]string{
			"AzureADMyOrg":                       say("Accounts in this organizational directory only (single tenant)"),
			"AzureADMultipleOrgs":                say("Accounts in any organizational directory (multitenant)"),
			"AzureADandPersonalMicrosoftAccount": say("Accounts in any organizational directory and personal Microsoft accounts"),
			"PersonalMicrosoftAccount":           say("Personal Microsoft accounts only"),
		},
		willDo:           say("mailprov will perform the following actions:"),
		drifted:          say("Note: changed outside of mailprov since the last apply:"),
		driftRepaired:    say("The plan below sets this back to what the configuration says."),
		driftStays:       say("The configuration already says the same, so nothing is set back."),
		noChanges:        "No changes.",
		noChangesWhy:     say("Microsoft Entra is as the configuration says."),
		noChangesWaiting: say("Microsoft Entra is as the configuration says, as far as it can be for now."),
		nothingDue:       say("Nothing is due."),
		outputs:          say("Changes to Outputs:"),
		notes:            say("Notes:"),
		risks:            say("Risks of what is not changed now:"),
		sealedFor:        say("sealed for"), readableBy: say("readable by"), deliveredTo: say("delivered to"),
		ends: say("ends"), rotates: say("rotates"),
		requested: say("requested"), tenant: say("the tenant"),
		delegatedOnly:    say("acts only as a user who signed in to it; nothing without a sign-in"),
		skipped:          say("consent is left to somebody else (-consent=skip)"),
		nothingToReenter: say("Nothing to re-enter."), theSecret: say("the client secret"),
		person: say("a person"), someone: say("somebody"),
		graphAdmins:  say("a Privileged Role Administrator or Global Administrator"),
		otherAdmins:  say("a Cloud Application Administrator or Application Administrator"),
		foundInEntra: say("granted by hand"),
		before:       []string{say("before:")},
		levels:       map[plan.Level]string{plan.High: say("high"), plan.Medium: say("medium"), plan.Low: say("low")},
		verbs:        map[string]string{"grant": say("grant"), "revoke": say("revoke"), "pending": say("pending")},
	}
}

// say says a sentence in the language.
func (w words) say(f message.Format, args ...any) string { return message.Of(f, args...).In(w.lang) }

// recognise says what stands in English in a plan.
func (w words) recognise(s string) string {
	if w.lang != message.Japanese {
		return s
	}
	return message.Recognise(s).In(w.lang)
}

// note says a note that stands under its address.
func (w words) note(at, rest string) string {
	if said, ok := strings.CutPrefix(w.recognise(at+": "+rest), at+": "); ok && said != rest {
		return said
	}
	return w.recognise(rest)
}

func (w words) unchanged(n int) string {
	return message.Count(n, "(%d element unchanged)", "(%d elements unchanged)").In(w.lang)
}

func (w words) grantWholeTenant(what string) string {
	if what == "" {
		return w.say("grant, whole tenant")
	}
	return w.say("grant, whole tenant: %s", lowerFirst(strings.TrimSuffix(what, ".")))
}

func (w words) pressConsent(app, tenant, who string) string {
	return w.say("to grant: Microsoft Entra admin center > App registrations > %s > API permissions > Grant admin consent for %s, by %s", app, tenant, who)
}

func (w words) userConsents(titles []string) string {
	if len(titles) == 0 {
		return w.say("no consent: whoever signs in is asked")
	}
	return w.say("no consent: the user who signs in to %s is asked", message.Names(titles...))
}

// exchangeWaits says what an Exchange administrator has to do about a role.
func (w words) exchangeWaits(r plan.RoleChange) string {
	role, mailboxes := quoted(r.Role), message.Names(r.Mailboxes...)
	what := message.Of("changes the mailboxes of the role %s to %s", role, mailboxes)
	switch r.Action {
	case plan.Create:
		what = message.Of("limits it to %s (role %s)", mailboxes, role)
	case plan.Delete:
		what = message.Of("takes away the role %s over %s", role, mailboxes)
	}
	how := message.Of("with mailprov emit -format=powershell")
	if r.Script != "" {
		how = message.Literal(r.Script)
	}
	return w.say("waiting: Exchange administrator %s   %s", what, how)
}

func (w words) acceptedUntil(until, reason string) string {
	if until == "" {
		return w.say("accepted: %s", quoted(reason))
	}
	return w.say("accepted until %s: %s", until, quoted(reason))
}

func (w words) acceptanceOver(until, reason string) string {
	return w.say("no longer accepted since %s: %s", until, quoted(reason))
}

func (w words) userGrants(n int) string {
	return message.Count(n, "%d grant to single users, left alone", "%d grants to single users, left alone").In(w.lang)
}

func (w words) confirm(who, target, key string) string {
	return w.say("waits for confirmation by %s: mailprov confirm %s -key=%s", who, target, key)
}

// until is by when, with the days that are left, behind a command.
func (w words) until(day, left string) string { return "  # " + w.say("until %s (%s)", day, left) }

func (w words) enters(who, product, target string, again bool, items []string) string {
	format := message.Format("Afterwards %s enters in %s (%s): %s.")
	if again {
		format = "Afterwards %s enters again in %s (%s): %s."
	}
	return w.say(format, who, product, target, message.Names(items...))
}

func (w words) waitsFor(input, contact, where string) string {
	if contact == "" {
		contact = w.someone
	}
	if where == "" {
		return w.say("waits for %s, to be read by %s", input, contact)
	}
	return w.say("waits for %s, to be read by %s from %s", input, contact, where)
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
