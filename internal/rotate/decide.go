package rotate

import (
	"time"

	"github.com/mailprov/mailprov/internal/message"
)

// Verb is what is to be done about a secret.
type Verb string

// The verbs a Decision can have.
const (
	Keep    Verb = "keep"    // nothing is due
	Create  Verb = "create"  // there is no credential: make the first
	Replace Verb = "replace" // make a successor
	Resume  Verb = "resume"  // an interrupted delivery goes on
	Copy    Verb = "copy"    // bring the value there is to a sink that lacks it
	Blocked Verb = "blocked" // something is due, but a successor waits for confirmation
)

// Decision is the outcome of Decide, with the reason for people.
type Decision struct {
	Verb   Verb
	Check  string // name of the check that decided; empty for Keep
	Reason string
	// At is since when it is due: where it is no matter of time, the moment of
	// the decision; zero where nothing waits for it.
	At time.Time
}

// Decide says what is to be done now: what the first check of the chain says
// that applies. A replacement is put off while it is open which of two a
// product uses; meanwhile a sink can still get the value there is.
//
// A replacement goes to all sinks, so that copying comes after it wherever in
// the chain it stands.
func Decide(in Input) Decision {
	undecided := in.undecided()
	var blocked, second Decision
	for _, link := range chain {
		d, applies := link.check(in)
		if !applies {
			continue
		}
		d.Check = link.name
		switch {
		case d.Verb == Copy:
			second = d
		case d.Verb == Replace && undecided && !link.ordered:
			if blocked.Verb == "" {
				blocked = Decision{Verb: Blocked, Check: d.Check, Reason: message.Of("waiting for confirmation (%s)", d.Reason).String(), At: d.At}
			}
		default:
			return d
		}
	}
	for _, d := range []Decision{second, blocked} {
		if d.Verb != "" {
			return d
		}
	}
	return Decision{Verb: Keep}
}
