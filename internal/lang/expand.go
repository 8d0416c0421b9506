package lang

import (
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
)

// World is a configuration whose instances are known, with everything in the
// order in which it can be evaluated. Its methods may be called at the same
// time.
type World struct {
	c     *Config
	nodes map[addr.Instance]*node
	order []*node                     // what is used before what uses it
	early map[addr.Instance]cty.Value // locals that use nothing later
	data  []DataQuery
	moved []Move
	// fixed are instances whose value depends on nothing that is known only
	// later, by address: an apply asks for every instance once more.
	fixed sync.Map
}

// node is a local, a block or an output in the graph of references.
type node struct {
	addr   addr.Instance
	local  *local
	block  *block
	output *output
	uses   *uses
	expand []hcl.Traversal      // what dynamic blocks are made of
	after  []addr.Instance      // depends_on, as written
	keys   []string             // of for_each, sorted; one empty key without for_each
	each   map[string]cty.Value // values by key
	broken bool                 // for_each is wrong, which is reported: there are no instances
	place  int                  // in World.order
}

// Expand settles for_each, checks every reference and orders everything. The
// result can be evaluated also with errors.
func (c *Config) Expand() (*World, diag.Diagnostics) {
	w := &World{c: c, nodes: map[addr.Instance]*node{}, early: map[addr.Instance]cty.Value{}}
	e := &expander{w: w, r: &report{}}
	e.x = &resolver{c: c, r: e.r, late: map[string]addr.Instance{}, keys: e.keysOf}
	e.locals()
	e.earlyLocals()
	for _, b := range c.order {
		e.forEach(b)
	}
	for _, b := range c.order {
		e.block(w.nodes[b.addr])
	}
	for _, o := range c.outputs {
		e.output(o)
	}
	e.sort()
	for _, b := range c.order {
		if n := w.nodes[b.addr]; b.isData() {
			for _, key := range n.keys {
				e.query(n, key)
			}
		}
	}
	e.moves()
	return w, e.r.ds
}

type expander struct {
	w *World
	r *report
	x *resolver
}

func (e *expander) keysOf(n addr.Instance) ([]string, bool) {
	node := e.w.nodes[n]
	if node == nil || node.broken {
		return nil, false
	}
	return node.keys, true
}

// locals resolves the references of all locals and finds those that use what
// is evaluated later.
func (e *expander) locals() {
	for _, name := range slices.Sorted(maps.Keys(e.w.c.locals)) {
		l := e.w.c.locals[name]
		n := &node{addr: addr.Instance{Type: "local", Name: name}, local: l, uses: newUses()}
		e.w.nodes[n.addr] = n
		// Keys are not known yet: literal ones are checked once they are.
		(&resolver{c: e.w.c, r: e.r}).all(l.expr.Variables(), scope{what: n.addr.String(), reach: reachAll}, n.uses)
	}
	done := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(e.w.c.locals)) {
		e.lateness(name, done)
	}
}

func (e *expander) lateness(name string, done map[string]bool) {
	if done[name] {
		return
	}
	done[name] = true
	uses := e.w.nodes[addr.Instance{Type: "local", Name: name}].uses
	for _, u := range sortedNames(uses.names) {
		if e.w.c.blocks[u] != nil {
			e.x.late[name] = u
			return
		}
	}
	for _, u := range sortedNames(uses.names) {
		if u.Type != "local" {
			continue
		}
		e.lateness(u.Name, done)
		if later, ok := e.x.late[u.Name]; ok {
			e.x.late[name] = later
			return
		}
	}
}

func sortedNames(m map[addr.Instance]hcl.Range) []addr.Instance {
	return slices.SortedFunc(maps.Keys(m), addr.Compare)
}

// earlyLocals evaluates the locals that need nothing later. One within a cycle
// stays unknown; the cycle is reported with the others.
func (e *expander) earlyLocals() {
	state := map[string]int{}
	var visit func(name string)
	visit = func(name string) {
		if _, late := e.x.late[name]; late || state[name] != 0 {
			return
		}
		state[name] = 1
		n := e.w.nodes[addr.Instance{Type: "local", Name: name}]
		for _, u := range sortedNames(n.uses.names) {
			if u.Type == "local" {
				visit(u.Name)
			}
		}
		v, hd := n.local.expr.Value(e.w.c.earlyContext(n.uses, e.w.early))
		if e.r.hcl(hd, n.addr.String()) {
			v = cty.DynamicVal
		}
		e.w.early[n.addr] = v
	}
	for _, name := range slices.Sorted(maps.Keys(e.w.c.locals)) {
		visit(name)
	}
}

// forEach settles the keys of a block.
func (e *expander) forEach(b *block) {
	n := &node{addr: b.addr, block: b, uses: newUses(), keys: []string{""}}
	e.w.nodes[b.addr] = n
	if b.forEach == nil {
		return
	}
	n.keys, n.broken = nil, true
	expr := b.forEach.Expr
	s := scope{what: "for_each", reach: reachEarly, why: "it decides which instances there are, before anything is looked up or made", block: b}
	u := newUses()
	before := len(e.r.ds)
	e.x.all(expr.Variables(), s, u)
	v, hd := expr.Value(e.w.c.earlyContext(u, e.w.early))
	if e.r.hcl(hd, b.addr.String()) || len(e.r.ds) > before {
		return
	}
	each, bad := eachOf(v)
	if bad.Code != "" {
		e.r.add(bad.At(expr.Range()).For(b.addr.String()))
		return
	}
	if each == nil {
		return // unknown: what it comes from is reported
	}
	n.each, n.broken = each, false
	n.keys = slices.Sorted(maps.Keys(each))
}

