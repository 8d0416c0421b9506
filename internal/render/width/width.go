// Package width measures and pads text by the columns it takes on a terminal,
// and makes text from outside safe to show there.
//
// It is pure and asks neither the locale nor the terminal, so that the same
// text is laid out alike on every machine; it imports nothing of mailprov.
package width

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// Of is the number of columns s takes. Japanese letters take two. Characters
// of ambiguous width, such as arrows and ellipses, take one, as they do in the
// fonts of today's terminals.
func Of(s string) int {
	c := runewidth.Condition{StrictEmojiNeutral: true}
	return c.StringWidth(s)
}

// Pad fills s up to n columns with blanks on the right; what is wider stays as
// it is.
func Pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-Of(s)))
}

// Wrap breaks s at blanks into lines of at most n columns. A word that is wider
// is broken where it has to be, since Japanese has no blanks; n of 0 or less
// breaks nothing.
func Wrap(s string, n int) []string {
	if n <= 0 || Of(s) <= n {
		return []string{s}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && Of(line)+1+Of(word) <= n {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for Of(word) > n {
			head, tail := cut(word, n)
			lines = append(lines, head)
			word = tail
		}
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// cut splits s after as many characters as fit into n columns, at least one.
func cut(s string, n int) (head, tail string) {
	used := 0
	for i, r := range s {
		w := Of(string(r))
		if i > 0 && used+w > n {
			return s[:i], s[i:]
		}
		used += w
	}
	return s, ""
}
