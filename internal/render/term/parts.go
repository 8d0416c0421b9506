package term

import (
	"bytes"
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/width"
)

// Parts are pieces of a plan's text, for renderings that put them into another
// order: blocks as they stand in the text, and sentences without the marks in
// front of them. Every line is made safe for a terminal and none is broken.
type Parts struct {
	v *view
	o Options
}

// PartsOf takes a plan apart. The width of o is not used.
func PartsOf(pl *plan.Plan, o Options) *Parts {
	o.Width, o.Color = 0, false
	return &Parts{newView(pl), o}
}

// Shown tells whether a plan has a block for an instance.
func (x *Parts) Shown(c *plan.Change) bool { return x.o.Verbose || !quiet(x.v, c) }

// OnlyWaits tells whether nothing is done to an instance but that it waits for
// people; then Waits says it all.
func (x *Parts) OnlyWaits(c *plan.Change) bool { return onlyWaits(c) }

// Change is the block of one instance.
func (x *Parts) Change(c *plan.Change) string {
	return x.text(func(p *printer) { p.change(x.v, c, width.Of(c.Addr.String())) })
}

// Drift is what somebody changed in Entra at one instance of Plan.Drift.
func (x *Parts) Drift(c *plan.Change) string {
	return x.text(func(p *printer) { p.drifted(x.v, c) })
}

// Outputs is what becomes of the outputs.
func (x *Parts) Outputs() string { return x.text(func(p *printer) { p.outputs(x.v) }) }

// Secret are the sentences on one client_secret: what mail runs on, who enters
// which value by when, and what is removed.
func (x *Parts) Secret(c *plan.Change) []string {
	return x.lines(func(p *printer) {
		switch c.Action {
		case plan.Delete:
			p.deletedSecret(x.v, c)
			return
		case plan.Rotate:
			p.runsOn(x.v, c)
			p.reentry(x.v, c)
		case plan.Create:
		default:
			p.moved(x.v, c)
		}
		p.removals(x.v, c)
	})
}

// Waits are the sentences on what waits for people at one instance.
func (x *Parts) Waits(c *plan.Change) []string {
	return newPrinter(nil, x.o).matters(x.v, c)
}

// Afterwards says who must enter what in which product, or that nobody must.
func (x *Parts) Afterwards() []string { return x.lines(func(p *printer) { p.reentries(x.v) }) }

// ExchangeRoles says what is left to an Exchange administrator about one
// application.
func (x *Parts) ExchangeRoles(c *plan.Change) []string {
	return x.lines(func(p *printer) { p.exchangeRoles(c) })
}

// Consent says who has to grant what is left pending at one application, where
// in the portal, and what users are asked themselves.
func (x *Parts) Consent(c *plan.Change) []string {
	return x.lines(func(p *printer) { p.pendingConsent(x.v, c) })
}

// ConsentOf is what a plan says of the permissions of one application: what was
// requested before and is still left to others is not said again.
func (x *Parts) ConsentOf(c *plan.Change) []plan.ConsentChange {
	return slices.DeleteFunc(slices.Clone(x.v.consent[c.Addr]), func(y plan.ConsentChange) bool {
		return y.Action == "pending" && !declaresConsent(c) && !asksAnew(c)
	})
}

// Before are the sentences on what others have to do before the apply, for one
// mail_target.
func (x *Parts) Before(c *plan.Change) []string {
	var out []string
	for _, b := range c.Target.Before {
		for _, l := range lines(b) {
			l = width.Clean(l)
			for _, word := range befores {
				l = strings.TrimSpace(strings.TrimPrefix(l, word))
			}
			out = append(out, l)
		}
	}
	return out
}

// Identity says whether the identity may do every step.
func (x *Parts) Identity() []string { return x.lines(func(p *printer) { p.identity(x.v) }) }

// Notes are the things worth knowing that change nothing.
func (x *Parts) Notes() []string { return x.lines(func(p *printer) { p.otherNotes(x.v) }) }

func (x *Parts) text(write func(*printer)) string {
	var b bytes.Buffer
	p := newPrinter(&b, x.o)
	write(p)
	_ = p.flush() // a buffer takes everything
	return b.String()
}

func (x *Parts) lines(write func(*printer)) []string {
	var out []string
	for l := range strings.Lines(x.text(func(p *printer) { p.bare, p.o.Diff = true, false; write(p) })) {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}
