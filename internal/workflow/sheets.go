package workflow

import (
	"fmt"
	"time"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/state"
)

// sheets makes the settings documents of a state's targets. The configuration,
// which tells when secrets rotate, is worked out once for all of them.
type sheets struct {
	p *Project
	ledger
	want desired
}

func (p *Project) sheets(doc *state.Document) *sheets {
	s := &sheets{p: p, ledger: ledgerOf(doc)}
	if want, _ := p.World.Evaluate(lang.Nothing); want != nil {
		s.want = index(want.Instances)
	}
	return s
}

// settings makes the document of one target. Its occasion is a rotation once
// another credential has been in use before.
func (s *sheets) settings(t *state.Target) (product.Settings, diag.Diagnostics) {
	p := s.p
	prod, ok := p.Products.Product(t.Product)
	if !ok {
		return product.Settings{}, diag.Diagnostics{diag.Err("MP805", "Product not in the catalogue", fmt.Sprintf("%s is for %q, which this catalogue does not have.", t.Address, t.Product))}
	}
	attrs, err := resource.DecodeAttrs(mailtarget.Schema(prod.Inputs()), t.Attributes)
	if err != nil {
		return product.Settings{}, failure("MP501", "State cannot be used", err)
	}
	app := s.appOf(t)
	if app == nil {
		return product.Settings{}, diag.Diagnostics{diag.Err("MP806", "Application missing in the state", fmt.Sprintf("The state knows no application for %s.", t.Address)).WithDo("Run mailprov apply.")}
	}
	hosts := entra.HostsOf(p.Config.Settings.Tenant.Cloud)
	f := product.Facts{
		Target: t.Address, Attrs: attrs, App: computed(priorAttrs(app), s.doc, app), Language: p.Language(), Occasion: product.First,
		TenantID: s.doc.TenantID, ClientID: app.ClientID, LoginHost: hosts.Login, GraphHost: hosts.Graph,
	}
	s.secretFacts(&f, s.secrets[t.Secret])
	return prod.Settings(f)
}

// secretFacts fills in which credential is to be entered and the dates of it.
func (s *sheets) secretFacts(f *product.Facts, sec *state.Secret) {
	f.Secret.Ref = sec.Address.String()
	newest, inUse := delivered(sec)
	if newest == nil {
		return
	}
	loc := s.p.Location()
	date := func(t time.Time) string { return t.In(loc).Format(time.DateOnly) }
	f.Secret.KeyID, f.Secret.Hint = newest.KeyID, newest.Hint
	f.Secret.ExpiresAt, f.Secret.ExpiresOn = newest.EndsAt.UTC().Format(time.RFC3339), date(newest.EndsAt)
	if i := s.want[sec.Address]; i != nil {
		f.RotatesOn = date(rotationOf(i, s.p.Env.Now(), loc).Due(*newest))
	}
	for _, c := range sec.Credentials {
		if c.Phase == state.Superseded || c.Phase == state.Retired || inUse != nil && inUse != newest {
			f.Occasion = product.Rotation
		}
	}
	if inUse != nil && inUse != newest {
		f.InUseExpiresOn = date(inUse.EndsAt)
	}
}
