package clientsecret

import (
	"slices"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/rotate"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func texts(ss ...string) cty.Value {
	if len(ss) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	var vals []cty.Value
	for _, s := range ss {
		vals = append(vals, cty.StringVal(s))
	}
	return cty.ListVal(vals)
}

func instance(written map[string]cty.Value) *resource.Instance {
	vals := Schema().Defaults().AsValueMap()
	vals["app"], vals["deliver_to"] = cty.StringVal("app_registration.x"), texts("sink.team")
	for name, v := range written {
		vals[name] = v
	}
	return &resource.Instance{Addr: addr.Instance{Type: Name, Name: "x"}, Attrs: cty.ObjectVal(vals)}
}

func retire(on, after cty.Value) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"on": on, "after": after})
}

var none = cty.NullVal(cty.String)

func TestWhatIsNotWrittenFollowsFromTheSurroundings(t *testing.T) {
	for _, c := range []struct {
		name    string
		written map[string]cty.Value
		s       Surroundings
		want    rotate.Policy
	}{
		{"half a year, replaced a third before its end, two weeks beside the next", nil, Surroundings{},
			rotate.Policy{Lifetime: rotate.Span{N: 180, Unit: "d"}, RotateBefore: rotate.Span{N: 60, Unit: "d"}, RetireOn: rotate.OnDelivery, RetireAfter: rotate.Span{N: 14, Unit: "d"}}},
		{"a person who enters it confirms it", nil, Surroundings{ByHand: true},
			rotate.Policy{Lifetime: rotate.Span{N: 180, Unit: "d"}, RotateBefore: rotate.Span{N: 60, Unit: "d"}, RetireOn: rotate.OnConfirmation, RetireAfter: rotate.Span{N: 1, Unit: "d"}}},
		{"the tenant's maximum where that is shorter", nil, Surroundings{Max: rotate.Span{N: 90, Unit: "d"}},
			rotate.Policy{Lifetime: rotate.Span{N: 90, Unit: "d"}, RotateBefore: rotate.Span{N: 30, Unit: "d"}, RetireOn: rotate.OnDelivery, RetireAfter: rotate.Span{N: 14, Unit: "d"}}},
		{"not where it is longer", nil, Surroundings{Max: rotate.Span{N: 730, Unit: "d"}},
			rotate.Policy{Lifetime: rotate.Span{N: 180, Unit: "d"}, RotateBefore: rotate.Span{N: 60, Unit: "d"}, RetireOn: rotate.OnDelivery, RetireAfter: rotate.Span{N: 14, Unit: "d"}}},
		{"what is written holds", map[string]cty.Value{
			"lifetime": cty.StringVal("24mo"), "rotate_before": cty.StringVal("30d"), "retire": retire(cty.StringVal("delivery"), cty.StringVal("2d")),
		}, Surroundings{ByHand: true},
			rotate.Policy{Lifetime: rotate.Span{N: 24, Unit: "mo"}, RotateBefore: rotate.Span{N: 30, Unit: "d"}, RetireOn: rotate.OnDelivery, RetireAfter: rotate.Span{N: 2, Unit: "d"}}},
		{"only when to retire is written", map[string]cty.Value{"retire": retire(cty.StringVal("confirmation"), none)}, Surroundings{},
			rotate.Policy{Lifetime: rotate.Span{N: 180, Unit: "d"}, RotateBefore: rotate.Span{N: 60, Unit: "d"}, RetireOn: rotate.OnConfirmation, RetireAfter: rotate.Span{N: 1, Unit: "d"}}},
	} {
		c.s.Now = now
		got, ds := Policy(instance(c.written), c.s)
		if len(ds) != 0 {
			t.Errorf("%s: %v", c.name, ds)
		}
		if got.Lifetime != c.want.Lifetime || got.RotateBefore != c.want.RotateBefore || got.RetireOn != c.want.RetireOn || got.RetireAfter != c.want.RetireAfter {
			t.Errorf("%s: %+v", c.name, got)
		}
		if len(got.Sinks) != 1 || got.Sinks[0].Name != "team" {
			t.Errorf("%s: delivered to %v", c.name, got.Sinks)
		}
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	text := cty.StringVal
	for _, c := range []struct {
		name    string
		written map[string]cty.Value
		max     rotate.Span
		want    []string
	}{
		{"as long as the tenant allows", map[string]cty.Value{"lifetime": text("365d")}, rotate.Span{N: 365, Unit: "d"}, nil},
		{"longer than the tenant allows", map[string]cty.Value{"lifetime": text("366d")}, rotate.Span{N: 365, Unit: "d"}, []string{"MP661"}},
		{"no length of time", map[string]cty.Value{"lifetime": text("a year")}, rotate.Span{}, []string{"MP660"}},
		{"due from its first day", map[string]cty.Value{"lifetime": text("30d"), "rotate_before": text("30d")}, rotate.Span{}, []string{"MP662"}},
		{"due before its first day, in other units", map[string]cty.Value{"lifetime": text("1mo"), "rotate_before": text("5w")}, rotate.Span{}, []string{"MP662"}},
		{"nowhere to deliver", map[string]cty.Value{"deliver_to": texts()}, rotate.Span{}, []string{"MP663"}},
		{"an unknown proof", map[string]cty.Value{"verify": text("mail")}, rotate.Span{}, []string{"MP653"}},
		{"an unknown occasion", map[string]cty.Value{"retire": retire(text("someday"), none)}, rotate.Span{}, []string{"MP653"}},
		{"no time after it", map[string]cty.Value{"retire": retire(none, text("soon"))}, rotate.Span{}, []string{"MP660"}},
		{"no day of the year", map[string]cty.Value{"rotate_on": texts("04-31")}, rotate.Span{}, []string{"MP664"}},
		{"a leap day is one", map[string]cty.Value{"lifetime": text("2y"), "rotate_on": texts("02-29")}, rotate.Span{}, nil},
		{"a life that covers the gap", map[string]cty.Value{"lifetime": text("213d"), "rotate_before": text("30d"), "rotate_on": texts("04-01", "10-01")}, rotate.Span{}, nil},
		{"a life a day too short for it", map[string]cty.Value{"lifetime": text("212d"), "rotate_before": text("30d"), "rotate_on": texts("04-01", "10-01")}, rotate.Span{}, []string{"MP665"}},
	} {
		_, ds := Policy(instance(c.written), Surroundings{Now: now, Max: c.max, MaxSource: "the policy"})
		var got []string
		for _, d := range ds {
			got = append(got, d.Code)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, ds, c.want)
		}
	}
}

func TestWhatIsUnknownOrNullNeverPanics(t *testing.T) {
	for name, ty := range Schema().Type().AttributeTypes() {
		for _, v := range []cty.Value{cty.UnknownVal(ty), cty.NullVal(ty)} {
			Policy(instance(map[string]cty.Value{name: v}), Surroundings{Now: now})
		}
	}
}
