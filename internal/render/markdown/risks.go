package markdown

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/plan"
)

// risks come first, the worst first; accepted ones last, each on one line with
// the reason.
func (c *comment) risks() *section {
	list := slices.Clone(c.Risks)
	slices.SortStableFunc(list, func(a, b plan.Risk) int {
		return cmp.Or(cmp.Compare(order(a), order(b)))
	})
	s := &section{head: heading(c.t.risks), share: 30}
	for _, x := range list {
		s.items = append(s.items, c.risk(x))
	}
	if len(list) == 0 {
		s.items = []string{c.t.noRisks + "\n"}
	} else {
		s.foot = "\n" + c.t.explain + "\n"
	}
	s.more = func(taken int) string {
		high := 0
		for _, x := range list[taken:] {
			if x.Level == plan.High && !x.Accepted {
				high++
			}
		}
		return "\n" + fmt.Sprintf(c.t.moreRisks, len(list)-taken, high) + "\n"
	}
	return s
}

func order(x plan.Risk) int {
	n := map[plan.Level]int{plan.High: 0, plan.Medium: 1, plan.Low: 2}[x.Level]
	if x.Accepted {
		n += 3
	}
	return n
}

func (c *comment) risk(x plan.Risk) string {
	level := "**" + c.t.levels[x.Level] + "**"
	if x.Accepted {
		level = c.t.levels[x.Level]
	}
	line := fmt.Sprintf("- %s · %s · %s: %s", level, name(x.Code), code(x.Addr.String()), prose(strings.TrimSpace(x.Message)))
	switch {
	case x.Accepted && x.Until != "":
		line += " " + fmt.Sprintf(c.t.acceptedUntil, name(x.Until), prose(x.Reason))
	case x.Accepted:
		line += " " + fmt.Sprintf(c.t.accepted, prose(x.Reason))
	case x.Reason != "":
		line += " " + fmt.Sprintf(c.t.acceptanceOver, name(x.Until), prose(x.Reason))
	}
	return line + "\n"
}
