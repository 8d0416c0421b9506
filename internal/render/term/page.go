package term

import (
	"io"
	"strings"
)

// Page writes a page of explanations: headings stand out, paragraphs are
// broken at the width, indented lines are commands and stay as they are.
func Page(w io.Writer, markdown string, o Options) error {
	p := newPrinter(w, o)
	for line := range strings.Lines(markdown) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "":
			p.blank()
		case strings.HasPrefix(line, "#"):
			p.line(0, seg{strings.TrimLeft(line, "# "), bold})
		case strings.HasPrefix(line, " "):
			p.line(0, text(line))
		default:
			p.prose(0, nil, line)
		}
	}
	return p.flush()
}
