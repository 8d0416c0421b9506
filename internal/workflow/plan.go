package workflow

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/directory"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
)

// PlanOptions are the choices of plan and apply.
type PlanOptions struct {
	Destroy bool
	Targets []string
	Replace []string // addresses of secrets to be replaced
	// AllowReplace are addresses that may be deleted although something like
	// them is made.
	AllowReplace []string
	NoRefresh    bool
	SkipGrant    bool
	NoRotation   bool   // -rotate=none
	AsOf         string // plan as if it were then; empty: now
}

// Planned is a plan with all it was made from, for apply to go on with.
type Planned struct {
	Project *Project
	Plan    *plan.Plan
	Input   plan.Input
	Prior   *state.Document
	Desired *lang.Desired
	Sinks   map[addr.Instance]sink.Sink

	view     *view
	dir      *directory.Directory
	policies policyOf
}

// Plan makes a plan without changing anything: the connection refuses whatever
// could write. No lock is taken; one consistent serial is read.
func (p *Project) Plan(ctx context.Context, o PlanOptions) (*Planned, diag.Diagnostics) {
	doc, ds := p.ReadState(ctx)
	if ds.HasErrors() {
		return nil, ds
	}
	dir, id, more := p.connect(ctx, true)
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	planned, more := p.planWith(ctx, dir, id, doc, o)
	return planned, append(ds, more...)
}

// planWith plans over an open connection and a state read before.
func (p *Project) planWith(ctx context.Context, dir *directory.Directory, id entra.Identity, doc *state.Document, o PlanOptions) (*Planned, diag.Diagnostics) {
	opts, now, ds := p.planOptions(o)
	if ds.HasErrors() {
		return nil, ds
	}
	fresh := doc == nil
	if fresh {
		doc = state.New(p.Config.Settings.Name, p.tenantID(), draw(128), p.Env.Version)
	}
	first, unknown := p.evaluate(knownFrom(doc, nil, nil))
	if first == nil {
		return nil, unknown
	}
	moved, ds := moveState(doc, first)
	if ds.HasErrors() {
		return nil, ds
	}
	v, ds := p.refresh(ctx, dir, id, doc, apisUsed(first, doc), o.NoRefresh)
	if ds.HasErrors() {
		return nil, ds
	}
	if ds := p.guardToken(id, v.tenant.ID); ds.HasErrors() {
		return nil, ds
	}
	if fresh {
		doc.TenantID = v.tenant.ID
	}
	if d := p.guardStrangers(v, doc); d != nil {
		return nil, append(ds, *d)
	}
	known := knownFrom(standing(doc, v.observed), v.answers, p.policies(first))
	want, more := p.evaluate(known)
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	said := slices.Clip(append(ds, p.announce(v.own, p.Env.Now())...))
	planned, ds := p.build(ctx, dir, id, doc, fresh, want, v, moved, opts, now, said)
	if known, some := less(known, planned.Plan); some && !ds.HasErrors() {
		// What refers to a secret that is replaced is not known yet either.
		again, more := p.evaluate(known)
		if more.HasErrors() {
			return nil, append(said, more...)
		}
		if !wantsTheSame(want, again) {
			planned, ds = p.build(ctx, dir, id, doc, fresh, again, v, moved, opts, now, said)
		}
	}
	return planned, append(ds, p.checkSinks(ctx, planned.Plan, planned.Sinks)...)
}

func (p *Project) build(ctx context.Context, dir *directory.Directory, id entra.Identity, doc *state.Document, fresh bool, want *lang.Desired, v *view, moved []plan.Move, o plan.Options, now time.Time, ds diag.Diagnostics) (*Planned, diag.Diagnostics) {
	all := index(want.Instances)
	opened, more := p.openSinks(want.Sinks)
	ds = append(ds, more...)
	ds = append(ds, p.checkEmits(want.Instances)...)
	facts, more := p.targetFacts(all)
	ds = append(ds, more...)
	in := plan.Input{
		Name: p.Config.Settings.Name, Tenant: v.tenant, Desired: want.Instances, Sinks: sinkFacts(want.Sinks, opened),
		Targets: facts, Outputs: outputs(want.Outputs), Moved: moved, Prior: doc, Observed: v.observed, APIs: v.apis,
		Policy: v.policies.New(now), Policies: v.limits(), Identity: identityOf(id), Users: v.users, Principals: v.principals, Unread: v.unread, Operators: v.operators,
		Automation: p.Env.Automation, Options: o, Now: now, Location: p.Location(), Schemas: p.targetSchemas(doc),
		NewState: fresh, Catalogue: p.Products.Version(), TargetSettings: p.settingsPairs(all, doc, standing(doc, v.observed)), Readable: p.readable(ctx, doc, opened, all),
	}
	res := plan.Build(in)
	ds = append(ds, res.Diags...)
	return &Planned{Project: p, Plan: res.Plan, Input: in, Prior: doc, Desired: want, Sinks: opened, view: v, dir: dir, policies: p.policies(want)}, ds
}

