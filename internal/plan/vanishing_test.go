package plan

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
)

func TestInAutomationADiskThatMayVanishIsNotTheOnlySinkOfADeliveryThatCounts(t *testing.T) {
	on := func(w *world, what string) {
		retire := clientsecret.Schema().Type().AttributeType("retire")
		w.secret.Attrs = with(w.secret.Attrs, cty.ObjectVal(map[string]cty.Value{"on": cty.StringVal(what), "after": cty.NullVal(retire.AttributeType("after"))}), "retire")
	}
	for name, c := range map[string]struct {
		change func(w *world)
		refuse bool
	}{
		"on a runner, by delivery":   {func(w *world) { on(w, "delivery") }, true},
		"with a person who confirms": {func(w *world) { on(w, "confirmation") }, false},
		"on somebody's own machine":  {func(w *world) { on(w, "delivery"); w.Automation = false }, false},
		"where the disk stays": {func(w *world) {
			on(w, "delivery")
			w.Sinks[sinkAddr] = Sink{Kind: "sealed", Readers: []string{"admin"}, Durable: true}
		}, false},
		"with a second sink that stays": {func(w *world) {
			on(w, "delivery")
			w.Sinks[spareAddr] = Sink{Kind: "azure_key_vault", Durable: true}
			w.delivers(sinkAddr, spareAddr)
		}, false},
		"with a second sink that vanishes, too": {func(w *world) { on(w, "delivery"); w.delivers(sinkAddr, spareAddr) }, true},
	} {
		w := fresh()
		w.Automation = true
		c.change(w)
		found := false
		for _, d := range Build(w.Input).Diags {
			found = found || d.Code == "MP217"
		}
		if found != c.refuse {
			t.Errorf("%s: refused %t", name, found)
		}
	}
}

func (w *world) delivers(to ...addr.Instance) {
	var names []string
	for _, a := range to {
		names = append(names, a.String())
	}
	w.secret.Attrs = with(w.secret.Attrs, list(names...), "deliver_to")
}
