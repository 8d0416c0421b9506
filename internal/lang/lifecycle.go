package lang

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
)

func (l *loader) lifecycle(b *block, lb *hcl.Block) {
	content := l.content(lb.Body, &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "prevent_destroy"}, {Name: "ignore_changes"}}}, b.addr.String())
	l.about = b.addr.String()
	defer func() { l.about = "" }()
	b.lifecycle.PreventDestroy, _ = l.literalBool(content, "prevent_destroy")
	a, ok := content.Attributes["ignore_changes"]
	if !ok {
		return
	}
	if hcl.ExprAsKeyword(a.Expr) == "all" {
		b.lifecycle.IgnoreAll = true
		return
	}
	items, hd := hcl.ExprList(a.Expr)
	if hd.HasErrors() {
		l.r.add(diag.Codef(diag.BadLifecycle, "ignore_changes takes a list of attributes, or the word all.").At(a.Expr.Range()).
			For(b.addr.String()).WithDof("Write for example ignore_changes = [notes]."))
		return
	}
	for _, item := range items {
		l.ignored(b, item)
	}
}

// ignored adds one element of ignore_changes.
func (l *loader) ignored(b *block, item hcl.Expression) {
	t, hd := hcl.AbsTraversalForExpr(item)
	if hd.HasErrors() {
		l.r.add(diag.Codef(diag.BadLifecycle, "ignore_changes names attributes as they are written, without quotation marks.").At(item.Range()).
			For(b.addr.String()).WithDof("Write for example ignore_changes = [notes, web.redirect_uris]."))
		return
	}
	if b.lenient {
		return
	}
	path, bad, names := ignorePath(b.shape.schema, t)
	if bad != "" {
		l.r.add(diag.Codef(diag.BadLifecycle, "%s has no attribute %q that could be ignored.", b.addr.Type, bad).At(item.Range()).
			For(b.addr.String()).WithDo(oneOf(bad, names)))
		return
	}
	b.lifecycle.IgnoreChanges = append(b.lifecycle.IgnoreChanges, path)
}

// ignorePath writes a traversal as an attribute path and checks its names
// against the schema as deep as that goes. bad is the step that is wrong.
func ignorePath(s resource.Schema, t hcl.Traversal) (path, bad string, names []string) {
	var b strings.Builder
	current := &s
	for _, step := range t {
		name := ""
		switch st := step.(type) {
		case hcl.TraverseRoot:
			name = st.Name
		case hcl.TraverseAttr:
			name = st.Name
			b.WriteByte('.')
		case hcl.TraverseIndex:
			if st.Key.Type() != cty.String || current == nil {
				return "", "[…]", nil
			}
			b.WriteString("[" + strconv.Quote(st.Key.AsString()) + "]")
			continue
		}
		if current == nil {
			return "", name, nil
		}
		b.WriteString(name)
		next, found := (*resource.Schema)(nil), false
		names = nil
		for _, a := range current.Attrs {
			names = append(names, a.Name)
			found = found || a.Name == name
		}
		for _, nb := range current.Blocks {
			names = append(names, nb.Name)
			if nb.Name == name {
				next, found = &nb.Schema, true
			}
		}
		if !found {
			return "", name, names
		}
		current = next
	}
	return b.String(), "", nil
}
