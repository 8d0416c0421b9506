package term

import (
	"io"
	"slices"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/width"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

// Plan writes a plan: what somebody changed in Entra, what would be done, and
// the closing lines.
func Plan(w io.Writer, pl *plan.Plan, o Options) error {
	p, v := newPrinter(w, o), newView(pl)
	p.drift(v)
	p.moves(v)
	if pl.Empty() {
		p.nothing(v)
		p.digest(v)
		return p.flush()
	}
	p.changes(v)
	p.quietRisks(v)
	p.outputs(v)
	p.otherNotes(v)
	p.closing(v)
	p.digest(v)
	return p.flush()
}

func (p *printer) changes(v *view) {
	shown := slices.Clone(v.Changes)
	if !p.o.Verbose {
		shown = slices.DeleteFunc(shown, func(c *plan.Change) bool { return quiet(v, c) })
	}
	if len(shown) == 0 {
		return
	}
	p.line(0, seg{p.t.willDo, bold})
	p.blank()
	waits := 0
	for _, c := range shown {
		if onlyWaits(c) {
			waits = max(waits, width.Of(c.Addr.String()))
		}
	}
	for i, c := range shown {
		if i > 0 && !(onlyWaits(c) && onlyWaits(shown[i-1])) {
			p.blank()
		}
		p.change(v, c, waits)
	}
	p.blank()
}

// quiet tells whether there is nothing to say of an instance.
func quiet(v *view, c *plan.Change) bool {
	if c.Action != plan.NoOp || len(c.Also) > 0 || c.Blocked != "" {
		return false
	}
	if c.Secret != nil && (c.Secret.Waiting != nil || len(c.Secret.CleanUp) > 0) {
		return false
	}
	return !(c.App != nil && skippedConsent(v, c))
}

// onlyWaits tells whether nothing is done to an instance but that it waits for
// people: that takes one line.
func onlyWaits(c *plan.Change) bool {
	s := c.Secret
	return c.Action == plan.Wait ||
		c.Action == plan.NoOp && len(c.Also) == 0 && s != nil && s.Waiting != nil && len(s.CleanUp) == 0
}

func (p *printer) change(v *view, c *plan.Change, waits int) {
	sign := p.sym.sign(c.Action)
	if c.Action == plan.NoOp && len(c.Also) > 0 {
		sign = p.sym.sign(c.Also[0])
	}
	name := seg{c.Addr.String(), bold}
	if onlyWaits(c) {
		for _, m := range p.matters(v, c) {
			p.prose(2, []seg{p.sym.sign(plan.Wait), text(" "), name, text(width.Pad("", waits-width.Of(name.text)+3))}, m)
		}
		return
	}
	head := []seg{sign, text(" "), name}
	if c.Label != "" {
		head = append(head, text("  ("+c.Label+")"))
	}
	if c.Reason != "" {
		head = append(head, text("   "+p.reason(v, c)))
	}
	p.line(2, head...)
	switch {
	case c.Action == plan.Forget:
	case c.Addr.Type == appregistration.Name && c.App != nil:
		p.application(v, c)
	case c.Secret != nil:
		p.secret(v, c)
	case c.Target != nil:
		p.target(v, c)
	}
}

func (p *printer) reason(v *view, c *plan.Change) string {
	if c.Action == plan.Rotate && c.Secret != nil && !c.Secret.Decision.At.IsZero() && c.Secret.Decision.At.Before(v.Now) {
		return p.t.say("%s, due since %s", message.Recognise(c.Reason), day(c.Secret.Decision.At, v.Location))
	}
	return p.t.recognise(c.Reason)
}

func (p *printer) moves(v *view) {
	for _, m := range v.MovedFrom {
		p.line(2, text(p.t.say("%s has moved to %s", m.From, m.To)))
	}
	if len(v.MovedFrom) > 0 {
		p.blank()
	}
}

// quietRisks keeps the risks of unchanged instances in sight, one line each.
func (p *printer) quietRisks(v *view) {
	var list []plan.Risk
	for _, x := range v.Risks {
		c := v.byAddr[x.Addr]
		if c == nil || !p.o.Verbose && quiet(v, c) || onlyWaits(c) || v.Empty() {
			list = append(list, x)
		}
	}
	if len(list) == 0 {
		return
	}
	p.line(0, text(p.t.risks))
	for _, x := range list {
		p.risk(2, x.Addr.String(), x)
	}
	p.blank()
}

func (p *printer) otherNotes(v *view) {
	list := v.other
	for _, c := range v.Changes {
		if c.Secret != nil && c.Secret.Postponed != "" {
			list = append(list, p.postponed(v, c))
		}
	}
	for _, c := range v.Changes {
		if (quiet(v, c) && !p.o.Verbose) || v.Empty() || c.Action == plan.Wait {
			for _, n := range v.notes[c.Addr.String()] {
				if c.Action == plan.Wait {
					list = append(list, c.Addr.String()+": "+p.t.note(c.Addr.String(), n))
				}
			}
		}
	}
	for _, n := range list {
		p.prose(0, []seg{text("i ")}, p.t.recognise(n))
	}
	if len(list) > 0 {
		p.blank()
	}
}
