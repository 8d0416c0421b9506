package store

import (
	"errors"
	"fmt"
)

// ErrLockLost is wrapped by Write and Unlock when the lock is no longer held,
// because somebody removed it by force.
var ErrLockLost = errors.New("the lock is no longer held")

// UnreadableError says that what lies where the state belongs cannot be
// replaced, because it is not known to be a state that this build understands.
type UnreadableError struct {
	Place string
	Err   error
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("replace %s: %v", e.Place, e.Err)
}

// Unwrap returns why it could not be read.
func (e *UnreadableError) Unwrap() error { return e.Err }

// LockIDError says that a lock with the id given does not exist.
type LockIDError struct {
	Asked  string
	Holder *Holder // who holds the lock, or nil if nobody does
}

func (e *LockIDError) Error() string {
	if e.Holder == nil {
		return fmt.Sprintf("no lock with id %s: the state is not locked", e.Asked)
	}
	return fmt.Sprintf("no lock with id %s: the lock on this state has id %s and is held by %s", e.Asked, e.Holder.ID, e.Holder.Who)
}
