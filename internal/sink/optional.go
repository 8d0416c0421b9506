package sink

import (
	"context"
	"fmt"
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
)

// Checker is implemented by sinks that can tell in a plan whether a delivery
// would be refused. Check writes nothing.
type Checker interface {
	Check(ctx context.Context, item Item) error
}

// Warner is implemented by sinks whose settings deserve a word in the plan.
type Warner interface {
	// Warnings are full sentences without the sink's name.
	Warnings() []string
}

// Mover is implemented by sinks that can follow a secret to another address.
// Move is idempotent: a run that was killed repeats it.
type Mover interface {
	Move(ctx context.Context, from, to addr.Instance) error
}

// Resealer is implemented by sinks that encrypt to recipients.
type Resealer interface {
	// Reseal encrypts what is held for the secret anew, to the recipients of
	// today: a new one can then read it, and one who left no longer can. It
	// needs a private key that opens all that is there, else ErrUnreadable and
	// nothing is changed. Every slot is whole at every moment, and a run that
	// was killed is finished by repeating it. Where nothing is held: ErrAbsent.
	// What somebody else put there is left alone; then the error holds a
	// *ForeignError, beside the receipt of the values that were resealed.
	Reseal(ctx context.Context, item Item) (Receipt, error)
}

// Keyed is implemented by sinks that encrypt to recipients.
type Keyed interface {
	// Keys are marks of the recipients' public keys of today, by name: the same
	// for the same key, also in another run, and short.
	Keys() map[string]string
}

// Irrevocable is implemented by sinks that cannot stage: what Commit hands over
// is in use at once and cannot be taken back. They are committed after all
// others, and Stage keeps the value in memory only.
type Irrevocable interface{ Irrevocable() }

// TakenError says that a place already holds another secret. The holder is empty
// where mailprov did not put it there.
type TakenError struct {
	Where  string
	Holder addr.Instance
	Hint   string // what to write instead
}

func (e *TakenError) Error() string {
	if e.Holder == (addr.Instance{}) {
		return fmt.Sprintf("%s holds something already that mailprov did not put there; %s", e.Where, e.Hint)
	}
	return fmt.Sprintf("%s holds %s already; %s", e.Where, e.Holder, e.Hint)
}

// RefusedError says that a place elsewhere does not let this identity, or this
// machine, do something.
type RefusedError struct {
	Where string
	What  string // verb and object: "set secrets"
	Why   string // the place's own words
	Do    string // what changes that, as a full sentence
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s does not let this run %s: %s", e.Where, e.What, e.Why)
}

// UnseenError is what Check says where a place cannot be looked at from here: a
// plan knows nothing more then, and whoever delivers will find out.
type UnseenError struct {
	Where string
	Err   error
}

func (e *UnseenError) Error() string { return fmt.Sprintf("look at %s: %v", e.Where, e.Err) }

// Unwrap gives why.
func (e *UnseenError) Unwrap() error { return e.Err }

// HostError says that a sink names a host outside of its cloud that nobody has
// let in.
type HostError struct {
	Host   string
	Inside string // what hosts of the cloud end in
}

func (e *HostError) Error() string {
	return fmt.Sprintf("host %s does not end in %s", e.Host, e.Inside)
}

// ForeignError says that a slot holds what mailprov did not put there, such as
// a value changed by hand.
type ForeignError struct {
	Where string
	Slot  Slot
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s (%s) was changed by somebody else; it is left alone", e.Where, e.Slot)
}

// ProgramError says that a program did not take a value over.
type ProgramError struct {
	Program string   // as the configuration names it
	How     string   // how it ended, or why it was not started
	Said    []string // the last lines it wrote, without the value in any form
}

func (e *ProgramError) Error() string {
	text := fmt.Sprintf("program %s %s", e.Program, e.How)
	if len(e.Said) > 0 {
		text += "; it said: " + strings.Join(e.Said, " | ")
	}
	return text
}
