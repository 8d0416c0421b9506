// Package text sets a settings document as plain text for a terminal or a
// printer, with columns aligned by the width Japanese characters take.
//
// It imports product and the layout; it never writes a terminal sequence.
package text

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/sheet/layout"
	"github.com/mailprov/mailprov/internal/render/width"
)

// headingWidth is the column at which the occasion ends.
const headingWidth = 79

// labelLimit keeps one long label from pushing every value to the right.
const labelLimit = 44

// Render writes s as text.
func Render(w io.Writer, s product.Settings) error {
	out := printer{w: bufio.NewWriter(w)}
	sheet := layout.New(s)
	out.heading(sheet)
	for _, sec := range sheet.Sections {
		out.section(sec)
	}
	out.foot(sheet)
	return out.w.Flush()
}

type printer struct{ w *bufio.Writer }

func (p printer) line(parts ...string) {
	_, _ = p.w.WriteString(strings.TrimRight(strings.Join(parts, ""), " ") + "\n")
}

func (p printer) heading(s layout.Sheet) {
	p.line(s.Title, strings.Repeat(" ", max(2, headingWidth-width.Of(s.Title)-width.Of(s.Occasion))), s.Occasion)
	for i := 0; i < len(s.Lines); {
		var same []string
		group := s.Lines[i].Group
		for ; i < len(s.Lines) && s.Lines[i].Group == group; i++ {
			same = append(same, s.Lines[i].Label+": "+s.Lines[i].Text)
		}
		p.line(strings.Join(same, "    "))
	}
	for _, st := range s.Before {
		p.step(st)
	}
	for _, n := range s.Notices {
		p.line("※ ", n)
	}
}

func (p printer) step(st layout.Step) {
	line := st.Text
	if st.Heading != "" {
		line = st.Heading + ": " + line
	}
	if st.File != "" {
		line += "  " + st.File
	}
	if st.Who != "" {
		line += " (" + st.Who + ")"
	}
	p.line(line)
	if st.Command != "" && st.File == "" {
		p.line("  ", st.Command)
	}
}

func (p printer) section(sec layout.Section) {
	p.line()
	p.line(sec.Title)
	verb, label, number := 0, 0, 0
	for _, r := range sec.Rows {
		verb = max(verb, width.Of(r.Verb))
		if l := width.Of(r.Label); (r.Value != "" || len(r.Notes) > 0) && l <= labelLimit {
			label = max(label, l)
		}
		if r.Number > 0 {
			number = max(number, len(strconv.Itoa(r.Number))+1)
		}
	}
	for _, r := range sec.Rows {
		no := strings.Repeat(" ", number)
		if r.Number > 0 {
			no = fmt.Sprintf("%*d ", number-1, r.Number)
		}
		star := " "
		if r.Star {
			star = "★"
		}
		line := "  " + no + width.Pad(r.Verb, verb) + " " + star + "  " + r.Label
		if r.Value != "" || len(r.Notes) > 0 {
			line += strings.Repeat(" ", max(0, label-width.Of(r.Label))+2) + strings.Join(cells(r), "  ")
		}
		p.line(line)
	}
}

func (p printer) foot(s layout.Sheet) {
	p.line()
	for _, st := range s.After {
		p.step(st)
	}
	for _, c := range s.Closing {
		label := c.Label
		if label != "" {
			label += ":  "
		}
		p.line(label, c.Before, c.Command, c.After)
	}
	for _, w := range s.Warnings {
		p.line(layout.WarningLabel(s.Language), ": ", w)
	}
}

// cells are a row's value and notes; a note beside a value stands in brackets,
// so that nobody types it.
func cells(r layout.Row) []string {
	if r.Value == "" {
		return r.Notes
	}
	out := []string{r.Value}
	for _, n := range r.Notes {
		if !strings.HasPrefix(n, "→") && !strings.HasPrefix(n, "※") {
			n = "(" + n + ")"
		}
		out = append(out, n)
	}
	return out
}
