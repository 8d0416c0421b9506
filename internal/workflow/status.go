package workflow

import (
	"context"
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/status"
)

// StatusOptions are the choices of status.
type StatusOptions struct {
	Horizon   rotate.Span // how far ahead an end needs attention; zero: the usual
	NoRefresh bool        // believe the state and ask nobody
}

// Status says where the secrets stand. It can only look, takes no lock and asks
// the tenant for nothing but credentials: one request for every twenty
// applications. What cannot be read is taken from the state.
func (p *Project) Status(ctx context.Context, o StatusOptions) (*status.Report, diag.Diagnostics) {
	doc, ds := p.ReadState(ctx)
	if ds.HasErrors() {
		return nil, ds
	}
	made := doc != nil
	if !made {
		doc = state.New(p.Config.Settings.Name, p.tenantID(), "", p.Env.Version)
	}
	first, unknown := p.evaluate(knownFrom(doc, nil, nil))
	if first == nil {
		return nil, unknown
	}
	if _, ds = moveState(doc, first); ds.HasErrors() {
		return nil, ds
	}
	want, ds := p.evaluate(knownFrom(doc, nil, p.policies(first)))
	if ds.HasErrors() {
		return nil, ds
	}
	in := status.Input{
		MailprovVersion: p.Env.Version, Name: doc.Name, TenantID: doc.TenantID, State: doc,
		Now: p.Env.Now(), Location: p.Location(), Horizon: o.Horizon,
	}
	if made && !o.NoRefresh {
		more := p.look(ctx, doc, &in)
		if ds = append(ds, more...); ds.HasErrors() {
			return nil, ds
		}
	}
	instances := settledSecrets(want.Instances, doc)
	in.Decided = p.decided(ctx, doc, want, instances, in)
	in.Products = p.usedBy(doc, instances)
	return status.Build(in), ds
}

// decided asks the plan of a rotation what it would do about every secret of
// the configuration, so that a status never says anything else.
func (p *Project) decided(ctx context.Context, doc *state.Document, want *lang.Desired, instances []*resource.Instance, seen status.Input) []status.Decided {
	all := index(instances)
	opened, _ := p.openSinks(want.Sinks) // whether they can be used is the business of those who deliver
	facts, _ := p.targetFacts(all)
	res := plan.Build(plan.Input{
		Name: seen.Name, Tenant: plan.Tenant{ID: doc.TenantID}, Desired: instances, Sinks: sinksOrReceipts(want.Sinks, opened, doc), Targets: facts,
		Prior: doc, Observed: believed(doc, seen.Observed), Options: plan.Options{SecretsOnly: true},
		Now: seen.Now, Location: seen.Location, Readable: p.readable(ctx, doc, opened, all),
	})
	problems := map[string]string{}
	for _, d := range res.Plan.Failures {
		if !slices.Contains(reported, d.Code) {
			problems[d.Address] = d.Summary + ": " + d.Detail
		}
	}
	l := ledgerOf(doc)
	var out []status.Decided
	for _, c := range res.Plan.Changes {
		if c.Addr.Type != clientsecret.Name || c.Instance == nil {
			continue
		}
		app, _ := addr.Parse(resource.Text(c.Instance.Attrs.GetAttr("app")))
		if held := l.secrets[c.Addr]; held != nil {
			app = held.App
		}
		out = append(out, status.Decided{Address: c.Addr, App: app, Policy: c.Secret.Policy, Decision: c.Secret.Decision, Problem: problems[c.Addr.String()]})
	}
	return out
}

// reported are the findings of a rotation that a report tells in its own way:
// an application that is gone, a secret that is not made yet, and one that waits
// for confirmation.
var reported = []string{"MP325", "MP326", "MP327"}

// sinksOrReceipts are the sinks as far as they can be opened here. Of the others
// nothing is known but what was delivered to them, so that nobody seems to have
// lost or gained the right to read.
func sinksOrReceipts(list []*resource.Instance, opened map[addr.Instance]sink.Sink, doc *state.Document) map[addr.Instance]plan.Sink {
	out := sinkFacts(list, opened)
	for _, i := range list {
		if _, ok := out[i.Addr]; ok {
			continue
		}
		s := plan.Sink{Kind: i.Label, Durable: true, Instance: i}
		for _, sec := range doc.Secrets {
			for _, c := range sec.Credentials {
				for _, r := range c.Receipts {
					if r.Sink == i.Addr {
						s.Readers = append(s.Readers, r.Readers...)
					}
				}
			}
		}
		out[i.Addr] = s
	}
	return out
}

// usedBy are the mail targets of the configuration, and those that only the
// state has.
func (p *Project) usedBy(doc *state.Document, instances []*resource.Instance) []status.Product {
	var out []status.Product
	declared := map[addr.Instance]bool{}
	for _, i := range instances {
		prod, ok := p.Products.Product(i.Label)
		if i.Addr.Type != mailtarget.Name || !ok {
			continue
		}
		declared[i.Addr] = true
		secret, _ := addr.Parse(resource.Text(i.Attrs.GetAttr("secret")))
		u := status.Product{Address: i.Addr, Secret: secret, Product: prod.Name, Title: prod.Title[p.Language()], Contact: resource.Text(i.Attrs.GetAttr("contact"))}
		if held := doc.Target(i.Addr); held != nil && !i.Attrs.GetAttr("contact").IsKnown() {
			_, u.Contact = p.knownAs(held)
		}
		for _, w := range prod.Waiting(i.Attrs) {
			u.Inputs = append(u.Inputs, status.MissingInput{Name: w.Name, Where: w.Where[p.Language()]})
		}
		out = append(out, u)
	}
	for _, t := range doc.Targets {
		if declared[t.Address] {
			continue
		}
		title, contact := p.knownAs(t)
		out = append(out, status.Product{Address: t.Address, Secret: t.Secret, Product: t.Product, Title: title, Contact: contact})
	}
	return out
}
