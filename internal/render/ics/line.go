package ics

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/mailprov/mailprov/internal/render/width"
)

// foldAt is the longest line in bytes without its end (RFC 5545, 3.1).
const foldAt = 75

// writer writes content lines; the first error sticks in it.
type writer struct{ w *bufio.Writer }

func newWriter(w io.Writer) *writer { return &writer{bufio.NewWriter(w)} }

func (w *writer) flush() error { return w.w.Flush() }

// raw writes a line whose value is ours: names, dates, numbers.
func (w *writer) raw(name, value string) { w.fold(name + ":" + value) }

// text writes a line whose value may hold anything.
func (w *writer) text(name, value string) { w.fold(name + ":" + escape(value)) }

// fold breaks a line where it gets too long, never inside a character, and
// not inside an escape either as long as that can be avoided.
func (w *writer) fold(line string) {
	for room := foldAt; len(line) > room; room = foldAt - 1 {
		cut := room
		for cut > 0 && !utf8.RuneStart(line[cut]) {
			cut--
		}
		if whole := len(strings.TrimRight(line[:cut], `\`)); whole > 0 {
			cut = whole
		}
		_, _ = w.w.WriteString(line[:cut] + "\r\n ")
		line = line[cut:]
	}
	_, _ = w.w.WriteString(line + "\r\n")
}

// escape makes a text safe within a value (RFC 5545, 3.3.11). Lines of ours are
// parted by \n; whatever else a calendar might obey is shown as its code point.
func escape(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`).Replace(width.Clean(l))
	}
	return strings.Join(lines, `\n`)
}
