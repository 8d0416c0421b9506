package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
)

// Build makes the plan. The diagnostics hold everything that is wrong; a plan
// with errors must not be applied.
func Build(in Input) Result {
	b := &builder{
		in: in,
		plan: &Plan{
			Name: in.Name, Tenant: in.Tenant, Lineage: in.Prior.Lineage, Serial: in.Prior.Serial,
			Now: in.Now, Location: in.Location, Options: in.Options, Identity: in.Identity, MovedFrom: in.Moved,
			Unread: unreadOf(in),
			People: map[string]string{},
		},
		desired: map[addr.Instance]*resource.Instance{},
		steps:   map[addr.Instance]*stepSet{},
		waits:   map[addr.Instance]bool{},
	}
	if in.NewState {
		b.plan.Lineage = ""
	}
	if !in.Options.Destroy {
		for _, i := range in.Desired {
			b.desired[i.Addr] = i
		}
	}
	maps.Copy(b.plan.People, in.Users)
	b.index = newIndex(in, b.desired)
	b.selectTargets()
	if in.Options.SecretsOnly {
		return b.secretsOnly()
	}
	b.refuseReplacements()
	b.unknownReplacements()
	b.renames()
	b.applications()
	b.secrets()
	b.willHave()
	b.targets()
	b.orderSteps()
	b.outputs()
	b.risks()
	b.rights()
	b.summarize()
	b.facts()
	return Result{Plan: b.plan, Diags: b.diags}
}

type builder struct {
	in      Input
	plan    *Plan
	diags   diag.Diagnostics
	desired map[addr.Instance]*resource.Instance
	*index
	selected map[addr.Instance]bool // nil: everything
	steps    map[addr.Instance]*stepSet
	waits    map[addr.Instance]bool          // changes that wait for somebody
	renamed  map[addr.Instance]addr.Instance // what looks like being under another address now
	refused  map[addr.Instance]bool          // those of renamed that must not be deleted for it
	was      map[addr.Instance]addr.Instance // the reverse of renamed, of targets
}

func (b *builder) err(d diag.Diagnostic) { b.diags = append(b.diags, d) }

// selectTargets works out which instances -target means: those named, and
// everything they depend on; on destroy, everything that depends on them.
func (b *builder) selectTargets() {
	if len(b.in.Options.Targets) == 0 {
		return
	}
	edges := b.edges()
	if b.in.Options.Destroy {
		edges = reverse(edges)
	}
	b.selected = map[addr.Instance]bool{}
	var visit func(a addr.Instance)
	visit = func(a addr.Instance) {
		if b.selected[a] {
			return
		}
		b.selected[a] = true
		for _, next := range edges[a] {
			visit(next)
		}
	}
	for _, t := range b.in.Options.Targets {
		found := false
		for a := range b.known() {
			if a == t || t.Key == "" && a.Resource() == t {
				visit(a)
				found = true
			}
		}
		if !found {
			b.err(b.unknownTarget(t))
		}
	}
}

// known lists every address of the configuration and of the state.
func (b *builder) known() map[addr.Instance]bool {
	out := map[addr.Instance]bool{}
	for _, i := range b.in.Desired {
		out[i.Addr] = true
	}
	for _, a := range b.in.Prior.Applications {
		out[a.Address] = true
	}
	for _, s := range b.in.Prior.Secrets {
		out[s.Address] = true
	}
	for _, t := range b.in.Prior.Targets {
		out[t.Address] = true
	}
	return out
}

func (b *builder) unknownTarget(t addr.Instance) diag.Diagnostic {
	var names []string
	for a := range b.known() {
		names = append(names, a.String())
	}
	d := diag.Errf("MP211", "No such address", "%s is neither in the configuration nor in the state.", t)
	if near := diag.Nearest(t.String(), names); near != "" {
		d = d.WithDof("Did you mean %s?", near)
	}
	return d
}

// edges maps every instance to those it depends on.
func (b *builder) edges() map[addr.Instance][]addr.Instance {
	e := map[addr.Instance][]addr.Instance{}
	for _, i := range b.in.Desired {
		e[i.Addr] = append(slices.Clone(i.Refs), i.DependsOn...)
	}
	for _, s := range b.in.Prior.Secrets {
		e[s.Address] = append(e[s.Address], s.App)
	}
	for _, t := range b.in.Prior.Targets {
		e[t.Address] = append(e[t.Address], t.Secret)
	}
	return e
}

