package local

import (
	"context"

	"github.com/mailprov/mailprov/internal/store"
)

// Unlocked implements store.Store.
func (s *Store) Unlocked(h store.Holder) store.Lock {
	return store.WithoutLock(h, func(ctx context.Context, b store.Blob, expected uint64) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return s.write(b, expected)
	})
}
