package plan

import (
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/rotate"
)

// facts gathers what the digest of the plan stands for.
func (b *builder) facts() {
	b.plan.Facts = settle(slices.Concat(b.plan.stated(), b.given()))
}

// given are the facts that the plan itself does not show: what the catalogue,
// the sinks and the configuration around it say.
func (b *builder) given() []Fact {
	var out []Fact
	if b.in.Catalogue != "" {
		out = append(out, Fact{Kind: OfCatalogue, After: text(b.in.Catalogue)})
	}
	for _, id := range b.in.Operators {
		out = append(out, Fact{Kind: OfOperator, Name: id})
	}
	for _, c := range b.plan.Changes {
		if c.Instance == nil {
			continue
		}
		if c.Secret != nil {
			out = append(out, b.sinkFacts(c)...)
		}
		if b.recorded(c) && c.Instance.Lifecycle.PreventDestroy {
			out = append(out, Fact{Address: c.Addr.String(), Kind: OfGuard, Name: "prevent_destroy", After: "true"})
		}
		if !unknown(c) {
			continue
		}
		for _, r := range c.Instance.Refs {
			out = append(out, Fact{Address: c.Addr.String(), Kind: OfReference, Name: r.String()})
		}
	}
	return out
}

// recorded tells whether the apply writes an instance to the state, or more.
func (b *builder) recorded(c *Change) bool { return b.steps[c.Addr] != nil }

// sinkFacts say where a secret's value would lie and who could read it, by
// name and key: a sink is as it is configured, whatever its name.
func (b *builder) sinkFacts(c *Change) []Fact {
	var out []Fact
	for _, s := range b.sinksOf(c.Instance) {
		info := b.in.Sinks[s]
		f := func(name, value string, sensitive bool) {
			out = append(out, Fact{Address: c.Addr.String(), Kind: OfSink, Name: name, After: value, Sensitive: sensitive})
		}
		f(s.String(), text(info.Kind), false)
		if i := info.Instance; i != nil {
			sensitive := (&Change{Instance: i}).Sensitive
			for _, leaf := range leaves(i.Attrs) {
				f(s.String()+" "+leaf.Path, b.plan.valueOf(leaf.After, i.Expr, leaf.Path, sensitive(leaf.Path)), sensitive(leaf.Path))
			}
		}
		for _, name := range info.Readers {
			reader := Fact{Address: c.Addr.String(), Kind: OfReader, Name: s.String() + " " + name}
			if key := info.Keys[name]; key != "" {
				reader.After = text(key)
			}
			out = append(out, reader)
		}
	}
	return out
}

// unknown tells whether an attribute gets a value that only the apply tells.
func unknown(c *Change) bool {
	if c.Action == Create {
		return !c.After.IsWhollyKnown()
	}
	return slices.ContainsFunc(c.Paths, func(p resource.PathChange) bool { return !wholly(p.After) })
}

// stated are the facts that the plan itself shows.
func (p *Plan) stated() []Fact {
	out := []Fact{{Kind: OfTenant, After: text(p.Tenant.ID)}, {Kind: OfName, After: text(p.Name)}}
	if p.Lineage != "" {
		out = append(out, Fact{Kind: OfLineage, After: text(p.Lineage)})
	}
	out = append(out, p.Options.facts()...)
	for _, m := range p.MovedFrom {
		out = append(out, Fact{Kind: OfMove, Name: m.From.String(), After: text(m.To.String())})
	}
	for _, o := range p.Outputs {
		out = append(out, p.outputFact(o))
	}
	for _, c := range p.Changes {
		out = append(out, p.changeFacts(c)...)
	}
	added := map[addr.Instance]bool{}
	for _, c := range p.Changes {
		added[c.Addr] = c.Action == Create // which adds all operators there are
	}
	for _, s := range p.Steps {
		if s.Verb == AddOwner && !added[s.Addr] {
			out = append(out, Fact{Address: s.Addr.String(), Kind: OfOwner, Name: s.ID, After: text("add")})
		}
	}
	for _, x := range p.Consent {
		out = append(out, Fact{
			Address: x.Addr.String(), Kind: OfConsent,
			Name: x.Permission.API + " " + string(x.Permission.Kind) + " " + x.Permission.Value, After: text(x.Action),
		})
	}
	for _, r := range p.Risks {
		if !r.Accepted {
			continue
		}
		f := Fact{Address: r.Addr.String(), Kind: OfRisk, Name: r.Code, After: text(r.Reason)}
		if r.Until != "" {
			f.After += " until " + r.Until
		}
		out = append(out, f)
	}
	return out
}

