package diag

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"

	"github.com/mailprov/mailprov/internal/message"
	layout "github.com/mailprov/mailprov/internal/render/width"
)

// Format writes d for people as text: the summary with its code, the place
// with its source line and the range underlined, the detail and what to do.
// sources holds the files by name; without the file the place alone is shown.
// width is where lines of prose are broken; 0 leaves them whole. lang is the
// language of all of it.
func Format(d Diagnostic, sources map[string][]byte, width int, lang string) string {
	d = d.In(lang)
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s [%s]\n", title(d.Severity).In(lang), d.Summary, d.Code)
	if where := place(d).In(lang); where != "" {
		b.WriteString("\n  " + where + "\n")
	}
	if d.Subject != nil {
		b.WriteString(snippet(d, sources[d.Subject.Filename]))
	}
	for _, prose := range []string{d.Detail, d.Left, d.Mail, d.AdviceIn(lang)} {
		if prose != "" {
			b.WriteByte('\n')
			b.WriteString(paragraph(prose, width))
		}
	}
	return clean(b.String())
}

// place is where something is wrong, as far as that is known.
func place(d Diagnostic) message.Text {
	switch {
	case d.Subject != nil && d.Address != "":
		return message.Of("on %s, in %s:", spot(d), d.Address)
	case d.Subject != nil:
		return message.Of("on %s:", spot(d))
	case d.Address != "":
		return message.Of("in %s", d.Address)
	}
	return message.Text{}
}

func spot(d Diagnostic) string {
	return fmt.Sprintf("%s:%d:%d", d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column)
}

func title(s Severity) message.Text {
	switch s {
	case Warning:
		return message.Of("Warning")
	case Note:
		return message.Of("Note")
	}
	return message.Of("Error")
}

// snippet is the line a diagnostic begins on, and beneath it a mark under the
// range. Tabs stand in both, so that they line up whatever a tab's width is.
func snippet(d Diagnostic, src []byte) string {
	start, end := d.Subject.Start, d.Subject.End
	if start.Byte < 0 || start.Byte > len(src) || len(src) == 0 {
		return ""
	}
	text := string(src)
	from := strings.LastIndexByte(text[:start.Byte], '\n') + 1
	to := len(text)
	if n := strings.IndexByte(text[start.Byte:], '\n'); n >= 0 {
		to = start.Byte + n
	}
	line := strings.TrimSuffix(text[from:to], "\r")
	stop := min(max(end.Byte, start.Byte), from+len(line))
	before, marked, after := text[from:start.Byte], text[start.Byte:max(stop, start.Byte)], ""
	if stop >= start.Byte {
		after = line[stop-from:]
	}
	before, marked, after = crop(clean(before), true), crop(clean(marked), false), crop(clean(after), false)
	marks := max(1, columns(strings.TrimRight(marked, " \t")))
	gutter := fmt.Sprintf("  %4d: ", start.Line)
	line, lead := before+marked+after, before
	return gutter + line + "\n" + strings.Repeat(" ", len(gutter)) + blank(lead) + "^" + strings.Repeat("~", marks-1) + "\n"
}

// longest is how much of a line is shown on each side of the range, and of the
// range itself.
const longest = 100

// crop leaves the end or the beginning of a long text.
func crop(s string, end bool) string {
	r := []rune(s)
	switch {
	case len(r) <= longest:
		return s
	case end:
		return "…" + string(r[len(r)-longest:])
	}
	return string(r[:longest]) + "…"
}

// blank is as wide as lead and shows nothing.
func blank(lead string) string {
	var b strings.Builder
	for _, part := range strings.SplitAfter(lead, "\t") {
		text, tab := strings.CutSuffix(part, "\t")
		b.WriteString(strings.Repeat(" ", columns(text)))
		if tab {
			b.WriteByte('\t')
		}
	}
	return b.String()
}

// columns is the width on a terminal: Japanese letters take two columns. The
// locale is not asked, so that output is the same everywhere.
func columns(s string) int {
	c := runewidth.NewCondition()
	c.EastAsianWidth = false
	return c.StringWidth(s)
}

// paragraph indents prose by two and breaks its lines; lines that
// are already indented are code and stay.
func paragraph(prose string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(prose, "\n") + "\n") {
		line = strings.TrimRight(line, "\n")
		if width <= 0 || strings.HasPrefix(line, " ") || columns(line)+2 <= width {
			b.WriteString("  " + line + "\n")
			continue
		}
		for _, l := range layout.Wrap(line, width-2) {
			b.WriteString("  " + l + "\n")
		}
	}
	return b.String()
}

// clean makes control characters visible: a configuration from somebody else
// must not steer the reader's terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return '\uFFFD'
		}
		return r
	}, s)
}
