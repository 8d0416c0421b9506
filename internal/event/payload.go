package event

import "github.com/mailprov/mailprov/internal/diag"

// VersionData is the payload of a version event, the first of every stream.
type VersionData struct {
	// Version of mailprov.
	Mailprov string `json:"mailprov"`
	// Version of the stream's format. Within 1.x fields are only added.
	Format string `json:"format"`
}

// SummaryData is the payload of a change_summary event: first of what will be
// done, at the end of what was.
type SummaryData struct {
	// Command that runs.
	Operation string `json:"operation" jsonschema:"enum=plan,enum=apply,enum=destroy,enum=rotate"`
	// Instances created.
	Add int `json:"add"`
	// Instances changed in place.
	Change int `json:"change"`
	// Instances destroyed.
	Destroy int `json:"destroy"`
	// Secrets created.
	SecretsCreate int `json:"secrets_create"`
	// Secrets replaced.
	Rotate int `json:"rotate"`
	// Replaced secrets removed.
	Retire int `json:"retire"`
	// Secrets and targets that wait for a person.
	Waiting int `json:"waiting"`
	// Secrets that are due and not replaced for a reason.
	Blocked int `json:"blocked"`
}

// OutputData is one output in the payload of an outputs event, which is an
// object of them by name.
type OutputData struct {
	// Value; absent where the output is sensitive.
	Value any `json:"value,omitempty"`
	// Whether the value is sensitive and left out.
	Sensitive bool `json:"sensitive"`
}

// DiagnosticData is a diagnostic with its place: the payload of a diagnostic
// event, and an element of the diagnostics document.
type DiagnosticData struct {
	// How bad it is.
	Severity string `json:"severity" jsonschema:"enum=error,enum=warning,enum=note"`
	// Code for `mailprov explain`.
	Code string `json:"code" jsonschema:"pattern=^MP[0-9]{3}$"`
	// What it is, without data of the user.
	Summary string `json:"summary"`
	// What is wrong and why.
	Detail string `json:"detail,omitempty"`
	// Whether mail still works and until when.
	Mail string `json:"mail,omitempty"`
	// What to write or type instead.
	Do string `json:"do,omitempty"`
	// Address of the instance it is about.
	Address string `json:"address,omitempty"`
	// Where in the configuration.
	Range *Range `json:"range,omitempty"`
}

// Range is a place in a file.
type Range struct {
	// File as it was named or found.
	Filename string `json:"filename"`
	Start    Pos    `json:"start"`
	End      Pos    `json:"end"`
}

// Pos is a position in a file.
type Pos struct {
	// Line, from 1.
	Line int `json:"line"`
	// Column in characters, from 1.
	Column int `json:"column"`
	// Offset in bytes, from 0.
	Byte int `json:"byte"`
}

// OfDiagnostic is the payload for a diagnostic.
func OfDiagnostic(d diag.Diagnostic) DiagnosticData {
	out := DiagnosticData{
		Severity: string(d.Severity), Code: d.Code, Summary: d.Summary, Detail: d.Detail, Mail: d.Mail, Do: d.Do, Address: d.Address,
	}
	if r := d.Subject; r != nil {
		out.Range = &Range{
			Filename: r.Filename,
			Start:    Pos{r.Start.Line, r.Start.Column, r.Start.Byte},
			End:      Pos{r.End.Line, r.End.Column, r.End.Byte},
		}
	}
	return out
}
