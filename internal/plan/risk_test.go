package plan

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

// plain is a configuration without any risk: one delegated permission that the
// product needs.
func plain() *world {
	w := fresh()
	w.asks(perms([]string{"Mail.Send"}, nil))
	return w
}

func (w *world) asks(p cty.Value) { w.app.Attrs = with(w.app.Attrs, p, "api_permissions") }

// facts changes what the catalogue says of the target.
func (w *world) facts(change func(*Target)) {
	t := w.Targets[targetAddr]
	change(&t)
	w.Targets[targetAddr] = t
}

func needs(names ...string) func(*Target) {
	return func(t *Target) {
		for _, n := range names {
			t.Needs[resource.Permission{API: resource.MicrosoftGraph.Name, Kind: resource.ApplicationKind, Value: n}] = true
			t.Needs[resource.Permission{API: resource.MicrosoftGraph.Name, Kind: resource.DelegatedKind, Value: n}] = true
		}
	}
}

func (w *world) redirect(platform, uri string) {
	w.app.Attrs = with(w.app.Attrs, set(uri), platform, "redirect_uris")
}

// knows lets Graph have a permission.
func (w *world) knows(names ...string) {
	for _, n := range names {
		for _, kind := range w.APIs[resource.MicrosoftGraph.Name].Permissions {
			kind[n] = PermissionInfo{ID: n, Enabled: true}
		}
	}
}

// risky is a change that brings a risk about, with the nearest one that does not.
type risky struct {
	name         string
	code         string
	level        Level
	addr         addr.Instance
	has, hasNot  func(w *world)
	says         []string // words of the message
	needsApplied bool     // the risk is one of a change to what is there
}

