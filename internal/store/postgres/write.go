package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mailprov/mailprov/internal/store"
)

// writeTimeout bounds a write, which nobody may cut short once it has begun.
const writeTimeout = 2 * time.Minute

// check refuses a document that does not carry the serial it is to have.
func (s *Store) check(b store.Blob) error {
	if n, err := s.cfg.Serial(b.Bytes); err != nil {
		return fmt.Errorf("write state: %w", err)
	} else if n != b.Serial {
		return fmt.Errorf("write state: the document carries serial %d, not %d", n, b.Serial)
	}
	return nil
}

// replace is the write itself: the serial is compared by the statement that
// replaces the state, so that of several at once one wins.
func (s *Store) replace(ctx context.Context, tx pgx.Tx, b store.Blob, expected uint64) error {
	sql := `UPDATE SCHEMA.states SET previous = content, content = $2, serial = $3::bigint, written_at = now() WHERE name = $1 AND serial = $4::bigint`
	args := []any{s.cfg.Name, b.Bytes, int64(b.Serial), int64(expected)}
	if expected == 0 {
		sql, args = `INSERT INTO SCHEMA.states (name, content, serial) VALUES ($1, $2, $3::bigint) ON CONFLICT DO NOTHING`, args[:3]
	}
	tag, err := tx.Exec(ctx, s.sql(sql), args...)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 1 {
		return nil
	}
	var found int64
	err = tx.QueryRow(ctx, s.sql(`SELECT serial FROM SCHEMA.states WHERE name = $1`), s.cfg.Name).Scan(&found)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	return &store.ConflictError{Expected: expected, Found: uint64(found)}
}

// Unlocked returns a handle that writes without a lock. Only the serial still
// guards against another run.
func (s *Store) Unlocked(h store.Holder) store.Lock { return store.WithoutLock(h, s.writeUnlocked) }

func (s *Store) writeUnlocked(ctx context.Context, b store.Blob, expected uint64) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	if err := s.check(b); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	pool, err := s.writing(ctx)
	if err == nil {
		err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return s.replace(ctx, tx, b, expected) })
	}
	return s.failed(ctx, "write the state", err)
}
