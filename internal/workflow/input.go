package workflow

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/resource"
)

// ReadInputs makes values of what a person typed for a product's inputs: a
// string as it is, lists and maps as HCL or as words parted by commas, those of
// a map being KEY=VALUE.
func ReadInputs(p *product.Product, typed map[string]string) (map[string]cty.Value, diag.Diagnostics) {
	attrs := map[string]resource.Attr{}
	for _, a := range p.Inputs() {
		attrs[a.Name] = a
	}
	out := map[string]cty.Value{}
	var ds diag.Diagnostics
	for _, name := range slices.Sorted(maps.Keys(typed)) {
		a, ok := attrs[name]
		if !ok {
			ds = append(ds, unknownInput(p, name, slices.Sorted(maps.Keys(attrs))))
			continue
		}
		v, err := readInput(a.Type, typed[name])
		if err != nil {
			ds = append(ds, diag.Errf(product.CodeInput, "Input not usable", "%s: %s", name, sentence(err)).WithDo(a.Doc))
			continue
		}
		out[name] = v
	}
	if !ds.HasErrors() && len(out) > 0 {
		ds = append(ds, p.Validate(cty.ObjectVal(out), nil)...)
	}
	return out, ds
}

func unknownInput(p *product.Product, name string, names []string) diag.Diagnostic {
	d := diag.Errf(product.CodeInput, "Unknown input", "%s has no input %q.", p.Name, name).WithDof("There are: %s.", strings.Join(names, ", "))
	if near := diag.Nearest(name, names); near != "" {
		d = d.WithDof("Did you mean %s?", near)
	}
	return d
}

func readInput(ty cty.Type, text string) (cty.Value, error) {
	if ty == cty.String {
		return cty.StringVal(text), nil
	}
	v := commas(ty, text)
	if v == cty.NilVal {
		e, hd := hclsyntax.ParseExpression([]byte(text), "value", hcl.InitialPos)
		if hd.HasErrors() {
			return v, fmt.Errorf("%q cannot be read as %s", text, ty.FriendlyName())
		}
		if v, hd = e.Value(nil); hd.HasErrors() {
			return v, fmt.Errorf("%q cannot be read as %s", text, ty.FriendlyName())
		}
	}
	v, err := convert.Convert(v, ty)
	if err != nil || !v.IsWhollyKnown() || v.IsNull() {
		return v, fmt.Errorf("%q is no %s", text, ty.FriendlyName())
	}
	return v, nil
}

// commas reads a list or map of strings as words parted by commas; NilVal
// where the text is written as HCL.
func commas(ty cty.Type, text string) cty.Value {
	trimmed := strings.TrimSpace(text)
	if !ty.IsCollectionType() || strings.HasPrefix(trimmed, "[") || strings.HasPrefix(trimmed, "{") {
		return cty.NilVal
	}
	var list []cty.Value
	entries := map[string]cty.Value{}
	for word := range strings.SplitSeq(trimmed, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		if !ty.IsMapType() {
			list = append(list, cty.StringVal(word))
			continue
		}
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return cty.NilVal
		}
		entries[strings.TrimSpace(key)] = cty.StringVal(strings.TrimSpace(value))
	}
	if ty.IsMapType() {
		return cty.ObjectVal(entries)
	}
	return cty.TupleVal(list)
}
