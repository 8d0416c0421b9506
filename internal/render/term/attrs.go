package term

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
)

// created lists the attributes of something new that are not what they would
// be anyway; always names those that are shown in any case.
func (f formatter) created(c *plan.Change, s resource.Schema, action plan.Action, v cty.Value, always, never []string) []row {
	if v == cty.NilVal || v.IsNull() || v.ContainsMarked() {
		return nil
	}
	defaults := s.Defaults()
	if !defaults.Type().Equals(v.Type()) {
		defaults = emptyLike(v, defaults)
	}
	paths := resource.Diff(defaults, v)
	for _, name := range always {
		if !slices.ContainsFunc(paths, func(p resource.PathChange) bool { return p.Path == name }) {
			paths = append(paths, resource.PathChange{Path: name, After: v.GetAttr(name)})
		}
	}
	slices.SortStableFunc(paths, func(a, b resource.PathChange) int {
		return cmp.Compare(rank(s, a.Path), rank(s, b.Path))
	})
	var out []row
	for _, p := range paths {
		if slices.Contains(never, resource.TopLevel(p.Path)) || isImplicit(p.Path) && hasRow(out, implicitGrant) {
			continue
		}
		switch {
		case c.Sensitive(p.Path):
			out = append(out, row{path: p.Path, action: action, value: f.t.sensitive})
		case isImplicit(p.Path):
			out = append(out, row{path: implicitGrant, action: action, value: f.implicit(v)})
		case isCollection(p.After) && p.After.IsWhollyKnown():
			out = append(out, listRow(p.Path, action, f.elements(p.Path, p.After)))
		default:
			out = append(out, row{path: p.Path, action: action, value: f.value(p.Path, p.After, c.Expr[p.Path])})
		}
	}
	return out
}

// emptyLike is v's shape with the defaults where they fit and nothing
// elsewhere: the schema of a mail_target is wider than the one known here.
func emptyLike(v, defaults cty.Value) cty.Value {
	vals := map[string]cty.Value{}
	for name, ty := range v.Type().AttributeTypes() {
		if vals[name] = resource.Empty(ty); defaults.Type().HasAttribute(name) && defaults.GetAttr(name).Type().Equals(ty) {
			vals[name] = defaults.GetAttr(name)
		}
	}
	return cty.ObjectVal(vals)
}

// changed lists attribute changes.
func (f formatter) changed(c *plan.Change, never []string) []row {
	var out []row
	for _, p := range c.Paths {
		if slices.Contains(never, resource.TopLevel(p.Path)) || isImplicit(p.Path) && hasRow(out, implicitGrant) {
			continue
		}
		switch {
		case c.Sensitive(p.Path):
			out = append(out, row{path: p.Path, action: plan.Update, value: f.t.sensitive})
		case isImplicit(p.Path):
			out = append(out, row{path: implicitGrant, action: plan.Update, value: f.implicit(c.Before) + " -> " + f.implicit(c.After)})
		default:
			out = append(out, f.change(p, c.Expr[p.Path])...)
		}
	}
	return out
}

func (f formatter) change(p resource.PathChange, source string) []row {
	null := func(v cty.Value) bool { return v == cty.NilVal || !v.IsMarked() && v.IsNull() }
	switch {
	case null(p.Before) && isCollection(p.After) && p.After.IsWhollyKnown():
		return []row{listRow(p.Path, plan.Create, f.elements(p.Path, p.After))}
	case null(p.Before):
		return []row{{path: p.Path, action: plan.Create, value: f.value(p.Path, p.After, source)}}
	case null(p.After):
		return []row{{path: p.Path, action: plan.Delete, value: f.value(p.Path, p.Before, "") + " -> null"}}
	case isMap(p.Before) && isMap(p.After):
		return f.entries(p)
	case isCollection(p.Before) && isCollection(p.After):
		if r := elementRow(p.Path, f.elements(p.Path, p.Before), f.elements(p.Path, p.After)); len(r.items) > 0 {
			return []row{r}
		}
	}
	return []row{{path: p.Path, action: plan.Update, value: f.value(p.Path, p.Before, "") + " -> " + f.value(p.Path, p.After, source)}}
}

// entries shows a map key by key.
func (f formatter) entries(p resource.PathChange) []row {
	before, after := p.Before.AsValueMap(), p.After.AsValueMap()
	keys := map[string]bool{}
	for k := range before {
		keys[k] = true
	}
	for k := range after {
		keys[k] = true
	}
	var out []row
	for _, k := range sortedKeys(keys) {
		b, hadIt := before[k]
		a, hasIt := after[k]
		if hadIt && hasIt && f.value("", a, "") == f.value("", b, "") {
			continue
		}
		if !hadIt {
			b = cty.NilVal
		}
		if !hasIt {
			a = cty.NilVal
		}
		out = append(out, f.change(resource.PathChange{Path: p.Path + "[" + quoted(k) + "]", Before: b, After: a}, "")...)
	}
	return out
}

func isCollection(v cty.Value) bool {
	if v == cty.NilVal || v.ContainsMarked() || v.IsNull() || !v.IsKnown() {
		return false
	}
	ty := v.Type()
	return ty.IsSetType() || ty.IsListType() || ty.IsTupleType()
}

func isMap(v cty.Value) bool {
	return v != cty.NilVal && !v.ContainsMarked() && !v.IsNull() && v.IsKnown() && v.Type().IsMapType()
}

// implicitGrant is shown in words, since its two switches mean one thing.
const implicitGrant = "web.implicit_grant"

func isImplicit(path string) bool { return strings.HasPrefix(path, implicitGrant+".") }

func (f formatter) implicit(v cty.Value) string {
	if v == cty.NilVal || v.IsNull() || !v.IsKnown() {
		return f.t.noTokens
	}
	web := v.GetAttr("web")
	if web.IsNull() || !web.IsKnown() {
		return f.t.noTokens
	}
	g := web.GetAttr("implicit_grant")
	if g.IsNull() || !g.IsKnown() {
		return f.t.noTokens
	}
	var kinds []string
	for _, k := range []struct{ name, words string }{{"access_token", f.t.accessTokens}, {"id_token", f.t.idTokens}} {
		switch x := g.GetAttr(k.name); {
		case !x.IsKnown():
			kinds = append(kinds, k.words+" "+f.t.knownAfter)
		case resource.True(x):
			kinds = append(kinds, k.words)
		}
	}
	if len(kinds) == 0 {
		return f.t.noTokens
	}
	return join(kinds)
}

func hasRow(rows []row, path string) bool {
	return slices.ContainsFunc(rows, func(r row) bool { return r.path == path })
}

// rank orders attributes as the schema does, nested blocks by their place in
// it.
func rank(s resource.Schema, path string) int {
	top := resource.TopLevel(path)
	for i, a := range s.Attrs {
		if a.Name == top {
			return i
		}
	}
	for i, b := range s.Blocks {
		if b.Name == top {
			return len(s.Attrs) + i
		}
	}
	return len(s.Attrs) + len(s.Blocks)
}