func riskyChanges() []risky {
	graphWide := func(value string) func(*world) {
		return func(w *world) { w.knows(value); w.facts(needs(value)); w.asks(perms(nil, []string{value})) }
	}
	delegated := func(value string) func(*world) {
		return func(w *world) { w.knows(value); w.facts(needs(value)); w.asks(perms([]string{value}, nil)) }
	}
	leads := func(uri string, hosts ...string) func(*world) {
		return func(w *world) {
			w.facts(func(t *Target) { t.Hosts, t.HostsKnown = hosts, true })
			w.redirect("web", uri)
		}
	}
	smtp := func(auth string) func(*world) {
		return func(w *world) { w.facts(func(t *Target) { t.SMTP, t.Mailbox = auth, "noreply@example.co.jp" }) }
	}
	lives := func(span string) func(*world) {
		return func(w *world) { w.secret.Attrs = with(w.secret.Attrs, cty.StringVal(span), "lifetime") }
	}
	at := func(day string, change func(*world)) func(*world) {
		return func(w *world) {
			change(w)
			w.Now, _ = time.Parse(time.DateOnly, day)
		}
	}
	all := func(changes ...func(*world)) func(*world) {
		return func(w *world) {
			for _, c := range changes {
				c(w)
			}
		}
	}
	return []risky{
		{name: "sending as anybody", code: "MP101", level: High, addr: appAddr, has: graphWide("Mail.Send"), hasNot: delegated("Mail.Send"), says: []string{"send as every mailbox of example.co.jp", "Mail.Send"}},
		{name: "reading everybody's mail", code: "MP101", level: High, addr: appAddr, has: graphWide("Mail.Read"), hasNot: graphWide("User.Read.All"), says: []string{"read or change every mailbox", "Mail.Read"}},
		{name: "exporting everybody's mail", code: "MP101", level: High, addr: appAddr, has: graphWide("MailboxItem.Export.All"), hasNot: graphWide("Files.Read.All")},
		{name: "a role does not reach everybody", code: "MP101", level: High, addr: appAddr, has: graphWide("Mail.Send"), hasNot: func(w *world) { w.limit() }},
		{name: "several mailboxes are meant", code: "MP101", level: High, addr: appAddr, has: all(graphWide("Mail.Send"), func(w *world) { w.facts(func(t *Target) { t.Mailbox = "noreply@example.co.jp" }) }), says: []string{"not only noreply@example.co.jp"}},
		{name: "access tokens in the address", code: "MP102", level: Medium, addr: appAddr,
			has:    func(w *world) { w.app.Attrs = with(w.app.Attrs, cty.True, "web", "implicit_grant", "access_token") },
			hasNot: func(w *world) { w.app.Attrs = with(w.app.Attrs, cty.False, "web", "implicit_grant", "access_token") }},
		{name: "ID tokens in the address", code: "MP102", level: Medium, addr: appAddr,
			has: func(w *world) { w.app.Attrs = with(w.app.Attrs, cty.True, "web", "implicit_grant", "id_token") }},
		{name: "other tenants", code: "MP103", level: Medium, addr: appAddr,
			has: func(w *world) {
				w.app.Attrs = with(w.app.Attrs, cty.StringVal("AzureADMultipleOrgs"), "sign_in_audience")
			},
			hasNot: func(w *world) { w.app.Attrs = with(w.app.Attrs, cty.StringVal("AzureADMyOrg"), "sign_in_audience") }},
		{name: "more than the target needs", code: "MP104", level: Medium, addr: appAddr,
			has:    func(w *world) { w.asks(perms([]string{"Mail.Send", "Mail.Read"}, nil)) },
			hasNot: func(w *world) { w.facts(needs("Mail.Read")); w.asks(perms([]string{"Mail.Send", "Mail.Read"}, nil)) }, says: []string{"delegated Mail.Read"}},
		{name: "what the sign-in may add is needed", code: "MP104", level: Medium, addr: appAddr,
			has: func(w *world) { w.asks(perms([]string{"Mail.Send", "offline_access"}, nil)) },
			hasNot: func(w *world) {
				w.facts(func(t *Target) {
					t.SignIn = map[resource.Permission]bool{{API: resource.MicrosoftGraph.Name, Kind: resource.DelegatedKind, Value: "offline_access"}: true}
				})
				w.asks(perms([]string{"Mail.Send", "offline_access"}, nil))
			}},
		{name: "a wildcard", code: "MP105", level: High, addr: appAddr, has: leads("https://*.example.co.jp/cb", "files.example.co.jp"), hasNot: leads("https://files.example.co.jp/cb", "files.example.co.jp"), says: []string{"wildcard"}},
		{name: "no encryption", code: "MP105", level: Medium, addr: appAddr,
			has:    func(w *world) { w.redirect("public_client", "http://files.example.co.jp/cb") },
			hasNot: func(w *world) { w.redirect("public_client", "http://localhost/cb") }, says: []string{"not encrypted"}},
		{name: "a foreign host", code: "MP105", level: Medium, addr: appAddr, has: leads("https://evil.example.com/cb", "files.example.co.jp"), hasNot: leads("https://FILES.example.co.jp:8443/other", "files.example.co.jp"), says: []string{"evil.example.com"}},
		{name: "the host of an input that is not known yet", code: "MP105", level: Medium, addr: appAddr, has: leads("https://evil.example.com/cb"), hasNot: func(w *world) { w.redirect("web", "https://evil.example.com/cb") }},
		{name: "a program of the device", code: "MP105", level: Medium, addr: appAddr, has: leads("https://evil.example.com/cb"), hasNot: all(leads("https://localhost/cb"), func(w *world) { w.redirect("public_client", "msal1234://auth") })},
		{name: "a redirect URI without a product", code: "MP105", level: Low, addr: appAddr,
			has: func(w *world) { w.leave(w.target); w.redirect("web", "https://files.example.co.jp/cb") }, hasNot: func(w *world) { w.leave(w.target) }},
		{name: "EWS while it is allow-listed", code: "MP106", level: High, addr: appAddr, has: at("2026-12-01", delegated("EWS.AccessAsUser.All")), hasNot: at("2026-12-01", delegated("IMAP.AccessAsUser.All")), says: []string{"blocked since 2026-10-01", "gone on 2027-04-01"}},
		{name: "EWS before", code: "MP106", level: High, addr: appAddr, has: at("2026-09-30", delegated("EWS.AccessAsUser.All")), says: []string{"blocked from 2026-10-01"}},
		{name: "EWS after", code: "MP106", level: High, addr: appAddr, has: at("2027-04-01", delegated("EWS.AccessAsUser.All")), says: []string{"gone since 2027-04-01"}},
		{name: "EWS by a role", code: "MP106", level: High, addr: appAddr, has: at("2026-12-01", func(w *world) {
			w.facts(func(t *Target) { t.Roles = map[string]bool{"Application EWS.AccessAsApp": true} })
			w.app.Attrs = with(w.app.Attrs, cty.MapVal(map[string]cty.Value{"Application EWS.AccessAsApp": roleOver("a@example.co.jp").AsValueMap()[sendRole]}), "exchange_role")
		})},
		{name: "SMTP with a password", code: "MP107", level: Medium, addr: targetAddr, has: at("2026-12-30", smtp("login")), hasNot: smtp(""), says: []string{"noreply@example.co.jp", "December 2026"}},
		{name: "SMTP with a password once it is off", code: "MP107", level: High, addr: targetAddr, has: at("2026-12-31", smtp("login"))},
		{name: "SMTP with OAuth", code: "MP107", level: Low, addr: targetAddr, has: smtp("xoauth2"), hasNot: smtp("")},
		{name: "a plain sink", code: "MP108", level: High, addr: secretAddr,
			has:    func(w *world) { w.Sinks[sinkAddr] = Sink{Kind: "file", Plaintext: true} },
			hasNot: func(w *world) { w.Sinks[sinkAddr] = Sink{Kind: "sealed", Readers: []string{"admin"}} }},
		{name: "a long life", code: "MP109", level: Medium, addr: secretAddr, has: lives("181d"), hasNot: lives("180d")},
		{name: "a long life that the manual prescribes", code: "MP109", level: Low, addr: secretAddr, has: all(lives("730d"), func(w *world) { w.facts(func(t *Target) { t.LongLifetime = true }) })},
		{name: "a grant that a sign-in may have made", code: "MP110", level: Medium, addr: appAddr, needsApplied: true,
			has: func(w *world) {
				w.facts(func(t *Target) { t.SignsIn = true })
				grantTo(w.seen(), resource.Permission{API: resource.MicrosoftGraph.Name, Kind: resource.DelegatedKind, Value: "Mail.Read"})
			},
			hasNot: func(w *world) { // nobody signs in to this product
				grantTo(w.seen(), resource.Permission{API: resource.MicrosoftGraph.Name, Kind: resource.DelegatedKind, Value: "Mail.Read"})
			}, says: []string{"Mail.Read"}},
		{name: "a person as owner", code: "MP112", level: Medium, addr: appAddr,
			has: func(w *world) {
				w.Users = map[string]string{alice: "alice@example.co.jp"}
				w.app.Attrs = with(w.app.Attrs, set(alice), "owners")
			},
			hasNot: func(w *world) {
				w.Principals = map[string]bool{operator: true}
				w.app.Attrs = with(w.app.Attrs, set(operator), "owners")
			}, says: []string{"alice@example.co.jp"}},
		{name: "who runs this", code: "MP112", level: Medium, addr: appAddr,
			has:    func(w *world) { w.Identity.IsUser = true; w.app.Attrs = with(w.app.Attrs, set(runner), "owners") },
			hasNot: func(w *world) { w.app.Attrs = with(w.app.Attrs, set(runner), "owners") }, says: []string{"runner"}},
		{name: "an owner of whom only the id is known", code: "MP112", level: Low, addr: appAddr,
			has:    func(w *world) { w.app.Attrs = with(w.app.Attrs, set(alice), "owners") },
			hasNot: func(w *world) { w.Operators = []string{alice}; w.app.Attrs = with(w.app.Attrs, set(alice), "owners") }, says: []string{alice}},
		{name: "a program", code: "MP113", level: Medium, addr: secretAddr, has: func(w *world) { w.Sinks[sinkAddr] = Sink{Kind: "exec"} }, hasNot: func(w *world) { w.Sinks[sinkAddr] = Sink{Kind: "env_file"} }},
		{name: "a new reader", code: "MP114", level: Medium, addr: secretAddr, needsApplied: true,
			has:    func(w *world) { w.Sinks[sinkAddr] = Sink{Kind: "sealed", Readers: []string{"admin", "sales"}} },
			hasNot: func(w *world) { w.Sinks[sinkAddr] = Sink{Kind: "sealed", Readers: []string{"admin"}} }, says: []string{"sales"}},
	}
}

