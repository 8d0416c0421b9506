package lang

import (
	"maps"
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
)

// sort puts the nodes into the order of evaluation and reports cycles. The
// references within a cycle become unknown.
func (e *expander) sort() {
	t := &tarjan{w: e.w, index: map[addr.Instance]int{}, low: map[addr.Instance]int{}, on: map[addr.Instance]bool{}}
	for _, a := range slices.SortedFunc(maps.Keys(e.w.nodes), addr.Compare) {
		if t.index[a] == 0 {
			t.visit(a)
		}
	}
	for _, group := range t.groups {
		e.cycle(group)
		for _, a := range group {
			n := e.w.nodes[a]
			n.place = len(e.w.order)
			e.w.order = append(e.w.order, n)
		}
	}
}

// edges are the nodes that n uses.
func (w *World) edges(n *node) []addr.Instance {
	var out []addr.Instance
	for a := range n.uses.names {
		if w.nodes[a] != nil {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, addr.Compare)
	return out
}

// tarjan finds groups of nodes that use each other, those used before those
// that use them.
type tarjan struct {
	w          *World
	index, low map[addr.Instance]int
	on         map[addr.Instance]bool
	stack      []addr.Instance
	groups     [][]addr.Instance
}

func (t *tarjan) visit(a addr.Instance) {
	t.index[a] = len(t.index) + 1
	t.low[a] = t.index[a]
	t.stack, t.on[a] = append(t.stack, a), true
	for _, b := range t.w.edges(t.w.nodes[a]) {
		switch {
		case t.index[b] == 0:
			t.visit(b)
			t.low[a] = min(t.low[a], t.low[b])
		case t.on[b]:
			t.low[a] = min(t.low[a], t.index[b])
		}
	}
	if t.low[a] != t.index[a] {
		return
	}
	i := len(t.stack) - 1
	for t.stack[i] != a {
		i--
	}
	group := slices.Clone(t.stack[i:])
	t.stack = t.stack[:i]
	for _, b := range group {
		t.on[b] = false
	}
	t.groups = append(t.groups, group)
}

// cycle reports a group of nodes that use each other, if it is one.
func (e *expander) cycle(group []addr.Instance) {
	first := e.w.nodes[slices.MinFunc(group, addr.Compare)]
	if _, itself := first.uses.names[first.addr]; len(group) == 1 && !itself {
		return
	}
	path := e.ring(first, group)
	names := make([]string, len(path))
	for i, a := range path {
		names[i] = a.String()
	}
	detail := "Each of these needs the value of the next, so none can be evaluated: " + strings.Join(names, " → ") + "."
	if len(group) == 1 {
		detail = first.addr.String() + " refers to itself."
	}
	at := first.uses.names[path[1]]
	e.r.add(diag.Of(diag.Cycle, detail).At(at).For(first.addr.String()).WithDof("Take one of the references out, for example by putting what both need into a local."))
	for _, a := range group {
		u := e.w.nodes[a].uses
		for _, b := range group {
			if _, ok := u.names[b]; ok {
				delete(u.names, b)
				u.bad(b)
			}
		}
	}
}

// ring is a shortest way from first through the group back to it.
func (e *expander) ring(first *node, group []addr.Instance) []addr.Instance {
	from := map[addr.Instance]addr.Instance{}
	queue := []addr.Instance{first.addr}
	for len(queue) > 0 {
		a := queue[0]
		queue = queue[1:]
		for _, b := range e.w.edges(e.w.nodes[a]) {
			if b == first.addr {
				ring := []addr.Instance{b}
				for ; a != first.addr; a = from[a] {
					ring = append(ring, a)
				}
				ring = append(ring, first.addr)
				slices.Reverse(ring)
				return ring
			}
			if _, seen := from[b]; !seen && slices.Contains(group, b) {
				from[b] = a
				queue = append(queue, b)
			}
		}
	}
	return []addr.Instance{first.addr, first.addr}
}
