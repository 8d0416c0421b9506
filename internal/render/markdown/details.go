package markdown

import (
	"fmt"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/markup"
)

// details is one section to open for each instance that something happens to,
// with its attributes, and one for the outputs.
func (c *comment) details() *section {
	s := &section{head: heading(c.t.details), small: true}
	quiet := 0
	for _, x := range c.Changes {
		if !c.parts.Shown(x) {
			quiet++
			continue
		}
		if c.parts.OnlyWaits(x) {
			continue
		}
		s.items = append(s.items, c.detail(x.Addr.String(), c.t.actions[shownAction(x)], c.parts.Change(x)))
	}
	if len(c.Outputs) > 0 {
		s.items = append(s.items, c.detail("output", c.t.actions[plan.Update], c.parts.Outputs()))
	}
	if quiet > 0 && len(s.items) > 0 {
		s.foot = "\n" + fmt.Sprintf(c.t.unchanged, quiet) + "\n"
	}
	s.more = func(taken int) string { return "\n" + fmt.Sprintf(c.t.moreDetails, len(s.items)-taken) + "\n" }
	return s
}

// shownAction is the action of an instance that a reviewer looks for.
func shownAction(x *plan.Change) plan.Action {
	if x.Action == plan.NoOp && len(x.Also) > 0 {
		return x.Also[0]
	}
	if x.Action == plan.NoOp {
		return plan.Wait
	}
	return x.Action
}

func (c *comment) detail(address, action, text string) string {
	return "<details><summary>" + markup.Summary(cut(address, nameLength)) + " " + markup.HTML(action) + "</summary>\n\n" + c.diff(text) + "\n</details>\n"
}

func (c *comment) linesLeft(n int) string { return fmt.Sprintf(c.t.moreLines, n) }