// planned is the plan of a configuration after a change.
func (r risky) planned(t *testing.T, change func(*world), accept ...resource.AcceptRisk) (Result, []Risk) {
	t.Helper()
	w := plain()
	if r.needsApplied {
		w.record(t)
	}
	change(w)
	for _, i := range []*resource.Instance{w.app, w.secret, w.target} {
		if i.Addr == r.addr {
			i.AcceptRisks = accept
		}
	}
	res := Build(w.Input)
	if res.Diags.HasErrors() {
		t.Fatalf("%s: %v", r.name, res.Diags)
	}
	var own []Risk
	for _, x := range res.Plan.Risks {
		if x.Code == r.code {
			own = append(own, x)
		}
	}
	return res, own
}

func warns(res Result, code string) bool {
	return slices.ContainsFunc(res.Diags, func(d diag.Diagnostic) bool { return d.Code == code })
}

func TestEachRiskIsSaidWhereItIsAndNotBesideIt(t *testing.T) {
	for _, r := range riskyChanges() {
		_, got := r.planned(t, r.has)
		if len(got) != 1 || got[0].Level != r.level || got[0].Addr != r.addr || got[0].Accepted {
			t.Errorf("%s: %+v, want %s of %s at level %s", r.name, got, r.code, r.addr, r.level)
			continue
		}
		for _, words := range r.says {
			if !strings.Contains(got[0].Message, words) {
				t.Errorf("%s: %q does not say %q", r.name, got[0].Message, words)
			}
		}
		if r.hasNot == nil {
			continue
		}
		if _, got := r.planned(t, r.hasNot); len(got) != 0 {
			t.Errorf("%s: its neighbour has %+v", r.name, got)
		}
	}
}

