package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/mailprov/mailprov/internal/durable"
	"github.com/mailprov/mailprov/internal/store"
)

// Sealed implements store.Store.
func (s *Store) Sealed() store.Sealed { return sealed{s} }

type sealed struct{ store *Store }

func (s sealed) in(ctx context.Context, name string) (durable.Dir, string, error) {
	if err := ctx.Err(); err != nil {
		return durable.Dir{}, "", err
	}
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") || durable.IsTemporary(name) {
		return durable.Dir{}, "", fmt.Errorf("%q is no name for a sealed secret", name)
	}
	p, err := s.store.place()
	return p.dir, p.name + sealedSuffix + "/" + name, err
}

// Read implements store.Sealed.
func (s sealed) Read(ctx context.Context, name string) ([]byte, error) {
	dir, file, err := s.in(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("read sealed secret: %w", err)
	}
	b, err := dir.Read(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read sealed secret %s: %w", name, store.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read sealed secret: %w", err)
	}
	return b, nil
}

// Write implements store.Sealed.
func (s sealed) Write(ctx context.Context, name string, b []byte) error {
	dir, file, err := s.in(ctx, name)
	if err == nil {
		err = s.store.fence()
	}
	if err == nil {
		err = dir.Make()
	}
	if err == nil {
		err = dir.Write(file, b)
	}
	if err != nil {
		return fmt.Errorf("write sealed secret: %w", err)
	}
	return nil
}

// Remove implements store.Sealed.
func (s sealed) Remove(ctx context.Context, name string) error {
	dir, file, err := s.in(ctx, name)
	if err == nil {
		err = s.store.fence()
	}
	if err == nil {
		err = dir.Remove(file)
	}
	if err != nil {
		return fmt.Errorf("remove sealed secret: %w", err)
	}
	return nil
}

// List implements store.Sealed.
func (s sealed) List(ctx context.Context) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("list sealed secrets: %w", err)
	}
	p, err := s.store.place()
	if err != nil {
		return nil, fmt.Errorf("list sealed secrets: %w", err)
	}
	entries, err := os.ReadDir(p.path(sealedSuffix))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list sealed secrets: %w", err)
	}
	var names []string
	for _, e := range entries { // sorted by name
		if e.Type().IsRegular() && !durable.IsTemporary(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
