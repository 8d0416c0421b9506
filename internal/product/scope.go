package product

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// planScope is what is known while planning: the target's attributes and what
// the app registration declares. Everything else is unknown.
func (p *Product) planScope(attrs, app cty.Value, lang string) scope {
	r := p.unknownRoots()
	r.input, r.reading = p.inputValues(attrs), p.readingValues(attrs)
	r.app = appValue(app)
	r.target = cty.ObjectVal(map[string]cty.Value{
		"address": cty.UnknownVal(cty.String), "contact": asString(p.attr(attrs, "contact")),
	})
	return r.scope(lang)
}

// proseScope is planScope for texts: what is unknown reads "(known after
// apply)" in place of making the whole text unknown.
func (p *Product) proseScope(attrs, app cty.Value, lang string) scope {
	s := p.planScope(attrs, app, lang)
	later := cty.StringVal("(known after apply)")
	if lang == "ja" {
		later = cty.StringVal("(apply 後に決まる)")
	}
	in := s.ctx.Variables["input"].AsValueMap()
	for name, v := range in {
		if v.Type() == cty.String && !v.IsKnown() {
			in[name] = later
		}
	}
	if len(in) > 0 {
		s.ctx.Variables["input"] = cty.ObjectVal(in)
	}
	return s
}

// inputValues are the target's inputs with the types the entry declares;
// a value that does not fit its type is unknown, since it is reported where
// the target is read.
func (p *Product) inputValues(attrs cty.Value) cty.Value {
	vals := map[string]cty.Value{}
	for _, in := range p.inputs {
		v, err := convert.Convert(p.attr(attrs, in.name), in.typ)
		if err != nil {
			v = cty.UnknownVal(in.typ)
		}
		vals[in.name] = v
	}
	return cty.ObjectVal(vals)
}

// readingValues are the options chosen, the entry's own where none is.
func (p *Product) readingValues(attrs cty.Value) cty.Value {
	chosen := map[string]string{}
	for name, v := range p.mapAttr(attrs, "reading") {
		chosen[name] = v
	}
	vals := map[string]cty.Value{}
	for _, r := range p.readings {
		v, ok := chosen[r.name]
		if !ok || !slices.Contains(r.options, v) {
			v = r.deflt
		}
		vals[r.name] = cty.StringVal(v)
	}
	return cty.ObjectVal(vals)
}

// appValue is the app registration as expressions see it. Permissions are
// written "API KIND NAME".
func appValue(app cty.Value) cty.Value {
	a := newAppView(app)
	vals := map[string]cty.Value{}
	for name, t := range appFields {
		vals[name] = cty.UnknownVal(t)
	}
	for _, name := range []string{"client_id", "object_id", "service_principal_id", "tenant_id", "display_name", "sign_in_audience"} {
		if v := a.field(name); !v.IsNull() {
			vals[name] = asString(v)
		}
	}
	if v := a.field("admin_consent"); v.Type() == cty.Bool && !v.IsNull() {
		vals["admin_consent"] = v
	}
	if uris, known := a.redirectURIs("web"); known {
		vals["redirect_uris"] = stringList(uris)
	}
	if uris, known := a.strings("identifier_uris"); known {
		vals["identifier_uris"] = stringList(uris)
	}
	if perms, known := a.permissions(); known {
		var lines []string
		for _, pr := range perms {
			lines = append(lines, strings.Join([]string{pr.API, pr.Kind, pr.Name}, " "))
		}
		vals["permissions"] = stringList(lines)
	}
	return cty.ObjectVal(vals)
}

func stringList(ss []string) cty.Value {
	if len(ss) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	vals := make([]cty.Value, len(ss))
	for i, s := range ss {
		vals[i] = cty.StringVal(s)
	}
	return cty.ListVal(vals)
}

func asString(v cty.Value) cty.Value {
	s, err := convert.Convert(v, cty.String)
	if err != nil {
		return cty.UnknownVal(cty.String)
	}
	return s
}
