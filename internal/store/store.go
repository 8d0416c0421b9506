// Package store is the contract of the places where the state lies: bytes with
// a serial, a lock, and sealed secrets beside them. A store knows nothing of
// what the bytes mean.
//
// Implementations live in one folder each and pass the suite in storetest.
package store

import (
	"context"
	"errors"
	"time"
)

// Store keeps one state. Implementers must make Read safe without the lock,
// and must never leave a state half written, whatever is killed when.
type Store interface {
	// Read returns the newest state, or nil if there has never been one.
	// A reader that races a writer sees the state before or after, whole.
	Read(ctx context.Context) (*Blob, error)
	// Lock takes the one lock of this state, waiting at most wait, or
	// returns *HeldError, which names the holder. The lock must end with the
	// process that held it, at once or after the time that HeldError tells,
	// and be removable by ForceUnlock.
	Lock(ctx context.Context, h Holder, wait time.Duration) (Lock, error)
	// Held returns who holds the lock, or nil where nobody does. It takes no
	// lock, keeps nobody from taking it, and changes nothing.
	Held(ctx context.Context) (*HeldError, error)
	// Unlocked returns a handle that writes without the lock, for a person who
	// insists; the expected serial still guards every write.
	Unlocked(h Holder) Lock
	// ForceUnlock removes the lock with this id, and only this one.
	ForceUnlock(ctx context.Context, id string) error
	// Describe names the place for people, such as "local file x.json".
	Describe() string
	// Sealed opens the place for encrypted secrets beside the state.
	Sealed() Sealed
}

// Lock is a held lock; only through it can the state be written.
type Lock interface {
	// Holder is what others are told.
	Holder() Holder
	// Write replaces the state whose serial is expected (0 with no state yet)
	// and returns *ConflictError if another serial is there. On return the
	// bytes are durable; a state from before, that of the last write or that
	// of before the lock, stays readable as a backup.
	Write(ctx context.Context, b Blob, expected uint64) error
	// Lost is closed when the lock is no longer held: the holder must not
	// write again. Where the place cannot tell by itself, it is closed before
	// the next write at the latest.
	Lost() <-chan struct{}
	// Unlock releases the lock.
	Unlock(ctx context.Context) error
}

// Blob is a state document as bytes with the serial it carries.
type Blob struct {
	Serial uint64
	Bytes  []byte
}

// Sealed is a flat namespace of ciphertexts beside the state, protected by
// the same lock: once a lock that was taken through the same Store is lost,
// Write and Remove return ErrLockLost. Names are slash-free.
type Sealed interface {
	// Read returns the ciphertext, or ErrNotFound.
	Read(ctx context.Context, name string) ([]byte, error)
	// Write replaces the ciphertext durably and atomically.
	Write(ctx context.Context, name string, b []byte) error
	// Remove deletes it; removing what is not there succeeds.
	Remove(ctx context.Context, name string) error
	// List returns all names, sorted.
	List(ctx context.Context) ([]string, error)
}

// ErrNotFound is returned for a ciphertext that is not there.
var ErrNotFound = errors.New("not found")

// Holder says who holds a lock, from where, since when, doing what.
type Holder struct {
	ID        string    `json:"id"`
	Who       string    `json:"who"` // user@host
	PID       int       `json:"pid"`
	Operation string    `json:"operation"`
	Created   time.Time `json:"created"`
	Version   string    `json:"version"`
}
