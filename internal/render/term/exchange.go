package term

import "github.com/mailprov/mailprov/internal/plan"

// exchangeRoles says what is left to an Exchange administrator, since Graph has
// no way to do it, and where the commands for it are.
func (p *printer) exchangeRoles(c *plan.Change) {
	if c.App == nil {
		return
	}
	for _, r := range c.App.Roles {
		p.prose(6, []seg{p.sym.sign(plan.Wait), text(" ")}, p.t.exchangeWaits(r))
	}
}
