package markdown

import (
	"fmt"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
)

// people says what people have to do: before the apply, afterwards in which
// product, or that nobody has to.
func (c *comment) people() *section {
	s := &section{head: heading(c.t.people), share: 12}
	add := func(sentence string) { s.items = append(s.items, "- "+sentence+"\n") }
	for _, x := range c.of(mailtarget.Name) {
		if x.Target == nil || x.Action == plan.Delete {
			continue
		}
		for _, l := range c.parts.Before(x) {
			add(fmt.Sprintf(c.t.before, code(x.Addr.String()), prose(l)))
		}
		if x.Action == plan.Wait {
			for _, l := range c.parts.Waits(x) {
				add(code(x.Addr.String()) + ": " + prose(l))
			}
		}
	}
	for _, x := range c.of(appregistration.Name) {
		for _, l := range c.parts.ExchangeRoles(x) {
			add(code(x.Addr.String()) + ": " + prose(l))
		}
	}
	if c.Empty() && c.Summary.Waiting > 0 {
		return c.left(s, c.t.tasks) // what is waited for may be just that
	}
	for _, l := range c.parts.Afterwards() {
		add(prose(l))
	}
	return c.left(s, c.t.tasks)
}
