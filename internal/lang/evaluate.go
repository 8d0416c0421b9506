package lang

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
)

// Known answers what is known of an instance beyond the configuration: the
// computed attributes of a resource, or what the look-up of a data block gave
// (DataExports). What is missing from the answer is unknown, and so is all of
// an instance for which the answer is nil.
type Known func(addr.Instance) map[string]cty.Value

// Nothing knows nothing: a configuration can be judged without a tenant.
func Nothing(addr.Instance) map[string]cty.Value { return nil }

// Desired is what a configuration wants.
type Desired struct {
	Instances []*resource.Instance // app_registration, client_secret, mail_target; by address
	Sinks     []*resource.Instance // by address
	Outputs   []Output             // by name
	Moved     []Move               // as written
}

// Output is the value of an output block.
type Output struct {
	Name        string
	Value       cty.Value // without marks; may be unknown
	Description string
	Sensitive   bool
	Range       hcl.Range
}

// session is one evaluation of a world.
type session struct {
	w      *World
	known  Known
	values map[addr.Instance]cty.Value // of locals and blocks
	r      *report
	// settledData is set when every data block has its result, so that a
	// reference that is still unknown can only come from a computed attribute.
	settledData bool
}

func (w *World) session(k Known) *session {
	s := &session{w: w, known: k, values: map[addr.Instance]cty.Value{}, r: &report{}, settledData: true}
	s.r.names = w.exportedNames
	for _, q := range w.data {
		s.settledData = s.settledData && k(q.Addr) != nil
	}
	return s
}

// exportedNames are the attributes of what a traversal names.
func (w *World) exportedNames(t hcl.Traversal) []string {
	n, _ := w.named(t)
	if n == nil || n.block == nil {
		return nil
	}
	return append(attrNames(n.block.exports), "address")
}

// Evaluate computes every instance and output in dependency order.
func (w *World) Evaluate(k Known) (*Desired, diag.Diagnostics) {
	s := w.session(k)
	d := &Desired{Moved: slices.Clone(w.moved)}
	for _, n := range w.order {
		for _, i := range s.node(n) {
			if i.Addr.Type == sinkBlock {
				d.Sinks = append(d.Sinks, i)
			} else {
				d.Instances = append(d.Instances, i)
			}
		}
	}
	d.Outputs = s.outputs()
	byAddress := func(a, b *resource.Instance) int { return addr.Compare(a.Addr, b.Addr) }
	slices.SortFunc(d.Instances, byAddress)
	slices.SortFunc(d.Sinks, byAddress)
	return d, s.r.ds
}

// EvaluateOne computes one instance again, once more is known of those it
// refers to. The instance is shared and not to be changed.
func (w *World) EvaluateOne(a addr.Instance, k Known) (*resource.Instance, diag.Diagnostics) {
	s := w.session(k)
	n := w.nodes[a.Resource()]
	if n == nil || n.block == nil || n.block.isData() || !slices.Contains(n.keys, a.Key) {
		return nil, diag.Diagnostics{diag.Codef(diag.UnknownName, "There is no %s in the configuration.", a)}
	}
	if i, ok := w.fixed.Load(a); ok {
		return i.(*resource.Instance), nil
	}
	s.before(n)
	instances := s.decodeAll(n, []string{a.Key})
	if len(instances) == 0 {
		return nil, s.r.ds
	}
	return instances[0], s.r.ds
}

// EvaluateOutputs computes the outputs again.
func (w *World) EvaluateOutputs(k Known) ([]Output, diag.Diagnostics) {
	s := w.session(k)
	for _, o := range w.c.outputs {
		s.before(w.nodes[addr.Instance{Type: "output", Name: o.name}])
	}
	return s.outputs(), s.r.ds
}

// before evaluates everything that n uses, in order.
func (s *session) before(n *node) {
	needed := map[*node]bool{}
	var visit func(n *node)
	visit = func(n *node) {
		for _, a := range s.w.edges(n) {
			if m := s.w.nodes[a]; !needed[m] {
				needed[m] = true
				visit(m)
			}
		}
	}
	visit(n)
	order := make([]*node, 0, len(needed))
	for m := range needed {
		if _, done := s.values[m.addr]; !done {
			order = append(order, m)
		}
	}
	slices.SortFunc(order, func(a, b *node) int { return a.place - b.place })
	for _, m := range order {
		if m.block != nil && !m.block.isData() {
			s.values[m.addr] = s.collect(m, s.exports(m))
			continue
		}
		s.node(m)
	}
}

