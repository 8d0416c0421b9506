package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/mailprov/mailprov/internal/store"
)

// lock is held until Unlock, or until its connection ends.
//
// One goroutine listens on the connection while nobody uses it, and so hears
// of its end at once. Whoever uses the connection pauses it first.
type lock struct {
	store  *Store
	holder store.Holder

	use      sync.Mutex // of the connection, one at a time
	conn     *pgx.Conn
	pause    context.CancelFunc
	paused   chan struct{} // closed when the listener has let go
	released bool

	once sync.Once
	lost chan struct{}
}

// Holder implements store.Lock.
func (l *lock) Holder() store.Holder { return l.holder }

// Lost implements store.Lock.
func (l *lock) Lost() <-chan struct{} { return l.lost }

func (l *lock) lose() { l.once.Do(func() { close(l.lost) }) }

func (l *lock) isLost() bool {
	select {
	case <-l.lost:
		return true
	default:
		return false
	}
}

// watch begins to listen; the caller holds l.use, or is the only one.
func (l *lock) watch() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	l.pause, l.paused = cancel, done
	go func() {
		defer close(done)
		for {
			_, err := l.conn.WaitForNotification(ctx)
			if l.conn.IsClosed() {
				l.lose()
				return
			}
			if err != nil { // paused
				return
			}
		}
	}()
}

// with lets f use the connection.
func (l *lock) with(f func(*pgx.Conn) error) error {
	l.use.Lock()
	defer l.use.Unlock()
	if l.released || l.isLost() {
		return store.ErrLockLost
	}
	l.pause()
	<-l.paused
	if l.isLost() { // while it was paused
		return store.ErrLockLost
	}
	err := f(l.conn)
	switch {
	case l.released:
		return err
	case l.conn.IsClosed():
		l.lose()
		return errors.Join(store.ErrLockLost, err)
	}
	l.watch()
	return err
}

// Write implements store.Lock. It is not cut short by ctx once it has begun.
// A write that the connection did not outlive may have come to be or not; the
// next run reads what is there.
func (l *lock) Write(ctx context.Context, b store.Blob, expected uint64) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	if err := l.store.check(b); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	return l.store.failed(ctx, "write the state", l.with(func(conn *pgx.Conn) error {
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			// Between here and the server may be a pooler that gives each
			// transaction another connection; then nothing is locked.
			var held bool
			if err := tx.QueryRow(ctx, `SELECT `+holds+`pg_backend_pid())`, l.store.lockKey()).Scan(&held); err != nil {
				return err
			}
			if !held {
				l.lose()
				return fmt.Errorf("%w: the server has given it up; a connection pooler between must pool sessions, not transactions", store.ErrLockLost)
			}
			return l.store.replace(ctx, tx, b, expected)
		})
	}))
}

// Unlock implements store.Lock; a second call does nothing.
func (l *lock) Unlock(ctx context.Context) error {
	if l.isReleased() {
		return nil
	}
	err := l.with(func(conn *pgx.Conn) error {
		l.released = true
		defer hangUp(conn)
		if _, err := conn.Exec(ctx, l.store.sql(`DELETE FROM SCHEMA.lock_holders WHERE state = $1 AND pid = pg_backend_pid()`), l.store.cfg.Name); err != nil {
			return err
		}
		var was bool
		if err := conn.QueryRow(ctx, `SELECT pg_advisory_unlock($1::bigint)`, l.store.lockKey()).Scan(&was); err != nil {
			return err
		}
		if !was {
			return store.ErrLockLost
		}
		return nil
	})
	return l.store.failed(ctx, "unlock the state", err)
}

// change writes something beside the state: over the lock's own connection where
// there is a lock, so that whoever has lost it cannot.
func (s *Store) change(ctx context.Context, sql string, args ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	l := s.last
	s.mu.Unlock()
	if l == nil || l.isReleased() {
		pool, err := s.writing(ctx)
		if err == nil {
			_, err = pool.Exec(ctx, s.sql(sql), args...)
		}
		return err
	}
	return l.with(func(conn *pgx.Conn) error {
		// Cutting a statement short would end the connection, and with it
		// the lock.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
		defer cancel()
		_, err := conn.Exec(ctx, s.sql(sql), args...)
		return err
	})
}

func (l *lock) isReleased() bool {
	l.use.Lock()
	defer l.use.Unlock()
	return l.released
}
