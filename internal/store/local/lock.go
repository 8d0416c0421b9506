package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/mailprov/mailprov/internal/durable"
	"github.com/mailprov/mailprov/internal/store"
)

// retryEvery is how often a lock held by another process is tried again.
const retryEvery = 100 * time.Millisecond

// Lock implements store.Store with flock, which the kernel drops with the
// process however that ends, so that a killed run leaves nothing to clear up.
func (s *Store) Lock(ctx context.Context, h store.Holder, wait time.Duration) (store.Lock, error) {
	p, err := s.place()
	if err != nil {
		return nil, fmt.Errorf("lock state: %w", err)
	}
	if err := p.dir.Make(); err != nil {
		return nil, fmt.Errorf("lock state: %w", err)
	}
	bounded, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		f, err := acquire(p)
		if err != nil {
			return nil, fmt.Errorf("lock state: %w", err)
		}
		if f != nil {
			l := &lock{store: s, place: p, flock: f, holder: h, lost: make(chan struct{})}
			if err := l.announce(); err != nil {
				return nil, errors.Join(fmt.Errorf("lock state: %w", err), f.Close())
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.last = l
			return l, nil
		}
		select {
		case <-bounded.Done():
			if ctx.Err() != nil {
				return nil, fmt.Errorf("lock state: %w", ctx.Err())
			}
			return nil, &store.HeldError{Holder: readHolder(p)}
		case <-time.After(min(retryEvery, max(wait, time.Millisecond))):
		}
	}
}

// Held implements store.Store. A lock has a note beside it; without one nobody
// is asked. Of a killed holder the note alone is left, and the lock can be had.
func (s *Store) Held(ctx context.Context) (*store.HeldError, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("look at the lock: %w", err)
	}
	p, err := s.place()
	if err != nil {
		return nil, fmt.Errorf("look at the lock: %w", err)
	}
	for _, suffix := range []string{infoSuffix, lockSuffix} {
		if _, err := os.Stat(p.path(suffix)); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	f := flock.New(p.path(lockSuffix), flock.SetFlag(os.O_RDONLY))
	free, err := f.TryRLock()
	switch {
	case errors.Is(err, fs.ErrNotExist): // given back meanwhile
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look at the lock: %w", err)
	case free:
		return nil, f.Close()
	}
	return &store.HeldError{Holder: readHolder(p)}, f.Close()
}

// acquire tries once; it returns nil if another process holds the lock.
func acquire(p place) (*flock.Flock, error) {
	f := flock.New(p.path(lockSuffix), flock.SetPermissions(durable.FileMode))
	if ok, err := f.TryLock(); err != nil || !ok {
		return nil, err
	}
	// Between opening and locking the file may have been removed by force; a
	// lock on a file without a name keeps nobody out.
	if !named(p, f) {
		return nil, f.Close()
	}
	return f, nil
}

// named tells whether the file that f has locked is the one others will find.
func named(p place, f *flock.Flock) bool {
	ours, err := f.Stat()
	if err != nil {
		return false
	}
	found, err := os.Stat(p.path(lockSuffix))
	return err == nil && os.SameFile(ours, found)
}

// readHolder says who holds a lock that could not be had. What cannot be read
// is left empty: the holder may be about to write it.
func readHolder(p place) store.Holder {
	var h store.Holder
	b, err := p.dir.Read(p.name + infoSuffix)
	if err != nil || json.Unmarshal(b, &h) != nil || h.ID == "" {
		return store.Holder{ID: "(not known yet)", Who: "another process on this machine", Operation: "starting"}
	}
	return h
}

// lock is held until Unlock, or until its file is taken away.
type lock struct {
	store  *Store
	place  place
	flock  *flock.Flock
	holder store.Holder

	mu       sync.Mutex
	released bool
	lost     chan struct{}
	isLost   bool
}

// announce tells the others who holds the lock; what a killed holder left is
// replaced.
func (l *lock) announce() error {
	b, err := json.MarshalIndent(l.holder, "", "  ")
	if err != nil {
		return err
	}
	return l.place.dir.Write(l.place.name+infoSuffix, append(b, '\n'))
}

// Holder implements store.Lock.
func (l *lock) Holder() store.Holder { return l.holder }

// Lost implements store.Lock. A lock file taken away is noticed before the
// next write, not at once.
func (l *lock) Lost() <-chan struct{} { return l.lost }

// Write implements store.Lock. It is not cut short by ctx once it has begun.
func (l *lock) Write(ctx context.Context, b store.Blob, expected uint64) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.held(); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return l.store.write(b, expected)
}

// held checks that the lock is still ours; the caller holds l.mu.
func (l *lock) held() error {
	if l.released {
		return store.ErrLockLost
	}
	if !l.isLost && !named(l.place, l.flock) {
		l.isLost = true
		close(l.lost)
	}
	if l.isLost {
		return store.ErrLockLost
	}
	return nil
}

// fence keeps a run whose lock was taken away from what lies beside the state
// too. A run without a lock, or that has given it back, is let through.
func (s *Store) fence() error {
	s.mu.Lock()
	l := s.last
	s.mu.Unlock()
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.released && !l.isLost {
		return nil
	}
	return l.held()
}

// Unlock implements store.Lock; a second call does nothing.
func (l *lock) Unlock(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.released {
		return nil
	}
	err := l.held()
	if err == nil { // the note is ours to take away only while the lock is
		err = l.place.dir.Remove(l.place.name + infoSuffix)
	}
	l.released = true
	if err := errors.Join(err, l.flock.Close()); err != nil {
		return fmt.Errorf("unlock state: %w", err)
	}
	return nil
}

// ForceUnlock implements store.Store. A lock whose process is gone is gone
// already, and only its note is cleared away. From a process that lives, such
// as one that hangs, the lock is taken by removing the lock file: the next run
// locks a new one, and the old holder finds its own missing before its next
// write, and stops.
func (s *Store) ForceUnlock(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("unlock state: %w", err)
	}
	p, err := s.place()
	if err != nil {
		return fmt.Errorf("unlock state: %w", err)
	}
	if _, err := os.Stat(p.path(lockSuffix)); errors.Is(err, fs.ErrNotExist) {
		return &store.LockIDError{Asked: id}
	}
	f, err := acquire(p)
	if err != nil {
		return fmt.Errorf("unlock state: %w", err)
	}
	h := readHolder(p)
	if f != nil { // nobody holds it
		defer f.Close()
		if h.ID != id {
			return &store.LockIDError{Asked: id}
		}
		return p.dir.Remove(p.name + infoSuffix)
	}
	if h.ID != id {
		return &store.LockIDError{Asked: id, Holder: &h}
	}
	if err := errors.Join(p.dir.Remove(p.name+infoSuffix), p.dir.Remove(p.name+lockSuffix)); err != nil {
		return fmt.Errorf("unlock state: process %d holds the lock and must be ended: %w", h.PID, err)
	}
	return nil
}
