package lang

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
)

// references replaces the instances in the value of a reference attribute by
// their addresses, or by the attribute that stands for them.
func (d *decoder) references(a resource.Attr, v cty.Value, expr hcl.Expression) cty.Value {
	v, marks := v.Unmark()
	if a.Type.IsPrimitiveType() {
		return d.reference(a, v, expr.Range()).WithMarks(marks)
	}
	if v.IsNull() || !v.IsKnown() || !isSequence(v.Type()) {
		if !v.IsNull() && v.IsKnown() {
			d.notSequence(a, v, expr.Range())
			return cty.UnknownVal(a.Type)
		}
		return v.WithMarks(marks)
	}
	places := elements(expr, v.LengthInt())
	var out []cty.Value
	i := 0
	for it := v.ElementIterator(); it.Next(); i++ {
		_, el := it.Element()
		out = append(out, d.reference(a, el, places(i)))
	}
	return cty.TupleVal(out).WithMarks(marks)
}

// elements gives the ranges of the elements of a list as written, or the range
// of the whole.
func elements(expr hcl.Expression, n int) func(int) hcl.Range {
	items, hd := hcl.ExprList(expr)
	return func(i int) hcl.Range {
		if hd.HasErrors() || len(items) != n {
			return expr.Range()
		}
		return items[i].Range()
	}
}

// reference is the address of one instance as a string.
func (d *decoder) reference(a resource.Attr, v cty.Value, at hcl.Range) cty.Value {
	v, marks := v.Unmark()
	ty := v.Type()
	switch {
	case v.IsNull():
		return cty.NullVal(cty.String)
	case ty == cty.String && a.IDs != "":
		return v.WithMarks(marks)
	case !v.IsKnown() && (ty == cty.DynamicPseudoType || ty.IsObjectType()):
		if d.settledData && ty.IsObjectType() {
			d.err(diag.NullOrUnknown, at, fmt.Sprintf("Which instance %s refers to is known only after the apply.", a.Name), "Choose the instance by variables, locals or for_each.")
		}
		return cty.UnknownVal(cty.String)
	case isInstance(v):
		return d.instance(a, v, at)
	case ty.IsObjectType() && len(ty.AttributeTypes()) > 0 && allInstances(v):
		keys := slices.Sorted(maps.Keys(v.AsValueMap()))
		some, _ := addr.Parse(v.GetAttr(keys[0]).GetAttr("address").AsString())
		do := fmt.Sprintf("Write one of them: %s.", some)
		if !a.Type.IsPrimitiveType() {
			do = fmt.Sprintf("Write one of them: [%s], or all: values(%s).", some, some.Resource())
		}
		d.err(diag.NotAReference, at, fmt.Sprintf("%s has for_each, so it is several instances.", some.Resource()), do)
		return cty.UnknownVal(cty.String)
	}
	d.notReference(a, v, at)
	return cty.UnknownVal(cty.String)
}

// isInstance tells whether v is what an instance looks like to others.
func isInstance(v cty.Value) bool {
	if v.IsNull() || !v.IsKnown() || !v.Type().IsObjectType() || !v.Type().HasAttribute("address") {
		return false
	}
	a, _ := v.GetAttr("address").Unmark()
	return a.Type() == cty.String && a.IsKnown() && !a.IsNull()
}

func allInstances(v cty.Value) bool {
	for _, el := range v.AsValueMap() {
		if el, _ := el.Unmark(); !isInstance(el) {
			return false
		}
	}
	return true
}

func (d *decoder) instance(a resource.Attr, v cty.Value, at hcl.Range) cty.Value {
	text := settled(v.GetAttr("address")).AsString()
	to, err := addr.Parse(text)
	n := d.w.nodes[to.Resource()]
	if err != nil || n == nil || n.block == nil || !slices.Contains(n.keys, to.Key) {
		d.err(diag.NotAReference, at, fmt.Sprintf("%s takes %s; there is no %s.", a.Name, takes(a), text), d.example(a))
		return cty.UnknownVal(cty.String)
	}
	if !slices.Contains(a.Refs, to.Type) {
		d.err(diag.NotAReference, at, fmt.Sprintf("%s takes %s; %s is none.", a.Name, takes(a), to), d.example(a))
		return cty.UnknownVal(cty.String)
	}
	d.refs[to] = true
	if a.IDs == "" {
		return cty.StringVal(text)
	}
	return v.GetAttr(a.IDs)
}

// notReference says what a value is that should have been an instance.
func (d *decoder) notReference(a resource.Attr, v cty.Value, at hcl.Range) {
	do := d.example(a)
	detail := fmt.Sprintf("%s takes %s; this is %s.", a.Name, takes(a), typeName(v.Type()))
	if v.Type() == cty.String && v.IsKnown() {
		if to, err := addr.Parse(v.AsString()); err == nil && d.w.nodes[to.Resource()] != nil {
			do = fmt.Sprintf("Write it without quotation marks: %s.", to)
		}
	} else if v.Type() == cty.String {
		detail = fmt.Sprintf("%s takes %s; this is one of its attributes.", a.Name, takes(a))
	}
	d.err(diag.NotAReference, at, detail, do)
}

