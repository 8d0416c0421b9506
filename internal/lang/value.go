package lang

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
)

// assigned is a value for a variable and where it stands.
type assigned struct {
	expr  hcl.Expression // in a file
	text  string         // on the command line or in the environment
	where string         // names such a text: -var recipients
}

// envPrefix begins the name of an environment variable that gives a value.
const envPrefix = "MAILPROV_VAR_"

// variableValues settles every variable, the later source winning: the
// environment, mailprov.mpvars, *.auto.mpvars in lexical order, then -var and
// -var-file in the order given.
func (l *loader) variableValues() {
	given := map[string]assigned{}
	for _, e := range l.c.options.Environ {
		name, text, ok := strings.Cut(strings.TrimPrefix(e, envPrefix), "=")
		if ok && strings.HasPrefix(e, envPrefix) && l.c.variables[name] != nil {
			given[name] = assigned{text: text, where: envPrefix + name}
		}
	}
	for _, kind := range []fileKind{defaultValues, autoValues} {
		for _, f := range l.c.options.ofKind(kind) {
			l.valueFile(f, given)
		}
	}
	for _, f := range l.c.options.Flags {
		if f.File != nil {
			l.valueFile(*f.File, given)
			continue
		}
		l.flag(f.Var, given)
	}
	for _, name := range slices.Sorted(maps.Keys(l.c.variables)) {
		v := l.c.variables[name]
		g, ok := given[name]
		l.settle(v, g, ok)
	}
	for _, name := range slices.Sorted(maps.Keys(l.c.variables)) {
		l.validate(l.c.variables[name])
	}
}

func (l *loader) valueFile(f Source, given map[string]assigned) {
	l.c.Sources[f.Name] = f.Bytes
	body, ds := parse(f)
	l.r.add(ds...)
	l.c.incomplete = l.c.incomplete || ds.HasErrors()
	attrs, hd := body.JustAttributes()
	l.r.hcl(hd, "")
	for _, a := range sortedAttributes(attrs) {
		if l.c.variables[a.Name] == nil {
			if !l.c.incomplete {
				d := diag.Warnf(diag.Undeclared, "Value for an undeclared variable", "There is no variable %q, so the value is used nowhere.", a.Name)
				l.r.add(d.At(a.NameRange).WithDo(l.nearestVariable(a.Name, "Declare it, or remove the line.")))
			}
			continue
		}
		given[a.Name] = assigned{expr: a.Expr}
	}
}

func (l *loader) nearestVariable(name, otherwise string) string {
	if near := diag.Nearest(name, slices.Sorted(maps.Keys(l.c.variables))); near != "" {
		return fmt.Sprintf("Did you mean %q?", near)
	}
	return otherwise
}

func (l *loader) flag(text string, given map[string]assigned) {
	name, value, ok := strings.Cut(text, "=")
	if name = strings.TrimSpace(name); !ok || name == "" {
		l.r.add(diag.Codef(diag.BadValue, "-var %q has no name and value.", text).WithDof("Write -var NAME=VALUE."))
		return
	}
	if l.c.variables[name] == nil {
		if !l.c.incomplete {
			l.r.add(diag.Codef(diag.Undeclared, "-var gives a value to %q, and there is no such variable.", name).
				WithDo(l.nearestVariable(name, fmt.Sprintf("Declare it: variable %q {}", name))))
		}
		return
	}
	given[name] = assigned{text: value, where: "-var " + name}
}

// settle gives v its value. What is wrong is reported and leaves the value
// unknown.
func (l *loader) settle(v *variable, g assigned, ok bool) {
	v.value = cty.UnknownVal(v.ty)
	val, at := cty.NilVal, v.rng
	switch {
	case v.broken:
	case ok && g.expr != nil:
		at = g.expr.Range()
		if refs := g.expr.Variables(); len(refs) > 0 {
			l.r.add(diag.Codef(diag.OutOfOrder, "A file of variables holds values only: nothing can be referred to.").At(refs[0].SourceRange()).
				WithDof("Write the value itself; a text stands in quotation marks."))
			return
		}
		got, hd := g.expr.Value(nil)
		if l.r.hcl(hd, "var."+v.name) {
			return
		}
		val = got
	case ok:
		got, rng, fine := l.fromText(v, g)
		if !fine {
			return
		}
		val, at = got, rng
	case v.deflt != cty.NilVal:
		val = v.deflt
	default:
		l.noValue(v)
	}
	if val == cty.NilVal {
		return
	}
	l.accept(v, val, at)
}

func (l *loader) accept(v *variable, val cty.Value, at hcl.Range) {
	got, err := v.convert(val)
	if err != nil {
		m := mismatch("var."+v.name, v.ty, val, err)
		if v.sensitive {
			m = m.WithDetail(message.Of("var.%s takes %s.", v.name, typeName(v.ty)))
		}
		l.r.add(diag.Of(diag.BadValue, m.Detail).At(at).For("var." + v.name).WithDo(m.Do))
		return
	}
	if got.IsNull() && !v.nullable {
		if v.deflt == cty.NilVal || v.deflt.IsNull() {
			l.r.add(diag.Codef(diag.BadValue, "var.%s was given null, and its nullable is false.", v.name).At(at).For("var." + v.name).WithDof("Give it a value."))
			return
		}
		got = v.deflt
	}
	if v.sensitive {
		got = got.Mark(sensitive)
	}
	v.value = got
}

func (l *loader) noValue(v *variable) {
	l.c.missing = append(l.c.missing, MissingVariable{Name: v.name, Description: v.description, Type: typeexpr.TypeString(v.ty), Sensitive: v.sensitive})
	detail := message.Of("var.%s has no default and was given no value.", v.name)
	if v.description != "" {
		detail = message.Of("var.%s has no default and was given no value. It is: %s", v.name, v.description)
	}
	l.r.add(diag.Of(diag.NoValue, "").WithDetail(detail).At(v.rng).For("var."+v.name).
		WithDof("Write %s = … into mailprov.mpvars.hcl, or give it by -var, -var-file or %s%s.", v.name, envPrefix, v.name))
}

// fromText reads a value of the command line or the environment: as it stands
// for a primitive type, as an expression otherwise.
func (l *loader) fromText(v *variable, g assigned) (cty.Value, hcl.Range, bool) {
	if !v.typed || v.ty.IsPrimitiveType() {
		return cty.StringVal(g.text), v.rng, true
	}
	name := "<" + g.where + ">"
	if !v.sensitive {
		l.c.Sources[name] = []byte(g.text)
	}
	if ds := guardExpression([]byte(g.text), name); ds.HasErrors() {
		l.r.add(ds...)
		return cty.NilVal, v.rng, false
	}
	expr, hd := hclsyntax.ParseExpression([]byte(g.text), name, hcl.InitialPos)
	if hd.HasErrors() {
		l.r.hcl(hd, "var."+v.name)
		return cty.NilVal, v.rng, false
	}
	if refs := expr.Variables(); len(refs) > 0 {
		l.r.add(diag.Codef(diag.BadValue, "%s is read as an expression, since var.%s takes %s; it can refer to nothing.", g.where, v.name, typeName(v.ty)).
			At(refs[0].SourceRange()).For("var." + v.name).WithDof(`Put text in quotation marks, as in ["a", "b"].`))
		return cty.NilVal, v.rng, false
	}
	val, hd := expr.Value(nil)
	if l.r.hcl(hd, "var."+v.name) {
		return cty.NilVal, v.rng, false
	}
	return val, expr.Range(), true
}
