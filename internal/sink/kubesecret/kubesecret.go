// Package kubesecret is the sink that writes a Kubernetes Secret as a manifest,
// ready for kubectl apply and for whatever applies a directory of manifests. It
// never talks to a cluster. The value lies in it as good as in plain text:
// base64 hides nothing.
package kubesecret

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/slot"
)

// Kind is the label of the block.
const Kind = "kubernetes_secret"

// What stands in a manifest where the block does not say.
const (
	DefaultKey  = "client-secret"
	DefaultType = "Opaque"
)

// Config is a `sink "kubernetes_secret"` block with what it stands on.
type Config struct {
	Path      string // {secret} stands for the secret's address
	Name      string // of the object; {secret} stands for the address in its characters
	Namespace string // empty: whatever kubectl is set to
	Key       string // of the value in the object; default DefaultKey
	Type      string // of the object; default DefaultType
	// Labels and Annotations of the object, besides the annotations that say
	// which credential it holds.
	Labels, Annotations map[string]string
	Durable             bool
	Files               slot.Files
	// Fit refuses files that others would get to see, such as those that git
	// would commit.
	Fit func(names []string) error
}

// Schema describes the block.
func Schema() resource.Schema {
	return resource.Schema{Attrs: []resource.Attr{
		{Name: "path", Type: cty.String, Required: true, Doc: "Manifest, below the configuration's directory; {secret} stands for the secret's address."},
		{Name: "name", Type: cty.String, Required: true, Doc: "Name of the Secret; {secret} stands for the secret's address in the characters of such a name."},
		{Name: "namespace", Type: cty.String, Doc: "Namespace of the Secret; without it kubectl decides."},
		{Name: "key", Type: cty.String, Default: cty.StringVal(DefaultKey), Doc: "Key under which the value stands in the Secret."},
		{Name: "type", Type: cty.String, Default: cty.StringVal(DefaultType), Doc: "Type of the Secret."},
		{Name: "labels", Type: cty.Map(cty.String), Doc: "Labels of the Secret."},
		{Name: "annotations", Type: cty.Map(cty.String), Doc: "Annotations of the Secret, besides mailprov's own, which say the key id and the end date."},
	}}
}

// New binds the sink; the settings are checked by Kubernetes' rules, nothing is
// read or written.
func New(c Config) (sink.Sink, error) {
	path, err := slot.CleanPath(c.Path)
	if err != nil {
		return nil, err
	}
	if c.Key == "" {
		c.Key = DefaultKey
	}
	if c.Type == "" {
		c.Type = DefaultType
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return slot.New(slot.Config{
		Kind: Kind,
		Place: func(a addr.Instance) (slot.Place, error) {
			file := slot.Fill(path, a, slot.Name)
			if name := c.object(a); !isObjectName(name) {
				return nil, fmt.Errorf("%q is too long for the name of a Secret", name)
			}
			return slot.NewFiles(c.Files, func(p slot.Part) string { return beside(file, p) }, c.Fit), nil
		},
		SealFor: c.manifest, Open: open,
		Readers: c.readers(path), Durable: c.Durable, Plaintext: true,
		TakenHint: "write {secret} in path and name to give each secret a manifest of its own",
	}), nil
}

// beside names the files of a manifest. Only the manifest itself may end in
// .yaml, .yml or .json: kubectl apply takes all such files of a directory.
func beside(file string, p slot.Part) string {
	if p == slot.Index {
		return file + ".receipt"
	}
	return slot.Beside(file, p)
}

func (c Config) readers(path string) []string {
	object := c.Name
	if c.Namespace != "" {
		object = c.Namespace + "/" + c.Name
	}
	return []string{"whoever can read " + path, "whoever can read Kubernetes secret " + object}
}

// manifest is what is kept of a value.
func (c Config) manifest(item sink.Item, v secret.Value) ([]byte, error) {
	if n := len(v.Reveal()); n > maxData {
		return nil, fmt.Errorf("the value has %d bytes; a Secret holds %d at most", n, maxData)
	}
	return c.render(item, v.Reveal())
}