func (d *decoder) notSequence(a resource.Attr, v cty.Value, at hcl.Range) {
	if isInstance(v) {
		text := settled(v.GetAttr("address")).AsString()
		d.err(diag.WrongType, at, fmt.Sprintf("%s takes a list; this is one instance.", a.Name), fmt.Sprintf("Write it in brackets: [%s].", text))
		return
	}
	if v.Type().IsObjectType() && len(v.Type().AttributeTypes()) > 0 && allInstances(v) {
		d.reference(a, v, at)
		return
	}
	m := mismatch(a.Name, a.Type, v, nil)
	d.err(m.Code, at, m.Detail, m.Do)
}

// takes names what a reference attribute takes.
func takes(a resource.Attr) string {
	out := "a reference to " + strings.Join(a.Refs, " or ")
	if a.IDs != "" {
		out += ", or an id"
	}
	return out
}

// example is a reference that would do, of the configuration if it has one.
func (d *decoder) example(a resource.Attr) string {
	var have []string
	for _, b := range d.w.c.order {
		if slices.Contains(a.Refs, b.addr.Type) {
			have = append(have, b.addr.String())
		}
	}
	slices.Sort(have)
	if len(have) == 0 {
		return fmt.Sprintf("Write %s = %s.", a.Name, sample(a))
	}
	if len(have) > 5 {
		have = append(have[:5], "…")
	}
	return "There is " + strings.Join(have, ", ") + "."
}

// noteRefs notes which instances an expression refers to, and, unless only
// their addresses count, that it depends on what they compute.
func (d *decoder) noteRefs(expr hcl.Expression, addressOnly bool) {
	for _, t := range expr.Variables() {
		d.noteRef(t, expr, addressOnly)
	}
}

func (d *decoder) noteRef(t hcl.Traversal, expr hcl.Expression, addressOnly bool) {
	if n, _ := d.w.named(t); !addressOnly && (t.RootName() == "self" || n != nil && d.w.early[n.addr] == cty.NilVal) {
		d.moving = true
	}
	d.noteTraversal(t, expr, map[addr.Instance]bool{})
}

func (d *decoder) noteTraversal(t hcl.Traversal, expr hcl.Expression, through map[addr.Instance]bool) {
	n, rest := d.w.named(t)
	if n == nil || d.n.uses.broken[n.addr] {
		return
	}
	if n.local != nil {
		if through[n.addr] {
			return
		}
		through[n.addr] = true
		for _, inner := range n.local.expr.Variables() {
			d.noteTraversal(inner, nil, through)
		}
		return
	}
	if n.block.forEach == nil {
		d.refs[n.addr] = true
		return
	}
	a := n.addr
	if rest < len(t) {
		if key, ok := keyOf(t[rest]); ok {
			a.Key = key
			d.refs[a] = true
			return
		}
	}
	if key, ok := d.indexKey(expr, t); ok {
		a.Key = key
		d.refs[a] = true
		return
	}
	for _, i := range d.w.instances(n.addr) {
		d.refs[i] = true
	}
}

// named finds the local or block a traversal begins with, and where its name
// ends.
func (w *World) named(t hcl.Traversal) (*node, int) {
	a, rest := addr.Instance{Type: t.RootName()}, 2
	if a.Type == "data" && len(t) > 2 {
		if kind, ok := t[1].(hcl.TraverseAttr); ok {
			a.Type, rest = "data."+kind.Name, 3
		}
	}
	if len(t) < rest {
		return nil, 0
	}
	if name, ok := t[rest-1].(hcl.TraverseAttr); ok {
		a.Name = name.Name
	}
	n := w.nodes[a]
	if n == nil || n.output != nil {
		return nil, 0
	}
	return n, rest
}

// indexKey evaluates the index in app_registration.x[each.key], which is no
// part of the traversal before it.
func (d *decoder) indexKey(expr hcl.Expression, t hcl.Traversal) (string, bool) {
	if expr == nil {
		return "", false
	}
	root, ok := syntax(expr)
	if !ok {
		return "", false
	}
	f := &indexFinder{at: t.SourceRange()}
	_ = hclsyntax.Walk(root, f)
	if f.key == nil {
		return "", false
	}
	v, hd := f.key.Value(d.ctx)
	v, _ = v.Unmark()
	if hd.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

// syntax is the native syntax tree of an expression; a string of the JSON
// syntax is read as the template it is.
func syntax(expr hcl.Expression) (hclsyntax.Node, bool) {
	switch e := hcl.UnwrapExpression(expr).(type) {
	case hclsyntax.Expression:
		return e, true
	default:
		v, hd := e.Value(nil)
		if hd.HasErrors() || v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
			return nil, false
		}
		start := e.Range().Start
		start.Column, start.Byte = start.Column+1, start.Byte+1 // behind the quotation mark
		tmpl, hd := hclsyntax.ParseTemplate([]byte(v.AsString()), e.Range().Filename, start)
		return tmpl, !hd.HasErrors()
	}
}

// indexFinder finds the key of the index expression on a traversal.
type indexFinder struct {
	at  hcl.Range
	key hclsyntax.Expression
}

// Enter implements hclsyntax.Walker.
func (f *indexFinder) Enter(n hclsyntax.Node) hcl.Diagnostics {
	if i, ok := n.(*hclsyntax.IndexExpr); ok {
		if c, ok := i.Collection.(*hclsyntax.ScopeTraversalExpr); ok && c.SrcRange == f.at {
			f.key = i.Key
		}
	}
	return nil
}

// Exit implements hclsyntax.Walker.
func (f *indexFinder) Exit(hclsyntax.Node) hcl.Diagnostics { return nil }
