// Package sealed is the sink that keeps secrets encrypted beside the state, in
// the state's own backend and under its lock. It outlives a CI runner wherever
// the state does, and is what a new configuration starts with.
package sealed

import (
	"filippo.io/age"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/recipient"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/slot"
	"github.com/mailprov/mailprov/internal/store"
)

// Kind is the label of the block.
const Kind = "sealed"

// Config is a `sink "sealed"` block with what it stands on.
type Config struct {
	Name       addr.Instance // of the sink: several may share one backend
	Recipients map[string]string
	Durable    bool
	Sealed     store.Sealed
	Identities func() ([]age.Identity, error)
}

// Schema describes the block.
func Schema() resource.Schema {
	return resource.Schema{Attrs: []resource.Attr{{
		Name: "recipients", Type: cty.Map(cty.String), Required: true,
		Doc: "Who can read: name → age or SSH public key.",
	}}}
}

// New binds the sink; the recipients are checked, nothing is read or written.
func New(c Config) (sink.Sink, error) {
	to, err := recipient.Parse(c.Recipients)
	if err != nil {
		return nil, err
	}
	return slot.NewEncrypted(slot.Config{
		Kind: Kind,
		Place: func(a addr.Instance) (slot.Place, error) {
			return slot.NewSealed(c.Sealed, slot.Name(c.Name)+"+"+slot.Name(a)+".age"), nil
		},
		Seal: to.Seal, Open: recipient.Open(c.Identities),
		Readers: to.Names(), Keys: to.Keys(), Warnings: to.Warnings(), Durable: c.Durable,
		TakenHint: "remove the receipt that says so",
	}), nil
}
