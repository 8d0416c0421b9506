package local

import (
	"context"

	"github.com/mailprov/mailprov/internal/store"
)

// Unlocked returns a handle that writes without a lock. Only the serial still
// guards against another run.
func (s *Store) Unlocked(h store.Holder) store.Lock { return unlocked{s, h} }

type unlocked struct {
	store  *Store
	holder store.Holder
}

// Holder is what others would be told.
func (u unlocked) Holder() store.Holder { return u.holder }

// Lost is never closed: there is nothing to lose.
func (u unlocked) Lost() <-chan struct{} { return nil }

// Write replaces the state if its serial is the expected one.
func (u unlocked) Write(ctx context.Context, b store.Blob, expected uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return u.store.write(b, expected)
}

// Unlock does nothing.
func (u unlocked) Unlock(context.Context) error { return nil }
