package markup

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mailprov/mailprov/internal/render/width"
)

// stop keeps two characters from being read as one word. It shows as nothing.
const stop = "&#8203;"

// Text sets s as prose on one line.
func Text(s string) string {
	rs := []rune(width.Clean(s))
	stops := referenceStops(rs)
	var b strings.Builder
	for i, r := range rs {
		if stops[i] {
			b.WriteString(stop)
		}
		switch {
		case strings.ContainsRune("\\`*_[]|~", r), r == '+' && strings.TrimSpace(string(rs[:i])) == "":
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '$':
			b.WriteString("<span>$</span>") // no formula; the way that GitHub's documentation gives
		case strings.ContainsRune("<>&", r):
			fmt.Fprintf(&b, "&#%d;", r)
		case r == '#':
			b.WriteString(`\#`)
			if i+1 < len(rs) && wordy(rs[i+1]) {
				b.WriteString(stop)
			}
		case r == '@', r == ':':
			b.WriteRune(r)
			if i+1 < len(rs) && rs[i+1] != ' ' {
				b.WriteString(stop)
			}
		case (r == '-' || r == '=') && strings.TrimSpace(string(rs[:i])) == "":
			fmt.Fprintf(&b, "&#%d;", r) // a list, a rule, or a heading of the line before
		case (r == '.' || r == ')') && i > 0 && number(rs[:i]):
			fmt.Fprintf(&b, "&#%d;", r) // a list
		case r == ' ' && (i == 0 || i == len(rs)-1):
			b.WriteString("&#32;") // code by indentation, or a break of the line
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// references are words that become a link without any markup: the number of an
// issue, a page by its address, a commit by its hash.
var references = regexp.MustCompile(`(?i)\bgh-[0-9]|\bwww\.|\b[0-9a-f]{7,40}\b`)

// referenceStops are the places in rs at which such a word is broken.
func referenceStops(rs []rune) map[int]bool {
	s := string(rs)
	out := map[int]bool{}
	for _, m := range references.FindAllStringIndex(s, -1) {
		at := utf8.RuneCountInString(s[:m[0]])
		for i := 3; i < m[1]-m[0]; i += 3 { // they are of ASCII
			out[at+i] = true
		}
	}
	return out
}

// wordy tells whether a reference goes on with r.
func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' }

func number(rs []rune) bool {
	s := strings.TrimSpace(string(rs))
	return s != "" && strings.Trim(s, "0123456789") == ""
}
