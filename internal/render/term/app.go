package term

import (
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

// application writes the block of an app_registration: attributes, consent,
// risks under what they belong to, and who can act as it.
func (p *printer) application(v *view, c *plan.Change) {
	f := formatter{p.t, v.Plan}
	risks := &pending{p, v.risks[c.Addr]}
	switch c.Action {
	case plan.Create:
		p.rows(p.newApplication(f, c), risks.under)
	case plan.Delete:
		p.rows(f.created(c, appregistration.Schema(), plan.Delete, c.Before, []string{"display_name"}, []string{"api_permissions", "admin_consent", "exchange_role", "owners", "owners_exclusive"}), nil)
	default:
		p.rows(p.changedApplication(f, c), risks.under)
	}
	p.consentLines(v, c, risks)
	p.permissionsWithoutConsent(v, c, risks)
	p.exchangeRoles(c)
	risks.rest()
	p.actors(v, c)
	p.notesOf(v, c)
}

func (p *printer) newApplication(f formatter, c *plan.Change) []row {
	rows := f.created(c, appregistration.Schema(), plan.Create, c.After, []string{"display_name", "sign_in_audience"}, []string{"api_permissions", "admin_consent", "exchange_role"})
	var out []row
	for i, r := range rows {
		if r.path == "sign_in_audience" {
			r.comment = p.t.audiences[resource.Text(c.After.GetAttr("sign_in_audience"))]
		}
		out = append(out, r)
		if i+1 == len(rows) || r.path == "sign_in_audience" {
			if !hasRow(out, "client_id") {
				out = append(out, row{path: "client_id", action: plan.Create, value: p.t.knownAfter})
			}
		}
	}
	return out
}

func (p *printer) changedApplication(f formatter, c *plan.Change) []row {
	rows := f.changed(c, nil)
	for i, r := range rows {
		if r.path == "sign_in_audience" {
			rows[i].comment = p.t.audiences[resource.Text(c.After.GetAttr("sign_in_audience"))]
		}
	}
	return rows
}

// permissionsWithoutConsent shows what is requested where no line of consent
// does, so that no permission of a new application goes unseen.
func (p *printer) permissionsWithoutConsent(v *view, c *plan.Change, risks *pending) {
	if c.Action != plan.Create || len(v.consent[c.Addr]) > 0 {
		return
	}
	var list []plan.ConsentChange
	for x := range appregistration.Requested(c.After) {
		label := x.API
		if api, ok := resource.APIByName(x.API); ok {
			label = api.Label
		}
		list = append(list, plan.ConsentChange{Addr: c.Addr, Permission: x, Label: label})
	}
	if len(list) == 0 {
		return
	}
	sortConsent(list)
	p.requested(list, risks)
}

// actors says who can act as the application, because a secret made by hand or
// a stray owner matters more than any attribute.
func (p *printer) actors(v *view, c *plan.Change) {
	a := c.App
	if a == nil || c.Action == plan.Forget {
		return
	}
	fresh := c.Action == plan.Create
	will := a.WillHave
	if c.Action == plan.Delete {
		will = len(a.Ours)
	}
	parts := []message.Text{message.Count(will, "%d secret%s", "%d secrets%s", ours(v, a.Ours))}
	if will == 0 {
		parts[0] = message.Of("0 secrets")
	}
	if len(a.Others) > 0 {
		parts = append(parts, message.Of("%d made by hand (%s)", len(a.Others), credentials(v, a.Others)))
	}
	switch {
	case len(a.Certs) > 0:
		parts = append(parts, message.Count(len(a.Certs), "%d certificate (%s)", "%d certificates (%s)", credentials(v, a.Certs)))
	case !fresh:
		parts = append(parts, message.Of("0 certificates"))
	}
	who := message.List(parts...)
	if len(a.Owners) > 0 {
		who = message.Of("%s; owners: %s", who, message.Names(a.Owners...))
	}
	if c.Action == plan.Delete {
		p.prose(6, nil, p.t.say("could act as it: %s", who))
	} else {
		p.prose(6, nil, p.t.say("can act as it afterwards: %s", who))
	}
	if a.UserGrants > 0 {
		p.line(6, text("i "+p.t.userGrants(a.UserGrants)))
	}
}

func ours(v *view, list []plan.CredentialLine) message.Text {
	if len(list) == 0 {
		return message.Of(" (ours)")
	}
	var ends []string
	for _, l := range list {
		ends = append(ends, day(l.Ends, v.Location))
	}
	return message.Of(" (ours, ends %s)", message.And(message.Names(ends...)...))
}

func credentials(v *view, list []plan.CredentialLine) []message.Text {
	var out []message.Text
	for _, l := range list {
		ends := day(l.Ends, v.Location)
		if l.Name == "" {
			out = append(out, message.Of("ends %s", ends))
			continue
		}
		out = append(out, message.Of("%s ends %s", quoted(l.Name), ends))
	}
	return out
}
