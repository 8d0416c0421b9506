package lang

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
)

// resolver checks references before anything is evaluated.
type resolver struct {
	c *Config
	r *report
	// late names, for locals that use what is evaluated later, what that is.
	late map[string]addr.Instance
	// keys are the for_each keys of a block; known is false where for_each
	// is wrong, which is reported.
	keys func(addr.Instance) (keys []string, known bool)
}

func (c *Config) resolve(ts []hcl.Traversal, s scope, u *uses, r *report) {
	(&resolver{c: c, r: r}).all(ts, s, u)
}

func (x *resolver) all(ts []hcl.Traversal, s scope, u *uses) {
	for _, t := range ts {
		x.one(t, s, u)
	}
}

func dataKind(typ string) (string, bool) { return strings.CutPrefix(typ, "data.") }

func (x *resolver) one(t hcl.Traversal, s scope, u *uses) {
	switch root := t.RootName(); root {
	case "var":
		x.variable(t, s, u)
	case "local":
		x.local(t, s, u)
	case "each":
		x.each(t, s, u)
	case "self":
		x.self(t, s, u)
	case "data":
		x.data(t, s, u)
	case appRegistration, clientSecret, sinkBlock, mailTarget:
		if name, ok := x.step(t, 1, root+".NAME", s, u, addr.Instance{Type: root}); ok {
			x.block(addr.Instance{Type: root, Name: name}, t, 2, s, u)
		}
	default:
		u.bad(addr.Instance{Type: root})
		x.unknownRoot(t, s)
	}
}

// step is the name at position i of a traversal.
func (x *resolver) step(t hcl.Traversal, i int, form string, s scope, u *uses, whole addr.Instance) (string, bool) {
	if i < len(t) {
		if a, ok := t[i].(hcl.TraverseAttr); ok {
			return a.Name, true
		}
	}
	u.bad(whole)
	x.err(diag.UnknownName, t, s, fmt.Sprintf("%s stands alone here; a name must follow it.", t.RootName()), "Write "+form+".")
	return "", false
}

func (x *resolver) err(code string, t hcl.Traversal, s scope, detail, do string) {
	d := diag.Of(code, detail).At(t.SourceRange()).WithDo(do)
	if s.block != nil {
		d = d.For(s.block.addr.String())
	}
	x.r.add(d)
}

func (x *resolver) variable(t hcl.Traversal, s scope, u *uses) {
	name, ok := x.step(t, 1, "var.NAME", s, u, addr.Instance{Type: "var"})
	if !ok {
		return
	}
	n := addr.Instance{Type: "var", Name: name}
	if x.c.variables[name] != nil {
		u.name(n, t.SourceRange())
		return
	}
	u.bad(n)
	x.undeclared(t, s, n, slices.Sorted(maps.Keys(x.c.variables)), fmt.Sprintf("Declare it: variable %q {}", name))
}

func (x *resolver) local(t hcl.Traversal, s scope, u *uses) {
	name, ok := x.step(t, 1, "local.NAME", s, u, addr.Instance{Type: "local"})
	if !ok {
		return
	}
	n := addr.Instance{Type: "local", Name: name}
	if x.c.locals[name] == nil {
		u.bad(n)
		x.undeclared(t, s, n, slices.Sorted(maps.Keys(x.c.locals)), fmt.Sprintf("Declare it: locals { %s = … }", name))
		return
	}
	later, isLate := x.late[name]
	switch {
	case s.reach == reachVariables:
		u.bad(n)
		x.outOfOrder(t, s, n.String())
	case s.reach == reachEarly && isLate:
		u.bad(n)
		x.outOfOrder(t, s, fmt.Sprintf("%s, which uses %s", n, later))
	default:
		u.name(n, t.SourceRange())
	}
}

// undeclared reports a name that is not declared, unless it may stand where a
// file could not be read.
func (x *resolver) undeclared(t hcl.Traversal, s scope, n addr.Instance, names []string, otherwise string) {
	if x.c.incomplete || x.c.misread[n.Name] {
		return
	}
	do := otherwise
	if near := diag.Nearest(n.Name, names); near != "" {
		do = fmt.Sprintf("Did you mean %s.%s?", n.Type, near)
	}
	x.err(diag.UnknownName, t, s, fmt.Sprintf("There is no %s.", n), do)
}

func (x *resolver) outOfOrder(t hcl.Traversal, s scope, to string) {
	x.err(diag.OutOfOrder, t, s, fmt.Sprintf("%s cannot refer to %s: %s.", s.what, to, s.why), may(s.reach))
}

func may(r reach) string {
	if r == reachVariables {
		return "Use variables and functions only."
	}
	return "Use variables, functions, and locals made of these."
}

func (x *resolver) each(t hcl.Traversal, s scope, u *uses) {
	root := addr.Instance{Type: "each"}
	if !s.each {
		u.bad(root)
		do := "Add for_each to the block, or write the value itself."
		if s.block == nil || s.reach == reachVariables {
			do = "Write the value itself."
		}
		x.err(diag.OutOfPlace, t, s, "each stands for one key and value of for_each, and there is no for_each around this expression.", do)
		return
	}
	if len(t) > 1 {
		if a, ok := t[1].(hcl.TraverseAttr); ok && (a.Name == "key" || a.Name == "value") {
			return
		}
	}
	u.bad(root)
	x.err(diag.OutOfPlace, t, s, "each has a key and a value, nothing else.", "Write each.key or each.value.")
}

func (x *resolver) self(t hcl.Traversal, s scope, u *uses) {
	root := addr.Instance{Type: "self"}
	if s.block == nil || s.block.addr.Type != appRegistration {
		u.bad(root)
		x.err(diag.OutOfPlace, t, s, "self is the application within whose app_registration block it stands.", "Name the application: app_registration.NAME.client_id.")
		return
	}
	var names []string
	for _, a := range s.block.shape.schema.Computed {
		names = append(names, a.Name)
	}
	if len(t) > 1 {
		if a, ok := t[1].(hcl.TraverseAttr); ok {
			if slices.Contains(names, a.Name) {
				return
			}
			u.bad(root)
			do := oneOf(a.Name, names)
			if _, written := s.block.shape.schema.Attr(a.Name); written {
				do = "Write the value itself, or put it into locals. self has " + strings.Join(names, ", ") + "."
			}
			x.err(diag.UnknownExport, t, s, fmt.Sprintf("self has the computed attributes of the application, and %s is none of them.", a.Name), do)
			return
		}
	}
	u.bad(root)
	x.err(diag.UnknownExport, t, s, "self stands alone here; a computed attribute must follow it.", "Write for example self.client_id.")
}

// keyOf is the string key of an index step.
func keyOf(step hcl.Traverser) (string, bool) {
	i, ok := step.(hcl.TraverseIndex)
	if !ok || i.Key.IsNull() || !i.Key.IsKnown() || i.Key.Type() != cty.String {
		return "", false
	}
	return i.Key.AsString(), true
}
