package term

import (
	"strings"

	"github.com/mailprov/mailprov/internal/render/width"
)

// table writes rows of cells, every column as wide as its widest cell. A column
// without any text is left out, with its heading.
func (p *printer) table(indent int, heading []string, rows [][]seg) {
	if len(rows) == 0 {
		return
	}
	widths := make([]int, len(heading))
	for _, r := range rows {
		for i, c := range r {
			widths[i] = max(widths[i], width.Of(width.Clean(c.text)))
		}
	}
	for i, h := range heading {
		if widths[i] > 0 {
			widths[i] = max(widths[i], width.Of(h))
		}
	}
	head := make([]seg, len(heading))
	for i, h := range heading {
		head[i] = seg{h, faint}
	}
	for _, r := range append([][]seg{head}, rows...) {
		p.line(indent, aligned(r, widths)...)
	}
}

// aligned fills the cells of a row up to the width of their columns. The blanks
// are pieces of their own, so that no colour reaches beyond its text.
func aligned(cells []seg, widths []int) []seg {
	var out []seg
	for i, c := range cells {
		if widths[i] == 0 {
			continue
		}
		gap := widths[i] - width.Of(width.Clean(c.text))
		out = append(out, c, text(strings.Repeat(" ", gap+2)))
	}
	return out
}
