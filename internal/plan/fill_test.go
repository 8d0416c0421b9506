package plan

import (
	"slices"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func TestAnApplyMayOnlyFillInWhatThePlanDidNotKnow(t *testing.T) {
	str, unknown := cty.StringVal, cty.UnknownVal(cty.String)
	api := unknown.Refine().NotNull().StringPrefix("api://").NewValue()
	setOf := func(vs ...cty.Value) cty.Value { return cty.SetVal(vs) }
	listOf := func(vs ...cty.Value) cty.Value { return cty.ListVal(vs) }
	object := func(v cty.Value) cty.Value { return cty.ObjectVal(map[string]cty.Value{"a": v, "b": str("b")}) }
	for name, c := range map[string]struct {
		planned, now cty.Value
		fits         bool
	}{
		"known stays":                           {str("x"), str("x"), true},
		"known changes":                         {str("x"), str("y"), false},
		"known becomes null":                    {str("x"), cty.NullVal(cty.String), false},
		"known becomes unknown":                 {str("x"), unknown, false},
		"null becomes something":                {cty.NullVal(cty.String), str("x"), false},
		"unknown is filled in":                  {unknown, str("x"), true},
		"unknown stays unknown":                 {unknown, unknown, true},
		"unknown becomes null":                  {unknown, cty.NullVal(cty.String), true},
		"the beginning that was known":          {api, str("api://x"), true},
		"another beginning":                     {api, str("https://x"), false},
		"what was not null becomes null":        {api, cty.NullVal(cty.String), false},
		"another type":                          {unknown, cty.True, false},
		"a set is filled in":                    {setOf(str("x"), api), setOf(str("x"), str("api://y")), true},
		"a set loses a known element":           {setOf(str("x"), api), setOf(str("api://y")), false},
		"a set's known element changes":         {setOf(str("x"), api), setOf(str("z"), str("api://y")), false},
		"a set gains an element":                {setOf(str("x"), api), setOf(str("x"), str("api://y"), str("api://z")), false},
		"a set's element with another start":    {setOf(str("x"), api), setOf(str("x"), str("https://y")), false},
		"a set's elements turn out to be one":   {setOf(str("x"), unknown), setOf(str("x")), true},
		"a set becomes unknown":                 {setOf(str("x"), unknown), cty.UnknownVal(cty.Set(cty.String)), false},
		"a list is filled in":                   {listOf(str("x"), unknown), listOf(str("x"), str("y")), true},
		"a list's order changes":                {listOf(str("x"), unknown), listOf(str("y"), str("x")), false},
		"a list gains an element":               {listOf(str("x"), unknown), listOf(str("x"), str("y"), str("z")), false},
		"an object's unknown attribute":         {object(unknown), object(str("a")), true},
		"an object's other attribute":           {object(unknown), cty.ObjectVal(map[string]cty.Value{"a": str("a"), "b": str("c")}), false},
		"a map is filled in":                    {cty.MapVal(map[string]cty.Value{"k": unknown}), cty.MapVal(map[string]cty.Value{"k": str("v")}), true},
		"a map gains a key":                     {cty.MapVal(map[string]cty.Value{"k": unknown}), cty.MapVal(map[string]cty.Value{"k": str("v"), "l": str("v")}), false},
		"a map loses a key":                     {cty.MapVal(map[string]cty.Value{"k": unknown, "l": str("v")}), cty.MapVal(map[string]cty.Value{"k": str("v")}), false},
		"what is sensitive is compared as well": {str("x").Mark("sensitive"), str("y"), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Departures(c.planned, c.now); (len(got) == 0) != c.fits {
				t.Errorf("it departs at %q", got)
			}
		})
	}
}

func TestADepartureIsNamedByItsPath(t *testing.T) {
	attrs := func(notes string, uri cty.Value, perm string) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{
			"notes": cty.StringVal(notes), "uris": cty.SetVal([]cty.Value{uri}),
			"api_permissions": cty.MapVal(map[string]cty.Value{"microsoft_graph": cty.ObjectVal(map[string]cty.Value{"delegated": cty.StringVal(perm)})}),
		})
	}
	got := Departures(attrs("a", cty.UnknownVal(cty.String), "Mail.Send"), attrs("b", cty.StringVal("x"), "Mail.Read"))
	if want := []string{`api_permissions["microsoft_graph"].delegated`, "notes"}; !slices.Equal(got, want) {
		t.Errorf("it departs at %q, and should at %q", got, want)
	}
}
