package workflow

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/apply"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/directory"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
)

// RotateOptions say which secrets are to be replaced, and how.
type RotateOptions struct {
	Addresses   []string // of secrets, or of targets for theirs; empty: all
	Due         bool     // only those that are due
	Revoke      bool     // remove the old one as soon as the new one is delivered
	Back        bool     // bring the previous value back instead of making a new one
	DryRun      bool     // only say what would be done
	LockTimeout time.Duration
	Approve     func(*Planned) (bool, error)
}

// Rotate replaces secrets and removes replaced ones: nothing but credentials
// and what sinks hold of them. It asks the tenant for no more than the
// credentials of the applications concerned, so that an identity which owns
// them and holds Application.ReadWrite.OwnedBy alone can run it.
func (p *Project) Rotate(ctx context.Context, o RotateOptions) (*Applied, diag.Diagnostics) {
	var lock store.Lock
	var ds diag.Diagnostics
	if !o.DryRun {
		if lock, ds = p.lock(ctx, "rotate", false, o.LockTimeout); ds.HasErrors() {
			return nil, ds
		}
		defer func() { _ = lock.Unlock(context.WithoutCancel(ctx)) }()
	}
	doc, more := p.ReadState(ctx)
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	if doc == nil {
		return nil, append(ds, noState(p.Store))
	}
	opts, more := p.rotateOptions(doc, o)
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	dir, id, more := p.connect(ctx, o.DryRun)
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	planned, more := p.planRotation(ctx, dir, id, doc, opts)
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	out := &Applied{Planned: planned}
	if d := guardRights(planned.Plan); d != nil {
		return out, append(ds, *d)
	}
	if o.DryRun {
		return out, append(ds, planned.Plan.Failures...)
	}
	yes, err := o.Approve(planned)
	if err != nil {
		return out, append(ds, failure("MP802", "Not approved", err)...)
	}
	if !yes {
		out.Declined = true
		return out, ds
	}
	out.State = planned.Prior
	ds = append(ds, planned.Plan.Failures...)
	return p.carryOut(ctx, out, lock, ds)
}

func noState(s store.Store) diag.Diagnostic {
	return diag.Errf("MP510", "There is no state yet", "Nothing has been applied: %s does not exist.", s.Describe()).WithDof("Run mailprov apply first.")
}

// rotateOptions turns addresses into those of secrets.
func (p *Project) rotateOptions(doc *state.Document, o RotateOptions) (plan.Options, diag.Diagnostics) {
	named, ds := parseAddresses(o.Addresses, "")
	out := plan.Options{SecretsOnly: true, Revoke: o.Revoke}
	for _, a := range named {
		if t := doc.Target(a); t != nil {
			a = t.Secret
		} else if a.Type != clientsecret.Name {
			ds = append(ds, unknownSecret(doc, a))
			continue
		}
		out.Targets = append(out.Targets, a)
	}
	switch {
	case o.Back:
		out.Back = out.Targets
	case !o.Due:
		out.Replace = out.Targets
	}
	return out, ds
}

// unknownSecret says that an address is no secret's, with the nearest that is.
func unknownSecret(doc *state.Document, a addr.Instance) diag.Diagnostic {
	var names []string
	for _, s := range doc.Secrets {
		names = append(names, s.Address.String())
	}
	for _, t := range doc.Targets {
		names = append(names, t.Address.String())
	}
	d := diag.Errf("MP815", "Not a secret", "%s is no client_secret, nor a mail_target that has one.", a)
	if near := diag.Nearest(a.String(), names); near != "" {
		return d.WithDof("Did you mean %s?", near)
	}
	return d.WithDof("There are: %s.", strings.Join(names, ", "))
}

