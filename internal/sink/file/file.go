// Package file is the sink that keeps a secret in a file as it is, readable by
// its owner only, for programs on the same machine.
package file

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/slot"
)

// Kind is the label of the block.
const Kind = "file"

// Config is a `sink "file"` block with what it stands on.
type Config struct {
	// Path from the configuration's directory; {secret} in it stands for the
	// secret's address, so that one sink can take several.
	Path    string
	Durable bool
	Files   slot.Files
	// Fit refuses files that others would get to see, such as those that git
	// would commit.
	Fit func(names []string) error
}

// Schema describes the block.
func Schema() resource.Schema {
	return resource.Schema{Attrs: []resource.Attr{{
		Name: "path", Type: cty.String, Required: true,
		Doc: "File that holds exactly the value, below the configuration's directory; {secret} stands for the secret's address.",
	}}}
}

// New binds the sink; the path is checked, nothing is read or written.
func New(c Config) (sink.Sink, error) {
	path, err := slot.CleanPath(c.Path)
	if err != nil {
		return nil, err
	}
	return slot.New(slot.Config{
		Kind: Kind,
		Place: func(a addr.Instance) (slot.Place, error) {
			return slot.NewFile(c.Files, slot.Fill(path, a, slot.Name), c.Fit), nil
		},
		Seal:    func(v secret.Value) ([]byte, error) { return append([]byte{}, v.Reveal()...), nil },
		Open:    func(b []byte) (secret.Value, error) { return secret.FromBytes(b), nil },
		Readers: []string{"whoever can read " + path}, Durable: c.Durable, Plaintext: true,
		TakenHint: "write {secret} in path to give each secret a file of its own",
	}), nil
}
