package directory

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
)

// LagWindow is how long after a write an answer may be an old replica's.
const LagWindow = 10 * time.Minute

// Directory is a tenant. It is safe for use by many goroutines.
type Directory struct {
	client *entra.Client
	now    func() time.Time
	sleep  func(context.Context, time.Duration) error
	report func(entra.Wait)

	once        singleflight.Group
	mu          sync.Mutex
	byName      map[string]plan.API // by name or application id
	byPrincipal map[string]string   // service principal id → name
	names       map[string]names
}

// names maps permission ids of one API to names, by kind.
type names map[resource.Kind]map[string]string

// Options are what a Directory needs beside the client.
type Options struct {
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	Report func(entra.Wait) // told before every longer wait; may be nil
}

// New returns the tenant that the client speaks to.
func New(c *entra.Client, o Options) *Directory {
	if o.Report == nil {
		o.Report = func(entra.Wait) {}
	}
	return &Directory{
		client: c, now: o.Now, sleep: o.Sleep, report: o.Report,
		byName: map[string]plan.API{}, byPrincipal: map[string]string{}, names: map[string]names{},
	}
}

// Client is the connection underneath.
func (d *Directory) Client() *entra.Client { return d.client }

// Tenant reads the tenant's id, name and domains.
func (d *Directory) Tenant(ctx context.Context) (plan.Tenant, []string, error) {
	o, err := d.client.Organization(ctx)
	if err != nil {
		return plan.Tenant{}, nil, err
	}
	return plan.Tenant{ID: o.ID, DisplayName: o.DisplayName, DefaultDomain: o.DefaultDomain}, o.VerifiedDomains, nil
}

// APIs resolves APIs by name, once each. One that the tenant does not have is
// Missing in the result; a name that is no API is left out.
func (d *Directory) APIs(ctx context.Context, wanted []string) (map[string]plan.API, error) {
	g, ctx := errgroup.WithContext(ctx)
	for _, name := range wanted {
		api, ok := resource.APIByName(name)
		if !ok || d.resolved(name) {
			continue
		}
		g.Go(func() error {
			_, err, _ := d.once.Do(api.AppID, func() (any, error) { return nil, d.resolve(ctx, api) })
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string]plan.API{}
	for name, api := range d.byName {
		out[name] = api
	}
	return out, nil
}

// resolve reads one API. Whoever asks for it meanwhile waits for the answer.
func (d *Directory) resolve(ctx context.Context, api resource.API) error {
	if d.resolved(api.Name) {
		return nil
	}
	read, err := d.client.API(ctx, api.AppID)
	if errors.Is(err, entra.ErrGone) {
		d.add(plan.API{API: api, Missing: true}, nil)
		return nil
	}
	if Refused(err) {
		return &unnamedError{fmt.Errorf("read permissions of %s: %w", api.Label, err)}
	}
	if err != nil {
		return fmt.Errorf("read permissions of %s: %w", api.Label, err)
	}
	d.learn(api, read)
	return nil
}

func (d *Directory) resolved(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.byName[name]
	return ok
}

func (d *Directory) learn(api resource.API, read entra.API) {
	out := plan.API{API: api, ServicePrincipalID: read.ID, Permissions: map[resource.Kind]map[string]plan.PermissionInfo{}}
	if api.Label == api.AppID && read.DisplayName != "" {
		out.Label = read.DisplayName
	}
	ids := names{}
	for kind, list := range map[resource.Kind][]entra.Permission{resource.ApplicationKind: read.Roles, resource.DelegatedKind: read.Scopes} {
		out.Permissions[kind], ids[kind] = map[string]plan.PermissionInfo{}, map[string]string{}
		for _, p := range list {
			ids[kind][p.ID] = p.Value
			out.Permissions[kind][p.Value] = plan.PermissionInfo{ID: p.ID, DisplayName: p.DisplayName, Enabled: p.Enabled}
		}
	}
	d.add(out, ids)
}

func (d *Directory) add(api plan.API, ids names) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byName[api.Name] = api
	d.names[api.Name] = ids
	if api.ServicePrincipalID != "" {
		d.byPrincipal[api.ServicePrincipalID] = api.Name
	}
}

// api returns a resolved API.
func (d *Directory) api(name string) (plan.API, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	api, ok := d.byName[name]
	if !ok || api.Missing {
		return plan.API{}, fmt.Errorf("API %s is not in this tenant", name)
	}
	return api, nil
}