func TestEachRiskIsAcceptedWithAReasonUntilADay(t *testing.T) {
	for _, r := range riskyChanges() {
		w := plain()
		r2 := r
		if r.needsApplied {
			w.record(t)
		}
		r.has(w)
		today := w.Now.Format(time.DateOnly)
		yesterday := w.Now.AddDate(0, 0, -1).Format(time.DateOnly)
		for until, want := range map[string]bool{"": true, today: true, yesterday: false} {
			res, got := r2.planned(t, r.has, resource.AcceptRisk{Code: r.code, Reason: "reviewed", Until: until})
			if len(got) != 1 || got[0].Accepted != want || got[0].Reason != "reviewed" || got[0].Until != until {
				t.Errorf("%s, accepted until %q: %+v", r.name, until, got)
			}
			if warns(res, "MP213") {
				t.Errorf("%s: an acceptance that fits is said to fit nothing", r.name)
			}
		}
		if r.hasNot == nil {
			continue
		}
		if res, _ := r.planned(t, r.hasNot, resource.AcceptRisk{Code: r.code, Reason: "reviewed"}); !warns(res, "MP213") {
			t.Errorf("%s: an acceptance that fits nothing is not said", r.name)
		}
	}
}

func TestAnAcceptanceHoldsToTheEndOfItsDayWhereTheConfigurationIs(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*60*60)
	for now, want := range map[time.Time]bool{
		time.Date(2027, 3, 31, 14, 59, 0, 0, time.UTC): true,  // still the 31st there
		time.Date(2027, 3, 31, 15, 0, 0, 0, time.UTC):  false, // midnight
	} {
		w := plain()
		w.Now, w.Location = now, tokyo
		w.secret.Attrs = with(w.secret.Attrs, cty.StringVal("365d"), "lifetime")
		w.secret.AcceptRisks = []resource.AcceptRisk{{Code: "MP109", Reason: "x", Until: "2027-03-31"}}
		for _, r := range w.build(t).Risks {
			if r.Accepted != want {
				t.Errorf("at %s: %+v", now, r)
			}
		}
	}
}

