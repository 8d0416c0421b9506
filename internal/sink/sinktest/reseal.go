package sinktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"filippo.io/age"

	"github.com/mailprov/mailprov/internal/sink"
)

// resealing proves what sink.Resealer promises, of the kinds that encrypt; the
// others must not claim to be one.
func resealing(t *testing.T, s Suite) {
	if _, ok := s.Open(t, NewWorld(t)).(sink.Resealer); ok != (s.File != nil) {
		t.Fatalf("the kind encrypts: %v; it reseals: %v", s.File != nil, ok)
	}
	if s.File == nil {
		return
	}
	for name, test := range map[string]func(*testing.T, Suite){
		"whoever is new opens it and whoever left does not": recipientsChange,
		"a death at any write is mended by repeating":       resealDeaths,
		"what cannot be opened is left as it was":           resealNeedsAKey,
		"a value of somebody else is left alone":            resealForeign,
		"a receipt says whom a value was sealed for":        receiptsTellTheTruth,
		"where nothing is held it says so":                  resealNothing,
	} {
		t.Run(name, func(t *testing.T) { test(t, s) })
	}
}

// person has a key of their own.
func person(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	must(t, err)
	return id
}

// with is the world in which these have keys of their own besides the
// recipients there are.
func (w World) with(extra map[string]*age.X25519Identity) World {
	w.Recipients = maps.Clone(w.Recipients)
	for name, id := range extra {
		w.Recipients[name] = id.Recipient().String()
	}
	return w
}

// as is the world as somebody else sees it.
func (w World) as(id age.Identity) World {
	w.Identities = func() ([]age.Identity, error) { return []age.Identity{id}, nil }
	return w
}

// fill puts a value into every slot.
func fill(t *testing.T, k sink.Sink) sink.Contents {
	t.Helper()
	for _, key := range []string{"k1", "k2", "k3"} {
		stage(t, k, item("proself", key))
		if key != "k3" {
			commit(t, k, item("proself", key))
		}
	}
	return sink.Contents{InUse: "k2", Previous: "k1", Staged: "k3"}
}

func reseal(ctx context.Context, k sink.Sink) (sink.Receipt, error) {
	return k.(sink.Resealer).Reseal(ctx, item("proself", "k2"))
}

// closedTo fails if anything held opens with the keys of w.
func closedTo(t *testing.T, who string, k sink.Sink) {
	t.Helper()
	for _, slot := range []sink.Slot{sink.InUse, sink.Previous, sink.Staged} {
		if _, err := k.Read(t.Context(), item("proself", ""), slot); !errors.Is(err, sink.ErrUnreadable) && !errors.Is(err, sink.ErrAbsent) {
			t.Errorf("%s reads %s: %v", who, slot, err)
		}
	}
}

func recipientsChange(t *testing.T, s Suite) {
	leaver, sales := person(t), person(t)
	was := NewWorld(t)
	is := was.with(map[string]*age.X25519Identity{"sales": sales})
	was = was.with(map[string]*age.X25519Identity{"leaver": leaver})
	all := fill(t, s.Open(t, was))
	holds(t, s.Open(t, was.as(leaver)), item("proself", "").Secret, all)
	closedTo(t, "sales, not yet a reader,", s.Open(t, was.as(sales)))
	for range 2 {
		r, err := reseal(t.Context(), s.Open(t, is))
		if err != nil || !slices.Equal(r.Readers, []string{"admin", "safe", "sales"}) {
			t.Fatalf("resealed: %+v, %v", r, err)
		}
		for who, w := range map[string]World{"admin": is, "sales": is.as(sales)} {
			t.Log("as", who)
			holds(t, s.Open(t, w), item("proself", "").Secret, all)
		}
		closedTo(t, "whoever left", s.Open(t, is.as(leaver)))
		for who, opens := range map[*age.X25519Identity]bool{sales: true, leaver: false} {
			got, err := ageDecrypt(t, who, s.File(is, r.Where))
			if opens != (err == nil) || opens && string(got) != text("k2") {
				t.Errorf("the age command opens it: %q, %v; want %v", got, err, opens)
			}
		}
	}
	commit(t, s.Open(t, is), item("proself", "k3")) // life goes on
	holds(t, s.Open(t, is.as(sales)), item("proself", "").Secret, sink.Contents{InUse: "k3", Previous: "k2"})
}

// ageDecrypt opens a file with the reference age command.
func ageDecrypt(t *testing.T, who *age.X25519Identity, file string) ([]byte, error) {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key.txt")
	must(t, os.WriteFile(key, []byte(who.String()+"\n"), 0o600))
	return exec.Command(tool(t, "age"), "-d", "-i", key, file).Output()
}

