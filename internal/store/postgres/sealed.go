package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/mailprov/mailprov/internal/store"
)

// Sealed implements store.Store.
func (s *Store) Sealed() store.Sealed { return sealed{s} }

type sealed struct{ store *Store }

func checkName(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") || !utf8.ValidString(name) {
		return fmt.Errorf("%q is no name for a sealed secret", name)
	}
	return nil
}

// Read implements store.Sealed.
func (s sealed) Read(ctx context.Context, name string) ([]byte, error) {
	if err := checkName(name); err != nil {
		return nil, fmt.Errorf("read sealed secret: %w", err)
	}
	pool, err := s.store.looking(ctx)
	var content []byte
	if err == nil {
		err = pool.QueryRow(ctx, s.store.sql(`SELECT content FROM SCHEMA.sealed_secrets WHERE state = $1 AND name = $2`), s.store.cfg.Name, name).Scan(&content)
	}
	if isMissing(err) || errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("read sealed secret %s: %w", name, store.ErrNotFound)
	}
	return content, s.store.failed(ctx, "read a sealed secret", err)
}

// Write implements store.Sealed.
func (s sealed) Write(ctx context.Context, name string, b []byte) error {
	if b == nil {
		b = []byte{} // which is no NULL
	}
	return s.change(ctx, "write a sealed secret", name,
		`INSERT INTO SCHEMA.sealed_secrets (state, name, content) VALUES ($1, $2, $3)
		 ON CONFLICT (state, name) DO UPDATE SET content = excluded.content, written_at = now()`, b)
}

// Remove implements store.Sealed.
func (s sealed) Remove(ctx context.Context, name string) error {
	return s.change(ctx, "remove a sealed secret", name, `DELETE FROM SCHEMA.sealed_secrets WHERE state = $1 AND name = $2`)
}

func (s sealed) change(ctx context.Context, what, name, sql string, args ...any) error {
	if err := checkName(name); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return s.store.failed(ctx, what, s.store.change(ctx, sql, append([]any{s.store.cfg.Name, name}, args...)...))
}

// List implements store.Sealed.
func (s sealed) List(ctx context.Context) ([]string, error) {
	pool, err := s.store.looking(ctx)
	if err != nil {
		return nil, s.store.failed(ctx, "list sealed secrets", err)
	}
	rows, err := pool.Query(ctx, s.store.sql(`SELECT name FROM SCHEMA.sealed_secrets WHERE state = $1 ORDER BY name COLLATE "C"`), s.store.cfg.Name)
	if err != nil && !isMissing(err) {
		return nil, s.store.failed(ctx, "list sealed secrets", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if isMissing(err) {
		return nil, nil
	}
	return names, s.store.failed(ctx, "list sealed secrets", err)
}
