package workflow

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

// desired indexes the instances of a configuration.
type desired map[addr.Instance]*resource.Instance

func index(list []*resource.Instance) desired {
	out := desired{}
	for _, i := range list {
		out[i.Addr] = i
	}
	return out
}

// appOf is the application a target's secret belongs to, or nil.
func (d desired) appOf(target *resource.Instance) *resource.Instance {
	secret := d.ref(target, "secret")
	if secret == nil {
		return nil
	}
	return d.ref(secret, "app")
}

func (d desired) ref(i *resource.Instance, attr string) *resource.Instance {
	a, err := addr.Parse(resource.Text(i.Attrs.GetAttr(attr)))
	if err != nil {
		return nil
	}
	return d[a]
}

// targetFacts asks the catalogue about every mail target.
func (p *Project) targetFacts(all desired) (map[addr.Instance]plan.Target, diag.Diagnostics) {
	out := map[addr.Instance]plan.Target{}
	var ds diag.Diagnostics
	for _, i := range all {
		if i.Addr.Type != mailtarget.Name {
			continue
		}
		prod, ok := p.Products.Product(i.Label)
		if !ok {
			continue // reported by the language
		}
		ds = append(ds, prod.Validate(i.Attrs, withHeader(i))...)
		out[i.Addr] = p.facts(prod, i, all.appOf(i))
	}
	return out, ds
}

func (p *Project) facts(prod *product.Product, i, app *resource.Instance) plan.Target {
	t := plan.Target{
		Product: prod.Name, Title: prod.Title[p.Language()], ByHand: prod.Entered == product.ByHand,
		SignIn: map[resource.Permission]bool{}, Needs: map[resource.Permission]bool{}, Roles: map[string]bool{},
		LongLifetime: prod.SecretAdvice().Prescribed, Mailbox: mailbox(i.Attrs),
	}
	t.ErrorBefore, _ = rotate.ParseSpan(prod.SecretAdvice().ErrorBefore) // checked when the catalogue is loaded; empty is none
	for api, scopes := range prod.SignInScopes() {
		for _, s := range scopes {
			t.SignIn[resource.Permission{API: api, Kind: resource.DelegatedKind, Value: s}] = true
		}
	}
	for _, need := range prod.ListedOrRequired(i.Attrs) {
		t.Needs[resource.Permission{API: need.API, Kind: resource.Kind(need.Kind), Value: need.Name}] = true
	}
	t.SignsIn = slices.ContainsFunc(prod.Flows, func(flow string) bool { return flow != "client_credentials" })
	t.SMTP = prod.SMTPAuth(i.Attrs)
	t.Hosts, t.HostsKnown = prod.Hosts(i.Attrs)
	for _, role := range prod.ApplicationRoles() {
		t.Roles[role] = true
	}
	for _, w := range prod.Waiting(i.Attrs) {
		t.Waiting = append(t.Waiting, plan.WaitingInput{Name: w.Name, Contact: resource.Text(i.Attrs.GetAttr("contact")), Where: w.Where[message.English], Places: w.Where})
	}
	if app != nil {
		for _, f := range prod.Check(app.Attrs, i.Attrs) {
			t.Findings = append(t.Findings, plan.Finding{Error: f.Level == diag.Error, Code: f.Code, Summary: f.Summary, Detail: f.Detail, Block: f.Block, Beside: f.Beside, Instead: f.Instead})
		}
	}
	lines := prod.Lines(i.Attrs, p.Language())
	t.Before, t.After = lines.Before, lines.After
	if lines.IfMissed != "" {
		t.After += "\n" + lines.IfMissed
	}
	return t
}

func mailbox(attrs cty.Value) string {
	if attrs.Type().HasAttribute("mailbox") {
		return resource.Text(attrs.GetAttr("mailbox"))
	}
	return ""
}

// settingsPairs compares, for every target that was applied before, what its
// product shows with what it would have to show. Now is the state without what
// is gone from Entra.
func (p *Project) settingsPairs(all desired, prior, now *state.Document) map[addr.Instance]plan.SettingsPair {
	out := map[addr.Instance]plan.SettingsPair{}
	was, is := ledgerOf(prior), ledgerOf(now)
	for _, t := range prior.Targets {
		i, still := all[t.Address]
		prod, ok := p.Products.Product(t.Product)
		if !still || !ok || i.Label != t.Product {
			continue
		}
		before, err := resource.DecodeAttrs(mailtarget.Schema(prod.Inputs()), t.Attributes)
		if err != nil {
			continue
		}
		app := all.appOf(i)
		applied := was.appOf(t)
		priorApp := priorAttrs(applied)
		if app == nil || priorApp == cty.NilVal {
			continue
		}
		clientID := "(known after apply)"
		if there := is.appOf(t); there != nil && there.ClientID != "" {
			clientID = there.ClientID
		}
		out[t.Address] = plan.SettingsPair{
			Before: p.shown(prod, t.Address, before, priorApp, prior.TenantID, applied.ClientID),
			After:  p.shown(prod, t.Address, i.Attrs, app.Attrs, prior.TenantID, clientID),
		}
	}
	return out
}

// shown lists what a person enters on a product's screens, without the secret.
func (p *Project) shown(prod *product.Product, a addr.Instance, attrs, app cty.Value, tenant, client string) []plan.SettingsItem {
	s, ds := prod.Settings(product.Facts{Target: a, Attrs: attrs, App: app, Language: "ja", Occasion: product.First, TenantID: tenant, ClientID: client})
	if ds.HasErrors() {
		return nil
	}
	var out []plan.SettingsItem
	for _, screen := range s.Screens {
		for _, it := range screen.Items {
			switch it.Do {
			case "enter", "choose", "tick":
				if !it.Sensitive && it.From != "secret" {
					out = append(out, plan.SettingsItem{Screen: screen.Title, Label: it.Label, Value: it.Value})
				}
			}
		}
	}
	return out
}

// targetSchemas are the schemas of the targets in the state, by product.
func (p *Project) targetSchemas(prior *state.Document) map[addr.Instance]resource.Schema {
	out := map[addr.Instance]resource.Schema{}
	for _, t := range prior.Targets {
		if prod, ok := p.Products.Product(t.Product); ok {
			out[t.Address] = mailtarget.Schema(prod.Inputs())
		}
	}
	return out
}