func TestEveryRiskOfTheTableIsProducedAndNoOther(t *testing.T) {
	produced := map[string]bool{}
	for _, r := range riskyChanges() {
		produced[r.code] = true
		if !slices.Contains(resource.Risks(), r.code) {
			t.Errorf("%s can not be accepted", r.code)
		}
	}
	for _, code := range resource.Risks() {
		if !produced[code] {
			t.Errorf("no plan has %s", code)
		}
	}
}

func TestAConfirmationShowsThatAuthenticatedSMTPIsOn(t *testing.T) {
	w := plain()
	w.facts(func(t *Target) { t.SMTP = smtpOAuth })
	w.record(t)
	if got := codesOf(w.build(t)); got != "MP107" {
		t.Errorf("before anybody has confirmed: %q", got)
	}
	w.Prior.Targets[0].Confirmations = []state.Confirmation{{KeyID: "key1", By: "admin"}}
	if got := codesOf(w.build(t)); got != "" {
		t.Errorf("once it has been seen to work: %q", got)
	}
	w.facts(func(t *Target) { t.SMTP = smtpBasic })
	if got := codesOf(w.build(t)); got != "MP107" {
		t.Errorf("a password works until it is switched off: %q", got)
	}
}

func TestRisksOfWhatDoesNotChangeAreSaidToo(t *testing.T) {
	w := plain()
	w.asks(perms(nil, []string{"Mail.Send"}))
	w.record(t)
	p := w.build(t)
	if changeOf(t, p, appAddr).Action != NoOp || codesOf(p) != "MP101" {
		t.Errorf("%s: %s", changeOf(t, p, appAddr).Action, codesOf(p))
	}
}

func TestAGrantThatStaysIsARiskThoughNothingAsksForIt(t *testing.T) {
	w := plain()
	w.record(t)
	grantTo(w.seen(), sendAsAny)
	w.facts(func(t *Target) { delete(t.Needs, sendAsAny) })
	if got := codesOf(w.build(t)); got != "" {
		t.Errorf("what is revoked by the plan is a risk: %s", got)
	}
	w.app.Lifecycle.IgnoreChanges = []string{"api_permissions"}
	if got := codesOf(w.build(t)); got != "MP101 MP104" {
		t.Errorf("what stays: %s", got)
	}
}

func TestRisksAreInTheSameOrderEveryTime(t *testing.T) {
	build := func() []Risk {
		w := plain()
		w.knows("EWS.AccessAsUser.All", "EWS.Other", "A", "B", "C")
		w.asks(perms([]string{"EWS.AccessAsUser.All", "EWS.Other", "A", "B", "C"}, nil))
		w.facts(func(t *Target) { t.Needs = map[resource.Permission]bool{{API: "x", Kind: "y", Value: "z"}: true} })
		return w.build(t).Risks
	}
	first := build()
	for range 20 {
		if !slices.Equal(build(), first) {
			t.Fatalf("%+v, then another order", first)
		}
	}
}

func TestALifetimeInMonthsIsMeasuredFromToday(t *testing.T) {
	for span, want := range map[string]bool{"5mo": false, "7mo": true, "1y": true} {
		s, err := rotate.ParseSpan(span)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Compare(longLife, now) > 0; got != want {
			t.Errorf("%s is over 180 days: %t", span, got)
		}
	}
}