// exports computes what others see of the instances of a block, and no more.
func (s *session) exports(n *node) func(key string) cty.Value {
	schema := &hcl.BodySchema{}
	for _, e := range n.block.exports {
		if _, written := n.block.shape.schema.Attr(e.Name); written {
			schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: e.Name})
		}
	}
	if len(schema.Attributes) == 0 {
		return func(key string) cty.Value { return s.exported(n, key, cty.NilVal) }
	}
	shared := s.w.c.context(n.uses, s.value, nil)
	return func(key string) cty.Value {
		d := s.instanceDecoder(n, key, shared)
		content, _, _ := n.block.body.PartialContent(schema)
		vals := map[string]cty.Value{}
		for _, x := range schema.Attributes {
			a, _ := n.block.shape.schema.Attr(x.Name)
			vals[x.Name] = cty.UnknownVal(a.Type)
			if at, ok := content.Attributes[x.Name]; ok {
				vals[x.Name] = d.attribute(a, at, a.Name)
			}
		}
		return s.exported(n, key, cty.ObjectVal(vals))
	}
}

// node evaluates a local or block and keeps its value for those that use it.
func (s *session) node(n *node) []*resource.Instance {
	switch {
	case n.local != nil:
		s.local(n)
	case n.block != nil && n.block.isData():
		s.values[n.addr] = s.collect(n, func(key string) cty.Value { return s.exported(n, key, cty.NilVal) })
	case n.block != nil:
		instances := s.decodeAll(n, n.keys)
		attrs := map[string]cty.Value{}
		for _, i := range instances {
			attrs[i.Addr.Key] = i.Attrs
		}
		s.values[n.addr] = s.collect(n, func(key string) cty.Value { return s.exported(n, key, attrs[key]) })
		return instances
	}
	return nil
}

func (s *session) local(n *node) {
	if v, ok := s.w.early[n.addr]; ok {
		s.values[n.addr] = v
		return
	}
	v, hd := n.local.expr.Value(s.w.c.context(n.uses, s.value, nil))
	if s.r.hcl(hd, n.addr.String()) {
		v = cty.DynamicVal
	}
	s.values[n.addr] = v
}

// value is what a name stands for.
func (s *session) value(n addr.Instance) cty.Value {
	if n.Type == "var" {
		return s.w.c.variables[n.Name].value
	}
	if v, ok := s.values[n]; ok {
		return v
	}
	if v, ok := s.w.early[n]; ok {
		return v
	}
	return cty.DynamicVal
}

// collect is what a block's name stands for: its one instance, or an object of
// all by key.
func (s *session) collect(n *node, instance func(key string) cty.Value) cty.Value {
	switch {
	case n.broken:
		return cty.DynamicVal
	case n.block.forEach == nil:
		return instance("")
	}
	all := make(map[string]cty.Value, len(n.keys))
	for _, key := range n.keys {
		all[key] = instance(key)
	}
	return cty.ObjectVal(all)
}

// exported is what others see of an instance.
func (s *session) exported(n *node, key string, attrs cty.Value) cty.Value {
	if n.block.lenient && n.block.isData() {
		return cty.DynamicVal
	}
	a := n.addr
	a.Key = key
	vals := s.computed(n.block.exports, a)
	for _, e := range n.block.exports {
		if attrs != cty.NilVal && attrs.Type().HasAttribute(e.Name) {
			vals[e.Name] = attrs.GetAttr(e.Name)
		}
	}
	vals["address"] = cty.StringVal(a.String())
	return cty.ObjectVal(vals)
}

// computed are attributes as far as they are known; one of another type than
// declared counts as unknown.
func (s *session) computed(attrs []resource.Attr, a addr.Instance) map[string]cty.Value {
	known := s.known(a)
	vals := make(map[string]cty.Value, len(attrs)+1)
	for _, e := range attrs {
		vals[e.Name] = cty.UnknownVal(e.Type)
		if v, ok := known[e.Name]; ok && v != cty.NilVal && v.Type().Equals(e.Type) {
			vals[e.Name] = v
		}
	}
	return vals
}

func (s *session) outputs() []Output {
	var out []Output
	for _, o := range s.w.c.outputs {
		n := s.w.nodes[addr.Instance{Type: "output", Name: o.name}]
		v, hd := o.expr.Value(s.w.c.context(n.uses, s.value, nil))
		if s.r.hcl(hd, n.addr.String()) {
			continue
		}
		if v.ContainsMarked() && !o.sensitive {
			s.r.add(diag.Codef(diag.SensitiveValue, "%s shows a value that comes from a sensitive variable.", n.addr).At(o.expr.Range()).
				For(n.addr.String()).WithDof("Write sensitive = true into the output, or nonsensitive(…) if the value may be seen."))
		}
		out = append(out, Output{Name: o.name, Value: settled(v), Description: o.description, Sensitive: o.sensitive, Range: o.rng})
	}
	slices.SortFunc(out, func(a, b Output) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out
}
