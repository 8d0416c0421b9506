package resource

import (
	"sort"
	"strconv"

	"github.com/zclconf/go-cty/cty"
)

// PathChange is one attribute that differs.
type PathChange struct {
	Path      string // web.redirect_uris, api_permissions["microsoft_graph"].delegated
	Before    cty.Value
	After     cty.Value // unknown: known after apply
	Sensitive bool
}

// Diff compares two values of the same type and returns the attributes that
// differ, in the order of their paths. Objects and maps are descended into;
// sets, lists and primitives are compared whole. An unknown after differs from
// every before.
func Diff(before, after cty.Value) []PathChange {
	var out []PathChange
	diff("", before, after, &out)
	return out
}

func diff(path string, before, after cty.Value, out *[]PathChange) {
	if before.IsWhollyKnown() && after.IsWhollyKnown() && before.RawEquals(after) {
		return
	}
	descend := !before.IsNull() && !after.IsNull() && before.IsKnown() && after.IsKnown()
	switch ty := after.Type(); {
	case descend && ty.IsObjectType():
		for _, name := range sortedAttrs(ty) {
			if before.Type().HasAttribute(name) {
				diff(join(path, name), before.GetAttr(name), after.GetAttr(name), out)
			}
		}
	case descend && ty.IsMapType() && ty.ElementType().IsObjectType():
		for _, key := range mapKeys(before, after) {
			b, a := element(before, key), element(after, key)
			// A block that is absent on one side is compared with an empty one,
			// so that its attributes show one by one.
			diff(path+"["+strconv.Quote(key)+"]", orEmpty(b, a), orEmpty(a, b), out)
		}
	default:
		*out = append(*out, PathChange{Path: path, Before: before, After: after})
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func sortedAttrs(ty cty.Type) []string {
	names := make([]string, 0, len(ty.AttributeTypes()))
	for n := range ty.AttributeTypes() {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

func mapKeys(vals ...cty.Value) []string {
	seen := map[string]bool{}
	var keys []string
	for _, v := range vals {
		for k := range v.AsValueMap() {
			if !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	sort.Strings(keys)
	return keys
}

func element(m cty.Value, key string) cty.Value {
	if v, ok := m.AsValueMap()[key]; ok {
		return v
	}
	return cty.NilVal
}

// orEmpty is v, or where v is absent an object like the other whose
// collections are empty and whose rest is null.
func orEmpty(v, like cty.Value) cty.Value {
	if v != cty.NilVal {
		return v
	}
	vals := map[string]cty.Value{}
	for name, ty := range like.Type().AttributeTypes() {
		vals[name] = Empty(ty)
	}
	return cty.ObjectVal(vals)
}

// Empty is the empty collection of a type, and null for every other type.
func Empty(ty cty.Type) cty.Value {
	switch {
	case ty.IsSetType():
		return cty.SetValEmpty(ty.ElementType())
	case ty.IsListType():
		return cty.ListValEmpty(ty.ElementType())
	case ty.IsMapType():
		return cty.MapValEmpty(ty.ElementType())
	}
	return cty.NullVal(ty)
}

// TopLevel is the first step of a path: the attribute or block it lies in.
func TopLevel(path string) string {
	for i := range len(path) {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return path
}

// Strings returns the known elements of a set or list of strings, sorted as
// cty sorts them; nothing for null and unknown.
func Strings(v cty.Value) []string {
	if v == cty.NilVal || v.IsNull() || !v.IsKnown() {
		return nil
	}
	var out []string
	for it := v.ElementIterator(); it.Next(); {
		if _, e := it.Element(); e.IsKnown() && !e.IsNull() {
			out = append(out, e.AsString())
		}
	}
	return out
}

// StringSet is a set of strings as a cty value.
func StringSet(ss []string) cty.Value {
	if len(ss) == 0 {
		return cty.SetValEmpty(cty.String)
	}
	vals := make([]cty.Value, len(ss))
	for i, s := range ss {
		vals[i] = cty.StringVal(s)
	}
	return cty.SetVal(vals)
}

// Text is a known string, or "" for null and unknown.
func Text(v cty.Value) string {
	if v == cty.NilVal || v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// True tells whether v is known to be true.
func True(v cty.Value) bool { return v != cty.NilVal && !v.IsNull() && v.IsKnown() && v.True() }
