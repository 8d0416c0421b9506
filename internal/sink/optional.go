package sink

import (
	"context"
	"fmt"

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
	// today: a new one can then read it. It needs a private key that opens what
	// is there, else ErrUnreadable. Every slot is whole at every moment, and a
	// run that was killed is finished by repeating it.
	Reseal(ctx context.Context, item Item) (Receipt, error)
}

// Irrevocable is implemented by sinks that cannot stage: what Commit hands over
// is in use at once and cannot be taken back. They are committed after all
// others, and Stage keeps the value in memory only.
type Irrevocable interface{ Irrevocable() }

// TakenError says that a place already holds another secret.
type TakenError struct {
	Where  string
	Holder addr.Instance
	Hint   string // what to write instead
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("%s holds %s already; %s", e.Where, e.Holder, e.Hint)
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
