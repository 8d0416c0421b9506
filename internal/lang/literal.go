package lang

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mailprov/mailprov/internal/diag"
)

// literal evaluates an attribute that may refer to nothing, and converts it.
// ok is false where it is absent or wrong; wrong ones are reported.
func (l *loader) literal(content *hcl.BodyContent, name string, ty cty.Type) (cty.Value, *hcl.Attribute, bool) {
	a, ok := content.Attributes[name]
	if !ok {
		return cty.NullVal(ty), nil, false
	}
	if len(a.Expr.Variables()) > 0 {
		l.r.add(diag.Codef(diag.OutOfOrder, "%s is read before anything else, so it can refer to nothing.", name).
			At(a.Expr.Variables()[0].SourceRange()).For(l.about).WithDof("Write the value itself."))
		return cty.NullVal(ty), a, false
	}
	v, hd := a.Expr.Value(&hcl.EvalContext{Functions: l.c.functions})
	if l.r.hcl(hd, l.about) {
		return cty.NullVal(ty), a, false
	}
	c, err := convert.Convert(v, ty)
	if err != nil {
		l.r.add(mismatch(name, ty, v, err).At(a.Expr.Range()).For(l.about))
		return cty.NullVal(ty), a, false
	}
	if c.IsNull() || !c.IsWhollyKnown() || c.ContainsMarked() {
		l.r.add(diag.Codef(diag.NullOrUnknown, "%s cannot be null.", name).At(a.Expr.Range()).For(l.about).WithDof("Write a value, or leave the attribute out."))
		return cty.NullVal(ty), a, false
	}
	return c, a, true
}

func (l *loader) literalString(content *hcl.BodyContent, name string) (string, bool) {
	v, _, ok := l.literal(content, name, cty.String)
	if !ok {
		return "", false
	}
	return v.AsString(), true
}

func (l *loader) literalBool(content *hcl.BodyContent, name string) (value, ok bool) {
	v, _, ok := l.literal(content, name, cty.Bool)
	return ok && v.True(), ok
}

// sortedAttributes orders attributes as they stand in the file.
func sortedAttributes(attrs hcl.Attributes) []*hcl.Attribute {
	return slices.SortedFunc(maps.Values(attrs), func(a, b *hcl.Attribute) int {
		if a.NameRange.Filename != b.NameRange.Filename {
			return strings.Compare(a.NameRange.Filename, b.NameRange.Filename)
		}
		return a.NameRange.Start.Byte - b.NameRange.Start.Byte
	})
}
