package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
)

// heldBy tells whether err says that the lock is held by this holder.
func heldBy(err error, h store.Holder) bool {
	var e *store.HeldError
	return errors.As(err, &e) && e.Holder.ID == h.ID && e.Holder.Who == h.Who && e.Holder.PID == h.PID &&
		e.Holder.Operation == h.Operation && e.Holder.Created.Equal(h.Created) && e.Holder.Version == h.Version
}

func lockNamesHolder(t *testing.T, s Suite) {
	at := s.New(t)
	l := lock(t, s.Open(at), "a")
	if l.Holder() != holder("a") {
		t.Errorf("the lock says it is held by %+v", l.Holder())
	}
	if _, err := s.Open(at).Lock(t.Context(), holder("b"), 0); !heldBy(err, holder("a")) {
		t.Errorf("second lock: %v", err)
	}
	if _, err := s.Open(at).Lock(t.Context(), holder("b"), 50*time.Millisecond); !heldBy(err, holder("a")) {
		t.Errorf("second lock after a wait: %v", err)
	}
	select {
	case <-l.Lost():
		t.Error("a lock was lost to one that did not get it")
	default:
	}
	unlock(t, l)
	unlock(t, lock(t, s.Open(at), "b"))
}

func lockIsSeen(t *testing.T, s Suite) {
	at := s.New(t)
	seen := func(want bool, when string) {
		t.Helper()
		h, err := s.Open(at).Held(t.Context())
		if err != nil || (h != nil) != want || want && !heldBy(h, holder("a")) {
			t.Errorf("%s: %v, %v", when, h, err)
		}
	}
	seen(false, "before there is a state")
	l := lock(t, s.Open(at), "a")
	seen(true, "while it is held")
	seen(true, "while it is held, looked at again")
	write(t, l, document(t, 1, 0), 0) // looking took nothing away
	unlock(t, l)
	seen(false, "once it is given back")
	unlock(t, lock(t, s.Open(at), "b"))
}

