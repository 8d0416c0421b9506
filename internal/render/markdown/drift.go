package markdown

import "strings"

// drift shows what somebody changed in Entra behind our back.
func (c *comment) drift() *section {
	s := &section{head: heading(c.t.drift), share: 5}
	why := c.t.driftRepaired
	if c.Empty() {
		why = c.t.driftStays
	}
	s.head += why + "\n\n"
	for _, x := range c.Plan.Drift {
		s.items = append(s.items, c.diff(c.parts.Drift(x))+"\n")
	}
	return c.left(s, c.t.resources)
}

func (c *comment) diff(text string) string {
	return block("diff", strings.TrimRight(text, "\n"), func(n int) string { return c.linesLeft(n) })
}
