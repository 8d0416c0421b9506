package sinktest

import (
	"errors"
	"testing"

	"github.com/mailprov/mailprov/internal/sink"
)

// handedOn proves what is left of the contract where values are passed on.
func handedOn(t *testing.T, s Suite) {
	w := NewWorld(t)
	k := s.Open(t, w)
	if irrevocable(k) != (s.Handed != nil) {
		t.Fatalf("the kind is irrevocable: %v", irrevocable(k))
	}
	if s.Handed == nil {
		stage(t, k, item("proself", "k1"))
		holds(t, s.Open(t, w), item("proself", "").Secret, sink.Contents{Staged: "k1"}) // it outlives the process
		return
	}
	one, two := item("proself", "k1"), item("proself", "k2")
	stage(t, k, one)
	if left := filesWith(t, w.Dir, ""); len(left) != 0 || s.Handed(w, one.Secret) != nil {
		t.Errorf("staging wrote %v or handed it over", left)
	}
	another := s.Open(t, w)
	holds(t, another, one.Secret, sink.Contents{})
	if _, err := another.Commit(t.Context(), one); !errors.Is(err, sink.ErrNotStaged) {
		t.Errorf("committed what another process had staged: %v", err)
	}
	commit(t, k, one)
	if got := s.Handed(w, one.Secret); string(got) != text("k1") {
		t.Errorf("handed over %q", got)
	}
	stage(t, k, two)
	commit(t, another, one) // in use already: nothing is handed over
	must(t, k.Discard(t.Context(), two))
	if _, err := k.Commit(t.Context(), two); !errors.Is(err, sink.ErrNotStaged) {
		t.Errorf("committed what was discarded: %v", err)
	}
	must(t, k.Retire(t.Context(), one))
	must(t, k.Remove(t.Context(), one))
	if got := s.Handed(w, one.Secret); string(got) != text("k1") {
		t.Errorf("then %q", got)
	}
	if left := filesWith(t, w.Dir, ""); len(left) != 0 {
		t.Errorf("removed, and %v is left", left)
	}
}
