package workflow

import (
	"context"
	"errors"
	"path/filepath"

	"filippo.io/age"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/identity"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/sink"
	sinks "github.com/mailprov/mailprov/internal/sink/kinds"
	"github.com/mailprov/mailprov/internal/store"
	stores "github.com/mailprov/mailprov/internal/store/kinds"
)

// sinkEnv is what sinks may know of their surroundings.
func (p *Project) sinkEnv() sinks.Env {
	return sinks.Env{
		Dir: p.Env.Dir, Around: p.Env.aroundDisk(), Sealed: p.Store.Sealed(), Identities: p.Env.identities,
		Environ: p.Env.Environ, Sandbox: p.Env.Sandbox,
		Outlives: !p.Env.Sandbox && stores.Outlives(p.Config.Settings.Backend.Kind),
		Cloud:    p.cloudEnv(),
	}
}

// marked are the settings of a sink with a mark on what is sensitive, for kinds
// that would show it.
func marked(i *resource.Instance) cty.Value {
	var marks []cty.PathValueMarks
	for _, path := range i.Sensitive {
		marks = append(marks, cty.PathValueMarks{Path: path, Marks: cty.NewValueMarks("sensitive")})
	}
	return i.Attrs.MarkWithPaths(marks)
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
// they would take it, so that a plan says it and not the apply. It also says
// where none of them would keep it.
func (p *Project) checkSinks(ctx context.Context, pl *plan.Plan, opened map[addr.Instance]sink.Sink) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, c := range pl.Changes {
		if c.Secret == nil || c.Action != plan.Create && c.Action != plan.Rotate {
			continue
		}
		place, keeps := c.Instance.RangeOf("deliver_to"), len(c.Secret.Policy.Sinks) == 0
		for _, a := range c.Secret.Policy.Sinks {
			if _, passesOn := opened[a].(sink.Irrevocable); !passesOn {
				keeps = true
			}
			checker, ok := opened[a].(sink.Checker)
			if !ok {
				continue
			}
			if err := checker.Check(ctx, sink.Item{Secret: c.Addr, TenantID: pl.Tenant.ID}); err != nil {
				ds = append(ds, p.explainCheck(err).At(place).For(c.Addr.String()))
			}
		}
		if !keeps {
			d := diag.Warnf("MP311", "No sink keeps the secret", "Every sink of %s hands the value on and keeps none of it: if that fails, or the value is to be brought back one day, another secret has to be made.", c.Addr)
			ds = append(ds, d.At(place).For(c.Addr.String()).WithDof("Deliver to a sink of kind sealed as well."))
		}
	}
	return ds
}

// explainCheck says what a sink has against a delivery. A place that a plan
// cannot look at is no error: whoever applies may well be let in.
func (p *Project) explainCheck(err error) diag.Diagnostic {
	var unseen *sink.UnseenError
	var refused *sink.RefusedError
	switch isRefused := errors.As(err, &refused); {
	case errors.As(err, &unseen) && p.way.onlyLooks():
		return diag.Warn("MP317", "Sink not looked at", sentence(err)).
			WithDof("The plan is complete. Whether the sink takes the secret shows when it is applied, before anything is made.")
	case isRefused:
		return diag.Err("MP316", "Sink refuses this run", sentence(err)).WithDof("%s No secret was made.", refused.Do)
	}
	do := "No secret was made."
	var closed *store.RefusedError // of a sink beside the state
	if errors.As(err, &closed) {
		do = closed.Do + " " + do
	}
	return diag.Err("MP306", "Sink cannot be used", sentence(err)).WithDo(do)
}

// explainOpen says why a sink cannot be opened.
func explainOpen(err error) diag.Diagnostic {
	var host *sink.HostError
	if errors.As(err, &host) {
		return diag.Err("MP318", "Sink outside of its cloud", sentence(err)).
			WithDof("Nothing was sent there. If this host is meant, let it in where the run's environment is set: MAILPROV_ALLOW_HOSTS=%s.", host.Host)
	}
	return diag.Err("MP306", "Sink cannot be used", sentence(err))
}

// sinksNow opens the sinks of the configuration without a tenant.
func (p *Project) sinksNow() (map[addr.Instance]sink.Sink, diag.Diagnostics) {
	want, ds := p.evaluate(lang.Nothing)
	if want == nil || ds.HasErrors() {
		return nil, ds
	}
	return p.openSinks(want.Sinks)
}
