// Package agefile is the sink that keeps secrets in encrypted files of a
// directory, one a secret, which may lie in git.
package agefile

import (
	"fmt"

	"filippo.io/age"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/recipient"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/slot"
)

// Kind is the label of the block.
const Kind = "age_file"

// Config is a `sink "age_file"` block with what it stands on.
type Config struct {
	Path       string // directory, from the configuration's
	Recipients map[string]string
	Durable    bool
	Files      slot.Files
	Identities func() ([]age.Identity, error)
}

// Schema describes the block.
func Schema() resource.Schema {
	return resource.Schema{Attrs: []resource.Attr{
		{Name: "path", Type: cty.String, Required: true, Doc: "Directory for the encrypted files, one a secret, below the configuration's."},
		{Name: "recipients", Type: cty.Map(cty.String), Required: true, Doc: "Who can read: name → age or SSH public key."},
	}}
}

// New binds the sink; path and recipients are checked, nothing is read or
// written.
func New(c Config) (sink.Sink, error) {
	dir, err := slot.CleanPath(c.Path)
	if err != nil {
		return nil, err
	}
	to, err := recipient.Parse(c.Recipients)
	if err != nil {
		return nil, err
	}
	return slot.NewEncrypted(slot.Config{
		Kind: Kind,
		Place: func(a addr.Instance) (slot.Place, error) {
			return slot.NewFile(c.Files, dir+"/"+slot.Name(a)+".age", nil), nil
		},
		Seal: to.Seal, Open: recipient.Open(c.Identities),
		Readers: to.Names(), Keys: to.Keys(), Warnings: to.Warnings(), Durable: c.Durable,
		TakenHint: fmt.Sprintf("give each configuration a directory other than %s", dir),
	}), nil
}
