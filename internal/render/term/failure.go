package term

import (
	"io"
	"strings"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/render/width"
)

// Diagnostic writes what there is to say of one thing: a failure in a secret's
// life as Failure does, and what has a place in the sources with that.
func Diagnostic(w io.Writer, d diag.Diagnostic, sources map[string][]byte, o Options) error {
	if d.Outcome != "" && d.Subject == nil {
		return Failure(w, d, o)
	}
	_, err := io.WriteString(w, width.Lines(diag.Format(d, sources, o.Width, o.Language)))
	return err
}

// Failure writes a failed step as whoever is called at three in the morning
// reads it: what is not the case; why; what is left of what was begun; whether
// mail still works and until when; whether anything has to be done tonight,
// with the command to type; and where to read on.
func Failure(w io.Writer, d diag.Diagnostic, o Options) error {
	p := newPrinter(w, o)
	d = d.In(o.Language)
	p.line(0, seg{p.sym.failed, red}, text(" "), seg{d.Address, bold}, text(": "+d.Outcome))
	for _, part := range []string{d.Detail, d.Left, d.Mail, d.AdviceIn(o.Language)} {
		p.sentences(part)
	}
	p.line(2, seg{"[" + d.Code + "]", bold}, text("  mailprov explain "+d.Code))
	return p.flush()
}

// sentences writes a text whose indented lines are commands, which stay as they
// are.
func (p *printer) sentences(s string) {
	if !p.o.UTF8 {
		s = strings.ReplaceAll(s, "…", p.sym.ellipsis)
	}
	for l := range strings.Lines(s) {
		l = strings.TrimRight(l, "\n")
		if command := strings.TrimLeft(l, " "); command != l {
			p.line(2+len(l)-len(command), text(command))
			continue
		}
		p.prose(2, nil, l)
	}
}
