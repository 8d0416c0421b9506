package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mailprov/mailprov/internal/store"
)

// Lock implements store.Store with an advisory lock, which the server frees
// with the connection that holds it.
func (s *Store) Lock(ctx context.Context, h store.Holder, wait time.Duration) (store.Lock, error) {
	conn, err := s.session(ctx)
	if err != nil {
		return nil, s.failed(ctx, "lock the state", err)
	}
	if err := s.acquire(ctx, conn, wait); err != nil {
		hangUp(conn)
		var held *store.HeldError
		if errors.As(err, &held) {
			return nil, held
		}
		return nil, s.failed(ctx, "lock the state", err)
	}
	if err := s.announce(ctx, conn, h); err != nil {
		hangUp(conn)
		return nil, s.failed(ctx, "lock the state", err)
	}
	l := &lock{store: s, conn: conn, holder: h, lost: make(chan struct{})}
	l.watch()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = l
	return l, nil
}

// session is a connection that holds a lock: it lives as long as its process
// and no longer. Settings that a server does not have are left out.
func (s *Store) session(ctx context.Context) (*pgx.Conn, error) {
	cfg, err := s.config()
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	// The server, too, finds out within half a minute that this machine is
	// gone, and does not end what has nothing to say for long.
	_, err = conn.Exec(ctx, `SELECT set_config(name, v, false) FROM pg_settings JOIN (VALUES
		('tcp_keepalives_idle', '15'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3'),
		('idle_session_timeout', '0'), ('statement_timeout', '0'), ('lock_timeout', '0')) AS wanted (n, v) ON n = name`)
	if err == nil {
		err = s.migrate(ctx, conn)
	}
	if err != nil {
		hangUp(conn)
		return nil, err
	}
	return conn, nil
}

// hangUp ends a connection that is not needed any more.
func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	_ = conn.Close(ctx) // with it or without, the server sees the end
}

func (s *Store) lockKey() int64 { return key("state", s.cfg.Schema, s.cfg.Name) }

// acquire tries until the lock is had or the wait is over.
func (s *Store) acquire(ctx context.Context, conn *pgx.Conn, wait time.Duration) error {
	over := time.NewTimer(wait)
	defer over.Stop()
	for {
		var got bool
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1::bigint)`, s.lockKey()).Scan(&got); err != nil || got {
			return err
		}
		if wait <= 0 {
			return s.held(ctx, conn)
		}
		select {
		case <-over.C:
			return s.held(ctx, conn)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(s.cfg.Poll):
		}
	}
}

// held says who holds the lock.
func (s *Store) held(ctx context.Context, conn querier) error {
	h, _, err := s.holder(ctx, conn)
	if err != nil {
		return err
	}
	if h == nil { // it is about to say so, or has just ended
		h = &store.Holder{ID: "(not known yet)", Who: "another run", Operation: "starting"}
	}
	return &store.HeldError{Holder: *h}
}

// Held implements store.Store.
func (s *Store) Held(ctx context.Context) (*store.HeldError, error) {
	pool, err := s.looking(ctx)
	if err != nil {
		return nil, s.failed(ctx, "look at the lock", err)
	}
	h, _, err := s.holder(ctx, pool)
	if err != nil || h == nil {
		return nil, s.failed(ctx, "look at the lock", err)
	}
	return &store.HeldError{Holder: *h}, nil
}

// holds is a condition on the advisory locks of the server: that this process
// of it holds the lock of the state. A number of 64 bits is shown in two halves
// (postgresql.org/docs/current/view-pg-locks.html).
const holds = `EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
	AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
	AND classid::bigint = ($1::bigint >> 32) & 4294967295 AND objid::bigint = $1::bigint & 4294967295 AND pid = `

// holder reads who holds the lock and by which process of the server; nil where
// nobody does, or where whoever does has not said so yet.
func (s *Store) holder(ctx context.Context, q querier) (*store.Holder, int, error) {
	var raw []byte
	var pid int
	err := q.QueryRow(ctx, s.sql(`SELECT holder::text, h.pid FROM SCHEMA.lock_holders h WHERE state = $2 AND `+holds+`h.pid)`), s.lockKey(), s.cfg.Name).Scan(&raw, &pid)
	if errors.Is(err, pgx.ErrNoRows) || isMissing(err) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	var h store.Holder
	if err := json.Unmarshal(raw, &h); err != nil {
		return nil, 0, fmt.Errorf("read who holds the lock: %w", err)
	}
	return &h, pid, nil
}

// announce tells the others who holds the lock; what a killed holder left is
// replaced.
func (s *Store) announce(ctx context.Context, conn *pgx.Conn, h store.Holder) error {
	raw, err := json.Marshal(h)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, s.sql(`INSERT INTO SCHEMA.lock_holders (state, pid, holder) VALUES ($1, pg_backend_pid(), $2::jsonb)
		ON CONFLICT (state) DO UPDATE SET pid = excluded.pid, holder = excluded.holder`), s.cfg.Name, string(raw))
	return err
}

// ForceUnlock implements store.Store: the server ends the connection that holds
// the lock, and its run stops. Of a lock that is gone only the note is cleared
// away.
func (s *Store) ForceUnlock(ctx context.Context, id string) error {
	pool, err := s.writing(ctx)
	if err != nil {
		return s.failed(ctx, removeLock, err)
	}
	h, pid, err := s.holder(ctx, pool)
	if err != nil {
		return s.failed(ctx, removeLock, err)
	}
	if h == nil {
		tag, err := pool.Exec(ctx, s.sql(`DELETE FROM SCHEMA.lock_holders WHERE state = $1 AND holder->>'id' = $2`), s.cfg.Name, id)
		if err == nil && tag.RowsAffected() == 0 {
			return &store.LockIDError{Asked: id}
		}
		return s.failed(ctx, removeLock, err)
	}
	if h.ID != id {
		return &store.LockIDError{Asked: id, Holder: h}
	}
	return s.failed(ctx, removeLock, s.terminate(ctx, pool, pid))
}

// executor is what runs statements.
type executor interface {
	querier
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// terminate ends a process of the server, as long as it is the one that holds
// the lock, and waits for its end.
func (s *Store) terminate(ctx context.Context, q executor, pid int) error {
	for asked := 0; ; asked++ {
		var there bool
		if err := q.QueryRow(ctx, `SELECT `+holds+`$2::integer)`, s.lockKey(), pid).Scan(&there); err != nil || !there {
			return err
		}
		if asked%20 == 0 { // once, and again where it did not listen
			if _, err := q.Exec(ctx, `SELECT pg_terminate_backend($1::integer)`, pid); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
