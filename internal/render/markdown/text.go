package markdown

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mailprov/mailprov/internal/render/markup"
)

// How much of one foreign text is shown, in characters as they are read and in
// bytes as they are written. What is longer is no name but an attempt to fill
// the page, or a document that nobody reads here.
const (
	nameLength, nameBytes   = 120, 600
	proseLength, proseBytes = 600, 2_400
	lineLength              = 400
	blockBytes              = 8_000
)

// prose sets a sentence that may have foreign text in it.
func prose(s string) string { return set(markup.Text, s, proseLength, proseBytes) }

// name sets a foreign name within a sentence of ours.
func name(s string) string { return set(markup.Text, s, nameLength, nameBytes) }

// code sets an address, a permission or a command.
func code(s string) string { return set(markup.Code, s, nameLength, nameBytes) }

// cellCode sets the same in a table.
func cellCode(s string) string { return set(markup.CellCode, s, nameLength, nameBytes) }

// set writes s by f, cut so that it is neither longer than length as it is read
// nor than bytes as it is written.
func set(f func(string) string, s string, length, bytes int) string {
	for {
		if out := f(cut(s, length)); len(out) <= bytes || length == 0 {
			return out
		}
		length /= 2
	}
}

// block sets text of several lines; long lines and long blocks are cut, and
// left says of a block that lines were left out.
func block(language, s string, left func(lines int) string) string {
	var b strings.Builder
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i, l := range lines {
		l = cut(l, lineLength)
		if b.Len()+len(l) > blockBytes {
			b.WriteString(left(len(lines)-i) + "\n")
			break
		}
		b.WriteString(l + "\n")
	}
	return markup.Fence(language, b.String())
}

// cut shortens s to n characters and says by how many.
func cut(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	rs := []rune(s)
	return string(rs[:n]) + "… (+" + strconv.Itoa(len(rs)-n) + ")"
}

// list sets sentences below one another.
func list(indent string, sentences []string) string {
	var b strings.Builder
	for _, s := range sentences {
		b.WriteString(indent + "- " + prose(s) + "\n")
	}
	return b.String()
}

func heading(s string) string { return "\n### " + s + "\n\n" }

// notice is a quotation that GitHub shows as a box of a kind: NOTE, IMPORTANT,
// WARNING or CAUTION.
func notice(kind, s string) string { return "\n> [!" + kind + "]\n> " + s + "\n" }
