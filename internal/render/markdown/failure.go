package markdown

import (
	"fmt"
	"io"
	"strings"

	"github.com/mailprov/mailprov/internal/diag"
)

// Failure writes the comment of a plan that could not be made: what is wrong,
// where, and what to write instead. It takes the place of the comment of an
// earlier plan, which no longer counts.
func Failure(w io.Writer, about Subject, o Options) error {
	t := wordsOf(o.Language)
	s := &section{share: 100}
	var errors, others []string
	for _, d := range o.Diagnostics.Sorted() {
		it := remark(d, o)
		switch d.Severity {
		case diag.Error:
			errors = append(errors, it)
		case diag.Warning:
			others = append(others, it)
		}
	}
	s.items = append(errors, others...)
	s.more = func(taken int) string {
		return "\n" + fmt.Sprintf(t.more, len(s.items)-taken, t.messages) + "\n"
	}
	head := marker(about, o.Directory) + "## mailprov · " + t.failed + "\n"
	if about.Name != "" {
		head += "\n" + code(about.Name) + "\n"
	}
	head += notice("CAUTION", t.failedWhy)
	if _, err := io.WriteString(w, page(head, []*section{s}, []*section{s}, "\n"+t.noPlan+"\n")); err != nil {
		return fmt.Errorf("write comment: %w", err)
	}
	return nil
}

// remark is one diagnostic: its summary, its place, and below all it says.
func remark(d diag.Diagnostic, o Options) string {
	t := wordsOf(o.Language)
	d = d.In(o.Language)
	head := "**" + t.severities[d.Severity] + "** · " + name(d.Code) + ": " + prose(d.Summary)
	if d.Subject != nil {
		head += " (" + code(fmt.Sprintf("%s:%d", d.Subject.Filename, d.Subject.Start.Line)) + ")"
	}
	text := diag.Format(d, o.Sources, 0, o.Language)
	if _, rest, ok := strings.Cut(text, "\n"); ok {
		text = strings.Trim(rest, "\n")
	}
	return "\n" + head + "\n\n" + block("", text, func(n int) string { return fmt.Sprintf(t.moreLines, n) })
}