// planRotation plans for secrets alone, over an open connection and a state
// read before.
func (p *Project) planRotation(ctx context.Context, dir *directory.Directory, id entra.Identity, doc *state.Document, o plan.Options) (*Planned, diag.Diagnostics) {
	if ds := p.guardToken(id, doc.TenantID); ds.HasErrors() {
		return nil, ds
	}
	first, unknown := p.evaluate(knownFrom(doc, nil, nil))
	if first == nil {
		return nil, unknown
	}
	want, ds := p.evaluate(knownFrom(doc, nil, p.policies(first)))
	if ds.HasErrors() {
		return nil, ds
	}
	opened, broken := p.openEach(want.Sinks)
	ds = append(ds, warningsOf(broken)...)
	v, unread, more := p.refreshCredentials(ctx, dir, id, doc)
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	ds = append(ds, p.announce(v.own, p.Env.Now())...)
	problems := map[addr.Instance]diag.Diagnostic{}
	for a, list := range broken {
		if i := slices.IndexFunc(list, func(d diag.Diagnostic) bool { return d.Severity == diag.Error }); i >= 0 {
			problems[a] = list[i]
		}
	}
	for a, d := range unread {
		problems[a] = d
	}
	instances := settledSecrets(want.Instances, doc)
	all := index(instances)
	facts, _ := p.targetFacts(all) // whether a target fits its application is the business of apply
	in := plan.Input{
		Name: p.Config.Settings.Name, Tenant: v.tenant, Desired: instances, Sinks: sinkFacts(want.Sinks, opened), Targets: facts,
		Prior: doc, Observed: v.observed, Policy: v.policies.New(p.Env.Now()), Policies: v.limits(), Identity: identityOf(id), Options: o, Broken: problems,
		Now: p.Env.Now(), Location: p.Location(), Readable: p.readable(ctx, doc, opened, all),
	}
	res := plan.Build(in)
	return &Planned{Project: p, Plan: res.Plan, Input: in, Prior: doc, Desired: want, Sinks: opened, view: v, dir: dir, policies: p.policies(want)}, append(ds, res.Diags...)
}

// refreshCredentials asks for the credentials of every application that has a
// secret of ours, and for the tenant's limits, in one wave. An application that
// cannot be read is a problem of its secrets alone.
func (p *Project) refreshCredentials(ctx context.Context, dir *directory.Directory, id entra.Identity, doc *state.Document) (*view, map[addr.Instance]diag.Diagnostic, diag.Diagnostics) {
	v := &view{tenant: plan.Tenant{ID: doc.TenantID}, observed: map[addr.Instance]*appregistration.Observed{}}
	type answer struct {
		at   addr.Instance
		seen *appregistration.Observed
		err  error
	}
	var wanted []*state.Application
	for _, a := range doc.Applications {
		if a.ObjectID != "" && slices.ContainsFunc(doc.Secrets, func(s *state.Secret) bool { return s.App == a.Address }) {
			wanted = append(wanted, a)
		}
	}
	answers := make([]answer, len(wanted))
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { v.policies, err = dir.Policies(ctx); return })
	g.Go(func() error { v.own = ownCredential(ctx, dir, id); return nil })
	for i, a := range wanted {
		g.Go(func() error {
			seen, err := dir.ReadCredentials(ctx, apply.KnownOf(a))
			answers[i] = answer{a.Address, seen, err}
			if errors.Is(err, context.Canceled) || errors.As(err, new(*entra.SignInError)) {
				return err
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return v, nil, diag.Diagnostics{explainRead(err)}
	}
	unread := map[addr.Instance]diag.Diagnostic{}
	for _, x := range answers {
		if x.err != nil {
			d := explainRead(wrap(x.err, x.at))
			d = d.WithMail(message.Of("Mail is not affected: nothing was changed."))
			unread[x.at] = d
			continue
		}
		v.observed[x.at] = x.seen
	}
	return v, unread, nil
}

// openEach opens the sinks one by one, so that one that cannot be used stops
// the secrets delivered to it and no others.
func (p *Project) openEach(desired []*resource.Instance) (map[addr.Instance]sink.Sink, map[addr.Instance]diag.Diagnostics) {
	opened, ds := p.openSinks(desired)
	by := map[addr.Instance]diag.Diagnostics{}
	for _, d := range ds {
		if a, err := addr.Parse(d.Address); err == nil {
			by[a] = append(by[a], d)
		}
	}
	return opened, by
}

func warningsOf(by map[addr.Instance]diag.Diagnostics) diag.Diagnostics {
	var out diag.Diagnostics
	for _, list := range by {
		for _, d := range list {
			if d.Severity != diag.Error {
				out = append(out, d)
			}
		}
	}
	slices.SortFunc(out, func(a, b diag.Diagnostic) int { return strings.Compare(a.Address+a.Code, b.Address+b.Code) })
	return out
}

// settledSecrets fills what data blocks would tell, which a rotation does not
// ask, from what was last applied.
func settledSecrets(list []*resource.Instance, doc *state.Document) []*resource.Instance {
	l := ledgerOf(doc)
	out := slices.Clone(list)
	for n, i := range out {
		sec := l.secrets[i.Addr]
		if i.Addr.Type != clientsecret.Name || i.Attrs.IsWhollyKnown() || sec == nil {
			continue
		}
		applied, err := resource.DecodeAttrs(clientsecret.Schema(), sec.Attributes)
		if err != nil {
			continue
		}
		vals := i.Attrs.AsValueMap()
		for name, v := range vals {
			if !v.IsWhollyKnown() {
				vals[name] = applied.GetAttr(name)
			}
		}
		known := *i
		known.Attrs = cty.ObjectVal(vals)
		out[n] = &known
	}
	return out
}
