package term

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/width"
	"github.com/mailprov/mailprov/internal/resource"
)

// consentLines writes what is granted, revoked and left to others, with what
// each permission means and who has to act.
func (p *printer) consentLines(v *view, c *plan.Change, risks *pending) {
	all := slices.Clone(v.consent[c.Addr])
	declared := declaresConsent(c)
	var waiting []plan.ConsentChange
	shown := slices.DeleteFunc(all, func(x plan.ConsentChange) bool {
		if x.Action == "pending" {
			waiting = append(waiting, x)
		}
		return x.Action == "pending" && !declared
	})
	slices.SortStableFunc(shown, func(a, b plan.ConsentChange) int { return cmp.Compare(order(a.Action), order(b.Action)) })
	p.consentTable(c, shown, risks)
	risks.ofConsent()
	if onlyDelegated(shown) {
		p.line(8, text(p.t.delegatedOnly))
	}
	if !declared && len(waiting) > 0 && c.Action == plan.Create {
		p.requested(waiting, risks)
	}
	p.pendingConsent(v, c)
}

// pendingConsent says who has to grant what is left pending, unless it was
// said when it was requested.
func (p *printer) pendingConsent(v *view, c *plan.Change) {
	declared := declaresConsent(c)
	waiting := slices.DeleteFunc(slices.Clone(v.consent[c.Addr]), func(x plan.ConsentChange) bool { return x.Action != "pending" })
	if len(waiting) == 0 || !declared && !asksAnew(c) {
		return
	}
	switch {
	case declared:
		p.line(8, text(p.t.skipped))
	case onlyDelegatedKind(waiting):
		p.prose(8, nil, p.t.userConsents(v.titles(c.Addr)))
		return
	}
	p.prose(8, nil, p.t.pressConsent(appName(c), tenantName(v, p.t), p.whoConsents(waiting)))
}

// declaresConsent tells whether an application is to have admin consent.
func declaresConsent(c *plan.Change) bool {
	return c.After != cty.NilVal && resource.True(attrValue(c, "admin_consent"))
}

// asksAnew tells whether an application requests something for the first time:
// what was requested before and still waits is not said again.
func asksAnew(c *plan.Change) bool {
	return c.Action == plan.Create || slices.ContainsFunc(c.Paths, func(x resource.PathChange) bool {
		return resource.TopLevel(x.Path) == "api_permissions" || x.Path == "admin_consent"
	})
}

// order is the order of the lines: what is lost is read before what is won.
func order(action string) int { return strings.Index("revoke grant pending", action) }

func (p *printer) consentTable(c *plan.Change, list []plan.ConsentChange, risks *pending) {
	var label, kind, value int
	for _, x := range list {
		label, kind, value = max(label, width.Of(x.Label)), max(kind, width.Of(string(x.Permission.Kind))), max(value, width.Of(x.Permission.Value))
	}
	for _, x := range list {
		sign, what := p.sym.sign(plan.Create), p.t.grantWholeTenant(x.What)
		switch x.Action {
		case "revoke":
			sign, what = p.sym.sign(plan.Delete), p.t.verbs["revoke"]
			if c.App != nil && slices.Contains(c.App.Consent.Undeclared, x.Permission) {
				what += ", " + p.t.foundInEntra
			}
		case "pending":
			sign, what = p.sym.sign(plan.Wait), p.t.verbs["pending"]
		}
		p.line(6, sign, text(fmt.Sprintf(" consent  %s  %s  %s   %s",
			width.Pad(x.Label, label), width.Pad(string(x.Permission.Kind), kind), width.Pad(x.Permission.Value, value), what)))
		risks.ofPermission(x.Permission.Value)
	}
}

// requested sums up the permissions that are asked for and granted by nobody
// yet, then names them.
func (p *printer) requested(list []plan.ConsentChange, risks *pending) {
	type group struct{ label, kind string }
	var groups []group
	names := map[group][]string{}
	for _, x := range list {
		g := group{x.Label, string(x.Permission.Kind)}
		if names[g] == nil {
			groups = append(groups, g)
		}
		names[g] = append(names[g], x.Permission.Value)
	}
	var sums []string
	for _, g := range groups {
		sums = append(sums, fmt.Sprintf("%s %d %s", g.label, len(names[g]), g.kind))
	}
	p.rows([]row{{path: "api_permissions", action: plan.Create, value: join(sums) + "   (" + p.t.requested + ")"}}, nil)
	for _, g := range groups {
		p.prose(8, []seg{text(g.label + " " + g.kind + ": ")}, join(names[g]))
		for _, value := range names[g] {
			risks.ofPermission(value)
		}
	}
}

func onlyDelegated(list []plan.ConsentChange) bool {
	granted := false
	for _, x := range list {
		if x.Action == "revoke" {
			continue
		}
		if x.Permission.Kind != resource.DelegatedKind {
			return false
		}
		granted = granted || x.Action == "grant"
	}
	return granted
}

func onlyDelegatedKind(list []plan.ConsentChange) bool {
	return !slices.ContainsFunc(list, func(x plan.ConsentChange) bool { return x.Permission.Kind != resource.DelegatedKind })
}

// whoConsents names the roles that may grant: application permissions of
// Microsoft Graph need the highest (Microsoft Learn, "Grant tenant-wide admin
// consent to an application").
func (p *printer) whoConsents(list []plan.ConsentChange) string {
	for _, x := range list {
		api, _ := resource.APIByName(x.Permission.API)
		if x.Permission.Kind == resource.ApplicationKind && api.AppID == resource.MicrosoftGraph.AppID {
			return p.t.graphAdmins
		}
	}
	return p.t.otherAdmins
}

func appName(c *plan.Change) string {
	if name := attr(c, "display_name"); name != "" {
		return name
	}
	return c.Addr.String()
}

func tenantName(v *view, t words) string {
	return cmp.Or(v.Tenant.DisplayName, v.Tenant.DefaultDomain, v.Tenant.ID, t.tenant)
}
