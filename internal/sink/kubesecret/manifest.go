package kubesecret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
)

// note stands in front of every manifest.
const note = "# Written by mailprov, which replaces it as a whole. Take it over with kubectl apply -f."

// render writes the manifest of a value. The same settings, credential and value
// give the same bytes. What is text is quoted: without quotes YAML takes "true",
// "1e3" and a date for something else, and base64 can look like any of them.
func (c Config) render(item sink.Item, value []byte) ([]byte, error) {
	annotations := maps.Clone(c.Annotations)
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[prefix+"secret"] = item.Secret.String()
	annotations[prefix+"key-id"] = item.KeyID
	if !item.EndsAt.IsZero() {
		annotations[prefix+"expires-at"] = item.EndsAt.UTC().Format(time.RFC3339)
	}
	meta := mapping("name", quoted(c.object(item.Secret)))
	if c.Namespace != "" {
		add(meta, "namespace", quoted(c.Namespace))
	}
	if len(c.Labels) > 0 {
		add(meta, "labels", texts(c.Labels))
	}
	add(meta, "annotations", texts(annotations))
	doc := mapping("apiVersion", plain("v1"))
	add(doc, "kind", plain("Secret"))
	add(doc, "metadata", meta)
	add(doc, "type", quoted(c.Type))
	add(doc, "immutable", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "false"}) // else no rotation could be applied
	add(doc, "data", texts(map[string]string{c.Key: base64.StdEncoding.EncodeToString(value)}))

	out := bytes.NewBufferString(note + "\n")
	e := yaml.NewEncoder(out)
	e.SetIndent(2)
	if err := e.Encode(doc); err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	if err := e.Close(); err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	return out.Bytes(), nil
}

func mapping(key string, value *yaml.Node) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	add(n, key, value)
	return n
}

func add(m *yaml.Node, key string, value *yaml.Node) {
	m.Content = append(m.Content, plain(key), value)
}

// texts is a map of texts in the order of its keys.
func texts(m map[string]string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		n.Content = append(n.Content, quoted(k), quoted(m[k]))
	}
	return n
}

func plain(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

func quoted(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: text}
}

// open reads the value out of a manifest of ours, under whatever key the block
// gave it when it was written.
func open(manifest []byte) (secret.Value, error) {
	var doc struct {
		Kind string
		Data map[string]string
	}
	if err := yaml.Unmarshal(manifest, &doc); err != nil {
		// The parser's own words may quote the document.
		return secret.Value{}, errors.New("read manifest: it is no YAML")
	}
	values := slices.Collect(maps.Values(doc.Data))
	if doc.Kind != "Secret" || len(values) != 1 {
		return secret.Value{}, errors.New("read manifest: it is no Secret with one value")
	}
	b, err := base64.StdEncoding.DecodeString(values[0])
	if err != nil {
		return secret.Value{}, errors.New("read manifest: its value is no base64")
	}
	defer clear(b)
	return secret.FromBytes(b), nil
}
