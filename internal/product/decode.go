package product

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
)

// decoder reads the blocks of one entry and gathers what is wrong with them.
// dry is the scope with nothing known, in which every expression is tried.
type decoder struct {
	diags   diag.Diagnostics
	dry     scope
	sources []string
}

// attributes are the attributes of one block, ready to be taken by name.
type attributes struct {
	d     *decoder
	attrs hcl.Attributes
	rng   hcl.Range // of the block's header
}

// body takes the content of a block. Attributes are written "name" or "name!"
// where they are required, blocks as their type followed by their label names.
func (d *decoder) body(body hcl.Body, rng hcl.Range, attrs []string, blocks ...string) (attributes, hcl.Blocks) {
	schema := &hcl.BodySchema{}
	for _, a := range attrs {
		name := strings.TrimSuffix(a, "!")
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: name, Required: name != a})
	}
	for _, b := range blocks {
		words := strings.Fields(b)
		schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: words[0], LabelNames: words[1:]})
	}
	content, diags := body.Content(schema)
	d.hcl(CodeShape, diags)
	return attributes{d: d, attrs: content.Attributes, rng: rng}, content.Blocks
}

// hcl takes over diagnostics of the HCL library under a code.
func (d *decoder) hcl(code string, diags hcl.Diagnostics) {
	d.diags = append(d.diags, fromHCL(code, diags)...)
}

// fromHCL converts as everywhere, under one of the catalogue's codes.
func fromHCL(code string, in hcl.Diagnostics) diag.Diagnostics {
	out := diag.FromHCL(in)
	for i := range out {
		out[i].Code = code
	}
	return out
}

func (d *decoder) wrong(code string, rng hcl.Range, summary message.Format, format string, args ...any) {
	d.diags = append(d.diags, diag.Err(code, summary, fmt.Sprintf(format, args...)).At(rng))
}

// expr returns the expression of an attribute, or nil where it is not written.
func (a attributes) expr(name string) hcl.Expression {
	if attr, ok := a.attrs[name]; ok {
		return attr.Expr
	}
	return nil
}

// literal evaluates an attribute that may refer to nothing, as want.
func (a attributes) literal(name string, want cty.Type) (cty.Value, bool) {
	attr, ok := a.attrs[name]
	if !ok {
		return cty.NilVal, false
	}
	v, diags := attr.Expr.Value(nil)
	if diags.HasErrors() {
		a.d.hcl(CodeReference, diags)
		return cty.NilVal, false
	}
	v, err := convert.Convert(v, want)
	if err != nil || v.IsNull() || !v.IsWhollyKnown() {
		a.d.wrong(CodeValue, attr.Expr.Range(), "Wrong type", "%s must be %s.", name, want.FriendlyName())
		return cty.NilVal, false
	}
	return v, true
}

// word is a literal string out of allowed, or any where none are given.
func (a attributes) word(name, deflt string, allowed ...string) string {
	v, ok := a.literal(name, cty.String)
	if !ok {
		return deflt
	}
	s := v.AsString()
	if len(allowed) > 0 {
		a.d.oneOf(a.attrs[name].Expr.Range(), name, s, allowed)
	}
	return s
}

func (d *decoder) oneOf(rng hcl.Range, name, s string, allowed []string) bool {
	if slices.Contains(allowed, s) {
		return true
	}
	dg := diag.Errf(CodeValue, "Unknown value", "%s must be one of %s, not %q.", name, strings.Join(allowed, ", "), s).At(rng)
	if n := diag.Nearest(s, allowed); n != "" {
		dg = dg.WithDof("Did you mean %q?", n)
	}
	d.diags = append(d.diags, dg)
	return false
}

// words is a literal list of strings.
func (a attributes) words(name string) []string {
	v, ok := a.literal(name, cty.List(cty.String))
	if !ok {
		return nil
	}
	var out []string
	for _, el := range v.AsValueSlice() {
		if el.IsNull() {
			a.d.wrong(CodeValue, a.attrs[name].Expr.Range(), "Wrong type", "%s holds null.", name)
			continue
		}
		out = append(out, el.AsString())
	}
	return out
}

