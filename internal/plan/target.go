package plan

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/state"
)

func (b *builder) targets() {
	for _, i := range b.byType[mailtarget.Name] {
		if !b.out(i.Addr) {
			b.add(b.target(i))
		}
	}
	for _, t := range b.in.Prior.Targets {
		if _, still := b.desired[t.Address]; still || b.out(t.Address) || b.preventDestroy(t.Address, false) {
			continue
		}
		c := &Change{Addr: t.Address, Label: t.Product, Action: Delete, Before: b.targetAttrs(t, b.in.Schemas[t.Address]), After: cty.NilVal, Target: &TargetDetail{}}
		b.step(c.Addr, Step{Verb: ForgetResource}, phaseRecord)
		b.add(c)
	}
}

// target plans one desired mail target: nothing of it is made in Entra.
func (b *builder) target(i *resource.Instance) *Change {
	facts := b.in.Targets[i.Addr]
	c := &Change{Addr: i.Addr, Label: i.Label, Instance: i, Before: cty.NilVal, After: i.Attrs, Expr: i.Expr, Target: &TargetDetail{Target: facts}}
	for _, f := range facts.Findings {
		b.finding(i, f)
	}
	prior := b.priorTargets[i.Addr]
	if prior != nil {
		c.Before = b.targetAttrs(prior, b.in.Schemas[i.Addr])
		if c.Before.Type().Equals(i.Attrs.Type()) {
			c.Paths = keep(resource.Diff(c.Before, i.Attrs), i)
		}
	}
	switch {
	case prior == nil && len(facts.Waiting) > 0:
		c.Action = Wait
	case prior == nil && b.secretWaits(i):
		c.Action, c.Reason = Wait, message.Of("its secret is not made yet").String()
	case prior == nil:
		c.Action = Create
	case len(c.Paths) > 0 || prior.Product != i.Label:
		c.Action = Update
	default:
		c.Action = NoOp
	}
	if c.Action == Create || c.Action == Update {
		b.step(c.Addr, Step{Verb: Record}, phaseRecord)
	}
	b.reenter(c)
	return c
}

// secretWaits tells whether the target's secret is not made by this apply.
func (b *builder) secretWaits(i *resource.Instance) bool {
	secret, err := addr.Parse(resource.Text(i.Attrs.GetAttr("secret")))
	return err == nil && b.waits[secret]
}

func (b *builder) finding(i *resource.Instance, f Finding) {
	if !f.Error {
		b.plan.Notes = append(b.plan.Notes, i.Addr.String()+": "+f.Detail)
		return
	}
	var app *resource.Instance
	if secret, err := addr.Parse(resource.Text(i.Attrs.GetAttr("secret"))); err == nil && b.desired[secret] != nil {
		if a, err := addr.Parse(resource.Text(b.desired[secret].Attrs.GetAttr("app"))); err == nil {
			app = b.desired[a]
		}
	}
	d, _ := f.Diagnostic(i, app)
	b.err(d)
}

// Diagnostic is what to say about a finding that makes a plan fail, with the
// block to paste; false for one that is only worth knowing.
func (f Finding) Diagnostic(target, app *resource.Instance) (diag.Diagnostic, bool) {
	d := diag.Diagnostic{Code: f.Code, Severity: diag.Error, Summary: f.Summary, Detail: f.Detail}.At(target.RangeOf(f.Path)).For(target.Addr.String())
	if f.Block != "" {
		where := message.Of("the app_registration")
		if app != nil {
			where = message.Literal(app.Addr.String())
		}
		do := message.Of("Put this into %s:\n\n%s", where, indent(f.Block))
		if f.Instead != "" {
			do = message.Of("%s\n\nor, so that it reaches no other mailbox, this in its place:\n\n%s", do, indent(f.Instead))
		}
		if f.Beside != "" {
			do = message.Of("%s\n\nand this beside it:\n\n%s", do, indent(f.Beside))
		}
		d = d.WithDoText(do)
	}
	return d, f.Error
}

func indent(block string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(block, "\n"), "\n", "\n    ")
}

// reenter compares what the product's screens show with what they should show.
func (b *builder) reenter(c *Change) {
	pair := b.in.TargetSettings[c.Addr]
	shown := map[string]string{}
	for _, it := range pair.Before {
		shown[it.Screen+"\x00"+it.Label] = it.Value
	}
	for _, it := range pair.After {
		if old, ok := shown[it.Screen+"\x00"+it.Label]; !ok || old != it.Value {
			c.Target.Reenter = append(c.Target.Reenter, it.Label)
		}
	}
	if len(c.Target.Reenter) > 0 && c.Action != Wait {
		contact := ""
		if v := c.After.GetAttr("contact"); v.IsKnown() {
			contact = resource.Text(v)
		}
		b.plan.Settings = append(b.plan.Settings, SettingsChange{Target: c.Addr, Product: c.Label, Contact: contact, Items: c.Target.Reenter})
	}
}

func (b *builder) targetAttrs(t *state.Target, s resource.Schema) cty.Value {
	if len(s.Attrs) == 0 {
		s = mailtarget.Schema(nil)
	}
	v, err := resource.DecodeAttrs(s, t.Attributes)
	if err != nil {
		b.err(diag.Errf("MP501", "State cannot be read", "%s: %s.", t.Address, err).For(t.Address.String()))
		return s.Defaults()
	}
	return v
}
