package markdown

import (
	"fmt"

	"github.com/mailprov/mailprov/internal/diag"
)

// remarks are the warnings of the plan, what has moved, and notes.
func (c *comment) remarks() *section {
	s := &section{head: heading(c.t.remarks), share: 5}
	for _, d := range c.o.Diagnostics.Sorted() {
		if d = d.In(c.o.Language); d.Severity != diag.Note {
			s.items = append(s.items, "- **"+c.t.severities[d.Severity]+"** · "+name(d.Code)+": "+prose(join(d.Summary+".", d.Detail, d.AdviceIn(c.o.Language)))+"\n")
		}
	}
	for _, m := range c.MovedFrom {
		s.items = append(s.items, "- "+fmt.Sprintf(c.t.moved, code(m.From.String()), code(m.To.String()))+"\n")
	}
	for _, n := range c.parts.Notes() {
		s.items = append(s.items, "- "+prose(n)+"\n")
	}
	return c.left(s, c.t.notes)
}

func join(parts ...string) string {
	out := ""
	for _, p := range parts {
		if p == "" {
			continue
		}
		if out != "" {
			out += " "
		}
		out += p
	}
	return out
}
