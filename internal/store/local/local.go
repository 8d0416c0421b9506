// Package local keeps the state in a file, for one person or one machine:
//
//	<path>            the state, replaced atomically, 0600
//	<path>.backup     the state before the last write
//	<path>.lock       locked with flock by the run that may write; stays, empty
//	<path>.lock.info  who that run is, as JSON, for the others
//	<path>.sealed/    encrypted secrets, 0700
//
// It may import store and durable, and it never looks into the state but for
// its serial, through a function it is given.
package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/mailprov/mailprov/internal/durable"
	"github.com/mailprov/mailprov/internal/store"
)

// Config says where the state lies and how its serial is read.
type Config struct {
	// Path of the state file. Where it is a symbolic link, the file it leads
	// to is meant, and everything else lies beside that one.
	Path string
	// Serial reads the serial of a state, and fails on bytes that are not a
	// state this build understands.
	Serial func([]byte) (uint64, error)
	// Around stands around every step on the disk; nil is nobody.
	Around durable.Around
}

// Store keeps one state in a file.
type Store struct {
	cfg Config

	mu   sync.Mutex
	last *lock // the last one taken through this Store
}

var _ store.Store = (*Store)(nil)

// New binds a store to a path. Nothing is read or created.
func New(c Config) *Store { return &Store{cfg: c} }

// Read implements store.Store. It creates nothing. The serial of a state that
// cannot be understood is 0: to say what is wrong with it is up to its reader,
// who is given the bytes.
func (s *Store) Read(ctx context.Context) (*store.Blob, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	p, err := s.place()
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	b, err := p.dir.Read(p.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	serial, err := s.cfg.Serial(b)
	if err != nil {
		serial = 0
	}
	return &store.Blob{Serial: serial, Bytes: b}, nil
}

// Describe implements store.Store.
func (s *Store) Describe() string { return "local file " + s.cfg.Path }

// write replaces the state; the caller holds the lock.
func (s *Store) write(b store.Blob, expected uint64) error {
	if n, err := s.cfg.Serial(b.Bytes); err != nil {
		return fmt.Errorf("write state: %w", err)
	} else if n != b.Serial {
		return fmt.Errorf("write state: the document carries serial %d, not %d", n, b.Serial)
	}
	p, err := s.place()
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	found := uint64(0)
	old, err := p.dir.Read(p.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("write state: %w", err)
	default:
		if found, err = s.cfg.Serial(old); err != nil {
			return &store.UnreadableError{Place: s.Describe(), Err: err}
		}
	}
	if found != expected {
		return &store.ConflictError{Expected: expected, Found: found}
	}
	if old != nil {
		if err := p.dir.Write(p.name+backupSuffix, old); err != nil {
			return fmt.Errorf("back up state: %w", err)
		}
	}
	if err := p.dir.Write(p.name, b.Bytes); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}

// What lies beside the state.
const (
	backupSuffix = ".backup"
	lockSuffix   = ".lock"
	infoSuffix   = ".lock.info"
	sealedSuffix = ".sealed"
)

// place is the state file with its links followed.
type place struct {
	dir  durable.Dir
	name string
}

func (p place) path(suffix string) string { return filepath.Join(p.dir.Path(), p.name+suffix) }

// maxLinks bounds a chain of symbolic links, as the kernel does.
const maxLinks = 40

// place follows the links of the state file by hand, because the file at their
// end need not exist yet.
func (s *Store) place() (place, error) {
	path, err := filepath.Abs(s.cfg.Path)
	if err != nil {
		return place{}, err
	}
	for range maxLinks {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&fs.ModeSymlink == 0 {
			if err == nil && !info.Mode().IsRegular() {
				return place{}, fmt.Errorf("%s is no regular file", path)
			}
			return place{dir: durable.New(filepath.Dir(path)).Through(s.cfg.Around), name: filepath.Base(path)}, nil
		}
		if err != nil {
			return place{}, err
		}
		target, err := os.Readlink(path)
		if err != nil {
			return place{}, err
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return place{}, fmt.Errorf("%s: too many symbolic links", s.cfg.Path)
}
