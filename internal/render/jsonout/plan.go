package jsonout

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
)

// WritePlan writes a plan as one indented document.
func WritePlan(w io.Writer, p *plan.Plan, mailprovVersion string) error {
	return write(w, PlanOf(p, mailprovVersion))
}

func write(w io.Writer, doc any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("write document: %w", err)
	}
	return nil
}

// PlanOf is the document of a plan.
func PlanOf(p *plan.Plan, mailprovVersion string) Plan {
	d := Plan{
		FormatVersion: FormatVersion, MailprovVersion: mailprovVersion, Name: p.Name, TenantID: p.Tenant.ID,
		Timestamp: p.Now.UTC(), TimestampLocalDate: localDate(p.Now, p.Location), Lineage: p.Lineage, Serial: p.Serial,
		Digest: p.Digest(), Partial: p.Partial(), Unread: unread(p.Unread), Facts: facts(p.Facts),
		ResourceChanges: []ResourceChange{}, ResourceDrift: []ResourceChange{}, ConsentChanges: []ConsentChange{},
		SecretReaders: []SecretReader{}, SettingsChanges: []SettingsChange{}, Risks: []Risk{},
		OutputChanges: map[string]OutputChange{}, Checks: []Check{}, MissingRights: missing(p.Missing), Notes: p.Notes,
		Summary: Summary{
			Add: p.Summary.Add, Change: p.Summary.Change, Destroy: p.Summary.Destroy, SecretsCreate: p.Summary.SecretsCreate,
			Rotate: p.Summary.Rotate, Retire: p.Summary.Retire, Waiting: p.Summary.Waiting, Blocked: p.Summary.Blocked,
		},
	}
	b := builder{p}
	for _, c := range p.Changes {
		d.ResourceChanges = append(d.ResourceChanges, b.resource(c))
	}
	for _, c := range p.Drift {
		r := b.resource(c)
		r.Actors, r.ExchangeRoles = nil, nil
		d.ResourceDrift = append(d.ResourceDrift, r)
	}
	for _, x := range p.Consent {
		d.ConsentChanges = append(d.ConsentChanges, ConsentChange{
			Address: x.Addr.String(), Resource: x.Label, API: x.Permission.API, Kind: string(x.Permission.Kind),
			Permission: x.Permission.Value, Description: x.What, Action: x.Action,
		})
	}
	for _, x := range p.Readers {
		d.SecretReaders = append(d.SecretReaders, SecretReader{x.Secret.String(), x.Sink.String(), x.Kind, x.Name, x.New, x.Pending})
	}
	for _, x := range p.Settings {
		d.SettingsChanges = append(d.SettingsChanges, SettingsChange{x.Target.String(), x.Product, x.Contact, list0(x.Items)})
	}
	for _, x := range p.Risks {
		d.Risks = append(d.Risks, Risk{x.Code, string(x.Level), x.Addr.String(), x.Message, x.Accepted, x.Reason, x.Until})
	}
	for _, x := range p.Outputs {
		d.OutputChanges[x.Name] = output(x)
	}
	for _, m := range p.MovedFrom {
		d.Moved = append(d.Moved, Move{m.From.String(), m.To.String()})
	}
	return d
}

// missing are rights as documents have them.
func missing(list []plan.Lack) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.Text().String())
	}
	return out
}

func unread(list []plan.Unread) []Unread {
	var out []Unread
	for _, x := range list {
		u := Unread{What: x.What.String(), Why: x.Why.String()}
		if !x.Addr.IsZero() {
			u.Address = x.Addr.String()
		}
		out = append(out, u)
	}
	return out
}

func facts(list []plan.Fact) []Fact {
	out := []Fact{}
	for _, f := range list {
		out = append(out, Fact{f.Address, string(f.Kind), f.Name, f.Before, f.After, f.Sensitive})
	}
	return out
}

type builder struct{ p *plan.Plan }

func (b builder) resource(c *plan.Change) ResourceChange {
	before, after := values("", c.Before, c.Hidden), values("", c.After, c.Hidden)
	r := ResourceChange{
		Address: c.Addr.String(), Module: c.Addr.Module, Type: c.Addr.Type, Name: c.Addr.Name, Index: c.Addr.Key, Product: c.Label,
		Change: Change{
			Actions: []string{}, Before: before.value, After: after.value, AfterUnknown: after.unknown,
			AfterSensitive: merge(after.sensitive, before.sensitive), PathsChanged: []string{}, Reason: c.Reason, Blocked: c.Blocked,
		},
	}
	for _, a := range c.Actions() {
		r.Change.Actions = append(r.Change.Actions, a.String())
	}
	for _, p := range c.Paths {
		r.Change.PathsChanged = append(r.Change.PathsChanged, p.Path)
	}
	if c.App != nil {
		r.Actors, r.ExchangeRoles = b.actors(c.App), exchangeRoles(c.App)
		if c.Action == plan.Create {
			r.Change.AfterUnknown = computed(r.Change.AfterUnknown, appregistration.Schema())
		}
	}
	if c.Secret != nil {
		r.Secret = b.life(c)
		if to := c.Secret.CopyTo(); len(to) > 0 {
			r.Change.Reason = "brings the value in use to " + strings.Join(addresses(to), ", ")
		}
		if c.Action == plan.Create || c.Action == plan.Rotate {
			r.Change.AfterUnknown = computed(r.Change.AfterUnknown, clientsecret.Schema())
		}
	}
	if c.Target != nil {
		for _, w := range c.Target.Waiting {
			r.WaitingFor = append(r.WaitingFor, WaitingInput{w.Name, w.Contact, w.Where})
		}
	}
	return r
}

func (b builder) actors(a *plan.AppDetail) *Actors {
	return &Actors{
		Secrets: a.WillHave, Ours: b.lines(a.Ours), Others: b.lines(a.Others), Certificates: b.lines(a.Certs),
		Owners: list0(a.Owners), UserGrants: a.UserGrants,
	}
}

func exchangeRoles(a *plan.AppDetail) []ExchangeRole {
	var out []ExchangeRole
	for _, r := range a.Roles {
		action := map[plan.Action]string{plan.Create: "assign", plan.Update: "change", plan.Delete: "remove"}[r.Action]
		out = append(out, ExchangeRole{r.Role, list0(r.Mailboxes), action, r.Script})
	}
	return out
}

func (b builder) lines(list []plan.CredentialLine) []Credential {
	out := []Credential{}
	for _, l := range list {
		out = append(out, b.credential(l.KeyID, l.Name, l.Hint, l.Ends))
	}
	return out
}

func (b builder) credential(key, name, hint string, ends time.Time) Credential {
	return Credential{KeyID: key, DisplayName: name, Hint: hint, EndsAt: ends.UTC(), EndsLocalDate: localDate(ends, b.p.Location)}
}

func output(x plan.OutputChange) OutputChange {
	o := OutputChange{Actions: []string{x.Action.String()}, Sensitive: x.Sensitive}
	before, after := values("", x.Before, nil), values("", x.After, nil)
	o.Before, o.After, o.AfterUnknown = before.value, after.value, after.unknown
	if x.Sensitive {
		o.Before, o.After = hidden(x.Before), hidden(x.After)
	}
	return o
}

// hidden is what stands for a sensitive value: nothing where there is none.
func hidden(v cty.Value) any {
	if v == cty.NilVal || !v.IsMarked() && (v.IsNull() || !v.IsKnown()) {
		return nil
	}
	return redacted
}

func list0(ss []string) []string { return append([]string{}, ss...) }

func localDate(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	if loc == nil {
		loc = time.UTC
	}
	return t.In(loc).Format(time.DateOnly)
}
