package plan

import (
	"maps"
	"slices"
	"strconv"

	"github.com/zclconf/go-cty/cty"
)

// Departures lists the paths at which now is not planned with its unknowns
// filled in. What was known must be as it was, down to the known elements of a
// list or set and the known beginning of a text; what was unknown may be
// anything that fits, and may still be unknown.
func Departures(planned, now cty.Value) []string {
	var out []string
	depart("", planned, now, &out)
	return out
}

func depart(path string, planned, now cty.Value, out *[]string) {
	if fills(planned, now) {
		return
	}
	descend := !nothing(planned) && !nothing(now) && planned.IsKnown() && now.IsKnown()
	switch ty := planned.Type(); {
	case descend && ty.IsObjectType() && now.Type().IsObjectType():
		for _, name := range slices.Sorted(maps.Keys(ty.AttributeTypes())) {
			other := cty.NilVal
			if now.Type().HasAttribute(name) {
				other = now.GetAttr(name)
			}
			inner := name
			if path != "" {
				inner = path + "." + name
			}
			depart(inner, planned.GetAttr(name), other, out)
		}
	case descend && ty.IsMapType() && now.Type().IsMapType():
		before, after := planned.AsValueMap(), now.AsValueMap()
		for _, key := range slices.Sorted(maps.Keys(union(before, after))) {
			depart(path+"["+strconv.Quote(key)+"]", before[key], after[key], out)
		}
	default:
		*out = append(*out, path)
	}
}

func union(a, b map[string]cty.Value) map[string]bool {
	out := map[string]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}

// fills tells whether now can be what planned says, once more is known.
func fills(planned, now cty.Value) bool {
	if planned == cty.NilVal || now == cty.NilVal {
		return planned == now
	}
	planned, _ = planned.UnmarkDeep()
	now, _ = now.UnmarkDeep()
	ty := planned.Type()
	switch {
	case ty != cty.DynamicPseudoType && !ty.Equals(now.Type()):
		return false
	case planned.IsWhollyKnown():
		return now.IsWhollyKnown() && planned.RawEquals(now)
	case !planned.IsKnown():
		may := planned.Range().Includes(now)
		return !may.IsKnown() || may.True()
	case !now.IsKnown() || now.IsNull():
		return false
	case ty.IsSetType():
		return fillsSet(planned.AsValueSlice(), now.AsValueSlice())
	case ty.IsObjectType() || ty.IsMapType():
		before, after := planned.AsValueMap(), now.AsValueMap()
		return maps.EqualFunc(before, after, fills)
	}
	before, after := planned.AsValueSlice(), now.AsValueSlice()
	return slices.EqualFunc(before, after, fills)
}

// fillsSet is fills for the elements of a set: those that were known are there,
// and each of the others can be one that was not. Several of those may turn out
// to be the same.
func fillsSet(planned, now []cty.Value) bool {
	var open []cty.Value
	left := slices.Clone(now)
	for _, p := range planned {
		if !p.IsWhollyKnown() {
			open = append(open, p)
			continue
		}
		i := slices.IndexFunc(left, p.RawEquals)
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return len(left) <= len(open) && !slices.ContainsFunc(left, func(v cty.Value) bool {
		return !slices.ContainsFunc(open, func(p cty.Value) bool { return fills(p, v) })
	})
}
