package lang

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mailprov/mailprov/internal/diag"
)

// variable is a declared variable and, once it is settled, its value.
type variable struct {
	name        string
	description string
	ty          cty.Type
	typed       bool // a type is written
	defaults    *typeexpr.Defaults
	deflt       cty.Value // NilVal: none
	sensitive   bool
	nullable    bool
	validations []validation
	rng         hcl.Range // of the block's header
	broken      bool      // declared wrongly, which is reported
	value       cty.Value
}

type validation struct {
	condition hcl.Expression
	message   hcl.Expression
}

// MissingVariable is a variable without a default that was given no value, for
// asking a person.
type MissingVariable struct {
	Name        string
	Description string
	Type        string // as it is written in a type constraint
	Sensitive   bool
}

// MissingVariables are the variables that Load reported to have no value. A
// caller that asked for them loads again with more Flags.
func (c *Config) MissingVariables() []MissingVariable { return c.missing }

func (l *loader) variable(b *hcl.Block) {
	v := &variable{name: b.Labels[0], ty: cty.DynamicPseudoType, nullable: true, rng: b.DefRange, value: cty.DynamicVal}
	if first, ok := l.c.variables[v.name]; ok {
		l.twice("var."+v.name, first.rng, b.LabelRanges[0])
		return
	}
	l.c.variables[v.name] = v
	before := len(l.r.ds)
	content := l.content(b.Body, &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "type"}, {Name: "default"}, {Name: "description"}, {Name: "sensitive"}, {Name: "nullable"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "validation"}},
	}, "var."+v.name)
	if a, ok := content.Attributes["type"]; ok {
		v.typed = true
		ty, defaults, hd := typeexpr.TypeConstraintWithDefaults(a.Expr)
		for _, d := range diag.FromHCL(hd) {
			d.Code = diag.BadVariable
			l.r.add(diag.Of(diag.BadVariable, d.Detail).At(*d.Subject).For("var." + v.name).WithDo(typeHelp(d.Do)))
		}
		v.ty, v.defaults = ty, defaults
	}
	l.about = "var." + v.name
	defer func() { l.about = "" }()
	v.description, _ = l.literalString(content, "description")
	v.sensitive, _ = l.literalBool(content, "sensitive")
	if nullable, ok := l.literalBool(content, "nullable"); ok {
		v.nullable = nullable
	}
	l.defaultValue(v, content)
	for _, vb := range content.Blocks {
		l.validationBlock(v, vb)
	}
	v.broken = len(l.r.ds) > before
}

func typeHelp(near string) string {
	if near != "" {
		return near
	}
	return "Write string, number, bool, any, list(…), set(…), map(…), tuple([…]) or object({ … })."
}

func (l *loader) defaultValue(v *variable, content *hcl.BodyContent) {
	a, ok := content.Attributes["default"]
	if !ok {
		return
	}
	v.deflt = cty.NullVal(v.ty)
	if refs := a.Expr.Variables(); len(refs) > 0 {
		l.r.add(diag.Codef(diag.OutOfOrder, "The default of a variable is read before anything else, so it can refer to nothing.").
			At(refs[0].SourceRange()).For("var." + v.name).WithDof("Write the value itself, or work the value out in locals."))
		return
	}
	val, hd := a.Expr.Value(nil)
	if l.r.hcl(hd, "var."+v.name) {
		return
	}
	converted, err := v.convert(val)
	if err != nil {
		l.r.add(mismatch("var."+v.name, v.ty, val, err).At(a.Expr.Range()).For("var." + v.name))
		return
	}
	if converted.IsNull() && !v.nullable {
		l.r.add(diag.Codef(diag.BadVariable, "The default is null, and nullable is false.").At(a.Expr.Range()).For("var." + v.name).WithDof("Write another default, or nullable = true."))
		return
	}
	v.deflt = converted
}

// convert brings a value to the variable's type and fills in the defaults of
// optional attributes.
func (v *variable) convert(val cty.Value) (cty.Value, error) {
	if v.defaults != nil && !val.IsNull() {
		val = v.defaults.Apply(val)
	}
	return convert.Convert(val, v.ty)
}

func (l *loader) validationBlock(v *variable, b *hcl.Block) {
	content := l.content(b.Body, &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "condition"}, {Name: "error_message"}}}, "var."+v.name)
	cond, ok := content.Attributes["condition"]
	msg, ok2 := content.Attributes["error_message"]
	if !ok || !ok2 {
		l.r.add(diag.Codef(diag.MissingArgument, "A validation needs a condition and an error_message.").At(b.DefRange).For("var." + v.name).WithDof("Write both."))
		return
	}
	v.validations = append(v.validations, validation{condition: cond.Expr, message: msg.Expr})
}

// validate evaluates the conditions of a variable, which may use variables
// and functions.
func (l *loader) validate(v *variable) {
	s := scope{what: "A validation", reach: reachVariables, why: "it is judged before anything but the variables is read"}
	for _, val := range v.validations {
		u := newUses()
		l.c.resolve(val.condition.Variables(), s, u, l.r)
		l.c.resolve(val.message.Variables(), s, u, l.r)
		ctx := l.c.earlyContext(u, nil)
		cond, hd := val.condition.Value(ctx)
		if l.r.hcl(hd, "var."+v.name) {
			continue
		}
		cond, _ = cond.Unmark()
		ok, err := convert.Convert(cond, cty.Bool)
		switch {
		case err != nil:
			l.r.add(mismatch("condition", cty.Bool, cond, err).At(val.condition.Range()).For("var." + v.name))
			continue
		case !ok.IsKnown():
			continue
		case ok.IsNull():
			l.r.add(diag.Codef(diag.NullOrUnknown, "The condition is null.").At(val.condition.Range()).For("var." + v.name).WithDof("Write an expression that is true or false."))
			continue
		case ok.True():
			continue
		}
		text, hd := val.message.Value(ctx)
		if l.r.hcl(hd, "var."+v.name) {
			continue
		}
		text, marks := text.Unmark()
		message := "The value does not satisfy the condition."
		if t, err := convert.Convert(text, cty.String); err == nil && len(marks) == 0 && t.IsKnown() && !t.IsNull() {
			message = t.AsString()
		}
		l.r.add(diag.Codef(diag.Validation, "The value of var.%s is refused: %s", v.name, message).
			At(val.condition.Range()).For("var." + v.name))
	}
}
