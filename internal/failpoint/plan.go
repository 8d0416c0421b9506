// Package failpoint makes one operation of a process go wrong, or the process
// end there, for tests that try every operation in turn: the nth, n = 1, 2, 3 …,
// until a run passes untouched. What is done the day after tomorrow is then tried
// without a line being written for it.
//
// A plan comes from one variable of the environment. Only test binaries look at
// it; nothing of the program imports this package. It imports durable, for the
// steps that a power cut takes back.
package failpoint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Plan is one failure.
type Plan struct {
	// Kind of the operations that count, as their names begin: "graph", "sink",
	// "sink stage", "disk fill". Empty: all but "disk", whose steps are what
	// others consist of.
	Kind string `json:"kind,omitempty"`
	// Nth operation of that kind, from 1; 0: nothing goes wrong.
	Nth int `json:"nth,omitempty"`
	// Lasting makes every later one of that kind go wrong as well.
	Lasting bool   `json:"lasting,omitempty"`
	When    When   `json:"when,omitempty"`
	What    What   `json:"what,omitempty"`
	Gate    string `json:"gate,omitempty"` // named pipe, for Pause
	Log     string `json:"log,omitempty"`  // file to which the name of every operation is added as it begins
}

// When says at which moment of the operation it goes wrong.
type When string

// The moments.
const (
	Before When = "before"
	// Midway is for "disk fill": half of the content has been written.
	Midway When = "midway"
	After  When = "after" // it was done, but nobody has heard of it yet
)

// What says what goes wrong.
type What string

// What can go wrong. In a power cut a disk may lose what was not synced in
// either of two ways, and in any mixture of them.
const (
	Kill         What = "kill"          // SIGKILL
	LoseNames    What = "lose names"    // power cut: what was made, renamed or removed is as before
	LoseContents What = "lose contents" // power cut: the names are there, half of the content is
	Error        What = "error"         // the operation fails
	Full         What = "full"          // with "no space left on device"
	Pause        What = "pause"         // it waits until Gate has been opened for writing and closed again
)

// String is the form that Parse reads.
func (p Plan) String() string {
	raw, err := json.Marshal(p)
	if err != nil {
		panic(err) // it is made of texts and numbers
	}
	return string(raw)
}

// Parse reads a plan. What it does not know is an error: a misspelt failure
// would pass for a program that survives it.
func Parse(text string) (Plan, error) {
	var p Plan
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return p, fmt.Errorf("read failpoint: %w", err)
	}
	if p.Nth == 0 {
		return p, nil
	}
	if !slices.Contains([]When{Before, Midway, After}, p.When) || !slices.Contains([]What{Kill, LoseNames, LoseContents, Error, Full, Pause}, p.What) {
		return p, fmt.Errorf("read failpoint: there is no %q %q", p.What, p.When)
	}
	return p, nil
}
