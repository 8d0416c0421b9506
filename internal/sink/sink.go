// Package sink is the contract of the places a client secret's value is
// delivered to. A value is staged beside the old one, then committed; the
// previous value stays readable until its credential is retired.
//
// Implementations live in one folder each and pass the suite in sinktest.
package sink

import (
	"context"
	"errors"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/recipient"
	"github.com/mailprov/mailprov/internal/secret"
)

// Sink holds the values of the secrets delivered to it. One Sink serves many
// secrets, kept apart by Item.Secret.
//
// Every method is idempotent per Item.KeyID: a run that was killed repeats it.
type Sink interface {
	// Stage writes the value beside the one in use, durably, without touching
	// that one. Staging the same KeyID again is a no-op; staging another
	// discards what was staged before.
	Stage(ctx context.Context, item Item, value secret.Value) (Receipt, error)
	// Commit makes the staged value the one in use and the one in use the
	// previous. Committing what is already in use succeeds and changes
	// nothing. If KeyID is neither staged nor in use: ErrNotStaged.
	Commit(ctx context.Context, item Item) (Receipt, error)
	// Discard drops the staged value of this KeyID, if it is staged.
	Discard(ctx context.Context, item Item) error
	// Restore makes the previous value, which must be of this KeyID, the one
	// in use again and the one in use the previous; no private key is needed
	// where the bytes can be moved as they are. Restoring what is already in
	// use succeeds and changes nothing. If the previous value is of another
	// credential, or there is none: ErrAbsent. If this kind of sink cannot
	// bring a value back: ErrUnreadable.
	Restore(ctx context.Context, item Item) (Receipt, error)
	// Retire drops the previous value if it is of this KeyID.
	Retire(ctx context.Context, item Item) error
	// Remove drops everything held for the secret: the secret is destroyed.
	Remove(ctx context.Context, item Item) error
	// Holds tells which key ids are held in which slot, without reading values.
	Holds(ctx context.Context, item Item) (Contents, error)
	// Read returns the value in use (or the previous one) to a person who is
	// allowed to open it; ErrUnreadable if this process cannot.
	Read(ctx context.Context, item Item, slot Slot) (secret.Value, error)
	// Where names the place a secret's value lies in, as receipts say it; it
	// asks nothing. Empty where that cannot be said beforehand.
	Where(secret addr.Instance) string
	// Readers names who can read what is delivered here, for the plan.
	Readers() []string
	// Durable tells whether the values outlive this machine, or are
	// recoverable from another.
	Durable() bool
	// Plaintext tells whether values lie unencrypted.
	Plaintext() bool
}

// Item identifies a credential of a secret.
type Item struct {
	Secret      addr.Instance // address of the client_secret
	KeyID       string
	ClientID    string
	TenantID    string
	EndsAt      time.Time
	DisplayName string
}

// Slot names one of the values a sink holds for a secret.
type Slot string

// The slots.
const (
	InUse    Slot = "in_use"
	Previous Slot = "previous"
	Staged   Slot = "staged"
)

// Contents are the key ids in the slots of one secret; empty where none is.
type Contents struct{ InUse, Previous, Staged string }

// SlotOf is the slot in which a credential is held, the one in use first.
func (c Contents) SlotOf(keyID string) (Slot, bool) {
	switch keyID {
	case "":
		return "", false
	case c.InUse:
		return InUse, true
	case c.Staged:
		return Staged, true
	case c.Previous:
		return Previous, true
	}
	return "", false
}

// Receipt says where a value lies; it goes into the state.
type Receipt struct {
	Kind  string
	Where string
	// Readers are those who can open what lies there, by name. Of a value that
	// was sealed before, they are those it was sealed for, and not the sink's
	// recipients of today.
	Readers []string
	// Keys are marks of the keys it was sealed to, by the name of the reader;
	// empty where nothing is encrypted.
	Keys map[string]string
}

// ErrNotStaged is returned by Commit for a key id that is nowhere in the sink.
var ErrNotStaged = errors.New("not staged")

// ErrUnreadable is wrapped by Read when the value is there but this process
// holds no key to it.
var ErrUnreadable = recipient.ErrUnreadable

// ErrAbsent is wrapped by Read when the slot is empty.
var ErrAbsent = errors.New("nothing is held")
