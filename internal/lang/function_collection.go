package lang

import (
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// length counts the elements of a collection, or the letters of a string.
func length() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true, AllowUnknown: true, AllowMarked: true}},
		Type: func(args []cty.Value) (cty.Type, error) {
			ty := args[0].Type()
			if ty == cty.String || isSequence(ty) || isMapping(ty) || ty == cty.DynamicPseudoType {
				return cty.Number, nil
			}
			return cty.Number, errors.New("the argument is neither a string nor a collection")
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			coll, marks := args[0].Unmark()
			switch ty := coll.Type(); {
			case ty == cty.DynamicPseudoType:
				return cty.UnknownVal(cty.Number).WithMarks(marks), nil
			case ty.IsTupleType():
				return cty.NumberIntVal(int64(len(ty.TupleElementTypes()))).WithMarks(marks), nil
			case ty.IsObjectType():
				return cty.NumberIntVal(int64(len(ty.AttributeTypes()))).WithMarks(marks), nil
			case ty == cty.String:
				n, err := stdlib.Strlen(coll)
				return n.WithMarks(marks), err
			case !coll.IsKnown():
				return cty.UnknownVal(cty.Number).RefineNotNull().WithMarks(marks), nil
			}
			return coll.Length().WithMarks(marks), nil
		},
	})
}

// truth folds a list of booleans.
func truth(start bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			unknown := false
			for it := args[0].ElementIterator(); it.Next(); {
				_, v := it.Element()
				switch {
				case !v.IsKnown():
					unknown = true
				case v.IsNull() && start, !v.IsNull() && v.True() != start:
					return cty.BoolVal(!start), nil
				}
			}
			if unknown {
				return cty.UnknownVal(cty.Bool), nil
			}
			return cty.BoolVal(start), nil
		},
	})
}

func allTrue() function.Function { return truth(true) }
func anyTrue() function.Function { return truth(false) }

// index is the position of a value in a list.
func index() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}, {Name: "value", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if ty := args[0].Type(); !ty.IsListType() && !ty.IsTupleType() {
				return cty.NilVal, function.NewArgErrorf(0, "a list is needed")
			}
			i := int64(0)
			for it := args[0].ElementIterator(); it.Next(); i++ {
				_, v := it.Element()
				eq, err := stdlib.Equal(v, args[1])
				if err != nil || eq.IsNull() {
					continue
				}
				if !eq.IsKnown() {
					return cty.UnknownVal(cty.Number), nil
				}
				if eq.True() {
					return cty.NumberIntVal(i), nil
				}
			}
			return cty.NilVal, errors.New("the list does not hold the value")
		},
	})
}

// matchKeys picks the values whose key is among those searched for.
func matchKeys() function.Function {
	list := cty.List(cty.DynamicPseudoType)
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "values", Type: list}, {Name: "keys", Type: list}, {Name: "search", Type: list}},
		Type: func(args []cty.Value) (cty.Type, error) {
			if ty, _ := convert.UnifyUnsafe([]cty.Type{args[1].Type(), args[2].Type()}); ty == cty.NilType {
				return cty.NilType, errors.New("keys and search are of different types")
			}
			return args[0].Type(), nil
		},
		Impl: func(args []cty.Value, ret cty.Type) (cty.Value, error) {
			if !args[0].IsWhollyKnown() || !args[1].IsWhollyKnown() || !args[2].IsWhollyKnown() {
				return cty.UnknownVal(ret), nil
			}
			if args[0].LengthInt() != args[1].LengthInt() {
				return cty.NilVal, errors.New("values and keys are of different length")
			}
			var out []cty.Value
			values := args[0].AsValueSlice()
			for i, k := range args[1].AsValueSlice() {
				for _, s := range args[2].AsValueSlice() {
					if eq, err := stdlib.Equal(k, s); err == nil && eq.IsKnown() && !eq.IsNull() && eq.True() {
						out = append(out, values[i])
						break
					}
				}
			}
			if len(out) == 0 {
				return cty.ListValEmpty(ret.ElementType()), nil
			}
			return cty.ListVal(out), nil
		},
	})
}

