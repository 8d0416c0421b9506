// Package encrypted keeps the state of any other store encrypted, so that
// whoever runs the store, or can read it, learns nothing from it. Secrets
// beside the state are encrypted already and pass through.
//
// What it is given tells it how: it imports store and knows neither the document
// nor the keys.
package encrypted

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/mailprov/mailprov/internal/store"
)

// Config is how bytes are encrypted and decrypted.
type Config struct {
	// IsSealed tells encrypted bytes from others.
	IsSealed func([]byte) bool
	// Open decrypts. Its error says what a person can do.
	Open func([]byte) ([]byte, error)
	// Seal encrypts, and keeps the serial readable to the store below. Where it
	// is nil the state is written as it is, but not in place of an encrypted
	// one, unless Plain is set.
	Seal  func([]byte) ([]byte, error)
	Plain bool
}

// Store is another store with its state encrypted.
type Store struct {
	store.Store
	cfg Config

	mu     sync.Mutex
	known  bool // what lies there has been seen
	sealed bool // and was encrypted
}

var _ store.Store = (*Store)(nil)

// New encrypts what is kept in a store. A state that lies there unencrypted is
// read as it is, and encrypted by the next write.
func New(s store.Store, c Config) *Store { return &Store{Store: s, cfg: c} }

// ErrPlain says that an encrypted state would be replaced by one that is not.
var ErrPlain = errors.New("the state there is encrypted, and this configuration would write it as it is")

// UnreadableError says that the state is encrypted and cannot be decrypted here.
type UnreadableError struct {
	Place string
	Err   error
}

func (e *UnreadableError) Error() string { return fmt.Sprintf("decrypt %s: %v", e.Place, e.Err) }

// Unwrap gives why.
func (e *UnreadableError) Unwrap() error { return e.Err }

// Read implements store.Store.
func (s *Store) Read(ctx context.Context) (*store.Blob, error) {
	b, err := s.Stored(ctx)
	if err != nil || b == nil || !s.cfg.IsSealed(b.Bytes) {
		return b, err
	}
	plain, err := s.cfg.Open(b.Bytes)
	if err != nil {
		return nil, &UnreadableError{Place: s.Describe(), Err: err}
	}
	return &store.Blob{Serial: b.Serial, Bytes: plain}, nil
}

// Stored reads the state as it lies there.
func (s *Store) Stored(ctx context.Context) (*store.Blob, error) {
	b, err := s.Store.Read(ctx)
	if err == nil {
		s.saw(b)
	}
	return b, err
}

func (s *Store) saw(b *store.Blob) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known, s.sealed = true, b != nil && s.cfg.IsSealed(b.Bytes)
}

// Form is the state as this store would write it.
func (s *Store) Form(b []byte) ([]byte, error) {
	if s.cfg.Seal == nil {
		return b, nil
	}
	return s.cfg.Seal(b)
}

// Close closes the store below, where that can be.
func (s *Store) Close() error {
	if c, ok := s.Store.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Lock implements store.Store.
func (s *Store) Lock(ctx context.Context, h store.Holder, wait time.Duration) (store.Lock, error) {
	l, err := s.Store.Lock(ctx, h, wait)
	if err != nil {
		return nil, err
	}
	return &lock{l, s}, nil
}

// Unlocked implements store.Store.
func (s *Store) Unlocked(h store.Holder) store.Lock { return &lock{s.Store.Unlocked(h), s} }

// lock encrypts what is written through it.
type lock struct {
	store.Lock
	store *Store
}

// Write implements store.Lock.
func (l *lock) Write(ctx context.Context, b store.Blob, expected uint64) error {
	if err := l.store.mayWrite(ctx); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	form, err := l.store.Form(b.Bytes)
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	err = l.Lock.Write(ctx, store.Blob{Serial: b.Serial, Bytes: form}, expected)
	if err == nil {
		l.store.saw(&store.Blob{Bytes: form})
	}
	return err
}

// mayWrite keeps an encrypted state from being replaced by one that is not,
// because somebody took the block out of the configuration.
func (s *Store) mayWrite(ctx context.Context) error {
	if s.cfg.Seal != nil || s.cfg.Plain {
		return nil
	}
	s.mu.Lock()
	known := s.known
	s.mu.Unlock()
	if !known {
		if _, err := s.Stored(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sealed {
		return ErrPlain
	}
	return nil
}
