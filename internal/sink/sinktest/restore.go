package sinktest

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"github.com/mailprov/mailprov/internal/sink"
)

// succeeded makes k2 the value in use and k1 the previous one.
func succeeded(t *testing.T, k sink.Sink) (one, two sink.Item) {
	t.Helper()
	one, two = item("proself", "k1"), item("proself", "k2")
	for _, i := range []sink.Item{one, two} {
		stage(t, k, i)
		commit(t, k, i)
	}
	return one, two
}

// noKeys is the world of somebody without a private key.
func (w World) noKeys() World {
	w.Identities = func() ([]age.Identity, error) { return nil, errors.New("a key was looked for") }
	return w
}

func restored(t *testing.T, s Suite) {
	if s.Handed != nil {
		notRestored(t, s)
		return
	}
	w := NewWorld(t)
	k := s.Open(t, w)
	if _, err := k.Restore(t.Context(), item("proself", "k1")); !errors.Is(err, sink.ErrAbsent) {
		t.Errorf("of nothing: %v", err)
	}
	one, two := succeeded(t, k)
	keyless := s.Open(t, w.noKeys())
	r, err := keyless.Restore(t.Context(), one)
	if err != nil || r.Where != k.Where(one.Secret) || r.Kind == "" || len(r.Readers) == 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	back := sink.Contents{InUse: "k1", Previous: "k2"}
	holds(t, s.Open(t, w), one.Secret, back)
	was := contentsOf(t, w.Dir)
	_, err = keyless.Restore(t.Context(), one)
	must(t, err)
	if is := contentsOf(t, w.Dir); !maps.Equal(was, is) {
		t.Error("restoring what is in use changed files")
	}
	for _, i := range []sink.Item{item("proself", "k9"), item("other", "k2"), item("proself", "")} {
		if _, err := k.Restore(t.Context(), i); !errors.Is(err, sink.ErrAbsent) {
			t.Errorf("%s of %s: %v", i.KeyID, i.Secret, err)
		}
	}
	holds(t, k, one.Secret, back)
	commit(t, k, one) // what a commit has to do is done
	_, err = keyless.Restore(t.Context(), two)
	must(t, err)
	holds(t, k, one.Secret, sink.Contents{InUse: "k2", Previous: "k1"})
	must(t, k.Retire(t.Context(), one))
	if _, err := k.Restore(t.Context(), one); !errors.Is(err, sink.ErrAbsent) {
		t.Errorf("of a retired one: %v", err)
	}
	holds(t, k, one.Secret, sink.Contents{InUse: "k2"})
}

// notRestored: where nothing is kept, nothing comes back, and nothing is done.
func notRestored(t *testing.T, s Suite) {
	w := NewWorld(t)
	k := s.Open(t, w)
	one, two := succeeded(t, k)
	was := contentsOf(t, w.Dir)
	_, err := k.Restore(t.Context(), two) // in use
	must(t, err)
	for _, c := range []struct {
		item sink.Item
		want error
	}{
		{one, sink.ErrUnreadable}, {item("proself", "k9"), sink.ErrAbsent}, {item("other", "k2"), sink.ErrAbsent}, {item("proself", ""), sink.ErrAbsent},
	} {
		if _, err := k.Restore(t.Context(), c.item); !errors.Is(err, c.want) {
			t.Errorf("%q of %s: %v, want %v", c.item.KeyID, c.item.Secret, err, c.want)
		}
	}
	if is := contentsOf(t, w.Dir); !maps.Equal(was, is) || string(s.Handed(w, one.Secret)) != text("k2") {
		t.Error("a refused restore did something")
	}
	holds(t, k, one.Secret, sink.Contents{InUse: "k2", Previous: "k1"})
}

func restoreDeaths(t *testing.T, s Suite) {
	if s.Handed != nil {
		notRestored(t, s)
		return
	}
	for _, how := range []manner{before, after, midway} {
		for n := 1; ; n++ {
			died := false
			t.Run(fmt.Sprintf("%s write %d", how, n), func(t *testing.T) {
				w := NewWorld(t)
				one, _ := succeeded(t, s.Open(t, w))
				r := &reaper{at: n, how: how}
				_, err := s.Open(t, r.mortal(w.noKeys())).Restore(t.Context(), one)
				if died = errors.Is(err, errDied); !died {
					must(t, err)
				}
				k := s.Open(t, w)
				for _, key := range []string{"k1", "k2"} { // while they change places, one may be the staged one
					c, err := k.Holds(t.Context(), one)
					must(t, err)
					slot, there := c.SlotOf(key)
					if v, err := k.Read(t.Context(), one, slot); !there || c.InUse == "" || err != nil || string(v.Reveal()) != text(key) {
						t.Errorf("%s cannot be read of %+v: %v", key, c, err)
					}
				}
				_, err = s.Open(t, w.noKeys()).Restore(t.Context(), one)
				must(t, err)
				holds(t, k, one.Secret, sink.Contents{InUse: "k1", Previous: "k2"})
				must(t, k.Remove(t.Context(), one))
				if left := s.left(t, w, ""); len(left) != 0 {
					t.Errorf("removed, and %v is left", left)
				}
			})
			if !died {
				if n == 1 {
					t.Error("two values change places without a write")
				}
				break
			}
		}
	}
}

// contentsOf are the files below a directory with what is in them.
func contentsOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range filesWith(t, dir, "") {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f)))
		must(t, err)
		out[f] = string(b)
	}
	return out
}