func reverse(e map[addr.Instance][]addr.Instance) map[addr.Instance][]addr.Instance {
	out := map[addr.Instance][]addr.Instance{}
	for from, tos := range e {
		for _, to := range tos {
			out[to] = append(out[to], from)
		}
	}
	return out
}

// out tells whether -target leaves an address out of this plan.
func (b *builder) out(a addr.Instance) bool { return b.selected != nil && !b.selected[a] }

func (b *builder) add(c *Change) {
	b.plan.Changes = append(b.plan.Changes, c)
	b.waits[c.Addr] = c.Action == Wait
}

// preventDestroy refuses a deletion that the configuration forbids.
func (b *builder) preventDestroy(a addr.Instance, prior bool) bool {
	var at resource.Instance
	forbidden := prior
	if i, ok := b.all[a]; ok {
		at, forbidden = *i, i.Lifecycle.PreventDestroy
	}
	if !forbidden {
		return false
	}
	if b.refused[a] {
		return true // said already, and better: it is not to be deleted at all
	}
	d := diag.Errf("MP212", "Protected from deletion", "%s would be deleted, but its lifecycle block says prevent_destroy = true.", a).At(at.Range).For(a.String())
	d = d.WithMail(message.Of("Mail still works: nothing was changed.")).WithDof("Set prevent_destroy = false, apply that, and run this again if it is meant.")
	b.err(d)
	return true
}

func (b *builder) outputs() {
	if b.in.Options.Destroy {
		for name, o := range b.in.Prior.Outputs {
			b.plan.Outputs = append(b.plan.Outputs, OutputChange{Name: name, Action: Delete, Sensitive: o.Sensitive, Before: decodeOutput(o), After: cty.NilVal})
		}
	} else {
		b.desiredOutputs()
	}
	slices.SortFunc(b.plan.Outputs, func(x, y OutputChange) int { return strings.Compare(x.Name, y.Name) })
}

func (b *builder) desiredOutputs() {
	for name, o := range b.in.Outputs {
		before := cty.NilVal
		old, had := b.in.Prior.Outputs[name]
		if had {
			before = decodeOutput(old)
		}
		switch {
		case had && o.Value.IsWhollyKnown() && before != cty.NilVal && before.Type().Equals(o.Value.Type()) && before.RawEquals(o.Value) && old.Sensitive == o.Sensitive:
		case had && !o.Value.IsWhollyKnown() && b.settled():
		case had:
			b.plan.Outputs = append(b.plan.Outputs, OutputChange{Name: name, Action: Update, Before: before, After: o.Value, Sensitive: o.Sensitive})
		default:
			if !o.Value.IsWhollyKnown() && b.settled() {
				continue
			}
			b.plan.Outputs = append(b.plan.Outputs, OutputChange{Name: name, Action: Create, After: o.Value, Sensitive: o.Sensitive})
		}
	}
	for name, o := range b.in.Prior.Outputs {
		if _, still := b.in.Outputs[name]; !still {
			b.plan.Outputs = append(b.plan.Outputs, OutputChange{Name: name, Action: Delete, Before: decodeOutput(o), Sensitive: o.Sensitive})
		}
	}
}

// settled tells whether no step is planned: an output that is unknown then
// hangs on something that waits (a secret not made yet), and will not become
// known by this apply.
func (b *builder) settled() bool { return len(b.plan.Steps) == 0 }

func (b *builder) summarize() {
	s := &b.plan.Summary
	for _, c := range b.plan.Changes {
		switch c.Action {
		case Create:
			s.Add++
		case Update:
			s.Change++
		case Delete:
			s.Destroy++
		}
		if c.Secret == nil {
			continue
		}
		switch {
		case c.Action == Create:
			s.SecretsCreate++
		case c.Action == Rotate:
			s.Rotate++
		}
		s.Retire += len(c.Secret.Retire)
		if c.Blocked != "" {
			s.Blocked++
		}
		if c.Secret.Waiting != nil || c.Action == Wait {
			s.Waiting++
		}
	}
	slices.SortStableFunc(b.plan.Changes, func(x, y *Change) int { return addr.Compare(x.Addr, y.Addr) })
}
