package lang

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
)

// dependencies reads depends_on.
func (e *expander) dependencies(n *node, s scope) {
	if n.block.dependsOn == nil {
		return
	}
	items, hd := hcl.ExprList(n.block.dependsOn.Expr)
	if hd.HasErrors() {
		e.r.add(diag.Codef(diag.BadDependency, "depends_on takes a list of blocks.").At(n.block.dependsOn.Expr.Range()).
			For(n.addr.String()).WithDof("Write for example depends_on = [app_registration.NAME]."))
		return
	}
	for _, item := range items {
		t, hd := hcl.AbsTraversalForExpr(item)
		if hd.HasErrors() {
			e.r.add(diag.Codef(diag.BadDependency, "depends_on names blocks, without quotation marks and without working anything out.").At(item.Range()).
				For(n.addr.String()).WithDof("Write for example depends_on = [app_registration.NAME]."))
			continue
		}
		if a, ok := e.dependency(n, t, s); ok {
			n.after = append(n.after, a)
			n.uses.name(a.Resource(), t.SourceRange())
		}
	}
}

func (e *expander) dependency(n *node, t hcl.Traversal, s scope) (addr.Instance, bool) {
	switch t.RootName() {
	case appRegistration, clientSecret, sinkBlock, mailTarget, "data":
	default:
		e.r.add(diag.Codef(diag.BadDependency, "%s is no block to depend on.", t.RootName()).At(t.SourceRange()).
			For(n.addr.String()).WithDof("Name an app_registration, client_secret, sink, mail_target or data block."))
		return addr.Instance{}, false
	}
	u := newUses()
	e.x.all([]hcl.Traversal{t}, s, u)
	named := sortedNames(u.names)
	if len(named) == 0 {
		return addr.Instance{}, false
	}
	a := named[0]
	rest := 2
	if _, isData := dataKind(a.Type); isData {
		rest = 3
	}
	if rest < len(t) {
		if key, ok := keyOf(t[rest]); ok {
			a.Key = key
			rest++
		}
	}
	if rest < len(t) {
		e.r.add(diag.Codef(diag.BadDependency, "depends_on takes whole blocks, not their attributes.").At(t.SourceRange()).
			For(n.addr.String()).WithDof("Write %s.", a))
		return addr.Instance{}, false
	}
	return a, true
}

// dependsOn lists the instances that depends_on names.
func (w *World) dependsOn(n *node) []addr.Instance {
	var out []addr.Instance
	for _, a := range n.after {
		out = append(out, w.instances(a)...)
	}
	slices.SortFunc(out, addr.Compare)
	return slices.Compact(out)
}

// instances are the instances of a block, or the one that a names.
func (w *World) instances(a addr.Instance) []addr.Instance {
	n := w.nodes[a]
	if n == nil {
		return []addr.Instance{a}
	}
	var out []addr.Instance
	for _, key := range n.keys {
		i := a
		i.Key = key
		out = append(out, i)
	}
	return out
}
