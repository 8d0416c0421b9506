// Package width measures and pads text by the columns it takes on a terminal,
// and makes text from outside safe to show there.
//
// It is pure and asks neither the locale nor the terminal, so that the same
// text is laid out alike on every machine; it imports nothing of mailprov.
package width

import (
	"strings"
	"unicode"

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

// Wrap breaks s at blanks into lines of at most n columns, and between Japanese
// letters, which have no blanks between them; what may not stand at the beginning
// or end of a line stays with its neighbour (JIS X 4051). A word that is wider
// than a line is broken where it has to be; n of 0 or less breaks nothing.
func Wrap(s string, n int) []string {
	if n <= 0 || Of(s) <= n {
		return []string{s}
	}
	var lines []string
	line, gap := "", ""
	for _, word := range strings.Fields(s) {
		for _, piece := range pieces(word) {
			if line != "" && Of(line)+len(gap)+Of(piece) <= n {
				line, gap = line+gap+piece, ""
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			for Of(piece) > n {
				head, tail := cut(piece, n)
				lines = append(lines, head)
				piece = tail
			}
			line, gap = piece, ""
		}
		gap = " "
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// pieces are the parts of a word between which a line may be broken.
func pieces(word string) []string {
	var out []string
	last := rune(0)
	for _, r := range word {
		mayBreak := last != 0 && (wide(last) || wide(r)) && !strings.ContainsRune(notFirst, r) && !strings.ContainsRune(notLast, last)
		if last == 0 || mayBreak {
			out = append(out, "")
		}
		out[len(out)-1] += string(r)
		last = r
	}
	return out
}

// The letters that begin and end no line.
const (
	notFirst = "、。，．・：；？！,.:;?!ー々」』）］｝】〉》)]}ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ…"
	notLast  = "「『（［｛【〈《([{"
)

// wide tells whether a letter is one of a script without blanks.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || strings.ContainsRune("ー々「」『』（）、。・：？！【】", r)
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
