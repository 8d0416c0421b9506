package term

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/render/width"
)

// seg is a piece of a line with its colour.
type seg struct {
	text  string
	color color
}

func text(s string) seg { return seg{s, none} }

// printer writes lines; the first error sticks in the writer.
type printer struct {
	w   *bufio.Writer
	o   Options
	t   words
	sym symbols
	// gap is a blank line that is due before the next line, if one comes.
	gap bool
	// bare leaves out the marks in front of lines.
	bare bool
}

func newPrinter(w io.Writer, o Options) *printer {
	return &printer{w: bufio.NewWriter(w), o: o, t: wordsOf(o.Language), sym: symbolsOf(o.UTF8)}
}

func (p *printer) flush() error { return p.w.Flush() }

// line writes one line. Every piece of text is cleaned here and nowhere else,
// colour is added after it: no other method writes.
func (p *printer) line(indent int, segs ...seg) {
	if p.gap {
		p.gap = false
		_ = p.w.WriteByte('\n')
	}
	if p.bare {
		segs = p.unmarked(segs)
	}
	if p.o.Diff {
		indent, segs = diffed(indent, segs)
	}
	last := len(segs) - 1
	for last >= 0 && strings.TrimRight(segs[last].text, " ") == "" {
		last--
	}
	if last >= 0 {
		_, _ = p.w.WriteString(strings.Repeat(" ", indent))
	}
	led := true // nothing but blanks so far
	for i, s := range segs[:last+1] {
		t := width.Clean(s.text)
		if led {
			t = width.Unled(t)
			led = strings.TrimSpace(t) == ""
		}
		if i == last {
			t = strings.TrimRight(t, " ")
		}
		if p.o.Color && s.color != none && t != "" {
			t = "\x1b[" + string(s.color) + "m" + t + "\x1b[0m"
		}
		_, _ = p.w.WriteString(t)
	}
	_ = p.w.WriteByte('\n')
}

// unmarked is a line without the mark at its beginning.
func (p *printer) unmarked(segs []seg) []seg {
	marks := []string{"+", "-", "~", "- ", "i ", p.sym.rotate, p.sym.retire, p.sym.wait, p.sym.risk}
	if len(segs) > 1 && slices.Contains(marks, segs[0].text) {
		return segs[1:]
	}
	return segs
}

// diffed moves the mark at the beginning of a line into the first column.
// Everything else begins further to the right, so that no value stands there.
func diffed(indent int, segs []seg) (int, []seg) {
	marks := map[string]string{"+": "+", "-": "-", "~": "!"}
	if indent == 0 || len(segs) == 0 || marks[segs[0].text] == "" {
		return indent, segs
	}
	moved := seg{marks[segs[0].text] + strings.Repeat(" ", indent), segs[0].color}
	return 0, append([]seg{moved}, segs[1:]...)
}

// blank separates what comes from what was; at the end nothing is separated.
func (p *printer) blank() { p.gap = true }

// prose writes a text behind a lead, broken at the width; the lines that
// follow stand under the text.
func (p *printer) prose(indent int, lead []seg, s string) {
	room := 0
	hang := segsWidth(lead)
	if p.o.Width > 0 {
		room = max(20, p.o.Width-indent-hang)
	}
	for i, l := range width.Wrap(width.Clean(s), room) {
		if i == 0 {
			p.line(indent, append(append([]seg{}, lead...), text(l))...)
			continue
		}
		p.line(indent+hang, text(l))
	}
}

func segsWidth(segs []seg) int {
	n := 0
	for _, s := range segs {
		n += width.Of(width.Clean(s.text))
	}
	return n
}

// lines splits a text that may have several lines; each is a line of prose.
func lines(s string) []string {
	var out []string
	for l := range strings.Lines(s) {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// day is a date in the time zone of the configuration.
func day(t time.Time, loc *time.Location) string {
	if loc == nil {
		loc = time.UTC
	}
	return t.In(loc).Format(time.DateOnly)
}
