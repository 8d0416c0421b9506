package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
)

func emptyReadsAsNone(t *testing.T, s Suite) {
	st := s.Open(s.New(t))
	if b, err := st.Read(t.Context()); b != nil || err != nil {
		t.Errorf("read %v, %v", b, err)
	}
	if names, err := st.Sealed().List(t.Context()); len(names) != 0 || err != nil {
		t.Errorf("sealed %v, %v", names, err)
	}
	if st.Describe() == "" {
		t.Error("the place has no name for people")
	}
}

func writtenIsRead(t *testing.T, s Suite) {
	at := s.New(t)
	l := lock(t, s.Open(at), "a")
	defer unlock(t, l)
	first, second := document(t, 1, 100), document(t, 2, 10)
	write(t, l, first, 0)
	holds(t, s.Open(at), first)
	write(t, l, second, 1)
	holds(t, s.Open(at), second)
}

func serialIsChecked(t *testing.T, s Suite) {
	at := s.New(t)
	l := lock(t, s.Open(at), "a")
	defer unlock(t, l)
	conflict := func(expected, found uint64) {
		t.Helper()
		var e *store.ConflictError
		if err := l.Write(t.Context(), document(t, expected+1, 0), expected); !errors.As(err, &e) || e.Expected != expected || e.Found != found {
			t.Errorf("expecting %d where %d is: %v", expected, found, err)
		}
	}
	conflict(4, 0)
	if b, err := s.Open(at).Read(t.Context()); b != nil || err != nil {
		t.Errorf("a refused write left %v, %v", b, err)
	}
	b := document(t, 1, 0)
	write(t, l, b, 0)
	conflict(0, 1)
	conflict(2, 1)
	holds(t, s.Open(at), b)
}

func carriedSerialIsChecked(t *testing.T, s Suite) {
	at := s.New(t)
	l := lock(t, s.Open(at), "a")
	defer unlock(t, l)
	b := document(t, 5, 0)
	b.Serial = 1
	if err := l.Write(t.Context(), b, 0); err == nil {
		t.Error("a document with serial 5 was written as serial 1")
	}
	if got, err := s.Open(at).Read(t.Context()); got != nil || err != nil {
		t.Errorf("a refused write left %v, %v", got, err)
	}
}