// moveState works moved blocks into the state before anything is compared.
func moveState(doc *state.Document, d *lang.Desired) ([]plan.Move, diag.Diagnostics) {
	var out []plan.Move
	if d == nil {
		return nil, nil
	}
	have := map[addr.Instance]bool{}
	for _, a := range doc.Addresses() {
		have[a] = true
	}
	for _, m := range d.Moved {
		if !movable(have, m.From) {
			continue
		}
		if err := doc.Move(m.From, m.To); err != nil {
			return nil, diag.Diagnostics{diag.Err("MP214", "Cannot be moved", sentence(err)).At(m.Range)}
		}
		out = append(out, plan.Move{From: m.From, To: m.To})
	}
	return out, nil
}

// movable tells whether the state has the address or an instance of it.
func movable(have map[addr.Instance]bool, from addr.Instance) bool {
	for a := range have {
		if a == from || a.Resource() == from {
			return true
		}
	}
	return false
}

// guardStrangers stops a run with an empty state where applications of this
// configuration exist: creating them again would leave two of each.
func (p *Project) guardStrangers(v *view, doc *state.Document) *diag.Diagnostic {
	if len(v.strangers) == 0 || len(doc.Applications) > 0 {
		return nil
	}
	d := diag.Errf("MP202", "State is empty, but the applications exist", "The tenant has applications made by a configuration named %q, which this state knows nothing of: %s.", p.Config.Settings.Name, strings.Join(v.strangers, ", ")).
		At(p.Config.Settings.Range)
	d = d.WithMail(message.Of("Mail still works: nothing was changed."))
	d = d.WithDof("If the state was lost, restore it (%s). If this is another configuration, give it another mailprov.name.", p.Store.Describe())
	return &d
}

func sinkFacts(list []*resource.Instance, opened map[addr.Instance]sink.Sink) map[addr.Instance]plan.Sink {
	out := map[addr.Instance]plan.Sink{}
	for _, i := range list {
		if s, ok := opened[i.Addr]; ok {
			facts := plan.Sink{Kind: i.Label, Where: s.Where, Readers: s.Readers(), Durable: s.Durable(), Plaintext: s.Plaintext(), Instance: i}
			if k, ok := s.(sink.Keyed); ok {
				facts.Keys = k.Keys()
			}
			out[i.Addr] = facts
		}
	}
	return out
}

func outputs(list []lang.Output) map[string]plan.Output {
	out := map[string]plan.Output{}
	for _, o := range list {
		out[o.Name] = plan.Output{Value: o.Value, Sensitive: o.Sensitive}
	}
	return out
}

// identityOf is who is signed in. Permissions count as known only where the
// token names some: a token that does not say proves nothing.
func identityOf(id entra.Identity) plan.Identity {
	out := plan.Identity{Name: id.Name, ObjectID: id.ObjectID, ClientID: id.ClientID, IsUser: id.IsUser, SecretHint: id.SecretHint, Roles: map[string]bool{}, Scopes: map[string]bool{}}
	if out.Name == "" {
		out.Name = id.ClientID
	}
	for _, r := range id.Roles {
		out.Roles[r] = true
	}
	for _, s := range id.Scopes {
		out.Scopes[s] = true
	}
	out.Known = len(id.Roles)+len(id.Scopes) > 0
	out.DirectoryRoles, out.DirectoryRolesKnown = id.DirectoryRoles, len(id.DirectoryRoles) > 0
	return out
}

// policies tells when secrets rotate, for rotates_at; what cannot be read yet is
// left out and reported by the plan.
func (p *Project) policies(d *lang.Desired) policyOf {
	if d == nil {
		return nil
	}
	all := index(d.Instances)
	return func(s *state.Secret) rotate.Policy {
		if i := all[s.Address]; i != nil {
			return rotationOf(i, p.Env.Now(), p.Location())
		}
		return rotate.Policy{}
	}
}
