package term

import (
	"io"

	"github.com/mailprov/mailprov/internal/evidence"
)

// Evidence writes what was tried of every mail target, and what came of it.
func Evidence(w io.Writer, r *evidence.Report, o Options) error {
	p := newPrinter(w, o)
	for i, t := range r.Targets {
		if i > 0 {
			p.blank()
		}
		p.line(0, seg{t.Address, bold}, text("  "+t.Title+"  "), seg{t.ClientID, faint})
		for _, c := range t.Checks {
			mark, colour := p.result(c.Result)
			p.line(2, seg{mark + " ", colour}, text(c.Subject), text(": "), text(c.Evidence.In(o.Language)))
			if !c.Do.IsZero() {
				p.line(4, seg{c.Do.In(o.Language), faint})
			}
		}
	}
	return p.flush()
}

// result is the mark and colour of a result.
func (p *printer) result(r evidence.Result) (string, color) {
	switch r {
	case evidence.Failed:
		return p.sym.failed, red
	case evidence.NotTried:
		return "?", yellow
	}
	return p.sym.done, green
}
