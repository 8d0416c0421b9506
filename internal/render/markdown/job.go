package markdown

import (
	"fmt"
	"io"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/render/markup"
)

// Job is what a command did or found, for the summary of a job.
type Job struct {
	Subject
	Command string
	Line    string // the counts, as the text ends with them
	Failed  bool
	Waiting []Waiting
	Text    string // what the command wrote besides, for people
}

// Waiting is a product in which somebody has to enter something.
type Waiting struct{ Target, Title, Contact, Confirm string }

// WriteJob writes a short summary. Its diagnostics are those of o.
func WriteJob(w io.Writer, j Job, o Options) error {
	t := wordsOf(o.Language)
	people, errors := &section{head: heading(t.people), share: 40}, &section{share: 40}
	text := &section{}
	for _, x := range j.Waiting {
		who := x.Contact
		if who == "" {
			who = t.somebody
		}
		people.items = append(people.items, "- "+fmt.Sprintf(t.enters, name(who), name(x.Title), code(x.Target))+" "+markup.Code(cut(x.Confirm, lineLength))+"\n")
	}
	for _, d := range o.Diagnostics.Sorted() {
		if d.Severity != diag.Note {
			errors.items = append(errors.items, remark(d, o))
		}
	}
	if j.Text != "" {
		text.items = []string{"\n" + block("", j.Text, func(n int) string { return fmt.Sprintf(t.moreLines, n) })}
	}
	for s, what := range map[*section]string{people: t.tasks, errors: t.messages, text: t.notes} {
		s.more = func(taken int) string { return "\n" + fmt.Sprintf(t.more, len(s.items)-taken, what) + "\n" }
	}
	head := "## mailprov " + j.Command + " · "
	if j.Failed {
		head += t.jobFailed + " "
	}
	head += prose(j.Line) + "\n"
	if j.Name != "" {
		head += "\n" + code(j.Name) + "\n"
	}
	order := []*section{errors, people, text}
	if _, err := io.WriteString(w, page(head, order, order, "")); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}
