package layout

import (
	"fmt"
	"strings"
	"unicode"
)

// Plain makes s safe to print on one line: control characters, which a
// terminal would obey, and characters that change the direction of text or
// hide are written as their code points.
func Plain(s string) string {
	if !strings.ContainsFunc(s, dangerous) {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	var b strings.Builder
	for _, r := range s {
		if dangerous(r) {
			fmt.Fprintf(&b, "\\u{%x}", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func dangerous(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}
