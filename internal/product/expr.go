package product

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// scope is what expressions of an entry are evaluated in.
type scope struct {
	ctx  *hcl.EvalContext
	lang string
}

// appFields and their neighbours are what expressions may refer to.
var (
	appFields = map[string]cty.Type{
		"client_id": cty.String, "object_id": cty.String, "service_principal_id": cty.String,
		"tenant_id": cty.String, "display_name": cty.String, "sign_in_audience": cty.String,
		"redirect_uris": cty.List(cty.String), "identifier_uris": cty.List(cty.String),
		"permissions": cty.List(cty.String), "admin_consent": cty.Bool,
	}
	secretFields = map[string]cty.Type{
		"ref": cty.String, "key_id": cty.String, "hint": cty.String,
		"expires_at": cty.String, "expires_on": cty.String,
	}
	tenantFields = map[string]cty.Type{"id": cty.String, "login_host": cty.String, "graph_host": cty.String}
	targetFields = map[string]cty.Type{"address": cty.String, "contact": cty.String}
)

// roots are the values an entry's expressions may use.
type roots struct {
	input, reading, app, secret, tenant, target cty.Value
}

// unknownRoots is everything an expression may use, none of it known.
func (p *Product) unknownRoots() roots {
	inputs := map[string]cty.Type{}
	for _, in := range p.inputs {
		inputs[in.name] = in.typ
	}
	return roots{
		input: unknownObject(inputs), reading: p.unknownReadings(), app: unknownObject(appFields),
		secret: unknownObject(secretFields), tenant: unknownObject(tenantFields), target: unknownObject(targetFields),
	}
}

func (p *Product) unknownReadings() cty.Value {
	fields := map[string]cty.Type{}
	for _, r := range p.readings {
		fields[r.name] = cty.String
	}
	return unknownObject(fields)
}

func unknownObject(fields map[string]cty.Type) cty.Value {
	vals := map[string]cty.Value{}
	for k, t := range fields {
		vals[k] = cty.UnknownVal(t)
	}
	return cty.ObjectVal(vals)
}

func (r roots) scope(lang string) scope {
	return scope{lang: lang, ctx: &hcl.EvalContext{
		Variables: map[string]cty.Value{
			"input": r.input, "reading": r.reading, "app": r.app, "secret": r.secret,
			"tenant": r.tenant, "target": r.target, "language": cty.StringVal(lang),
		},
		Functions: functions(),
	}}
}

// functions are the pure ones that texts and values need; powershell quotes a
// string for a command.
func functions() map[string]function.Function {
	return map[string]function.Function{
		"compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc,
		"distinct": stdlib.DistinctFunc, "flatten": stdlib.FlattenFunc, "format": stdlib.FormatFunc,
		"join": stdlib.JoinFunc, "keys": stdlib.KeysFunc, "length": stdlib.LengthFunc,
		"lower": stdlib.LowerFunc, "merge": stdlib.MergeFunc, "split": stdlib.SplitFunc,
		"trimprefix": stdlib.TrimPrefixFunc, "trimsuffix": stdlib.TrimSuffixFunc,
		"upper": stdlib.UpperFunc, "values": stdlib.ValuesFunc,
		"try": tryfunc.TryFunc, "can": tryfunc.CanFunc,
		"powershell": function.New(&function.Spec{
			Params: []function.Parameter{{Name: "text", Type: cty.String}},
			Type:   function.StaticReturnType(cty.String),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				return cty.StringVal(QuotePowerShell(args[0].AsString())), nil
			},
		}),
	}
}

// QuotePowerShell writes s as a single-quoted PowerShell string. PowerShell
// takes four typographic quotation marks for the straight one, so all five are
// doubled.
func QuotePowerShell(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		if strings.ContainsRune("'\u2018\u2019\u201a\u201b", r) {
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}

// text evaluates a text: a string, or an object with one string a language.
// known is false where it depends on something not known.
func (s scope) text(e hcl.Expression) (text string, known bool, diags hcl.Diagnostics) {
	v, diags := s.value(e)
	if diags.HasErrors() {
		return "", false, diags
	}
	return s.pick(v)
}

func (s scope) pick(v cty.Value) (string, bool, hcl.Diagnostics) {
	switch {
	case v == cty.NilVal, v.IsNull():
		return "", true, nil
	case !v.IsKnown():
		return "", false, nil
	case v.Type().IsObjectType():
		for _, lang := range append([]string{s.lang}, Languages()...) {
			if v.Type().HasAttribute(lang) && !v.GetAttr(lang).IsNull() {
				return s.pick(v.GetAttr(lang))
			}
		}
		return "", true, nil
	}
	str, err := convert.Convert(v, cty.String)
	if err != nil || str.IsNull() || !str.IsKnown() {
		return "", false, nil
	}
	return str.AsString(), true, nil
}

// value evaluates e, which may be nil for an attribute that is not written.
func (s scope) value(e hcl.Expression) (cty.Value, hcl.Diagnostics) {
	if e == nil {
		return cty.NullVal(cty.DynamicPseudoType), nil
	}
	return e.Value(s.ctx)
}

// holds evaluates a condition: absent or null is true; known is false where it
// cannot be told yet.
func (s scope) holds(e hcl.Expression) (yes, known bool) {
	v, diags := s.value(e)
	if diags.HasErrors() {
		return false, false
	}
	if v.IsNull() {
		return true, true
	}
	if !v.IsKnown() {
		return false, false
	}
	b, err := convert.Convert(v, cty.Bool)
	if err != nil || b.IsNull() || !b.IsKnown() {
		return false, false
	}
	return b.True(), true
}

// strings evaluates a list of strings, element by element where it is written
// as one, so that an element that depends on something null or unknown leaves
// the others in place. Lists within the list are flattened.
func (s scope) strings(e hcl.Expression) (out []string, complete bool) {
	if e == nil {
		return nil, true
	}
	elements, diags := hcl.ExprList(e)
	if diags.HasErrors() {
		elements = []hcl.Expression{e}
	}
	complete = true
	for _, el := range elements {
		v, diags := el.Value(s.ctx)
		if diags.HasErrors() || v.IsNull() {
			complete = false
			continue
		}
		var whole bool
		out, whole = appendStrings(out, v)
		complete = complete && whole
	}
	return out, complete
}

func appendStrings(out []string, v cty.Value) ([]string, bool) {
	switch {
	case v.IsNull():
		return out, true
	case !v.IsKnown():
		return out, false
	case v.CanIterateElements():
		complete := true
		for _, el := range v.Elements() {
			var whole bool
			out, whole = appendStrings(out, el)
			complete = complete && whole
		}
		return out, complete
	}
	str, err := convert.Convert(v, cty.String)
	if err != nil || str.IsNull() || !str.IsKnown() {
		return out, false
	}
	return append(out, str.AsString()), true
}

// uses lists the roots an expression refers to, sorted.
func uses(e hcl.Expression) []string {
	if e == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, t := range e.Variables() {
		seen[t.RootName()] = true
	}
	return slices.Sorted(maps.Keys(seen))
}
