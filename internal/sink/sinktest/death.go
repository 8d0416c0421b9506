package sinktest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/slot"
	"github.com/mailprov/mailprov/internal/store"
)

// manner is how a process dies at a write.
type manner string

const (
	before manner = "before"
	after  manner = "after"
	midway manner = "midway" // half of a file lies under its temporary name
)

var errDied = errors.New("the process has died")

// reaper counts the writes below a sink and ends the process at one of them;
// from then on nothing is done any more.
type reaper struct {
	dir    string
	at     int
	how    manner
	writes int
	dead   bool
}

// write does one write, or dies at it.
func (r *reaper) write(file string, b []byte, do func() error) error {
	if r.dead {
		return errDied
	}
	r.writes++
	if r.writes != r.at {
		return do()
	}
	r.dead = true
	switch r.how {
	case after:
		if err := do(); err != nil {
			return err
		}
	case midway:
		if file == "" { // no file: what is sent is sent
			return errors.Join(do(), errDied)
		}
		path := filepath.Join(r.dir, filepath.FromSlash(file)) + ".tmp"
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, b[:(len(b)+1)*2/3], 0o600); err != nil {
			return err
		}
	}
	return errDied
}

func (r *reaper) read() error {
	if r.dead {
		return errDied
	}
	return nil
}

// mortal returns the world as a process sees it that is going to die.
func (r *reaper) mortal(w World) World {
	r.dir = w.Dir
	w.Files = mortalFiles{w.Files, r}
	w.Sealed = mortalSealed{w.Sealed, r}
	w.Network = func(next http.RoundTripper) http.RoundTripper { return mortalNetwork{next, r} }
	return w
}

// mortalNetwork counts the requests that could write. One that is cut off
// midway has left the process whole, and its answer finds nobody.
type mortalNetwork struct {
	next http.RoundTripper
	*reaper
}

func (m mortalNetwork) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if r.Method == http.MethodGet {
		if err := m.read(); err != nil {
			return nil, err
		}
		return m.next.RoundTrip(r)
	}
	err = m.write("", nil, func() error {
		resp, err = m.next.RoundTrip(r)
		return err
	})
	if err != nil && resp != nil {
		_ = resp.Body.Close()
		resp = nil
	}
	return resp, err
}

type mortalFiles struct {
	slot.Files
	*reaper
}

func (m mortalFiles) Read(name string) ([]byte, error) {
	if err := m.read(); err != nil {
		return nil, err
	}
	return m.Files.Read(name)
}

func (m mortalFiles) Write(name string, b []byte) error {
	return m.write(name, b, func() error { return m.Files.Write(name, b) })
}

func (m mortalFiles) Remove(name string) error {
	return m.write(name, nil, func() error { return m.Files.Remove(name) })
}

func (m mortalFiles) Protect(name string) error {
	return m.write(name, nil, func() error { return m.Files.Protect(name) })
}

type mortalSealed struct {
	store.Sealed
	*reaper
}

func (m mortalSealed) Read(ctx context.Context, name string) ([]byte, error) {
	if err := m.read(); err != nil {
		return nil, err
	}
	return m.Sealed.Read(ctx, name)
}

func (m mortalSealed) Write(ctx context.Context, name string, b []byte) error {
	return m.write("state/s.json.sealed/"+name, b, func() error { return m.Sealed.Write(ctx, name, b) })
}

func (m mortalSealed) Remove(ctx context.Context, name string) error {
	return m.write("state/s.json.sealed/"+name, nil, func() error { return m.Sealed.Remove(ctx, name) })
}

// step is one call, what is held before and after it, and what must be
// readable whenever it is cut short.
type step struct {
	name  string
	do    func(context.Context, sink.Sink) error
	after sink.Contents
	keeps []string // key ids, each readable in use or as the previous one
}

