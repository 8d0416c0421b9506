package markdown

import (
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

// consent is a row for each permission that is granted, revoked or left to
// others, then who has to grant what is left.
func (c *comment) consent() *section {
	s := &section{share: 15}
	apps := 0
	var notes []string
	for _, x := range c.Changes {
		if x.Addr.Type != appregistration.Name || x.App == nil {
			continue
		}
		list := c.parts.ConsentOf(x)
		if len(list) == 0 {
			continue
		}
		apps++
		for _, y := range list {
			s.items = append(s.items, c.permission(x, y))
		}
		notes = append(notes, c.parts.Consent(x)...)
	}
	s.head = heading(c.t.consent) + "| " + strings.Join(c.t.consentColumns, " | ") + " |\n" + strings.Repeat("|---", len(c.t.consentColumns)) + "|\n"
	if len(notes) > 0 {
		s.foot = "\n" + list("", first(notes, 5))
	}
	return c.left(s, c.t.permissions)
}

func (c *comment) permission(app *plan.Change, x plan.ConsentChange) string {
	verb := "**" + c.t.consentActions[x.Action] + "**"
	if x.Action == "revoke" && slices.Contains(app.App.Consent.Undeclared, x.Permission) {
		verb += c.t.byHand
	}
	cells := []string{
		cellCode(app.Addr.String()), name(x.Label), c.t.kinds[string(x.Permission.Kind)],
		cellCode(x.Permission.Value), prose(x.What), verb,
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

func first(list []string, n int) []string { return list[:min(n, len(list))] }
