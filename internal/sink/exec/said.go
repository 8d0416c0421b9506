package exec

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"

	"github.com/mailprov/mailprov/internal/secret"
)

// How much of what a program writes is kept, and how much of that is shown.
const (
	keptBytes  = 16 << 10
	shownLines = 8
	shownRunes = 240 // of a line
)

// tail keeps the end of what is written to it.
type tail struct {
	b   []byte
	cut bool // what it begins with is not the beginning
}

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	if over := len(p) - keptBytes; over > 0 {
		p, t.cut = p[over:], true
	}
	if over := len(t.b) + len(p) - keptBytes; over > 0 {
		t.b, t.cut = append(t.b[:0], t.b[over:]...), true
	}
	t.b = append(t.b, p...)
	return n, nil
}

// wipe overwrites what was kept: the value may be in it.
func (t *tail) wipe() { clear(t.b[:cap(t.b)]) }

// escapes are the sequences by which programs talk to terminals (ECMA-48): CSI,
// strings such as OSC, and the short ones.
var escapes = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[ -/]*[0-~])")

// lines are the last ones that say something, without the value in any form and
// fit for a terminal.
func (t *tail) lines(v secret.Value) []string {
	text := t.b
	if t.cut {
		if _, rest, _ := bytes.Cut(text, []byte("\n")); len(rest) > 0 {
			text = rest // whole lines, where there are any
		}
	}
	text = escapes.ReplaceAll(text, nil)
	var out []string
	for line := range strings.FieldsFuncSeq(string(scrub(text, v.Reveal())), func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = shown(line); line != "" {
			out = append(out, line)
		}
	}
	return out[max(0, len(out)-shownLines):]
}

// shown is a line in characters that can be seen.
func shown(line string) string {
	line = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case r != ' ' && !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(line, "\uFFFD"))
	runes := []rune(strings.TrimSpace(line))
	if len(runes) > shownRunes {
		return string(runes[:shownRunes]) + "…"
	}
	return string(runes)
}