// eachOf reads a for_each value: nil without a diagnostic where it is unknown.
func eachOf(v cty.Value) (map[string]cty.Value, diag.Diagnostic) {
	const takes = "for_each takes a map or a set of strings"
	wrong := func(detail, do string) (map[string]cty.Value, diag.Diagnostic) {
		return nil, diag.Of(diag.BadForEach, detail).WithDo(do)
	}
	v, marks := v.Unmark()
	ty := v.Type()
	switch {
	case len(marks) > 0:
		return wrong("The value is sensitive, and the keys of for_each stand in every plan and in the state.", "Use nonsensitive(…) if the keys may be seen.")
	case v.IsNull():
		return wrong(takes+"; this is null.", "Write {} for no instances.")
	case !v.IsKnown():
		return nil, diag.Diagnostic{}
	case isMapping(ty):
		out := map[string]cty.Value{}
		for k, val := range v.AsValueMap() {
			if k == "" {
				return wrong("One of the keys is empty, and a key names the instance.", "Give every element a key.")
			}
			out[k] = val
		}
		return out, diag.Diagnostic{}
	case ty.IsSetType():
		return eachOfSet(v)
	case isSequence(ty):
		return wrong(takes+"; this is "+typeName(ty)+", whose elements have no lasting names.", "Write toset([…]) if every element is a string that may name the instance.")
	}
	return wrong(takes+"; this is "+typeName(ty)+".", "Write for_each = { key = value, … } or toset([…]).")
}

func eachOfSet(v cty.Value) (map[string]cty.Value, diag.Diagnostic) {
	out := map[string]cty.Value{}
	for it := v.ElementIterator(); it.Next(); {
		_, el := it.Element()
		switch {
		case el.ContainsMarked():
			return nil, diag.Codef(diag.BadForEach, "An element is sensitive, and the keys of for_each stand in every plan and in the state.").WithDof("Use nonsensitive(…) if the keys may be seen.")
		case !el.IsKnown():
			return nil, diag.Diagnostic{}
		case el.IsNull():
			return nil, diag.Codef(diag.BadForEach, "An element is null, and every element names an instance.").WithDof("Leave it out: compact(…).")
		case el.Type() != cty.String:
			return nil, diag.Codef(diag.BadForEach, "for_each takes a map or a set of strings; this is %s.", typeName(v.Type())).WithDof("Make a map: { for x in … : x.name => x }.")
		case el.AsString() == "":
			return nil, diag.Codef(diag.BadForEach, "One of the elements is empty, and every element names an instance.").WithDof("Leave it out: compact(…).")
		}
		out[el.AsString()] = el
	}
	return out, diag.Diagnostic{}
}

// block resolves the references within a block.
func (e *expander) block(n *node) {
	b := n.block
	s := scope{what: b.addr.String(), reach: reachAll, each: b.forEach != nil, block: b}
	if b.isData() {
		s.reach, s.why = reachEarly, "all data is looked up at once, before anything else is evaluated"
		s.what = "A data block"
	}
	schema := b.inside()
	e.walk(dynblock.WalkVariables(b.body), schema, b.shape, s, n.uses)
	n.expand = expandVariables(dynblock.WalkExpandVariables(b.body), schema, b.shape)
	e.dependencies(n, s)
}

// expandVariables are the references that decide which blocks dynamic makes.
func expandVariables(body dynblock.WalkVariablesNode, schema *hcl.BodySchema, sh *shape) []hcl.Traversal {
	out, children := body.Visit(schema)
	for _, c := range children {
		if inner := sh.blocks[c.BlockTypeName]; inner != nil {
			out = append(out, expandVariables(c.Node, inner.hcl, inner)...)
		}
	}
	return out
}

// walk visits the expressions of a body and of the blocks in it.
func (e *expander) walk(body dynblock.WalkVariablesNode, schema *hcl.BodySchema, sh *shape, s scope, u *uses) {
	ts, children := body.Visit(schema)
	slices.SortFunc(ts, func(a, b hcl.Traversal) int { return a.SourceRange().Start.Byte - b.SourceRange().Start.Byte })
	e.x.all(ts, s, u)
	for _, c := range children {
		inner := sh.blocks[c.BlockTypeName]
		if c.BlockTypeName == "accept_risk" {
			inner = shapeOf(acceptRisk())
		}
		if inner == nil {
			continue
		}
		e.walk(c.Node, inner.hcl, inner, s, u)
	}
}

func (e *expander) output(o *output) {
	n := &node{addr: addr.Instance{Type: "output", Name: o.name}, output: o, uses: newUses()}
	e.w.nodes[n.addr] = n
	e.x.all(o.expr.Variables(), scope{what: n.addr.String(), reach: reachAll}, n.uses)
}
