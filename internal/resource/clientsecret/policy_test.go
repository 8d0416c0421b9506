package clientsecret

import (
	"strings"
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

func TestWhoTellsPeopleLearnsWhenAConfirmationIsMissing(t *testing.T) {
	for _, c := range []struct{ name, asked, want string }{
		{"the product asks for nothing", "", "30d"},
		{"the product asks for more", "60d", "60d"},
	} {
		s := Surroundings{Now: now, Places: map[string]string{"sink.team": "team.age"}}
		s.ErrorBefore, _ = rotate.ParseSpan(c.asked)
		got, _ := Policy(instance(nil), s)
		if got.ErrorBefore.String() != c.want || got.Places["sink.team"] != "team.age" {
			t.Errorf("%s: %s, %v", c.name, got.ErrorBefore, got.Places)
		}
	}
}

func TestRotateBeforeThatIsNotWrittenFollowsTheLifeOfEachSecret(t *testing.T) {
	made := now.AddDate(0, 0, -100)
	old := rotate.Credential{Marker: "m", CreatedAt: made, EndsAt: made.AddDate(0, 0, 180)}
	for _, c := range []struct {
		name    string
		written map[string]cty.Value
		want    int // days after it was made
	}{
		{"with the lifetime it has", nil, 120},
		{"with a longer one it is due no earlier", map[string]cty.Value{"lifetime": cty.StringVal("730d")}, 120},
		{"what is written holds", map[string]cty.Value{"lifetime": cty.StringVal("730d"), "rotate_before": cty.StringVal("90d")}, 90},
	} {
		pol, _ := Policy(instance(c.written), Surroundings{Now: now})
		if got := pol.Due(old); !got.Equal(made.AddDate(0, 0, c.want)) {
			t.Errorf("%s: due %s after it was made, want %d days", c.name, got.Sub(made), c.want)
		}
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	text := cty.StringVal
	days := func(n int) rotate.Span { return rotate.Span{N: n, Unit: "d"} }
	on := func(lifetime, before string, days ...string) map[string]cty.Value {
		out := map[string]cty.Value{"rotate_on": texts(days...)}
		if lifetime != "" {
			out["lifetime"] = text(lifetime)
		}
		if before != "" {
			out["rotate_before"] = text(before)
		}
		return out
	}
	for _, c := range []struct {
		name    string
		written map[string]cty.Value
		max     rotate.Span
		want    string // code and what to do; empty: nothing
	}{
		{"as long as the tenant allows", map[string]cty.Value{"lifetime": text("365d")}, days(365), ""},
		{"longer than the tenant allows", map[string]cty.Value{"lifetime": text("366d")}, days(365), `MP661 Write lifetime = "365d" or shorter.`},
		{"longer only when a leap day lies between", map[string]cty.Value{"lifetime": text("12mo")}, days(365), `MP661 Write lifetime = "365d" or shorter.`},
		{"as long in any year", map[string]cty.Value{"lifetime": text("12mo")}, days(366), ""},
		{"no length of time", map[string]cty.Value{"lifetime": text("a year")}, rotate.Span{}, `MP660 Write for example "180d" or "24mo".`},
		{"due from its first day", map[string]cty.Value{"lifetime": text("30d"), "rotate_before": text("30d")}, rotate.Span{}, `MP662 Write for example rotate_before = "10d".`},
		{"due before its first day, in other units", map[string]cty.Value{"lifetime": text("1mo"), "rotate_before": text("5w")}, rotate.Span{}, `MP662 Write for example rotate_before = "10d".`},
		{"due from its first day in February alone", map[string]cty.Value{"lifetime": text("1mo"), "rotate_before": text("28d")}, rotate.Span{}, `MP662 Write for example rotate_before = "10d".`},
		{"due a day later even in February", map[string]cty.Value{"lifetime": text("1mo"), "rotate_before": text("27d"), "retire": retire(text("delivery"), text("1d"))}, rotate.Span{}, ""},
		{"too short a life for any", map[string]cty.Value{"lifetime": text("1h")}, rotate.Span{}, "MP662 Write a longer lifetime."},
		{"the shortest life", map[string]cty.Value{"lifetime": text("2h")}, rotate.Span{}, ""},
		{"nowhere to deliver", map[string]cty.Value{"deliver_to": texts()}, rotate.Span{}, "MP663 Name a sink: deliver_to = [sink.NAME]."},
		{"an unknown proof", map[string]cty.Value{"verify": text("mail")}, rotate.Span{}, `MP653 Write "token" or "none".`},
		{"an unknown occasion", map[string]cty.Value{"retire": retire(text("someday"), none)}, rotate.Span{}, `MP653 Write "confirmation" or "delivery".`},
		{"no time after it", map[string]cty.Value{"retire": retire(none, text("soon"))}, rotate.Span{}, `MP660 Write for example "180d" or "24mo".`},
		{"replaced faster than it is removed", map[string]cty.Value{"lifetime": text("30d"), "rotate_before": text("20d")}, rotate.Span{}, "MP668 Write a shorter retire.after, or leave more time between two rotations."},

		{"no day of the year", on("", "", "04-31"), rotate.Span{}, `MP664 Write for example "04-01".`},
		{"a leap day is one", on("2y", "", "02-29"), rotate.Span{}, ""},
		{"a life that covers the gap", on("213d", "30d", "04-01", "10-01"), rotate.Span{}, ""},
		{"a life a day too short for it", on("212d", "30d", "04-01", "10-01"), rotate.Span{}, `MP665 Write lifetime = "213d" or longer.`},
		{"one day a year", on("396d", "30d", "04-01"), rotate.Span{}, ""},
		{"one day a year, over a leap day", on("395d", "30d", "04-01"), rotate.Span{}, `MP665 Write lifetime = "396d" or longer.`},
		{"one day a year, in months", on("13mo", "30d", "04-01"), rotate.Span{}, ""},
		{"the leap day a year", on("395d", "30d", "02-29"), rotate.Span{}, `MP665 Write lifetime = "396d" or longer.`},
		{"a third of a longer life is longer too", on("", "", "04-01"), rotate.Span{}, `MP665 Write lifetime = "548d" or longer.`},
		{"and then it fits", on("548d", "", "04-01"), rotate.Span{}, ""},
		{"longer than the tenant allows at all", on("365d", "30d", "04-01"), days(365), "MP665 It takes a lifetime of 396d, and the policy allows 365d: name more days in rotate_on, or write a shorter rotate_before."},
	} {
		_, ds := Policy(instance(c.written), Surroundings{Now: now, Max: c.max, MaxSource: "the policy"})
		var got []string
		for _, d := range ds {
			got = append(got, d.Code+" "+d.Do)
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What is valid today must be valid when the next secret is made.
func TestWhetherAPolicyIsValidDoesNotDependOnTheDay(t *testing.T) {
	for _, written := range []map[string]cty.Value{
		{"lifetime": cty.StringVal("12mo")},
		{"lifetime": cty.StringVal("1mo"), "rotate_before": cty.StringVal("29d")},
		{"lifetime": cty.StringVal("13mo"), "rotate_before": cty.StringVal("1mo"), "rotate_on": texts("04-01")},
		{"lifetime": cty.StringVal("12mo"), "rotate_before": cty.StringVal("1mo"), "rotate_on": texts("04-01")},
	} {
		first := ""
		for n := range 1500 {
			_, ds := Policy(instance(written), Surroundings{Now: now.AddDate(0, 0, n), Max: rotate.Span{N: 396, Unit: "d"}})
			codes := ""
			for _, d := range ds {
				codes += d.Code
			}
			if n == 0 {
				first = codes
			}
			if codes != first {
				t.Fatalf("%v: %q, and %d days later %q", written, first, n, codes)
			}
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
