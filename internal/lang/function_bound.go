package lang

import (
	"math"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// maxResult bounds what one call may make: bytes of text, elements of a
// collection. Go ends a process that asks for more memory than there is, so that
// a call must not ask at all.
const maxResult = 64 << 20

// product is setproduct, whose result has as many elements as its arguments
// multiplied.
func product() function.Function {
	return within(stdlib.SetProductFunc, func(args []cty.Value) float64 {
		n, ok := 1.0, true
		for _, a := range args {
			l := lengthOf(a)
			n, ok = n*l, ok && l >= 0
		}
		if !ok {
			return 0
		}
		return n * float64(max(1, len(args)))
	})
}

// joined is join: the separator stands between all elements of all lists.
func joined() function.Function {
	return within(stdlib.JoinFunc, func(args []cty.Value) float64 {
		n := 0.0
		for _, list := range args[1:] {
			if l := lengthOf(list); l > 0 {
				n += l * textLength(args[0])
			}
		}
		return n
	})
}

// indented is indent: its blanks stand before every line.
func indented() function.Function {
	return within(stdlib.IndentFunc, func(args []cty.Value) float64 {
		if args[0].Type() != cty.Number || !args[0].IsKnown() || args[0].IsNull() || !isText(args[1]) {
			return 0
		}
		width, _ := args[0].AsBigFloat().Float64()
		return width * float64(1+strings.Count(args[1].AsString(), "\n"))
	})
}

// replaced bounds replace: the replacement may stand in for every letter.
func replaced(f function.Function) function.Function {
	return within(f, func(args []cty.Value) float64 {
		if !isText(args[0]) || !isText(args[1]) {
			return 0
		}
		search := args[1].AsString()
		n := float64(strings.Count(args[0].AsString(), search))
		if len(search) > 1 && search[0] == '/' && search[len(search)-1] == '/' {
			n = textLength(args[0]) + 1 // an expression may fit everywhere
		}
		return n * textLength(args[2])
	})
}

// within refuses a call whose result would be larger than maxResult. size judges
// arguments without their marks; what is unknown counts nothing.
func within(f function.Function, size func([]cty.Value) float64) function.Function {
	check := func(args []cty.Value) error {
		plain := make([]cty.Value, len(args))
		for i, a := range args {
			plain[i], _ = a.Unmark()
		}
		if n := size(plain); n > maxResult || math.IsNaN(n) {
			return function.NewArgErrorf(0, "the result would have more than %d million bytes or elements", maxResult>>20)
		}
		return nil
	}
	return function.New(&function.Spec{
		Params: f.Params(), VarParam: f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if err := check(args); err != nil {
				return cty.DynamicPseudoType, err
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

// lengthOf is the number of elements, or -1 where it is not known.
func lengthOf(v cty.Value) float64 {
	if v.IsNull() || !v.IsKnown() || !v.CanIterateElements() {
		return -1
	}
	return float64(v.LengthInt())
}

func isText(v cty.Value) bool { return v.Type() == cty.String && v.IsKnown() && !v.IsNull() }

func textLength(v cty.Value) float64 {
	if !isText(v) {
		return 0
	}
	return float64(len(v.AsString()))
}