// facts are the options that are not as they are by default.
func (o Options) facts() []Fact {
	var out []Fact
	option := func(name, value string) {
		out = append(out, Fact{Kind: OfOption, Name: name, After: text(value)})
	}
	for _, x := range []struct {
		set         bool
		name, value string
	}{
		{o.Destroy, "destroy", "true"}, {o.SkipGrant, "consent", "skip"},
		{o.NoRefresh, "refresh", "false"}, {o.NoRotation, "rotate", "none"},
	} {
		if x.set {
			option(x.name, x.value)
		}
	}
	for name, list := range map[string][]addr.Instance{"target": o.Targets, "replace": o.Replace, "allow-replace": o.AllowReplace} {
		for _, a := range list {
			out = append(out, Fact{Kind: OfOption, Name: name + " " + a.String()})
		}
	}
	return out
}

func (p *Plan) outputFact(o OutputChange) Fact {
	f := Fact{Kind: OfOutput, Name: o.Name, Sensitive: o.Sensitive}
	if o.Action != Create {
		f.Before = p.valueOf(o.Before, nil, "", o.Sensitive)
	}
	if o.Action != Delete {
		f.After = p.valueOf(o.After, nil, "", o.Sensitive)
	}
	return f
}

// changeFacts say what is done to one instance; of one that nothing is done to
// they say nothing.
func (p *Plan) changeFacts(c *Change) []Fact {
	var out []Fact
	fact := func(kind FactKind, name, value string) {
		out = append(out, Fact{Address: c.Addr.String(), Kind: kind, Name: name, After: value})
	}
	for _, a := range c.Actions() {
		if a != NoOp {
			fact(OfAction, "", text(a.String()))
		}
	}
	if c.Action == Delete && c.App != nil && c.App.ClientID != "" {
		fact(OfObject, "", text(c.App.ClientID))
	}
	if c.Target != nil && (c.Action == Create || c.Action == Update) {
		fact(OfProduct, "", text(c.Label))
	}
	for _, x := range c.written() {
		f := Fact{Address: c.Addr.String(), Kind: OfAttribute, Name: x.Path, Sensitive: x.Sensitive || c.Sensitive(x.Path)}
		if !nothing(x.Before) {
			f.Before = p.valueOf(x.Before, nil, x.Path, f.Sensitive)
		}
		if !nothing(x.After) {
			f.After = p.valueOf(x.After, c.Expr, x.Path, f.Sensitive)
		}
		out = append(out, f)
	}
	if c.Secret != nil {
		c.secretFacts(fact)
	}
	return out
}

// written are the attributes that the change writes: all of something new, and
// of what is there those that differ.
func (c *Change) written() []resource.PathChange {
	switch {
	case c.Action == Create, c.Action == Update && len(c.Paths) == 0 && c.Target != nil:
		return leaves(c.After)
	case c.Action == Delete, c.Action == Wait, c.Action == Forget:
		return nil
	}
	return c.Paths
}

// secretFacts say what is done about a client secret.
func (c *Change) secretFacts(fact func(kind FactKind, name, value string)) {
	d := c.Secret
	if c.Action == Create || c.Action == Rotate {
		fact(OfLifetime, "", text(d.Policy.Lifetime.String()))
	}
	switch verb := d.Decision.Verb; {
	case d.Back != nil:
		fact(OfReason, "", text("brought back"))
		fact(OfOldKey, "", text(key(d.Back)))
	case c.Action == Rotate, verb == rotate.Resume, verb == rotate.Copy:
		fact(OfReason, "", text(d.Decision.Check))
		if old := d.Newest(); old != nil {
			fact(OfOldKey, "", text(key(old)))
		}
	}
	for _, a := range d.CopyTo() {
		fact(OfAction, "copy to", text(a.String()))
	}
	if d.Resume != nil {
		fact(OfAction, "resume", text(key(d.Resume)))
	}
	for _, list := range [][]rotate.Credential{d.Retire, d.CleanUp} {
		for _, x := range list {
			fact(OfRemoval, key(&x), "")
		}
	}
}

// key names a credential: by its key id, or before it has one by its marker,
// which the state has kept since it was drawn.
func key(c *rotate.Credential) string {
	if c.KeyID != "" {
		return c.KeyID
	}
	return c.Marker
}
