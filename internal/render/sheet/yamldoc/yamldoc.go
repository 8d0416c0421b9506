// Package yamldoc writes a settings document as YAML, with the names and the
// order of the JSON form.
//
// It imports product, the JSON form and a YAML library.
package yamldoc

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/sheet/jsondoc"
)

// Render writes s as YAML. JSON is YAML, so the document is read as such and
// only its style is changed; which strings need quotes, the library knows.
func Render(w io.Writer, s product.Settings) error {
	var b bytes.Buffer
	if err := jsondoc.Render(&b, s); err != nil {
		return err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b.Bytes(), &doc); err != nil {
		return fmt.Errorf("read settings as YAML: %w", err)
	}
	block(&doc)
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(&doc); err != nil {
		return fmt.Errorf("encode settings: %w", err)
	}
	if err := e.Close(); err != nil {
		return fmt.Errorf("encode settings: %w", err)
	}
	if _, err := w.Write(visible(out.Bytes())); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return nil
}

// visible writes invisible characters as escapes; block has put every string
// that holds one in double quotes.
func visible(doc []byte) []byte {
	out := make([]byte, 0, len(doc))
	for _, r := range string(doc) {
		if r != '\n' && invisible(r) {
			out = fmt.Appendf(out, `\U%08x`, r)
			continue
		}
		out = append(out, string(r)...)
	}
	return out
}

func invisible(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

// block takes the flow style and the quotes of JSON off a node, but for strings
// that need an escape.
func block(n *yaml.Node) {
	n.Style = 0
	if strings.ContainsFunc(n.Value, invisible) {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, c := range n.Content {
		block(c)
	}
}
