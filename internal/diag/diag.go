// Package diag holds what mailprov says when something is wrong or worth
// knowing: diagnostics with a code, a place in a file, a reason and what to
// do; the explanations of the codes in English and Japanese; and the nearest
// valid name for a mistyped one.
//
// A diagnostic is English in its fields, as in JSON; In puts it into another
// language for people.
//
// It imports hcl for source ranges and what measures and compares text, and
// never prints.
package diag

import (
	"cmp"
	"slices"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"

	"github.com/mailprov/mailprov/internal/message"
)

// Severity ranks diagnostics.
type Severity string

// The severities, as they stand in JSON.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Diagnostic is one thing to say. Summary is a constant text without data of
// the user; Detail says in full sentences what is wrong and why; Do is what to
// write or type instead. A failure of a run says besides, in Mail, whether mail
// still works and until when, and in When whether Do can wait; one of a step in
// a secret's life also what is not the case for it now, and what is left.
type Diagnostic struct {
	Code     string     `json:"code"`
	Severity Severity   `json:"severity"`
	Summary  string     `json:"summary"`
	Detail   string     `json:"detail,omitempty"`
	Outcome  string     `json:"outcome,omitempty"` // "not rotated"
	Left     string     `json:"left,omitempty"`
	Mail     string     `json:"mail,omitempty"`
	When     When       `json:"when,omitempty"`
	Do       string     `json:"do,omitempty"`
	Address  string     `json:"address,omitempty"`
	Subject  *hcl.Range `json:"-"` // the tight range that is underlined
	Context  *hcl.Range `json:"-"` // what is shown around it

	texts texts // what the fields are the English of
}

// Error implements error with summary and detail.
func (d Diagnostic) Error() string {
	s := d.Summary
	if d.Subject != nil {
		s = d.Subject.String() + ": " + s
	}
	if d.Detail != "" {
		s += ": " + d.Detail
	}
	return s
}

// Diagnostics is a list in the order of discovery. Functions return it also on
// success, so that warnings survive.
type Diagnostics []Diagnostic

// HasErrors tells whether any diagnostic is an error.
func (ds Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == Error })
}

// Sorted returns the diagnostics ordered by file and position, errors without
// a place last, keeping the order of discovery otherwise.
func (ds Diagnostics) Sorted() Diagnostics {
	out := slices.Clone(ds)
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		switch {
		case a.Subject == nil && b.Subject == nil:
			return 0
		case a.Subject == nil:
			return 1
		case b.Subject == nil:
			return -1
		}
		return cmp.Or(
			cmp.Compare(a.Subject.Filename, b.Subject.Filename),
			cmp.Compare(a.Subject.Start.Line, b.Subject.Start.Line),
			cmp.Compare(a.Subject.Start.Column, b.Subject.Start.Column))
	})
	return out
}

// Err makes an error diagnostic whose detail is a constant sentence.
func Err(code string, summary message.Format, detail string) Diagnostic {
	return Diagnostic{Code: code, Severity: Error, Summary: string(summary), Detail: detail}
}

// Errf makes an error diagnostic.
func Errf(code string, summary, format message.Format, args ...any) Diagnostic {
	return Diagnostic{Code: code, Severity: Error, Summary: string(summary)}.WithDetail(message.Of(format, args...))
}

// Warn makes a warning whose detail is a constant sentence.
func Warn(code string, summary message.Format, detail string) Diagnostic {
	return Diagnostic{Code: code, Severity: Warning, Summary: string(summary), Detail: detail}
}

// Warnf makes a warning.
func Warnf(code string, summary, format message.Format, args ...any) Diagnostic {
	return Diagnostic{Code: code, Severity: Warning, Summary: string(summary)}.WithDetail(message.Of(format, args...))
}

// At returns d with the range r underlined.
func (d Diagnostic) At(r hcl.Range) Diagnostic {
	if r != (hcl.Range{}) {
		d.Subject = &r
	}
	return d
}

// For returns d with an address.
func (d Diagnostic) For(address string) Diagnostic { d.Address = address; return d }

// WithDo returns d with what to do about it, a constant sentence.
func (d Diagnostic) WithDo(do string) Diagnostic { d.Do = do; return d }

// WithDof returns d with what to do about it.
func (d Diagnostic) WithDof(format message.Format, args ...any) Diagnostic {
	return d.WithDoText(message.Of(format, args...))
}

// Nearest returns the candidate closest to word, or "" when none is close
// enough to be what was meant: at most a third of the letters differ.
func Nearest(word string, candidates []string) string {
	best, bestDistance := "", max(2, len([]rune(word))/3)+1
	for _, c := range candidates {
		if d := levenshtein.Distance(word, c, nil); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}