func oneOfFiveWrites(t *testing.T, s Suite) {
	at := s.New(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	won, conflicts := 0, 0
	for _, id := range []string{"1", "2", "3", "4", "5"} {
		b := document(t, 1, len(id))
		wg.Go(func() {
			l, err := s.Open(at).Lock(t.Context(), holder(id), s.patience())
			if err != nil {
				t.Errorf("lock: %v", err)
				return
			}
			err = l.Write(t.Context(), b, 0)
			mu.Lock()
			var c *store.ConflictError
			switch {
			case err == nil:
				won++
			case errors.As(err, &c):
				conflicts++
			default:
				t.Errorf("write: %v", err)
			}
			mu.Unlock()
			if err := l.Unlock(t.Context()); err != nil {
				t.Errorf("unlock: %v", err)
			}
		})
	}
	wg.Wait()
	if won != 1 || conflicts != 4 {
		t.Errorf("%d writers won, %d found another's state", won, conflicts)
	}
}

func fiveWritersLoseNothing(t *testing.T, s Suite) {
	at := s.New(t)
	const each = 4
	var wg sync.WaitGroup
	for _, id := range []string{"1", "2", "3", "4", "5"} {
		wg.Go(func() {
			st := s.Open(at)
			for range each {
				if err := increment(t, s, st, id); err != nil {
					t.Errorf("writer %s: %v", id, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if b, err := s.Open(at).Read(t.Context()); err != nil || b == nil || b.Serial != 5*each {
		t.Errorf("after %d writes the state is %+v, %v", 5*each, b, err)
	}
}

// increment replaces the state by its successor under the lock.
func increment(t *testing.T, s Suite, st store.Store, id string) error {
	l, err := st.Lock(t.Context(), holder(id), s.patience())
	if err != nil {
		return err
	}
	return errors.Join(succeed(t, st, l), l.Unlock(t.Context()))
}

func succeed(t *testing.T, st store.Store, l store.Lock) error {
	b, err := st.Read(t.Context())
	if err != nil {
		return err
	}
	serial := uint64(0)
	if b != nil {
		serial = b.Serial
	}
	next, err := encoded(serial+1, 0)
	if err != nil {
		return err
	}
	return l.Write(t.Context(), next, serial)
}

func unlockedChecksSerial(t *testing.T, s Suite) {
	at := s.New(t)
	u := s.Open(at).Unlocked(holder("a"))
	if u.Holder() != holder("a") {
		t.Errorf("the handle says it is %+v", u.Holder())
	}
	first := document(t, 1, 0)
	write(t, u, first, 0)
	var c *store.ConflictError
	if err := u.Write(t.Context(), document(t, 8, 0), 7); !errors.As(err, &c) || c.Expected != 7 || c.Found != 1 {
		t.Errorf("expecting 7 where 1 is: %v", err)
	}
	holds(t, s.Open(at), first)
	unlock(t, u)
	if !s.Swaps {
		return
	}
	for serial := uint64(1); serial <= 5; serial++ {
		if won := race(t, s, at, serial); won != 1 {
			t.Fatalf("%d of five replaced serial %d", won, serial)
		}
	}
}

// race lets five replace the same serial without a lock and counts who did.
func race(t *testing.T, s Suite, at string, serial uint64) int {
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	start := make(chan struct{})
	for n := range 5 {
		u := s.Open(at).Unlocked(holder("u"))
		b := document(t, serial+1, n*10_000)
		wg.Go(func() {
			<-start
			err := u.Write(t.Context(), b, serial)
			var c *store.ConflictError
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.As(err, &c) {
				t.Errorf("write: %v", err)
			}
		})
	}
	close(start)
	wg.Wait()
	return won
}

func largeState(t *testing.T, s Suite) {
	at := s.New(t)
	l := lock(t, s.Open(at), "a")
	defer unlock(t, l)
	b := document(t, 1, 20_000_000)
	if len(b.Bytes) < 20_000_000 {
		t.Fatalf("the large state has only %d bytes", len(b.Bytes))
	}
	write(t, l, b, 0)
	holds(t, s.Open(at), b)
	small := document(t, 2, 0)
	write(t, l, small, 1)
	holds(t, s.Open(at), small)
}

func readersSeeWholeStates(t *testing.T, s Suite) {
	at := s.New(t)
	l := lock(t, s.Open(at), "a")
	defer unlock(t, l)
	write(t, l, document(t, 1, 0), 0)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 3 {
		st := s.Open(at)
		wg.Go(func() {
			last := uint64(0)
			for ctx.Err() == nil {
				b, err := st.Read(t.Context())
				if err != nil || b == nil {
					t.Errorf("read beside a writer: %v, %v", b, err)
					return
				}
				d, err := state.Decode(b.Bytes)
				if err != nil || d.Serial != b.Serial || b.Serial < last {
					t.Errorf("a torn state, or one from the past: serial %d after %d: %v", b.Serial, last, err)
					return
				}
				last = b.Serial
			}
		})
	}
	for n := uint64(2); n <= 30; n++ {
		write(t, l, document(t, n, int(n%3)*100_000), n-1)
	}
	stop()
	wg.Wait()
}

func cancelledContext(t *testing.T, s Suite) {
	at := s.New(t)
	st := s.Open(at)
	l := lock(t, st, "a")
	defer unlock(t, l)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, read := st.Read(ctx)
	_, locked := s.Open(at).Lock(ctx, holder("b"), s.patience())
	_, sealed := st.Sealed().Read(ctx, "x")
	_, list := st.Sealed().List(ctx)
	for what, err := range map[string]error{
		"read": read, "lock": locked, "write": l.Write(ctx, document(t, 1, 0), 0), "force unlock": st.ForceUnlock(ctx, "a"),
		"sealed read": sealed, "sealed list": list,
		"sealed write": st.Sealed().Write(ctx, "x", []byte("x")), "sealed remove": st.Sealed().Remove(ctx, "x"),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if b, err := s.Open(at).Read(t.Context()); b != nil || err != nil {
		t.Errorf("a cancelled write left %v, %v", b, err)
	}
}
