package lang

import "github.com/zclconf/go-cty/cty"

// mark is what is said of a value. It goes along with everything that is made
// of the value, and is taken off, with the place noted, where attributes leave
// the package.
type mark string

const sensitive mark = "sensitive"

// settled takes all marks off a value whose sensitivity the caller handles.
func settled(v cty.Value) cty.Value {
	v, _ = v.UnmarkDeep()
	return v
}
