package diag

import "github.com/hashicorp/hcl/v2"

// Document is a diagnostic as JSON, with its place in a file.
type Document struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Summary  string   `json:"summary"`
	Detail   string   `json:"detail,omitempty"`
	Outcome  string   `json:"outcome,omitempty"`                                     // what is not the case for the instance, for failures of a step: "not rotated"
	Left     string   `json:"left,omitempty"`                                        // what is left of what such a step had begun
	Mail     string   `json:"mail,omitempty"`                                        // whether mail still works, for failures of a run
	When     When     `json:"when,omitempty" jsonschema:"enum=tonight,enum=morning"` // whether what to do can wait, for failures of a run
	Do       string   `json:"do,omitempty"`
	Address  string   `json:"address,omitempty"`
	Range    *Range   `json:"range,omitempty"`
}

// Range is a place in a file.
type Range struct {
	Filename string   `json:"filename"`
	Start    Position `json:"start"`
	End      Position `json:"end"`
}

// Position is a point in a file: line and column from 1, byte from 0.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// Documents converts diagnostics to documents, ordered by place; never nil.
func Documents(ds Diagnostics) []Document {
	out := make([]Document, 0, len(ds))
	for _, d := range ds.Sorted() {
		doc := Document{Code: d.Code, Severity: d.Severity, Summary: d.Summary, Detail: d.Detail, Outcome: d.Outcome, Left: d.Left, Mail: d.Mail, When: d.When, Do: d.Do, Address: d.Address}
		if d.Subject != nil {
			doc.Range = &Range{Filename: d.Subject.Filename, Start: position(d.Subject.Start), End: position(d.Subject.End)}
		}
		out = append(out, doc)
	}
	return out
}

func position(p hcl.Pos) Position { return Position{Line: p.Line, Column: p.Column, Byte: p.Byte} }
