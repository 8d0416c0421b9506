package workflow

import (
	"context"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/resource"
	sinks "github.com/mailprov/mailprov/internal/sink/kinds"
)

// way is the connection of a run, for the sinks that lie in a cloud: they sign
// in as it does and may only look where it may only look.
type way struct {
	mu     sync.Mutex
	client *entra.Client
	looks  bool // of a command that only looks

	// tokens signs in for the state's backend, which is asked first.
	once   sync.Mutex
	tokens atomic.Pointer[entra.Client]
}

// open takes over the connection that the run has made.
func (w *way) open(c *entra.Client, looks bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.client, w.looks = c, looks
}

// onlyLooks tells whether the run could not write if it wanted to.
func (w *way) onlyLooks() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.looks
}

// lookOnly lets a connection that is still to be made only look.
func (w *way) lookOnly() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks = true
}

// cloudEnv is what sinks in a cloud may know of the run. Hosts outside of the
// cloud come from the environment: in a file under review one would send a
// secret elsewhere.
func (p *Project) cloudEnv() sinks.CloudEnv {
	e := sinks.CloudEnv{
		Name: p.Config.Settings.Tenant.Cloud, AllowHosts: p.allowedHosts(), Configuration: p.Config.Settings.Name, Reach: p.reachVault, Sleep: p.Env.pause,
	}
	if id := p.tenantID(); resource.IsGUID(id) {
		e.TenantID = id
	}
	return e
}

// reachVault gives a sink the way to its vault. A command that has asked nothing
// of the tenant so far signs in now.
func (p *Project) reachVault(ctx context.Context, vault *url.URL) (sinks.VaultAccess, error) {
	client, err := p.signedIn(ctx)
	if err != nil {
		return sinks.VaultAccess{}, err
	}
	return sinks.VaultAccess{Send: client.Host(vault), Token: client.Token, TenantID: client.Me().TenantID}, nil
}

func (p *Project) signedIn(ctx context.Context) (*entra.Client, error) {
	p.way.mu.Lock()
	defer p.way.mu.Unlock()
	if p.way.client != nil {
		return p.way.client, nil
	}
	cfg, err := p.clientConfig(p.way.looks)
	if err != nil {
		return nil, err
	}
	client, err := entra.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	id, err := client.SignIn(ctx)
	if err != nil {
		return nil, err
	}
	if ds := p.guardTenant(id); ds.HasErrors() {
		return nil, ds[0]
	}
	p.way.client = client
	return client, nil
}
