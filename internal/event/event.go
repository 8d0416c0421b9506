// Package event is the stream of what happens during an apply: one JSON object
// a line for machines, or lines of text for people, from the same values.
//
// An event never holds a secret.
package event

import "time"

// Type says what kind of event it is.
type Type string

// The types of events, as they stand in the stream.
const (
	Version       Type = "version"
	Diagnostic    Type = "diagnostic"
	ChangeSummary Type = "change_summary"
	ApplyStart    Type = "apply_start"
	ApplyProgress Type = "apply_progress"
	ApplyComplete Type = "apply_complete"
	ApplyErrored  Type = "apply_errored"
	RotateStep    Type = "rotate_step"
	Outputs       Type = "outputs"
)

// Event is one thing that happened.
type Event struct {
	Type    Type      `json:"type"`
	Time    time.Time `json:"@timestamp"`
	Message string    `json:"@message"`
	// Address is the instance it is about, where it is about one.
	Address string `json:"address,omitempty"`
	// Action is create, update, delete, rotate or retire.
	Action string `json:"action,omitempty"`
	// Step is the step of a secret's life: intend, create, verify, stage,
	// commit, promote, retire, abandon.
	Step string `json:"step,omitempty"`
	// Elapsed is how long it took, or has taken so far, in seconds.
	Elapsed float64 `json:"elapsed_seconds,omitempty"`
	// ID is the object id that resulted.
	ID string `json:"id,omitempty"`
	// Waiting says what a long wait is for.
	Waiting string `json:"waiting,omitempty"`
	// Data is the payload: VersionData, diag.Document, SummaryData, or
	// OutputData by name for outputs.
	Data any `json:"data,omitempty"`
}

// Sink receives events, possibly from several goroutines at once.
type Sink interface{ Emit(Event) }

// Discard drops every event.
type Discard struct{}

// Emit drops e.
func (Discard) Emit(Event) {}
