package lang

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
)

// reach says how far an expression's references may go, by the order in which
// things are evaluated.
type reach int

const (
	reachVariables reach = iota // var
	reachEarly                  // and locals that use nothing later, each
	reachAll
)

// scope is where an expression stands.
type scope struct {
	what  string // begins a sentence: "for_each"
	reach reach
	why   string // ends it: "it decides which instances there are"
	each  bool   // within a block with for_each
	block *block // the block it is in, if any
}

// uses is what expressions refer to. What cannot be resolved is reported and
// kept in broken, to be unknown instead of failing once more.
type uses struct {
	names  map[addr.Instance]hcl.Range // var, local and blocks, with the first place
	broken map[addr.Instance]bool      // the same; a type without a name is the whole root
}

func newUses() *uses {
	return &uses{names: map[addr.Instance]hcl.Range{}, broken: map[addr.Instance]bool{}}
}

func (u *uses) name(n addr.Instance, at hcl.Range) {
	if _, ok := u.names[n]; !ok {
		u.names[n] = at
	}
}

func (u *uses) bad(n addr.Instance) { u.broken[n] = true }

// context gives expressions with these uses their values. extra are each and
// self.
func (c *Config) context(u *uses, value func(addr.Instance) cty.Value, extra map[string]cty.Value) *hcl.EvalContext {
	tree := map[string]map[string]cty.Value{}
	put := func(n addr.Instance, v cty.Value) {
		if tree[n.Type] == nil {
			tree[n.Type] = map[string]cty.Value{}
		}
		tree[n.Type][n.Name] = v
	}
	for n := range u.names {
		put(n, value(n))
	}
	for n := range u.broken {
		if n.Name != "" {
			put(n, cty.DynamicVal)
		}
	}
	vars, data := map[string]cty.Value{}, map[string]cty.Value{}
	for root, names := range tree {
		if kind, ok := dataKind(root); ok {
			data[kind] = cty.ObjectVal(names)
			continue
		}
		vars[root] = cty.ObjectVal(names)
	}
	if len(data) > 0 {
		vars["data"] = cty.ObjectVal(data)
	}
	for name, v := range extra {
		vars[name] = v
	}
	for n := range u.broken {
		if n.Name == "" {
			vars[n.Type] = cty.DynamicVal
		}
	}
	return &hcl.EvalContext{Variables: vars, Functions: c.functions}
}

// earlyContext is a context of variables, and of early locals where there are
// any.
func (c *Config) earlyContext(u *uses, early map[addr.Instance]cty.Value) *hcl.EvalContext {
	return c.context(u, func(n addr.Instance) cty.Value {
		if n.Type == "var" {
			return c.variables[n.Name].value
		}
		if v, ok := early[n]; ok {
			return v
		}
		return cty.DynamicVal
	}, nil)
}
