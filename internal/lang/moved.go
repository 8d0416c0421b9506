package lang

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
)

// Move is a moved block. Addresses without a key, where the block now has
// for_each, stand for all instances of the block, whose keys stay.
type Move struct {
	From, To addr.Instance
	Range    hcl.Range
}

// moves reads the moved blocks.
func (e *expander) moves() {
	from := map[addr.Instance]hcl.Range{}
	to := map[addr.Instance]hcl.Range{}
	for i, body := range e.w.c.moves {
		m := Move{Range: e.w.c.moveAt[i]}
		content, hd := body.Content(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "from"}, {Name: "to"}}})
		if e.r.hcl(hd, "") {
			continue
		}
		var ok, ok2 bool
		m.From, ok = e.endpoint(content, "from", m.Range)
		m.To, ok2 = e.endpoint(content, "to", m.Range)
		if !ok || !ok2 || !e.movable(m, content) {
			continue
		}
		for _, end := range []struct {
			seen map[addr.Instance]hcl.Range
			a    addr.Instance
			name string
		}{{from, m.From, "from"}, {to, m.To, "to"}} {
			at := content.Attributes[end.name].Expr.Range()
			if first, twice := end.seen[end.a]; twice {
				e.r.add(diag.Codef(diag.BadMove, "%s is already the %s of the moved block at %s.", end.a, end.name, position(first)).At(at).WithDof("Keep one of them."))
				ok = false
			}
			end.seen[end.a] = m.Range
		}
		if ok {
			e.w.moved = append(e.w.moved, m)
		}
	}
}

func (e *expander) endpoint(content *hcl.BodyContent, name string, rng hcl.Range) (addr.Instance, bool) {
	a, ok := content.Attributes[name]
	if !ok {
		e.r.add(diag.Codef(diag.MissingArgument, "moved needs %s.", name).At(rng).WithDof("Write %s = app_registration.NAME, for example.", name))
		return addr.Instance{}, false
	}
	wrong := func(detail, do string) (addr.Instance, bool) {
		e.r.add(diag.Of(diag.BadMove, detail).At(a.Expr.Range()).WithDo(do))
		return addr.Instance{}, false
	}
	t, hd := hcl.AbsTraversalForExpr(a.Expr)
	if hd.HasErrors() {
		return wrong(name+" takes an address, without quotation marks.", "Write for example app_registration.NAME or app_registration.NAME[\"KEY\"].")
	}
	kinds := []string{appRegistration, clientSecret, sinkBlock, mailTarget}
	if !slices.Contains(kinds, t.RootName()) {
		return wrong(fmt.Sprintf("%s is nothing that can be moved.", t.RootName()), oneOf(t.RootName(), kinds))
	}
	n := addr.Instance{Type: t.RootName()}
	if step, ok := at(t, 1).(hcl.TraverseAttr); ok {
		n.Name = step.Name
	}
	if n.Name == "" {
		return wrong(name+" takes an address.", fmt.Sprintf("Write %s.NAME.", n.Type))
	}
	if right, ok := e.x.short(n, t, 2); ok {
		e.x.long(n, t, scope{}, right)
		return addr.Instance{}, false
	}
	if len(t) > 2 {
		key, ok := keyOf(t[2])
		if !ok || key == "" || len(t) > 3 {
			return wrong(name+" takes the address of a block or of one of its instances.", fmt.Sprintf("Write %s or %s[\"KEY\"].", n, n))
		}
		n.Key = key
	}
	return n, true
}

func at(t hcl.Traversal, i int) hcl.Traverser {
	if i < len(t) {
		return t[i]
	}
	return nil
}

// movable checks a move against the configuration.
func (e *expander) movable(m Move, content *hcl.BodyContent) bool {
	wrong := func(name, detail, do string) bool {
		e.r.add(diag.Of(diag.BadMove, detail).At(content.Attributes[name].Expr.Range()).WithDo(do))
		return false
	}
	switch {
	case m.From == m.To:
		return wrong("to", "from and to are the same.", "Remove the block.")
	case m.From.Type != m.To.Type:
		return wrong("to", fmt.Sprintf("%s cannot become %s: they are of different types.", m.From, m.To), fmt.Sprintf("Name %s.", article(m.From.Type)))
	}
	to := e.w.nodes[m.To.Resource()]
	if to == nil {
		if e.w.c.incomplete || e.w.c.misread[m.To.Name] {
			return false
		}
		var names []string
		for _, b := range e.w.c.order {
			if b.addr.Type == m.To.Type {
				names = append(names, b.addr.String())
			}
		}
		slices.Sort(names)
		return wrong("to", fmt.Sprintf("There is no %s.", m.To.Resource()), oneOf(m.To.Resource().String(), names))
	}
	if m.To.Key != "" && !to.broken && !slices.Contains(to.keys, m.To.Key) {
		return wrong("to", fmt.Sprintf("%s has no instance %q.", m.To.Resource(), m.To.Key), oneOf(m.To.Key, to.keys))
	}
	from := e.w.nodes[m.From.Resource()]
	if from == nil || from.broken {
		return true
	}
	if slices.Contains(from.keys, m.From.Key) || m.From.Key == "" && m.To.Resource() != m.From.Resource() {
		return wrong("from", fmt.Sprintf("%s still stands in the configuration, so it has not moved.", m.From), "Remove its block, or this one.")
	}
	return true
}

func article(typ string) string {
	if typ == appRegistration {
		return "an " + typ
	}
	return "a " + typ
}