func waitingLockGetsItsTurn(t *testing.T, s Suite) {
	at := s.New(t)
	first := lock(t, s.Open(at), "a")
	got := make(chan error, 1)
	go func() {
		l, err := s.Open(at).Lock(t.Context(), holder("b"), s.patience())
		if err == nil {
			err = l.Unlock(t.Context())
		}
		got <- err
	}()
	select {
	case err := <-got:
		t.Fatalf("the waiting lock did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	unlock(t, first)
	if err := <-got; err != nil {
		t.Errorf("the waiting lock: %v", err)
	}
}

func waitEndsWithContext(t *testing.T, s Suite) {
	at := s.New(t)
	l := lock(t, s.Open(at), "a")
	defer unlock(t, l)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Open(at).Lock(ctx, holder("b"), s.patience()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func unlockedWritesNoMore(t *testing.T, s Suite) {
	at := s.New(t)
	l := lock(t, s.Open(at), "a")
	b := document(t, 1, 0)
	write(t, l, b, 0)
	unlock(t, l)
	unlock(t, l) // a second time does nothing
	if err := l.Write(t.Context(), document(t, 2, 0), 1); !errors.Is(err, store.ErrLockLost) {
		t.Errorf("write without the lock: %v", err)
	}
	holds(t, s.Open(at), b)
}

func oneOfFiveLocks(t *testing.T, s Suite) {
	at := s.New(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var winners []store.Lock
	start := make(chan struct{})
	for _, id := range []string{"1", "2", "3", "4", "5"} {
		wg.Go(func() {
			<-start
			l, err := s.Open(at).Lock(t.Context(), holder(id), 0)
			var held *store.HeldError
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				winners = append(winners, l)
			} else if !errors.As(err, &held) {
				t.Errorf("lock: %v", err)
			}
		})
	}
	close(start)
	wg.Wait()
	if len(winners) != 1 {
		t.Fatalf("%d hold the lock", len(winners))
	}
	unlock(t, winners[0])
}

func killedHolderFreesLock(t *testing.T, s Suite) {
	at := s.New(t)
	_, kill := child(t, at)
	_, err := s.Open(at).Lock(t.Context(), holder("a"), 0)
	var held *store.HeldError
	if !errors.As(err, &held) || held.Holder.ID != "child" || held.Holder.PID == 0 {
		t.Fatalf("beside the living child: %v", err)
	}
	if held.EndsWithin != s.Outlives {
		t.Errorf("the lock of a dead process is said to last %v, want %v", held.EndsWithin, s.Outlives)
	}
	kill()
	l, err := s.Open(at).Lock(t.Context(), holder("a"), s.patience())
	if err != nil {
		t.Fatalf("after the child was killed: %v", err)
	}
	if _, err := s.Open(at).Lock(t.Context(), holder("b"), 0); !heldBy(err, holder("a")) {
		t.Errorf("the killed holder's note is still believed: %v", err)
	}
	unlock(t, l)
}

func killedWriterLeavesWholeState(t *testing.T, s Suite) {
	at := s.New(t)
	printed, kill := child(t, at, writeEnv+"=1")
	for n := range 5 {
		if line, err := printed.ReadString('\n'); err != nil || line != fmt.Sprintln(n+1, "<nil>") {
			t.Fatalf("the child's write %d: %q, %v", n+1, line, err)
		}
	}
	kill() // most likely in the middle of the sixth
	b, err := s.Open(at).Read(t.Context())
	if err != nil || b == nil || b.Serial < 5 {
		t.Fatalf("read: %+v, %v", b, err)
	}
	if d, err := state.Decode(b.Bytes); err != nil || d.Serial != b.Serial {
		t.Fatalf("decode: %v", err)
	}
	l, err := s.Open(at).Lock(t.Context(), holder("a"), s.patience())
	if err != nil {
		t.Fatalf("lock: %v", err)
	}
	defer unlock(t, l)
	next := document(t, b.Serial+1, 0)
	write(t, l, next, b.Serial)
	holds(t, s.Open(at), next)
}

func forcedUnlock(t *testing.T, s Suite) {
	at := s.New(t)
	var unknown *store.LockIDError
	if err := s.Open(at).ForceUnlock(t.Context(), "a"); !errors.As(err, &unknown) || unknown.Holder != nil {
		t.Errorf("with no lock: %v", err)
	}
	old := lock(t, s.Open(at), "a")
	first := document(t, 1, 0)
	write(t, old, first, 0)
	if err := s.Open(at).ForceUnlock(t.Context(), "b"); !errors.As(err, &unknown) || unknown.Holder == nil || unknown.Holder.ID != "a" {
		t.Errorf("with another id: %v", err)
	}
	if _, err := s.Open(at).Lock(t.Context(), holder("b"), 0); !heldBy(err, holder("a")) {
		t.Errorf("the lock is gone after an attempt with another id: %v", err)
	}
	if err := s.Open(at).ForceUnlock(t.Context(), "a"); err != nil {
		t.Fatalf("with its id: %v", err)
	}
	if s.Notices {
		told(t, s, old)
	}
	next := lock(t, s.Open(at), "b")
	second := document(t, 2, 0)
	write(t, next, second, 1)
	if err := old.Write(t.Context(), document(t, 3, 0), 2); !errors.Is(err, store.ErrLockLost) {
		t.Errorf("the old holder writes: %v", err)
	}
	told(t, s, old)
	if err := old.Unlock(t.Context()); !errors.Is(err, store.ErrLockLost) {
		t.Errorf("the old holder unlocks: %v", err)
	}
	if _, err := s.Open(at).Lock(t.Context(), holder("c"), 0); !heldBy(err, holder("b")) {
		t.Errorf("the old holder's unlock freed the new lock: %v", err)
	}
	holds(t, s.Open(at), second)
	unlock(t, next)
}

// told waits until a lock says that it is lost.
func told(t *testing.T, s Suite, l store.Lock) {
	t.Helper()
	select {
	case <-l.Lost():
	case <-time.After(s.patience()):
		t.Error("the old holder was not told")
	}
}

func lostLockSealsNoMore(t *testing.T, s Suite) {
	at := s.New(t)
	st := s.Open(at)
	old := lock(t, st, "a")
	if err := st.Sealed().Write(t.Context(), "x", []byte("old")); err != nil {
		t.Fatal(err)
	}
	if err := s.Open(at).ForceUnlock(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if s.Notices {
		told(t, s, old)
	}
	other := s.Open(at)
	next := lock(t, other, "b")
	if err := other.Sealed().Write(t.Context(), "x", []byte("new")); err != nil {
		t.Fatal(err)
	}
	if err := st.Sealed().Write(t.Context(), "x", []byte("late")); !errors.Is(err, store.ErrLockLost) {
		t.Errorf("the old holder writes a secret: %v", err)
	}
	if err := st.Sealed().Remove(t.Context(), "x"); !errors.Is(err, store.ErrLockLost) {
		t.Errorf("the old holder removes a secret: %v", err)
	}
	if b, err := st.Sealed().Read(t.Context(), "x"); err != nil || string(b) != "new" {
		t.Errorf("beside the state lies %q, %v", b, err)
	}
	unlock(t, next)
	if err := other.Sealed().Write(t.Context(), "x", []byte("later")); err != nil {
		t.Errorf("after its lock was given back: %v", err)
	}
}
