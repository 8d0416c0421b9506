package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// migrations lead from one version of the tables to the next. What is here has
// been carried out somewhere and never changes; a new version is a new entry.
func migrations() []string {
	return []string{
		`CREATE TABLE SCHEMA.states (
			name       text PRIMARY KEY,
			serial     bigint NOT NULL CHECK (serial > 0),
			content    bytea NOT NULL,
			previous   bytea,
			written_at timestamptz NOT NULL DEFAULT now()
		);
		CREATE TABLE SCHEMA.sealed_secrets (
			state      text NOT NULL,
			name       text NOT NULL,
			content    bytea NOT NULL,
			written_at timestamptz NOT NULL DEFAULT now(),
			PRIMARY KEY (state, name)
		);
		CREATE TABLE SCHEMA.lock_holders (
			state  text PRIMARY KEY,
			pid    integer NOT NULL,
			holder jsonb NOT NULL
		);`,
	}
}

// newerError says that a later mailprov has changed the tables.
type newerError struct{ version int }

func (e *newerError) Error() string {
	return fmt.Sprintf("its tables have version %d, and this mailprov knows up to version %d", e.version, len(migrations()))
}

// migrate makes the tables and brings them up to date. Of several that do so at
// once, each waits for the one before.
func (s *Store) migrate(ctx context.Context, c *pgx.Conn) error {
	s.mu.Lock()
	current := s.current
	s.mu.Unlock()
	if current {
		return nil
	}
	version, err := s.version(ctx, c)
	if err == nil && version < len(migrations()) {
		err = pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return s.upgrade(ctx, tx) })
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = true
	return nil
}

// querier is what a connection and a transaction have in common.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// version is that of the tables; 0 where there are none.
func (s *Store) version(ctx context.Context, q querier) (int, error) {
	var version int
	err := q.QueryRow(ctx, s.sql(`SELECT version FROM SCHEMA.schema_version`)).Scan(&version)
	switch {
	case isMissing(err):
		return 0, nil
	case err == nil && version > len(migrations()):
		return version, &newerError{version}
	}
	return version, err
}

func (s *Store) upgrade(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, key("tables", s.cfg.Schema)); err != nil {
		return err
	}
	var there bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)`, s.cfg.Schema).Scan(&there); err != nil {
		return err
	}
	if !there { // IF NOT EXISTS would ask for the right to make one all the same
		if _, err := tx.Exec(ctx, `CREATE SCHEMA `+pgx.Identifier{s.cfg.Schema}.Sanitize()); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, s.sql(`CREATE TABLE IF NOT EXISTS SCHEMA.schema_version (one boolean PRIMARY KEY DEFAULT true CHECK (one), version integer NOT NULL)`)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, s.sql(`INSERT INTO SCHEMA.schema_version (version) VALUES (0) ON CONFLICT DO NOTHING`)); err != nil {
		return err
	}
	version, err := s.version(ctx, tx)
	if err != nil {
		return err
	}
	for _, m := range migrations()[version:] {
		if _, err := tx.Exec(ctx, s.sql(m), pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, s.sql(`UPDATE SCHEMA.schema_version SET version = $1`), len(migrations()))
	return err
}

// key is the number of an advisory lock: such locks are known by a number that
// everybody in the database shares.
func key(parts ...string) int64 {
	h := sha256.New()
	fmt.Fprintf(h, "mailprov %q", parts)
	return int64(binary.BigEndian.Uint64(h.Sum(nil)))
}
