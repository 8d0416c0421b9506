// Package layout turns a settings document into what a person reads, in words
// of its language: heading lines, rows, notes. The renderers for people differ
// only in how they set it.
//
// It imports product for the document and width; it never
// reads a clock and never sees a secret. Values are passed through width.Clean,
// since a document may be read back from a file that others wrote.
package layout

import (
	"strings"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/width"
)

// Sheet is one settings document in words.
type Sheet struct {
	Language string
	Title    string // product and subject
	Occasion string
	Lines    []Line // heading: source, contact, dates
	Notices  []string
	Before   []Step
	Sections []Section
	After    []Step
	Closing  []Closing
	Warnings []string
}

// Closing is a line at the end: under a label, or within a sentence, a command.
type Closing struct{ Label, Before, Command, After string }

// Line is a labelled text; Group tells lines that may share a printed line.
type Line struct {
	Label, Text string
	Group       int
}

// Step is something to do outside the product's screens.
type Step struct {
	Heading string // empty where the text says when it is needed
	Who     string
	Text    string
	Command string
	File    string
}

// Section is one screen.
type Section struct {
	Title string
	Rows  []Row
}

// Row is one item of a screen.
type Row struct {
	Number int
	Verb   string
	Star   bool
	Label  string
	Value  string
	Secret bool // Value is the placeholder of the secret
	Copy   bool // Value is to be typed or pasted
	Notes  []string
}

// New lays out s.
func New(s product.Settings) Sheet {
	w := wordsOf(s.Language)
	out := Sheet{Language: w.lang, Title: join("  ", s.Title, s.Subject), Closing: closing(s, w)}
	switch {
	case s.Occasion == product.Rotation:
		out.Occasion, out.Lines = w.again, again(s, w)
	case s.Confirmed != nil:
		out.Occasion, out.Lines = w.setUp, heading(s, w)
	default:
		out.Occasion, out.Lines = w.first, heading(s, w)
	}
	for _, n := range s.Notices {
		out.Notices = append(out.Notices, width.Clean(n))
	}
	for _, n := range s.Warnings {
		out.Warnings = append(out.Warnings, width.Clean(n))
	}
	for _, st := range s.Steps {
		if s.Partial && len(st.Script) > 0 {
			continue // done before the first entry, and by somebody else
		}
		step := Step{Who: width.Clean(st.Who), Text: width.Clean(st.Text), Command: width.Clean(st.Command), File: width.Clean(st.File)}
		if len(st.Script) > 0 && st.File == "" {
			step.Command = width.Clean(product.EmitCommand(s.Target, "powershell"))
		}
		switch st.When {
		case "before":
			step.Heading = w.before
			out.Before = append(out.Before, step)
		case "after":
			step.Heading = w.after
			out.After = append(out.After, step)
		default:
			out.After = append(out.After, step)
		}
	}
	for _, sc := range s.Screens {
		section := Section{Title: width.Clean(screenTitle(sc))}
		for _, it := range sc.Items {
			section.Rows = append(section.Rows, row(it, s, w))
		}
		if len(section.Rows) > 0 {
			out.Sections = append(out.Sections, section)
		}
	}
	return out
}

// screenTitle is the way to the screen, and its title where the way does not
// end with it.
func screenTitle(sc product.Screen) string {
	path := strings.Join(sc.Path, " > ")
	switch {
	case path == "":
		return sc.Title
	case sc.Title == "" || strings.Contains(sc.Path[len(sc.Path)-1], sc.Title):
		return path
	}
	return path + "   (" + sc.Title + ")"
}

func row(it product.Item, s product.Settings, w words) Row {
	r := Row{
		Number: it.Number, Verb: w.verb(it.Do), Star: it.Reenter,
		Label: width.Clean(it.Label), Value: width.Clean(it.Value),
	}
	note := func(text string) {
		if text != "" {
			r.Notes = append(r.Notes, width.Clean(text))
		}
	}
	switch {
	case it.Sensitive:
		r.Value, r.Secret = w.secret, true
		if s.ClientSecret.Hint != "" {
			note(w.hint + s.ClientSecret.Hint)
		}
	case it.Do == "sign_in":
		r.Value = width.Clean(w.signIn(it.Value))
	case it.Do == "set_by_product" && it.Value != "":
		r.Value = width.Clean(it.Value + w.becomes)
	case it.Do == "enter":
		r.Copy = it.Value != ""
	}
	if it.Then != "" {
		note("→ " + it.Then)
	}
	note(it.Note)
	if it.Marked != "" {
		note("※ " + it.Marked)
	}
	return r
}

func join(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, width.Clean(p))
		}
	}
	return strings.Join(out, sep)
}
