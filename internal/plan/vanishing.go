package plan

import (
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/rotate"
)

// guardDelivery refuses, in automation, to take a value for the one in use by
// its delivery alone where every sink it is delivered to may vanish with the
// run: the one before it would be removed in the end, and mail would stop.
func (b *builder) guardDelivery(i *resource.Instance, pol rotate.Policy) {
	vanishes := func(a addr.Instance) bool { s, known := b.in.Sinks[a]; return known && !s.Durable }
	if !b.in.Automation || pol.RetireOn != rotate.OnDelivery || len(pol.Sinks) == 0 ||
		slices.ContainsFunc(pol.Sinks, func(a addr.Instance) bool { return !vanishes(a) }) {
		return
	}
	b.err(diag.Errf("MP217", "Delivered only to a disk that may vanish", "This run is automated, and the delivery of %s counts as its use, but every sink it goes to lies on the runner's own disk.", i.Addr).
		At(i.RangeOf("deliver_to")).For(i.Addr.String()).
		WithMail(message.Of("Mail still works: nothing was changed.")).
		WithDof("Deliver to a sink beside a shared state or in a vault too, say why the disk stays (durable = \"reason\" in the sink), or have a person confirm: retire { on = \"confirmation\" }."))
}
