package apply

import (
	"context"
	"errors"
	"sync"

	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
)

// journal is the state under way. Every change goes through commit, which
// returns when the change is durable; changes that come while a write is under
// way share the next one.
type journal struct {
	lock store.Lock

	mu       sync.Mutex
	doc      *state.Document
	stored   uint64 // serial of what the store holds
	waiting  []chan error
	writing  bool
	failed   error // after a failed write nothing more is written
	writes   int
	version  string
	finished sync.WaitGroup
	broken   chan struct{} // closed with the first failed write
}

func newJournal(lock store.Lock, doc *state.Document, version string) *journal {
	return &journal{lock: lock, doc: doc, stored: doc.Serial, version: version, broken: make(chan struct{})}
}

// errLockLost stops a run whose lock is gone before its next write.
var errLockLost = errors.New("the lock was lost: another run may be writing this state")

// commit changes the document and waits until it is stored. A run that is
// being stopped still commits what it knows: the write is not bound to the
// run's context.
func (j *journal) commit(change func(*state.Document)) error {
	done := make(chan error, 1)
	j.mu.Lock()
	change(j.doc)
	if j.failed != nil {
		j.mu.Unlock()
		return j.failed
	}
	j.waiting = append(j.waiting, done)
	if !j.writing {
		j.writing = true
		j.finished.Add(1)
		go j.write()
	}
	j.mu.Unlock()
	return <-done
}

// read calls f with the document; f must not keep it.
func (j *journal) read(f func(*state.Document)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f(j.doc)
}

// write stores the document until nobody waits any more.
func (j *journal) write() {
	defer j.finished.Done()
	for {
		j.mu.Lock()
		waiting := j.waiting
		j.waiting = nil
		if len(waiting) == 0 {
			j.writing = false
			j.mu.Unlock()
			return
		}
		expected := j.stored
		j.doc.Serial = expected + 1
		j.doc.MailprovVersion = j.version
		b, err := state.Encode(j.doc)
		j.mu.Unlock()
		if err == nil {
			err = j.put(store.Blob{Serial: expected + 1, Bytes: b}, expected)
		}
		j.mu.Lock()
		if err != nil {
			if j.failed == nil {
				close(j.broken)
			}
			j.failed = err
			waiting = append(waiting, j.waiting...)
			j.waiting = nil
		} else {
			j.stored = expected + 1
			j.writes++
		}
		j.mu.Unlock()
		for _, w := range waiting {
			w <- err
		}
	}
}

func (j *journal) put(b store.Blob, expected uint64) error {
	select {
	case <-j.lock.Lost():
		return errLockLost
	default:
	}
	return j.lock.Write(context.Background(), b, expected)
}

// close waits until the last write is over.
func (j *journal) close() error {
	j.finished.Wait()
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.failed
}