// resealDeaths looks at what is there in the moment after a death: every value
// is whole and known by its key id, whoever opens it by then. Repeating ends
// it, whether or not other steps were taken in between.
func resealDeaths(t *testing.T, s Suite) {
	leaver := person(t)
	for _, between := range []bool{false, true} {
		for _, how := range []manner{before, after, midway} {
			for n := 1; ; n++ {
				died := false
				t.Run(fmt.Sprintf("%s write %d, a commit in between %v", how, n, between), func(t *testing.T) {
					w := NewWorld(t)
					all := fill(t, s.Open(t, w.with(map[string]*age.X25519Identity{"leaver": leaver})))
					r := &reaper{at: n, how: how}
					_, err := reseal(t.Context(), s.Open(t, r.mortal(w)))
					if died = errors.Is(err, errDied); !died && err != nil {
						t.Fatal(err)
					}
					holds(t, s.Open(t, w), item("proself", "").Secret, all)
					if between {
						commit(t, s.Open(t, w), item("proself", "k3"))
						all = sink.Contents{InUse: "k3", Previous: "k2"}
						holds(t, s.Open(t, w), item("proself", "").Secret, all)
					}
					_, err = reseal(t.Context(), s.Open(t, w))
					must(t, err)
					holds(t, s.Open(t, w), item("proself", "").Secret, all)
					closedTo(t, "whoever left", s.Open(t, w.as(leaver)))
					must(t, s.Open(t, w).Remove(t.Context(), item("proself", "")))
					if left := filesWith(t, w.Dir, "age"); len(left) != 0 {
						t.Errorf("removed, and %v is left", left)
					}
				})
				if !died {
					if n-1 < 5 { // the index, three values, and the index without the old ones
						t.Errorf("three values are resealed in %d writes", n-1)
					}
					break
				}
			}
		}
	}
}

// contents are the files below dir with what is in them.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range filesWith(t, dir, "") {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f)))
		must(t, err)
		out[f] = string(b)
	}
	return out
}

func resealNeedsAKey(t *testing.T, s Suite) {
	w, late, stranger := NewWorld(t), person(t), person(t)
	fill(t, s.Open(t, w))
	is := w.with(map[string]*age.X25519Identity{"late": late})
	stage(t, s.Open(t, is), item("proself", "k4")) // the only one that late can open
	was := contents(t, w.Dir)
	for who, id := range map[string]*age.X25519Identity{"a stranger": stranger, "who opens one of three": late} {
		if _, err := reseal(t.Context(), s.Open(t, is.as(id))); !errors.Is(err, sink.ErrUnreadable) {
			t.Errorf("%s: %v", who, err)
		}
		if !maps.Equal(was, contents(t, w.Dir)) {
			t.Errorf("%s: files were changed", who)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := reseal(ctx, s.Open(t, is)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func resealForeign(t *testing.T, s Suite) {
	w, sales := NewWorld(t), person(t)
	k := s.Open(t, w)
	fill(t, k)
	r := commit(t, k, item("proself", "k2"))
	theirs := []byte("written by somebody else")
	must(t, os.WriteFile(s.File(w, r.Where), theirs, 0o600))
	is := w.with(map[string]*age.X25519Identity{"sales": sales})
	got, err := reseal(t.Context(), s.Open(t, is))
	var foreign *sink.ForeignError
	if !errors.As(err, &foreign) || foreign.Slot != sink.InUse || !slices.Contains(got.Readers, "sales") {
		t.Errorf("%+v, %v", got, err)
	}
	if b, err := os.ReadFile(s.File(w, r.Where)); err != nil || !bytes.Equal(b, theirs) {
		t.Errorf("it was overwritten with %q, %v", b, err)
	}
	for slot, key := range map[sink.Slot]string{sink.Previous: "k1", sink.Staged: "k3"} {
		if v, err := s.Open(t, is.as(sales)).Read(t.Context(), item("proself", ""), slot); err != nil || string(v.Reveal()) != text(key) {
			t.Errorf("%s beside it was not resealed: %v", slot, err)
		}
	}
}

func receiptsTellTheTruth(t *testing.T, s Suite) {
	w := NewWorld(t)
	was := w.with(map[string]*age.X25519Identity{"leaver": person(t)})
	one, two := item("proself", "k1"), item("proself", "k2")
	stage(t, s.Open(t, was), one)
	former, today := s.Open(t, was).Readers(), s.Open(t, w).Readers()
	says := func(what string, r sink.Receipt, err error, want []string) {
		t.Helper()
		if err != nil || !slices.Equal(r.Readers, want) || !slices.Equal(slices.Sorted(maps.Keys(r.Keys)), want) {
			t.Errorf("%s: readable by %v with %v, %v; want %v", what, r.Readers, r.Keys, err, want)
		}
	}
	says("committed after a change of recipients", commit(t, s.Open(t, w), one), nil, former)
	says("staged again", stage(t, s.Open(t, w), one), nil, former)
	says("the next one", stage(t, s.Open(t, w), two), nil, today)
	says("committed", commit(t, s.Open(t, w), two), nil, today)
	r, err := s.Open(t, w).Restore(t.Context(), one)
	says("brought back", r, err, former)
	r, err = reseal(t.Context(), s.Open(t, w))
	says("resealed", r, err, today)
	rekeyed := w.with(map[string]*age.X25519Identity{"safe": person(t)})
	were, is := s.Open(t, w).(sink.Keyed).Keys(), s.Open(t, rekeyed).(sink.Keyed).Keys()
	if !maps.Equal(r.Keys, were) || were["safe"] == is["safe"] || were["admin"] != is["admin"] || is["safe"] == "" {
		t.Errorf("sealed to %v; keys were %v and are %v", r.Keys, were, is)
	}
	says("committed once more", commit(t, s.Open(t, w), one), nil, today)
}

func resealNothing(t *testing.T, s Suite) {
	w := NewWorld(t)
	if _, err := reseal(t.Context(), s.Open(t, w)); !errors.Is(err, sink.ErrAbsent) {
		t.Error(err)
	}
	if left := filesWith(t, w.Dir, ""); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}
