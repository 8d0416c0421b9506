package workflow

import (
	"context"
	"path/filepath"

	"filippo.io/age"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/identity"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/sink"
	sinks "github.com/mailprov/mailprov/internal/sink/kinds"
	stores "github.com/mailprov/mailprov/internal/store/kinds"
)

// sinkEnv is what sinks may know of their surroundings.
func (p *Project) sinkEnv() sinks.Env {
	return sinks.Env{
		Dir: p.Env.Dir, Sealed: p.Store.Sealed(), Identities: p.Env.identities,
		Outlives: !p.Env.Sandbox && stores.Outlives(p.Config.Settings.Backend.Kind),
	}
}

// identities looks for the private keys of the person who runs mailprov.
func (e Env) identities() ([]age.Identity, error) {
	config := e.Getenv("APPDATA")
	if config == "" {
		config = filepath.Join(e.Home, ".config")
	}
	return identity.Search{Flags: e.Identities, Getenv: e.Getenv, ConfigDir: config, Home: e.Home}.Load()
}

// checkSinks asks the sinks of every secret that would be delivered whether
// they would take it, so that a plan says it and not the apply.
func (p *Project) checkSinks(ctx context.Context, pl *plan.Plan, opened map[addr.Instance]sink.Sink) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, c := range pl.Changes {
		if c.Secret == nil || c.Action != plan.Create && c.Action != plan.Rotate {
			continue
		}
		for _, a := range c.Secret.Policy.Sinks {
			checker, ok := opened[a].(sink.Checker)
			if !ok {
				continue
			}
			if err := checker.Check(ctx, sink.Item{Secret: c.Addr}); err != nil {
				d := diag.Err("MP306", "Sink cannot be used", sentence(err)).At(c.Instance.RangeOf("deliver_to")).For(c.Addr.String())
				ds = append(ds, d.WithDo("No secret was made."))
			}
		}
	}
	return ds
}

// sinksNow opens the sinks of the configuration without a tenant.
func (p *Project) sinksNow() (map[addr.Instance]sink.Sink, diag.Diagnostics) {
	want, ds := p.World.Evaluate(lang.Nothing)
	if want == nil || ds.HasErrors() {
		return nil, ds
	}
	return p.openSinks(want.Sinks)
}
