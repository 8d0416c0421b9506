package store

import (
	"errors"
	"fmt"
	"time"
)

// HeldError says that another run holds the lock.
type HeldError struct {
	Holder Holder
	// EndsWithin is how long the lock of a dead run lasts at most, counted
	// from now; zero where it ends with the process.
	EndsWithin time.Duration
}

func (e *HeldError) Error() string {
	h := e.Holder
	return fmt.Sprintf("state is locked by %s (process %d, %s) since %s, lock id %s",
		h.Who, h.PID, h.Operation, h.Created.Format(time.RFC3339), h.ID)
}

// ConflictError says that the state changed since it was read.
type ConflictError struct{ Expected, Found uint64 }

func (e *ConflictError) Error() string {
	return fmt.Sprintf("state has serial %d, expected %d: another run has written it", e.Found, e.Expected)
}

// RefusedError says that the place did not let this run do something, or could
// not be reached for it, and what changes that.
type RefusedError struct {
	Place string // as Describe names it
	What  string // verb and object: "read the state"
	Why   string // in the place's own words, without secrets
	Do    string // as a full sentence
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s did not let this run %s: %s", e.Place, e.What, e.Why)
}

// HostError says that a backend lies on a host outside of its cloud that nobody
// has let in.
type HostError struct {
	Host   string
	Inside string // what hosts of the cloud end in; empty where there is no cloud
}

func (e *HostError) Error() string {
	if e.Inside == "" {
		return fmt.Sprintf("host %s is named in the configuration and was not let in", e.Host)
	}
	return fmt.Sprintf("host %s does not end in %s and was not let in", e.Host, e.Inside)
}

// ErrLockLost is wrapped by Write and Unlock when the lock is no longer held,
// because somebody removed it by force or it could not be renewed in time.
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
