package lang

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/diag"
)

// mismatch says which type an attribute takes and which it was given.
func mismatch(name string, want cty.Type, got cty.Value, err error) diag.Diagnostic {
	detail := fmt.Sprintf("%s takes %s; this is %s.", name, typeName(want), valueName(got))
	if why := reason(err); why != "" && sameShape(want, got.Type()) {
		detail = fmt.Sprintf("%s takes %s; %s", name, typeName(want), why)
	}
	d := diag.Of(diag.WrongType, detail)
	switch {
	case isSequence(want) && got.Type().IsPrimitiveType():
		return d.WithDof("Write it in brackets: [ … ].")
	case want.IsPrimitiveType() && isSequence(got.Type()):
		return d.WithDof("Write one value without brackets.")
	case want == cty.Bool:
		return d.WithDof("Write true or false.")
	case want.IsMapType():
		return d.WithDof("Write { key = value, … }.")
	}
	return d.WithDof("Write %s.", typeName(want))
}

func isSequence(ty cty.Type) bool { return ty.IsListType() || ty.IsSetType() || ty.IsTupleType() }

func isMapping(ty cty.Type) bool { return ty.IsMapType() || ty.IsObjectType() }

func sameShape(a, b cty.Type) bool {
	return isSequence(a) && isSequence(b) || isMapping(a) && isMapping(b)
}

// reason is cty's own error with the place within the value in front.
func reason(err error) string {
	if err == nil {
		return ""
	}
	var at cty.PathError
	place := ""
	if errors.As(err, &at) && len(at.Path) > 0 {
		place = pathText(at.Path) + ": "
	}
	return strings.TrimSuffix(place+err.Error(), ".") + "."
}

// pathText writes a path as it would be written in an expression.
func pathText(p cty.Path) string {
	var b strings.Builder
	for _, step := range p {
		switch s := step.(type) {
		case cty.GetAttrStep:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.Name)
		case cty.IndexStep:
			switch k := s.Key; {
			case !k.IsKnown() || k.IsNull() || k.IsMarked():
				b.WriteString("[…]")
			case k.Type() == cty.String:
				b.WriteString("[" + strconv.Quote(k.AsString()) + "]")
			case k.Type() == cty.Number:
				b.WriteString("[" + k.AsBigFloat().Text('f', 0) + "]")
			default:
				b.WriteString("[…]")
			}
		}
	}
	return b.String()
}

func valueName(v cty.Value) string {
	if v.IsNull() {
		return "null"
	}
	return typeName(v.Type())
}

// typeName names a type in words.
func typeName(ty cty.Type) string {
	switch {
	case ty == cty.String:
		return "a string"
	case ty == cty.Number:
		return "a number"
	case ty == cty.Bool:
		return "true or false"
	case ty == cty.DynamicPseudoType:
		return "any value"
	case ty.IsListType():
		return "a list of " + plural(ty.ElementType())
	case ty.IsSetType():
		return "a set of " + plural(ty.ElementType())
	case ty.IsMapType():
		return "a map of " + plural(ty.ElementType())
	case ty.IsTupleType():
		return "a list"
	case ty.IsObjectType():
		return "an object"
	}
	return ty.FriendlyName()
}

func plural(ty cty.Type) string {
	switch {
	case ty == cty.String:
		return "strings"
	case ty == cty.Number:
		return "numbers"
	case ty == cty.Bool:
		return "true or false"
	case ty == cty.DynamicPseudoType:
		return "any values"
	case ty.IsObjectType():
		return "objects"
	}
	return ty.FriendlyName() + "s"
}
