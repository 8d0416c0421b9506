// Package jsondoc writes a settings document as JSON, the form every other
// format and every program starts from.
//
// It imports product only.
package jsondoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"

	"github.com/mailprov/mailprov/internal/product"
)

// Render writes s as indented JSON. Characters of HTML are left as they are:
// the document is read by people too. Those that a terminal obeys or that turn
// the direction of text are escaped.
func Render(w io.Writer, s product.Settings) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		return fmt.Errorf("encode settings: %w", err)
	}
	if _, err := w.Write(visible(b.Bytes())); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return nil
}

// visible writes invisible characters other than line ends as escapes. JSON
// has them in strings only.
func visible(doc []byte) []byte {
	out := make([]byte, 0, len(doc))
	for _, r := range string(doc) {
		switch {
		case r == '\n' || !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r):
			out = append(out, string(r)...)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
