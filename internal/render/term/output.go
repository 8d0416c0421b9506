package term

import (
	"io"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/width"
)

// outputs writes what becomes of the outputs.
func (p *printer) outputs(v *view) {
	if len(v.Outputs) == 0 {
		return
	}
	f := formatter{p.t, v.Plan}
	p.line(0, text(p.t.outputs))
	names := 0
	for _, o := range v.Outputs {
		names = max(names, width.Of(o.Name))
	}
	for _, o := range v.Outputs {
		value := func(x cty.Value) string {
			if o.Sensitive {
				return p.t.sensitive
			}
			return f.value("", x, "")
		}
		var s string
		switch o.Action {
		case plan.Create:
			s = value(o.After)
		case plan.Delete:
			s = value(o.Before) + " -> null"
		default:
			s = value(o.Before) + " -> " + value(o.After)
		}
		p.line(2, p.sym.sign(o.Action), text(" "+width.Pad(o.Name, names)+" = "+s))
	}
	p.blank()
}

// Output is one output's value for Outputs.
type Output struct {
	Name      string
	Value     cty.Value
	Sensitive bool
}

// Outputs writes output values as `NAME = VALUE`; sensitive ones are not shown.
func Outputs(w io.Writer, list []Output, o Options) error {
	p := newPrinter(w, o)
	f := formatter{t: p.t}
	for _, x := range list {
		s := p.t.sensitive
		if !x.Sensitive {
			s = f.value("", x.Value, "")
		}
		p.line(0, text(x.Name+" = "+s))
	}
	return p.flush()
}

// Value writes one value as a configuration writes it.
func Value(w io.Writer, v cty.Value, o Options) error {
	p := newPrinter(w, o)
	p.line(0, text(formatter{t: p.t}.value("", v, "")))
	return p.flush()
}
