package jsonout

import (
	"encoding/json"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
)

// redacted stands for a sensitive value.
const redacted = "(sensitive value)"

// tree is a value with the places where it is unknown and where it is
// sensitive.
type tree struct{ value, unknown, sensitive any }

// values turns v into what encoding/json writes. hide tells whether the value
// at a path must not be shown.
func values(path string, v cty.Value, hide func(string) bool) tree {
	switch {
	case v == cty.NilVal:
		return tree{nil, false, false}
	case v.IsMarked() || path != "" && hide != nil && hide(path):
		return tree{redacted, false, true}
	case !v.IsKnown():
		return tree{nil, true, false}
	case v.IsNull():
		return tree{nil, false, false}
	}
	ty := v.Type()
	switch {
	case ty == cty.String:
		return tree{v.AsString(), false, false}
	case ty == cty.Bool:
		return tree{v.True(), false, false}
	case ty == cty.Number:
		return tree{json.Number(v.AsBigFloat().Text('f', -1)), false, false}
	case ty.IsObjectType() || ty.IsMapType():
		return object(path, v, hide)
	case ty.IsSetType() || ty.IsListType() || ty.IsTupleType():
		return list(path, v)
	}
	return tree{nil, false, false}
}

// object keeps of the two other trees only the places that are true.
func object(path string, v cty.Value, hide func(string) bool) tree {
	value, unknown, sensitive := map[string]any{}, map[string]any{}, map[string]any{}
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		name := k.AsString()
		t := values(child(path, name, v.Type().IsMapType()), e, hide)
		value[name] = t.value
		keep(unknown, name, t.unknown)
		keep(sensitive, name, t.sensitive)
	}
	return tree{value, orFalse(path, unknown), orFalse(path, sensitive)}
}

func list(path string, v cty.Value) tree {
	out := []any{}
	unknown := false
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if e.ContainsMarked() {
			return tree{redacted, false, true}
		}
		t := values("", e, nil)
		out = append(out, t.value)
		unknown = unknown || !e.IsWhollyKnown()
	}
	return tree{out, unknown, false}
}

func child(path, name string, index bool) string {
	switch {
	case index:
		quoted, _ := json.Marshal(name)
		return path + "[" + string(quoted) + "]"
	case path == "":
		return name
	}
	return path + "." + name
}

func keep(m map[string]any, name string, v any) {
	switch x := v.(type) {
	case bool:
		if x {
			m[name] = true
		}
	case map[string]any:
		if len(x) > 0 {
			m[name] = x
		}
	}
}

// orFalse makes an empty inner tree false; the outermost stays an object.
func orFalse(path string, m map[string]any) any {
	if path != "" && len(m) == 0 {
		return false
	}
	return m
}

// merge joins two trees of trues.
func merge(a, b any) any {
	x, ok := a.(map[string]any)
	y, ok2 := b.(map[string]any)
	if !ok || !ok2 {
		if t, _ := a.(bool); t {
			return true
		}
		if ok {
			return a
		}
		return b
	}
	out := map[string]any{}
	for k, v := range x {
		out[k] = v
	}
	for k, v := range y {
		if old, had := out[k]; had {
			v = merge(old, v)
		}
		out[k] = v
	}
	return out
}

// computed marks what others may refer to and only an apply tells.
func computed(unknown any, s resource.Schema) any {
	m, ok := unknown.(map[string]any)
	if !ok {
		return unknown
	}
	for _, a := range s.Computed {
		m[a.Name] = true
	}
	return m
}
