package resource

import (
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func body(text cty.Value, apis map[string][]string) cty.Value {
	perms := cty.MapValEmpty(cty.Object(map[string]cty.Type{"delegated": cty.Set(cty.String)}))
	if len(apis) > 0 {
		vals := map[string]cty.Value{}
		for name, list := range apis {
			vals[name] = cty.ObjectVal(map[string]cty.Value{"delegated": StringSet(list)})
		}
		perms = cty.MapVal(vals)
	}
	return cty.ObjectVal(map[string]cty.Value{"text": text, "inner": cty.ObjectVal(map[string]cty.Value{"text": text}), "apis": perms})
}

func TestADifferenceIsNamedByTheAttributeItLiesIn(t *testing.T) {
	a, b := cty.StringVal("a"), cty.StringVal("b")
	for _, c := range []struct {
		name          string
		before, after cty.Value
		want          []string
	}{
		{"nothing", body(a, nil), body(a, nil), nil},
		{"an attribute and one in a block", body(a, nil), body(b, nil), []string{"inner.text", "text"}},
		{"a value that is not known yet", body(a, nil), body(cty.UnknownVal(cty.String), nil), []string{"inner.text", "text"}},
		{"a block more", body(a, nil), body(a, map[string][]string{"x": {"p"}}), []string{`apis["x"].delegated`}},
		{"a block less", body(a, map[string][]string{"x": {"p"}}), body(a, nil), []string{`apis["x"].delegated`}},
		{"an element of one block", body(a, map[string][]string{"x": {"p"}, "y": {"q"}}), body(a, map[string][]string{"x": {"p", "r"}, "y": {"q"}}), []string{`apis["x"].delegated`}},
	} {
		var got []string
		for _, p := range Diff(c.before, c.after) {
			got = append(got, p.Path)
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
	}
}

func TestAttributesReadBackFromTheStateAlsoByAnotherVersion(t *testing.T) {
	s := Schema{
		Attrs: []Attr{{Name: "text", Type: cty.String}, {Name: "later", Type: cty.Bool, Default: cty.True}},
		Blocks: []Block{
			{Name: "inner", Always: true, Schema: Schema{Attrs: []Attr{{Name: "a", Type: cty.String}, {Name: "later", Type: cty.String, Default: cty.StringVal("d")}}}},
			{Name: "byName", Nesting: Map, Schema: Schema{Attrs: []Attr{{Name: "a", Type: cty.Set(cty.String), Default: cty.SetValEmpty(cty.String)}}}},
			{Name: "list", Nesting: List, LabelNames: []string{"label"}, Schema: Schema{Attrs: []Attr{{Name: "a", Type: cty.String, Default: cty.StringVal("d")}}}},
		},
	}
	got, err := DecodeAttrs(s, []byte(`{"text":"x","inner":{"a":"y"},"byName":{"k":{}},"list":[{"label":"l"}],"dropped":[1]}`))
	want := cty.ObjectVal(map[string]cty.Value{
		"text": cty.StringVal("x"), "later": cty.True, "inner": cty.ObjectVal(map[string]cty.Value{"a": cty.StringVal("y"), "later": cty.StringVal("d")}),
		"byName": cty.MapVal(map[string]cty.Value{"k": cty.ObjectVal(map[string]cty.Value{"a": cty.SetValEmpty(cty.String)})}),
		"list":   cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{"label": cty.StringVal("l"), "a": cty.StringVal("d")})}),
	})
	if err != nil || !got.RawEquals(want) {
		t.Errorf("%#v, %v", got, err)
	}
	raw, err := EncodeAttrs(cty.ObjectVal(map[string]cty.Value{"text": cty.UnknownVal(cty.String), "set": cty.UnknownVal(cty.Set(cty.String))}))
	if err != nil || string(raw) != `{"set":[],"text":null}` {
		t.Errorf("what is unknown is written as %s, %v", raw, err)
	}
	for _, bad := range []string{`[]`, `{"text":{}}`, `{`} {
		if _, err := DecodeAttrs(s, []byte(bad)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
