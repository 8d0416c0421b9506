package store

import "context"

// WithoutLock is a lock that is none, for Store.Unlocked: it writes by write, and
// only the serial still guards against another run.
func WithoutLock(h Holder, write func(ctx context.Context, b Blob, expected uint64) error) Lock {
	return unlocked{h, write}
}

type unlocked struct {
	holder Holder
	write  func(context.Context, Blob, uint64) error
}

// Holder is what others would be told.
func (u unlocked) Holder() Holder { return u.holder }

// Lost is never closed: there is nothing to lose.
func (u unlocked) Lost() <-chan struct{} { return nil }

// Write replaces the state if its serial is the expected one.
func (u unlocked) Write(ctx context.Context, b Blob, expected uint64) error {
	return u.write(ctx, b, expected)
}

// Unlock does nothing.
func (u unlocked) Unlock(context.Context) error { return nil }
