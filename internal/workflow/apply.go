package workflow

import (
	"context"
	"errors"
	"time"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/apply"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
)

// ApplyOptions are the choices of apply beyond those of plan.
type ApplyOptions struct {
	PlanOptions
	NoLock      bool
	LockTimeout time.Duration
	// Expect is the plan that was reviewed; nil where none was.
	Expect *Expected
	// Approve is shown the plan and says whether to go on.
	Approve func(*Planned) (bool, error)
}

// Applied is what an apply leaves.
type Applied struct {
	Planned  *Planned
	Done     plan.Summary
	State    *state.Document
	Emitted  []string // files of settings that were written
	Declined bool     // the person said no
	Refused  bool     // it is not what was reviewed
}

// Apply plans under the lock, asks, and carries out what was shown. With a
// plan that was reviewed it goes on only if it would do the same.
func (p *Project) Apply(ctx context.Context, o ApplyOptions) (*Applied, diag.Diagnostics) {
	operation := "apply"
	if o.Destroy {
		operation = "destroy"
	}
	lock, ds := p.lock(ctx, operation, o.NoLock, o.LockTimeout)
	if ds.HasErrors() {
		return nil, ds
	}
	defer func() { _ = lock.Unlock(context.WithoutCancel(ctx)) }()
	doc, more := p.ReadState(ctx)
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	if d := o.Expect.guard(p, doc); d != nil {
		return nil, append(ds, *d)
	}
	dir, id, more := p.connect(ctx, false)
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	planned, more := p.planWith(ctx, dir, id, doc, o.PlanOptions)
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	if d := o.Expect.compare(p, planned.Plan); d != nil {
		return &Applied{Planned: planned, Refused: true}, append(ds, *d)
	}
	if ds = append(ds, guardPower(planned.Plan)...); ds.HasErrors() {
		return &Applied{Planned: planned}, ds
	}
	out := &Applied{Planned: planned}
	yes, err := o.Approve(planned)
	if err != nil {
		return out, append(ds, failure("MP802", "Not approved", err)...)
	}
	if !yes {
		out.Declined = true
		return out, ds
	}
	out.State = planned.Prior
	return p.carryOut(ctx, out, lock, ds)
}

func (p *Project) carryOut(ctx context.Context, out *Applied, lock store.Lock, ds diag.Diagnostics) (*Applied, diag.Diagnostics) {
	planned := out.Planned
	if !planned.Plan.Empty() {
		res := apply.Run(ctx, apply.Config{
			Directory: planned.dir, Lock: lock, State: planned.Prior.Clone(), Plan: planned.Plan,
			Observed: planned.view.observed, Sinks: planned.Sinks, Evaluate: planned.evaluate, Finish: planned.outputs,
			Events: p.Env.Events, Now: p.Env.Now, Sleep: p.Env.pause, Draw: func() string { return draw(80) },
			Stop: p.Env.Stop, Version: p.Env.Version,
		})
		out.State, out.Done = res.State, res.Done
		ds = append(ds, res.Diags...)
		if res.Unsaved != nil {
			ds = append(ds, p.keepErrored(res.State, res.Unsaved))
		}
	}
	if !planned.Plan.Options.Destroy {
		emitted, more := p.emitAll(out)
		out.Emitted = emitted
		ds = append(ds, more...)
	}
	return out, ds
}

// guardPower stops before the first write where this identity could not finish,
// and says everything that is missing at once.
func guardPower(p *plan.Plan) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, guard := range []func(*plan.Plan) *diag.Diagnostic{guardBlind, guardRights} {
		if d := guard(p); d != nil {
			ds = append(ds, *d)
		}
	}
	return ds
}

// guardBlind stops before the first write where a step would change, or build on,
// what this identity could not read.
func guardBlind(p *plan.Plan) *diag.Diagnostic {
	blind := p.Blind()
	if len(blind) == 0 {
		return nil
	}
	var lines []message.Text
	for _, u := range blind {
		lines = append(lines, message.Of("- %s", u.Text()))
	}
	d := diag.Errf("MP360", "What would be changed cannot be read", "%s may not read what this plan would change or builds on, so nothing was begun:\n%s", p.Identity.Name, message.Lines(lines...)).
		WithMail(message.Of("Mail still works: nothing was changed."))
	d = d.WithDof("Give the identity these rights, or leave to another one what needs them: -consent=skip leaves consent, -target names what is to be done.")
	return &d
}

// guardRights stops before the first write where the token lacks a right that
// a later step needs.
func guardRights(p *plan.Plan) *diag.Diagnostic {
	if len(p.Missing) == 0 {
		return nil
	}
	var lines []message.Text
	for _, m := range p.Missing {
		lines = append(lines, message.Of("- %s", m.Text()))
	}
	d := diag.Errf("MP402", "Rights are missing", "%s lacks what this plan needs, so nothing was begun:\n%s", p.Identity.Name, message.Lines(lines...)).
		WithMail(message.Of("Mail still works: nothing was changed.")).
		WithDof("Give the identity these rights, or leave consent to another one with -consent=skip.")
	return &d
}

// evaluate works out an instance again with what the state knows by now.
func (pl *Planned) evaluate(a addr.Instance, doc *state.Document) (*resource.Instance, diag.Diagnostics) {
	// Few are asked about: looking them up beats an index made for each.
	return pl.Project.World.EvaluateOne(a, func(ref addr.Instance) map[string]cty.Value {
		return knownOf(ref, doc, doc.Application(ref), doc.Secret(ref), pl.view.answers, pl.policies)
	})
}

// outputs works out the outputs at the end of a run and puts them into the
// state. One that is still unknown, because what it names waits, is left out;
// one that is not what the plan said stays as it was.
func (pl *Planned) outputs(doc *state.Document) diag.Diagnostics {
	prior, known := doc.Outputs, pl.Input.Outputs
	if pl.Plan.Options.SecretsOnly { // which does not ask for all that outputs are made of
		known = nil
	} else {
		doc.Outputs = map[string]state.Output{}
	}
	if pl.Plan.Options.Destroy {
		return nil
	}
	list, ds := pl.Project.World.EvaluateOutputs(knownFrom(doc, pl.view.answers, pl.policies))
	for _, o := range list {
		if !o.Value.IsWhollyKnown() {
			continue
		}
		if was, planned := known[o.Name]; planned && len(plan.Departures(was.Value, o.Value)) > 0 {
			ds = append(ds, diag.Errf("MP342", "Other than planned", "output.%s would be other than planned, and stays as it was.", o.Name).At(o.Range).
				WithDof("Run mailprov plan and look at what is left."))
			if old, had := prior[o.Name]; had {
				doc.Outputs[o.Name] = old
			}
			continue
		}
		value, err := ctyjson.Marshal(o.Value, o.Value.Type())
		ty, err2 := ctyjson.MarshalType(o.Value.Type())
		if err = errors.Join(err, err2); err != nil {
			ds = append(ds, diag.Errf("MP509", "Output cannot be kept", "output.%s: %s", o.Name, sentence(err)).At(o.Range))
			continue
		}
		doc.Outputs[o.Name] = state.Output{Value: value, Type: ty, Sensitive: o.Sensitive}
	}
	return ds
}
