package term

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
)

// target writes the block of a mail_target: what is asked of people before and
// after, since nothing of it is made in Entra.
func (p *printer) target(v *view, c *plan.Change) {
	f := formatter{p.t, v.Plan}
	switch c.Action {
	case plan.Create:
		p.rows(f.created(c, mailtarget.Schema(nil), plan.Create, c.After, nil, []string{"secret", "contact", "emit"}), nil)
	case plan.Delete:
		return
	default:
		p.rows(f.changed(c, nil), nil)
	}
	for _, b := range c.Target.Before {
		for _, l := range lines(b) {
			p.prose(6, nil, prefixed(l, p.t.before))
		}
	}
	risks := &pending{p, v.risks[c.Addr]}
	risks.rest()
	if c.Action == plan.Create || len(c.Target.Reenter) > 0 {
		for _, l := range lines(c.Target.After) {
			p.prose(6, nil, l)
		}
	}
	p.notesOf(v, c)
}

// befores are the words with which a catalogue begins a line of what comes
// first, in every language.
var befores = []string{"before:", "先に:"}

// prefixed is a line with the word in front that says when it is due.
func prefixed(line string, words []string) string {
	for _, w := range slices.Concat(befores, words) {
		if strings.HasPrefix(line, w) {
			return line
		}
	}
	return words[0] + " " + line
}

// waits says why an instance is not made yet.
func (p *printer) waits(c *plan.Change) []string {
	var out []string
	if c.Target != nil {
		for _, w := range c.Target.Waiting {
			out = append(out, p.t.waitsFor(w.Name, w.Contact, cmp.Or(w.Places[p.o.Language], w.Where)))
		}
	}
	if len(out) == 0 {
		out = append(out, p.t.recognise(c.Reason))
	}
	return out
}

func (p *printer) notesOf(v *view, c *plan.Change) {
	for _, n := range v.notes[c.Addr.String()] {
		p.prose(6, []seg{text("i ")}, p.t.note(c.Addr.String(), n))
	}
}