// one is the only element of a collection, or null for an empty one.
func one() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
		Type: func(args []cty.Value) (cty.Type, error) {
			switch ty := args[0].Type(); {
			case ty.IsListType() || ty.IsSetType():
				return ty.ElementType(), nil
			case ty.IsTupleType() && len(ty.TupleElementTypes()) == 0:
				return cty.DynamicPseudoType, nil
			case ty.IsTupleType() && len(ty.TupleElementTypes()) == 1:
				return ty.TupleElementType(0), nil
			}
			return cty.NilType, function.NewArgErrorf(0, "a list or set with one element or none is needed")
		},
		Impl: func(args []cty.Value, ret cty.Type) (cty.Value, error) {
			switch args[0].LengthInt() {
			case 0:
				return cty.NullVal(ret), nil
			case 1:
				return args[0].AsValueSlice()[0], nil
			}
			return cty.NilVal, function.NewArgErrorf(0, "there are %d elements", args[0].LengthInt())
		},
	})
}

func sum() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if !isSequence(args[0].Type()) || args[0].LengthInt() == 0 {
				return cty.NilVal, function.NewArgErrorf(0, "a list with at least one number is needed")
			}
			total := cty.Zero
			for _, v := range args[0].AsValueSlice() {
				n, err := convert.Convert(v, cty.Number)
				if err != nil || n.IsNull() {
					return cty.NilVal, function.NewArgErrorf(0, "every element must be a number")
				}
				if total, err = stdlib.Add(total, n); err != nil {
					return cty.NilVal, function.NewArgError(0, err)
				}
			}
			return total, nil
		},
	})
}

// transpose turns a map of lists inside out.
func transpose() function.Function {
	ty := cty.Map(cty.List(cty.String))
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "map", Type: ty}},
		Type:   function.StaticReturnType(ty),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if !args[0].IsWhollyKnown() {
				return cty.UnknownVal(ty), nil
			}
			out := map[string][]cty.Value{}
			for it := args[0].ElementIterator(); it.Next(); {
				k, list := it.Element()
				if list.IsNull() {
					return cty.NilVal, function.NewArgErrorf(0, "the list of %q is null", k.AsString())
				}
				for _, v := range list.AsValueSlice() {
					if v.IsNull() {
						return cty.NilVal, function.NewArgErrorf(0, "the list of %q has a null element", k.AsString())
					}
					out[v.AsString()] = append(out[v.AsString()], k)
				}
			}
			vals := map[string]cty.Value{}
			for k, list := range out {
				vals[k] = cty.ListVal(list)
			}
			if len(vals) == 0 {
				return cty.MapValEmpty(cty.List(cty.String)), nil
			}
			return cty.MapVal(vals), nil
		},
	})
}

// conversion makes tostring, toset and their like.
func conversion(want cty.Type) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowNull: true, AllowMarked: true, AllowDynamicType: true}},
		Type: func(args []cty.Value) (cty.Type, error) {
			got := args[0].Type()
			if got.Equals(want) {
				return want, nil
			}
			v, _ := args[0].UnmarkDeep()
			out, err := convert.Convert(v, want)
			if err != nil {
				return cty.NilType, function.NewArgError(0, fmt.Errorf("cannot be made %s: %w", typeName(want), err))
			}
			return out.Type(), nil
		},
		Impl: func(args []cty.Value, ret cty.Type) (cty.Value, error) {
			out, err := convert.Convert(args[0], ret)
			if err != nil {
				return cty.NilVal, function.NewArgError(0, fmt.Errorf("cannot be made %s", typeName(want)))
			}
			return out, nil
		},
	})
}

func anything() []function.Parameter {
	return []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowNull: true, AllowMarked: true, AllowUnknown: true, AllowDynamicType: true}}
}

func sameType(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil }

func markSensitive() function.Function {
	return function.New(&function.Spec{Params: anything(), Type: sameType, Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return args[0].Mark(sensitive), nil
	}})
}

func unmarkSensitive() function.Function {
	return function.New(&function.Spec{Params: anything(), Type: sameType, Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return settled(args[0]), nil
	}})
}

func isSensitive() function.Function {
	return function.New(&function.Spec{Params: anything(), Type: function.StaticReturnType(cty.Bool), Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return cty.BoolVal(args[0].IsMarked()), nil
	}})
}
