package workflow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/rotate"
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
	if want, _ := p.evaluate(lang.Nothing); want != nil {
		s.want = index(want.Instances)
	}
	return s
}

// settings makes the document of one target: of a re-entry where its product has
// an earlier secret than the one it is to have, else of the whole setup.
func (s *sheets) settings(t *state.Target) (product.Settings, diag.Diagnostics) {
	prod, f, ds := s.facts(t)
	if ds.HasErrors() {
		return product.Settings{}, ds
	}
	s.secretFacts(&f, t, s.secrets[t.Secret], s.digest(prod, f))
	return prod.Settings(f)
}

// facts are those of a target but for its secret.
func (s *sheets) facts(t *state.Target) (*product.Product, product.Facts, diag.Diagnostics) {
	p := s.p
	prod, ok := p.Products.Product(t.Product)
	if !ok {
		return nil, product.Facts{}, diag.Diagnostics{diag.Errf("MP805", "Product not in the catalogue", "%s is for %q, which this catalogue does not have.", t.Address, t.Product)}
	}
	attrs, err := resource.DecodeAttrs(mailtarget.Schema(prod.Inputs()), t.Attributes)
	if err != nil {
		return nil, product.Facts{}, failure("MP501", "State cannot be used", err)
	}
	app := s.appOf(t)
	if app == nil {
		return nil, product.Facts{}, diag.Diagnostics{diag.Errf("MP806", "Application missing in the state", "The state knows no application for %s.", t.Address).WithDof("Run mailprov apply.")}
	}
	hosts := entra.HostsOf(p.Config.Settings.Tenant.Cloud)
	return prod, product.Facts{
		Target: t.Address, Attrs: attrs, App: computed(priorAttrs(app), s.doc, app), Language: p.Language(), Occasion: product.First,
		TenantID: s.doc.TenantID, ClientID: app.ClientID, LoginHost: hosts.Login, GraphHost: hosts.Graph,
		Roles: s.roles(app),
	}, nil
}

// digestOf is digest of a target of the state; empty where its settings are not
// complete.
func (s *sheets) digestOf(t *state.Target) string {
	prod, f, ds := s.facts(t)
	if ds.HasErrors() {
		return ""
	}
	return s.digest(prod, f)
}

// digest tells apart what a person enters in a product besides the secret.
func (s *sheets) digest(prod *product.Product, f product.Facts) string {
	items := s.p.shown(prod, f.Target, f.Attrs, f.App, f.TenantID, f.ClientID)
	raw, err := json.Marshal(items)
	if err != nil || len(items) == 0 {
		return ""
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// secretFacts fills in which credential is to be entered, what the product has
// of the secret so far, and the dates of both.
func (s *sheets) secretFacts(f *product.Facts, t *state.Target, sec *state.Secret, digest string) {
	f.Secret.Ref = sec.Address.String()
	e := entryOf(t, sec)
	if e.newest == nil {
		return
	}
	f.Secret = s.ref(sec, e.newest)
	var pol rotate.Policy
	if i := s.want[sec.Address]; i != nil {
		pol = rotationOf(i, s.p.Env.Now(), s.p.Location())
		f.RotatesOn = s.date(pol.Due(*e.newest))
	}
	if c := e.confirmed; c != nil {
		f.Confirmed = &product.Confirmed{By: c.By, At: c.At.UTC().Format(time.RFC3339), On: s.date(c.At), Note: c.Note, Outdated: e.outdated(digest)}
	}
	if e.again() {
		f.Occasion, f.Rotation = product.Rotation, s.rotation(sec, e, pol)
		f.Rotation.Whole = e.outdated(digest)
	}
}

// rotation tells what the product still uses, and until when.
func (s *sheets) rotation(sec *state.Secret, e entry, pol rotate.Policy) product.RotationFacts {
	until := worksUntil(e.uses, s.retireAfter(sec))
	from := e.newest.DeliveredAt
	if from.IsZero() {
		from = e.newest.CreatedAt
	}
	if due := pol.Due(*e.uses); !pol.RotateBefore.IsZero() && due.Before(from) {
		from = due
	}
	stopped := !until.After(s.p.Env.Now())
	return product.RotationFacts{
		InUse: s.ref(sec, e.uses), From: s.date(from), By: s.date(until), Stopped: stopped,
		Earlier:   e.newest.CreatedAt.Before(e.uses.CreatedAt),
		Readable:  replaced(sec) == e.uses && !stopped,
		Delivered: e.newest.Phase == state.Current,
	}
}

// retireAfter is how long a replaced secret stays, for a product that a person
// fills in.
func (s *sheets) retireAfter(sec *state.Secret) rotate.Span {
	i := s.want[sec.Address]
	if i == nil {
		return rotate.DefaultAfterConfirm
	}
	pol, _ := clientsecret.Policy(i, clientsecret.Surroundings{Now: s.p.Env.Now(), Location: s.p.Location(), ByHand: true})
	return pol.RetireAfter
}

func (s *sheets) ref(sec *state.Secret, c *state.Credential) product.SecretRef {
	return product.SecretRef{Ref: sec.Address.String(), KeyID: c.KeyID, Hint: c.Hint, ExpiresAt: c.EndsAt.UTC().Format(time.RFC3339), ExpiresOn: s.date(c.EndsAt)}
}

// date is a day in the configuration's time zone.
func (s *sheets) date(t time.Time) string { return t.In(s.p.Location()).Format(time.DateOnly) }
