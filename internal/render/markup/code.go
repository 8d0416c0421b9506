package markup

import (
	"html"
	"strings"

	"github.com/mailprov/mailprov/internal/render/width"
)

// Code sets s as a code span: the fence is longer than any run of backquotes
// in s. Nothing in it is markup, a mention or a reference. An empty s is
// nothing.
func Code(s string) string {
	s = width.Clean(s)
	if s == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.Trim(s, " ") == "" {
		s = " " + s + " "
	}
	return fence + s + fence
}

// CellCode sets s as a code span within a table, where a bar has to be escaped
// besides: the parser cuts the cells before it reads what is in them.
func CellCode(s string) string { return strings.ReplaceAll(Code(s), "|", `\|`) }

// Fence sets text, which may have many lines, as a block of code in a language,
// with an end that text does not have.
func Fence(language, text string) string {
	fence := strings.Repeat("`", max(3, longestRun(text)+1))
	var b strings.Builder
	b.WriteString(fence + language + "\n")
	for l := range strings.Lines(text) {
		b.WriteString(width.Clean(strings.TrimRight(l, "\r\n")) + "\n")
	}
	b.WriteString(fence + "\n")
	return b.String()
}

// Summary sets s as code within HTML, such as the summary of a section that can
// be opened. Markdown is not read there.
func Summary(s string) string { return "<code>" + HTML(s) + "</code>" }

// HTML sets s as text within HTML.
func HTML(s string) string { return html.EscapeString(width.Clean(s)) }

// Comment sets s within a comment that does not show, so that what reads it
// finds the same letters for the same s and others for another: letters, digits
// and a few signs stay, every other byte is written as %XX.
func Comment(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '/':
			b.WriteByte(c)
		case c == '-' && i > 0 && s[i-1] != '-' && i < len(s)-1:
			b.WriteByte(c) // alone it ends no comment
		default:
			b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
		}
	}
	return b.String()
}

func longestRun(s string) int {
	longest, run := 0, 0
	for _, r := range s {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}
