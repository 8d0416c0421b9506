package workflow

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/apply"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/directory"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/right"
	"github.com/mailprov/mailprov/internal/state"
)

// Drift compares what was applied with what Entra has. It can only look, takes
// no lock, and asks for the applications of the state and nothing else: what the
// configuration says by now does not matter, but for what it wants ignored.
func (p *Project) Drift(ctx context.Context) (*plan.Drifted, diag.Diagnostics) {
	doc, ds := p.ReadState(ctx)
	if ds.HasErrors() {
		return nil, ds
	}
	if doc == nil {
		return nil, append(ds, noState(p.Store))
	}
	dir, id, more := p.connect(ctx, true)
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	if ds = append(ds, p.guardToken(id, doc.TenantID)...); ds.HasErrors() {
		return nil, ds
	}
	want, _ := p.World.Evaluate(knownFrom(doc, nil, nil)) // what is unknown is not needed here
	if _, more := moveState(doc, want); more.HasErrors() {
		return nil, append(ds, more...)
	}
	in := plan.DriftInput{
		Name: doc.Name, Prior: doc, SignIn: p.signInScopes(doc),
		Now: p.Env.Now(), Location: p.Location(),
	}
	if want != nil {
		in.Desired = index(want.Instances)
	}
	switch err := p.observeAll(ctx, dir, doc, &in); {
	case errors.As(err, new(*directory.NotFoundError)):
		return nil, append(ds, p.noOperator(err))
	case err != nil:
		return nil, append(ds, explainRead(err))
	}
	return plan.Drift(in), ds
}

// observeAll reads every application of the state, the names of the permissions
// that were applied, and who the operators are, in one wave.
func (p *Project) observeAll(ctx context.Context, dir *directory.Directory, doc *state.Document, in *plan.DriftInput) error {
	in.Observed = map[addr.Instance]*appregistration.Observed{}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	for _, name := range apisUsed(nil, doc) {
		g.Go(func() error {
			_, err := dir.APIs(ctx, []string{name})
			if !directory.Refused(err) {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			in.Unread = append(in.Unread, plan.Unread{What: message.Of("the permissions of %s", apiName(name)), Why: plan.Needs(right.Least(right.ReadPrincipal)), Part: plan.PartAPI})
			return nil
		})
	}
	g.Go(func() (err error) {
		ids, unread, err := p.operatorsOrUnread(ctx, dir)
		mu.Lock()
		defer mu.Unlock()
		in.Operators, in.Unread = ids, append(in.Unread, unread...)
		return err
	})
	for _, a := range doc.Applications {
		if a.ObjectID == "" {
			continue // never made, as far as this state knows
		}
		g.Go(func() error {
			seen, err := dir.Read(ctx, apply.KnownOf(a))
			mu.Lock()
			defer mu.Unlock()
			in.Observed[a.Address] = seen
			return wrap(err, a.Address)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	in.Unread = append(in.Unread, plan.UnreadParts(in.Observed)...)
	var err error
	in.APIs, err = dir.APIs(ctx, nil)
	return err
}

// signInScopes are what the sign-in of the products of a state may add to the
// grants of their applications.
func (p *Project) signInScopes(doc *state.Document) map[addr.Instance]map[resource.Permission]bool {
	out := map[addr.Instance]map[resource.Permission]bool{}
	l := ledgerOf(doc)
	for _, t := range doc.Targets {
		prod, ok := p.Products.Product(t.Product)
		app := l.appOf(t)
		if !ok || app == nil {
			continue
		}
		if out[app.Address] == nil {
			out[app.Address] = map[resource.Permission]bool{}
		}
		for api, scopes := range prod.SignInScopes() {
			for _, s := range scopes {
				out[app.Address][resource.Permission{API: api, Kind: resource.DelegatedKind, Value: s}] = true
			}
		}
	}
	return out
}
