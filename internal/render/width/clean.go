package width

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes s safe to show on one line: control characters, which a terminal
// obeys, characters that change the direction of text and characters that do
// not show at all are written as their code points, such as \u{1b}. They are
// not dropped, because two values that differ must not look alike in a review.
func Clean(s string) string {
	if !needsCleaning(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && isInvalid(s[i:]):
			b.WriteRune(utf8.RuneError)
		case Hidden(r):
			b.WriteString(escape(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Quote writes s as a string of the configuration language, with everything
// that Clean would replace as an escape.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == utf8.RuneError && isInvalid(s[i:]):
			b.WriteRune(utf8.RuneError)
		case Hidden(r):
			b.WriteString(escape(r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Hidden tells whether r does something other than show: control characters,
// format characters (bidirectional overrides, zero-width and tag characters)
// and the separators of lines and paragraphs.
func Hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

func needsCleaning(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, Hidden)
}

func isInvalid(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return r == utf8.RuneError && size == 1
}

func escape(r rune) string { return `\u{` + strconv.FormatInt(int64(r), 16) + `}` }