func (a attributes) flag(name string) bool {
	v, ok := a.literal(name, cty.Bool)
	return ok && v.True()
}

func (a attributes) number(name string) int {
	v, ok := a.literal(name, cty.Number)
	if !ok {
		return 0
	}
	var n int
	if gocty.FromCtyValue(v, &n) != nil {
		a.d.wrong(CodeValue, a.attrs[name].Expr.Range(), "Wrong type", "%s must be a whole number.", name)
	}
	return n
}

// titles is a literal text: a string, or an object with a string a language.
func (a attributes) titles(name string) map[string]string {
	attr, ok := a.attrs[name]
	if !ok {
		return nil
	}
	out := map[string]string{}
	v, diags := attr.Expr.Value(nil)
	if diags.HasErrors() {
		a.d.hcl(CodeReference, diags)
		return nil
	}
	if !a.d.isText(v) {
		a.d.wrong(CodeValue, attr.Expr.Range(), "Not a text", "%s", notText(name))
		return nil
	}
	for _, lang := range Languages() {
		out[lang], _, _ = scope{lang: lang}.pick(v)
	}
	return out
}

func notText(name string) string {
	return fmt.Sprintf("%s must be a string, or an object with strings for ja and en.", name)
}

// isText tells whether v can be read as a text, as far as its type is known.
func (d *decoder) isText(v cty.Value) bool {
	t := v.Type()
	if t == cty.DynamicPseudoType || t.IsPrimitiveType() {
		return true
	}
	if t.IsMapType() {
		return false
	}
	if !t.IsObjectType() || len(t.AttributeTypes()) == 0 {
		return false
	}
	for name, at := range t.AttributeTypes() {
		if !slices.Contains(Languages(), name) || !at.IsPrimitiveType() && at != cty.DynamicPseudoType {
			return false
		}
	}
	return true
}

// text is an expression that must yield a text.
func (a attributes) text(name string) hcl.Expression {
	e := a.expr(name)
	if e == nil {
		return nil
	}
	if v, ok := a.d.try(e); ok && !a.d.isText(v) {
		a.d.wrong(CodeValue, e.Range(), "Not a text", "%s", notText(name))
	}
	return e
}

// typed is an expression that must be convertible to want.
func (a attributes) typed(name string, want cty.Type) hcl.Expression {
	e := a.expr(name)
	if e == nil {
		return nil
	}
	if v, ok := a.d.try(e); ok {
		if _, err := convert.Convert(v, want); err != nil {
			a.d.wrong(CodeValue, e.Range(), "Wrong type", "%s must be %s: %s.", name, want.FriendlyName(), err)
		}
	}
	return e
}

// list is an expression that must yield strings or lists of them.
func (a attributes) list(name string) hcl.Expression {
	e := a.expr(name)
	if e == nil {
		return nil
	}
	if v, ok := a.d.try(e); ok && v.Type().IsPrimitiveType() {
		a.d.wrong(CodeValue, e.Range(), "Wrong type", "%s must be a list of strings.", name)
	}
	return e
}

// try evaluates e with nothing known, so that a name that does not exist is
// found now.
func (d *decoder) try(e hcl.Expression) (cty.Value, bool) {
	v, diags := e.Value(d.dry.ctx)
	d.hcl(CodeReference, diags)
	return v, !diags.HasErrors()
}

// cite is a citation: it begins with the name of a source.
func (a attributes) cite() string {
	c := a.word("cite", "")
	if c == "" {
		return ""
	}
	name, _, _ := strings.Cut(c, " ")
	if !slices.Contains(a.d.sources, name) {
		a.d.wrong(CodeCitation, a.attrs["cite"].Expr.Range(), "Unknown source",
			"The citation %q begins with no declared source; declared: %s.", c, strings.Join(a.d.sources, ", "))
	}
	return c
}

// unique reports the second of one name.
func (d *decoder) unique(seen map[string]bool, what, name string, rng hcl.Range) {
	if seen[name] {
		d.wrong(CodeDuplicate, rng, "Declared twice", "There are two %s %q.", what, name)
	}
	seen[name] = true
}