func life() []step {
	one, two, three := item("proself", "k1"), item("proself", "k2"), item("proself", "k3")
	put := func(i sink.Item) func(context.Context, sink.Sink) error {
		return func(ctx context.Context, s sink.Sink) error { _, err := s.Stage(ctx, i, value(i.KeyID)); return err }
	}
	use := func(i sink.Item) func(context.Context, sink.Sink) error {
		return func(ctx context.Context, s sink.Sink) error {
			_, err := s.Commit(ctx, i)
			if irrevocable(s) && errors.Is(err, sink.ErrNotStaged) { // it was in the memory of whoever died
				return Deliver(ctx, s, i, text(i.KeyID))
			}
			return err
		}
	}
	return []step{
		{"stage k1", put(one), sink.Contents{Staged: "k1"}, nil},
		{"commit k1", use(one), sink.Contents{InUse: "k1"}, nil},
		{"stage k2", put(two), sink.Contents{InUse: "k1", Staged: "k2"}, []string{"k1"}},
		{"commit k2", use(two), sink.Contents{InUse: "k2", Previous: "k1"}, []string{"k1"}},
		{"retire k1", func(ctx context.Context, s sink.Sink) error { return s.Retire(ctx, one) }, sink.Contents{InUse: "k2"}, []string{"k2"}},
		{"stage k3", put(three), sink.Contents{InUse: "k2", Staged: "k3"}, []string{"k2"}},
		{"discard k3", func(ctx context.Context, s sink.Sink) error { return s.Discard(ctx, three) }, sink.Contents{InUse: "k2"}, []string{"k2"}},
		{"stage k3 again", put(three), sink.Contents{InUse: "k2", Staged: "k3"}, []string{"k2"}},
		{"commit k3", use(three), sink.Contents{InUse: "k3", Previous: "k2"}, []string{"k2"}},
		{"remove", func(ctx context.Context, s sink.Sink) error { return s.Remove(ctx, three) }, sink.Contents{}, nil},
	}
}

func deaths(t *testing.T, s Suite) {
	for _, how := range []manner{before, after, midway} {
		for n := 1; ; n++ {
			r := &reaper{at: n, how: how}
			died := false
			t.Run(fmt.Sprintf("%s write %d", how, n), func(t *testing.T) {
				w := NewWorld(t)
				k := s.Open(t, r.mortal(w))
				for _, st := range life() {
					err := st.do(t.Context(), k)
					if errors.Is(err, errDied) {
						died = true
						k = s.Open(t, w) // the next run
						keeps(t, k, st)
						err = st.do(t.Context(), k)
					}
					if err != nil {
						t.Fatalf("%s: %v", st.name, err)
					}
					holds(t, s.next(t, w, k), item("proself", "").Secret, st.after)
				}
				if left := s.left(t, w, "canary"); len(left) != 0 {
					t.Errorf("values are left in %v", left)
				}
			})
			if !died {
				least := 10
				if s.Handed != nil {
					least = 5 // staging and discarding write nothing
				}
				if n-1 < least {
					t.Errorf("a life takes only %d writes", n-1)
				}
				break
			}
		}
	}
}

// next is the sink as the next run sees it. Where what is staged ends with the
// process, it is the same run still.
func (s Suite) next(t *testing.T, w World, k sink.Sink) sink.Sink {
	t.Helper()
	if s.Handed != nil {
		return k
	}
	return s.Open(t, w)
}

// keeps fails unless the values that mail may run on are readable in the
// moment after a death.
func keeps(t *testing.T, k sink.Sink, st step) {
	t.Helper()
	for _, key := range st.keeps {
		if !readable(t, k, key) {
			t.Errorf("after a death in %q the value of %s cannot be read", st.name, key)
		}
	}
	if c, err := k.Holds(t.Context(), item("proself", "")); len(st.keeps) > 0 && (err != nil || c.InUse == "" || !readable(t, k, c.InUse)) {
		t.Errorf("after a death in %q no value is in use: %+v, %v", st.name, c, err)
	}
}

// readable tells whether the value of a credential can be read, in use or as
// the previous one. Of a sink that never gives one back, it tells whether the
// sink still knows that it has been handed over.
func readable(t *testing.T, k sink.Sink, key string) bool {
	t.Helper()
	if irrevocable(k) {
		c, err := k.Holds(t.Context(), item("proself", ""))
		return err == nil && (c.InUse == key || c.Previous == key)
	}
	for _, slot := range []sink.Slot{sink.InUse, sink.Previous} {
		if v, err := k.Read(t.Context(), item("proself", ""), slot); err == nil && string(v.Reveal()) == text(key) {
			return true
		}
	}
	return false
}

// stagedThenDiscarded is what becomes of a value that only lived in the memory
// of the process that died.
func stagedThenDiscarded(t *testing.T, s Suite) {
	for _, how := range []manner{before, after, midway} {
		for n := 1; ; n++ {
			w := NewWorld(t)
			k, one, two := s.Open(t, w), item("proself", "k1"), item("proself", "k2")
			stage(t, k, one)
			commit(t, k, one)
			r := &reaper{at: n, how: how}
			_, err := s.Open(t, r.mortal(w)).Stage(t.Context(), two, value("k2"))
			if err == nil {
				break
			}
			if !errors.Is(err, errDied) {
				t.Fatal(err)
			}
			must(t, k.Discard(t.Context(), two))
			holds(t, k, one.Secret, sink.Contents{InUse: "k1"})
			if left := s.left(t, w, text("k2")[:20]); len(left) != 0 {
				t.Errorf("died %s write %d: values are left in %v", how, n, left)
			}
		}
	}
}
