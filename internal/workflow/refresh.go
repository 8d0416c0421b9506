package workflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/apply"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/directory"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/right"
	"github.com/mailprov/mailprov/internal/state"
)

// view is what a plan was told by the tenant.
type view struct {
	tenant   plan.Tenant
	domains  []string
	policies directory.Policies
	apis     map[string]plan.API
	observed map[addr.Instance]*appregistration.Observed
	answers  data
	users    map[string]string
	// principals are the object ids of service principals among the answers.
	principals map[string]bool
	own        OwnCredential
	// operators are the object ids of the service principals that own every
	// application.
	operators []string
	// strangers are applications with our name on them that the state does
	// not know.
	strangers []string
	unread    []plan.Unread
	anonymous bool // the tenant's name and domains could not be read
}

// refresh asks everything a plan needs in one wave, so that it shares batches:
// the tenant, the policy, the APIs, the data blocks and every application of
// the state.
func (p *Project) refresh(ctx context.Context, dir *directory.Directory, id entra.Identity, prior *state.Document, apis []string, noRefresh bool) (*view, diag.Diagnostics) {
	v := &view{observed: map[addr.Instance]*appregistration.Observed{}, answers: data{}, users: map[string]string{}, principals: map[string]bool{}}
	var mu sync.Mutex
	var ds diag.Diagnostics
	report := func(d diag.Diagnostic) {
		mu.Lock()
		defer mu.Unlock()
		ds = append(ds, d)
	}
	missing := func(u plan.Unread, call right.Call) {
		u.Why = plan.Needs(right.Least(call))
		mu.Lock()
		defer mu.Unlock()
		v.unread = append(v.unread, u)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { v.tenant, v.domains, v.anonymous, err = p.tenant(ctx, dir, id); return })
	g.Go(func() (err error) { v.policies, err = dir.Policies(ctx); return })
	g.Go(func() error { v.own = ownCredential(ctx, dir, id); return nil })
	for _, name := range apis {
		g.Go(func() error {
			_, err := dir.APIs(ctx, []string{name})
			if directory.Refused(err) {
				missing(plan.Unread{What: message.Of("the permissions of %s", apiName(name)), Part: plan.PartAPI}, right.ReadPrincipal)
				return nil
			}
			return err
		})
	}
	g.Go(func() error {
		ids, unread, err := p.operatorsOrUnread(ctx, dir)
		if errors.As(err, new(*directory.NotFoundError)) {
			report(p.noOperator(err))
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		v.operators, v.unread = ids, append(v.unread, unread...)
		return err
	})
	if len(prior.Applications) == 0 {
		g.Go(func() (err error) {
			if v.strangers, err = p.strangers(ctx, dir, prior.Lineage); directory.Refused(err) {
				missing(plan.Unread{What: message.Of("whether applications of this configuration exist already"), Part: plan.PartStrangers}, right.ReadApplication)
				return nil
			}
			return err
		})
	}
	for _, q := range p.World.Data() {
		g.Go(func() error {
			found, err := dir.Look(ctx, directory.Query{Kind: q.Kind, By: q.By, Value: q.Value})
			if errors.As(err, new(*directory.NotFoundError)) {
				report(diag.Err("MP410", "Data not found", sentence(err)).At(q.Range).For(q.Addr.String()).WithDof("Correct the value, or create the object first."))
				return nil
			}
			if directory.Refused(err) {
				missing(plan.Unread{Addr: q.Addr, What: message.Of("the %s with %s %q", strings.ReplaceAll(q.Kind, "_", " "), strings.ReplaceAll(q.By, "_", " "), q.Value), Part: plan.PartData}, dataCall(q.Kind))
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			v.answers[q.Addr] = found
			return wrap(err, q.Addr)
		})
	}
	for _, a := range prior.Applications {
		g.Go(func() error {
			seen, err := observe(ctx, dir, a, noRefresh)
			mu.Lock()
			defer mu.Unlock()
			v.observed[a.Address] = seen
			return wrap(err, a.Address)
		})
	}
	if err := g.Wait(); err != nil {
		return v, append(ds, explainRead(err))
	}
	var err error
	if v.apis, err = dir.APIs(ctx, nil); err != nil {
		return v, append(ds, explainRead(err))
	}
	slices.SortFunc(v.unread, func(x, y plan.Unread) int {
		return cmp.Or(addr.Compare(x.Addr, y.Addr), strings.Compare(x.What.String(), y.What.String()))
	})
	for a, found := range v.answers {
		switch a.Type {
		case "data.user":
			v.users[resource.Text(found["id"])] = resource.Text(found["user_principal_name"])
		case "data.service_principal":
			v.principals[resource.Text(found["id"])] = true
		}
	}
	return v, append(ds, p.guardDomain(v, prior)...)
}

// tenant reads who the tenant is. An identity that may not knows its id from its
// own token; its name and domains are shown to people, and decide nothing.
func (p *Project) tenant(ctx context.Context, dir *directory.Directory, id entra.Identity) (t plan.Tenant, domains []string, anonymous bool, err error) {
	if t, domains, err = dir.Tenant(ctx); directory.Refused(err) && id.TenantID != "" {
		return plan.Tenant{ID: id.TenantID}, nil, true, nil
	}
	return t, domains, false, err
}

// apiName is what people call an API.
func apiName(name string) string {
	if api, ok := resource.APIByName(name); ok {
		return api.Label
	}
	return name
}

// dataCall is the kind of call that a data block makes.
func dataCall(kind string) right.Call {
	switch kind {
	case "user":
		return right.ReadUser
	case "organization":
		return right.ReadOrganization
	}
	return right.ReadApplication
}

// observe reads an application, or with -refresh=false takes it from the
// state.
func observe(ctx context.Context, dir *directory.Directory, a *state.Application, noRefresh bool) (*appregistration.Observed, error) {
	if noRefresh && len(a.Expected) > 0 {
		return appregistration.DecodeObserved(a.Expected)
	}
	return dir.Read(ctx, apply.KnownOf(a))
}

func wrap(err error, a addr.Instance) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", a, err)
}

// strangers finds applications tagged with this configuration's name. With an
// empty state their being there means that a state was lost or forgotten.
func (p *Project) strangers(ctx context.Context, dir *directory.Directory, lineage string) ([]string, error) {
	apps, err := dir.Client().ApplicationsByTag(ctx, "mailprov:n="+p.Config.Settings.Name)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, a := range apps {
		if !a.HasTag("mailprov:l=" + lineage) {
			out = append(out, fmt.Sprintf("%s (client id %s)", a.DisplayName, a.AppID))
		}
	}
	return out, nil
}

// guardDomain compares a tenant written as a domain with the tenant that
// answers, and this with the one the state was made in: a domain can have moved
// from one tenant to another since.
func (p *Project) guardDomain(v *view, prior *state.Document) diag.Diagnostics {
	want := p.tenantID()
	text := ""
	switch named := v.tenant.DisplayName + " (" + v.tenant.ID + ")"; {
	case !v.anonymous && !strings.EqualFold(want, v.tenant.ID) && !slices.ContainsFunc(v.domains, func(d string) bool { return strings.EqualFold(d, want) }):
		text = fmt.Sprintf("The configuration is for %s, but this tenant is %s and has no such domain.", want, named)
	case resource.IsGUID(prior.TenantID) && !strings.EqualFold(prior.TenantID, v.tenant.ID):
		text = fmt.Sprintf("The state was made in tenant %s, but %s is now %s.", prior.TenantID, want, named)
	default:
		return nil
	}
	return diag.Diagnostics{diag.Err("MP204", "Signed in to another tenant", text).
		At(p.Config.Settings.Tenant.Range).WithDof("Sign in to the right tenant, or correct tenant.id.")}
}

// apisUsed lists the APIs named by a configuration and by the state.
func apisUsed(d *lang.Desired, prior *state.Document) []string {
	used := map[string]bool{}
	if d != nil {
		for _, i := range d.Instances {
			if i.Addr.Type == appregistration.Name {
				for p := range appregistration.Requested(i.Attrs) {
					used[p.API] = true
				}
			}
		}
	}
	for _, a := range prior.Applications {
		if attrs, err := resource.DecodeAttrs(appregistration.Schema(), a.Attributes); err == nil {
			for p := range appregistration.Requested(attrs) {
				used[p.API] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(used))
}

// explainRead says why a plan could not be made.
func explainRead(err error) diag.Diagnostic {
	d := diag.Err("MP411", "Tenant cannot be read", sentence(err))
	var graph *entra.Error
	var signIn *entra.SignInError
	switch {
	case errors.As(err, &signIn):
		return explainSignIn(err)
	case errors.As(err, &graph) && graph.Status == 403:
		d = d.Become("MP402", "Not allowed")
		d = d.WithDof("Give this identity Application.Read.All and Directory.Read.All; mailprov explain MP402 lists what each step needs.")
	case errors.As(err, &graph) && graph.Status == 401:
		d = d.Become("MP401", "Not signed in")
		d = d.WithDof("Sign in again, or correct the credentials in the environment.")
	default:
		d = d.WithDof("Nothing was changed. Try again; MAILPROV_LOG=debug shows every request.")
	}
	return d
}

// limits are the policies that hold for the applications that were read.
func (v *view) limits() map[addr.Instance]plan.Policy {
	out := map[addr.Instance]plan.Policy{}
	for a, seen := range v.observed {
		if seen != nil && !seen.Gone {
			out[a] = v.policies.Of(seen.ObjectID, seen.CreatedAt)
		}
	}
	return out
}
