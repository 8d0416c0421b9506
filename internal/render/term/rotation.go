package term

import (
	"io"

	"github.com/mailprov/mailprov/internal/plan"
)

// Rotation writes a plan for secrets alone: what is replaced, removed and
// waited for, and how many there is nothing to do for.
func Rotation(w io.Writer, pl *plan.Plan, o Options) error {
	p, v := newPrinter(w, o), newView(pl)
	p.changes(v)
	for _, c := range v.Changes {
		if c.Secret != nil && c.Secret.NotYet != "" {
			p.line(2, p.sym.sign(plan.Wait), text(" "), seg{c.Addr.String(), bold}, text("   "+lowerFirst(p.t.recognise(c.Secret.NotYet))))
		}
	}
	for _, n := range v.Notes {
		p.prose(0, []seg{text("i ")}, p.t.recognise(n))
	}
	if pl.Empty() && len(pl.Failures) == 0 {
		p.line(0, seg{p.t.nothingDue, bold})
	}
	if s := p.secretsLine(v.Summary); s != "" && !pl.Empty() {
		p.line(0, text(s))
	}
	p.identity(v)
	return p.flush()
}
