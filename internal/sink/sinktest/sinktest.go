// Package sinktest is the suite that every sink passes: what Sink promises,
// with a process that dies before, after and in the middle of every write.
//
// An implementation's tests call Run.
package sinktest

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/durable"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/slot"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/local"
)

// World is what a sink under test stands on. Everything it writes lies below
// Dir.
type World struct {
	Dir        string
	Files      slot.Files
	Sealed     store.Sealed
	Recipients map[string]string // of two identities, one of them ours
	Identities func() ([]age.Identity, error)
	// Network stands between the sink and the place elsewhere that it keeps
	// values in; nil is nothing in between. The place is one for each Dir.
	Network func(http.RoundTripper) http.RoundTripper
}

// Reach puts what stands in between before a place elsewhere.
func (w World) Reach(place http.RoundTripper) http.RoundTripper {
	if w.Network == nil {
		return place
	}
	return w.Network(place)
}

// Suite is an implementation under test.
type Suite struct {
	// Open returns a new handle on the sink in w, which takes any number of
	// secrets.
	Open func(t *testing.T, w World) sink.Sink
	// At opens the sink at another path, for kinds that have one.
	At func(w World, path string) (sink.Sink, error)
	// File is where the value in use of a receipt lies, for kinds that
	// encrypt, so that the reference age command can open it.
	File func(w World, where string) string
	// Refuses tells which values the kind says it cannot hold.
	Refuses func(value string) bool
	// Left lists where a text can be read in values that are kept elsewhere,
	// for kinds that do.
	Left func(w World, part string) []string
	// Handed is the value that was handed over last for a secret, for kinds that
	// pass values on and keep none: sink.Irrevocable. They refuse to read and to
	// restore, and what is staged there ends with the process.
	Handed func(w World, secret addr.Instance) []byte
}

// left lists where a text can be read.
func (s Suite) left(t *testing.T, w World, part string) []string {
	t.Helper()
	out := filesWith(t, w.Dir, part)
	if s.Left != nil {
		out = append(out, s.Left(w, part)...)
	}
	return out
}

// Run proves the promises of the contract.
func Run(t *testing.T, s Suite) {
	for name, test := range map[string]func(*testing.T, Suite){
		"a value is staged, committed, followed and retired":  lifeOfValues,
		"what is discarded leaves the one in use alone":       discarded,
		"what is not staged cannot be committed":              notStaged,
		"every step may be repeated":                          repeated,
		"of two staged values the later one counts":           stagedTwice,
		"secrets are kept apart":                              apart,
		"many secrets are delivered at once":                  atOnce,
		"any value comes back as it was":                      oddValues,
		"removing leaves nothing behind":                      removed,
		"a secret moves to another address":                   moved,
		"a death at any write is mended by repeating":         deaths,
		"a death while staging leaves nothing once discarded": stagedThenDiscarded,
		"nothing is done with a cancelled context":            cancelled,
		"files are private and only the sink's hold a value":  private,
		"a wide-open file is closed":                          closed,
		"paths cannot leave the directory":                    confined,
		"a place that cannot be written is said":              unwritable,
		"the reference age command opens it":                  reference,
		"only recipients open it":                             strangers,
		"what cannot be taken back is handed on once":         handedOn,
		"the previous value is brought back":                  restored,
		"a death while bringing back is mended by repeating":  restoreDeaths,
		"a place is named without looking":                    named,
		"a disk that takes nothing more is said":              refusing,
		"an address cannot leave the directory":               strange,
		"recipients change":                                   resealing,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

// NewWorld makes an empty place with two recipients, one of which is us.
func NewWorld(t *testing.T) World {
	t.Helper()
	dir := t.TempDir()
	ours, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	st := local.New(local.Config{Path: filepath.Join(dir, "state", "s.json"), Serial: state.Serial})
	return World{
		Dir: dir, Files: durable.New(dir), Sealed: st.Sealed(),
		Recipients: map[string]string{"admin": ours.Recipient().String(), "safe": theirs.Recipient().String()},
		Identities: func() ([]age.Identity, error) { return []age.Identity{ours}, nil },
	}
}

// item is a credential of the secret of this name.
func item(name, key string) sink.Item {
	return itemOf(addr.Instance{Type: "client_secret", Name: name}, key)
}

func itemOf(a addr.Instance, key string) sink.Item {
	return sink.Item{
		Secret: a, KeyID: key, ClientID: "client", TenantID: "tenant", DisplayName: "Proself",
		EndsAt: time.Date(2027, 9, 1, 0, 0, 0, 0, time.UTC),
	}
}

// value is a value like those Graph makes, different for every key.
func value(key string) secret.Value { return secret.New(text(key)) }

func text(key string) string { return key + "8Q~canary-canary-canary-canary.XYZ-" + key }

func stage(t *testing.T, s sink.Sink, i sink.Item) sink.Receipt {
	t.Helper()
	r, err := s.Stage(t.Context(), i, value(i.KeyID))
	if err != nil {
		t.Fatalf("stage %s: %v", i.KeyID, err)
	}
	return r
}

func commit(t *testing.T, s sink.Sink, i sink.Item) sink.Receipt {
	t.Helper()
	r, err := s.Commit(t.Context(), i)
	if err != nil {
		t.Fatalf("commit %s: %v", i.KeyID, err)
	}
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// holds fails unless exactly these credentials are in the slots, and their
// values come back, or are refused where a sink never gives them back.
func holds(t *testing.T, s sink.Sink, a addr.Instance, want sink.Contents) {
	t.Helper()
	got, err := s.Holds(t.Context(), sink.Item{Secret: a})
	if err != nil || got != want {
		t.Fatalf("%s holds %+v, %v; want %+v", a, got, err, want)
	}
	for slot, key := range map[sink.Slot]string{sink.InUse: want.InUse, sink.Previous: want.Previous, sink.Staged: want.Staged} {
		v, err := s.Read(t.Context(), sink.Item{Secret: a}, slot)
		switch {
		case key == "" && !errors.Is(err, sink.ErrAbsent):
			t.Fatalf("%s of %s is empty and reads as %v, %v", slot, a, v, err)
		case key != "" && irrevocable(s):
			if !errors.Is(err, sink.ErrUnreadable) || !v.Empty() {
				t.Fatalf("%s of %s cannot be read, and that is said with %v", slot, a, err)
			}
		case key != "" && (err != nil || string(v.Reveal()) != text(key)):
			t.Fatalf("%s of %s does not read as the value of %s: %v", slot, a, key, err)
		}
	}
}

// irrevocable tells whether a sink passes values on and keeps none.
func irrevocable(s sink.Sink) bool {
	_, ok := s.(sink.Irrevocable)
	return ok
}

// filesWith lists the files below dir whose content holds the text.
func filesWith(t *testing.T, dir, part string) []string {
	t.Helper()
	var out []string
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), part) {
			rel, _ := filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	}))
	return out
}

// Deliver stages and commits a value, for the tests of single kinds.
func Deliver(ctx context.Context, s sink.Sink, i sink.Item, v string) error {
	if _, err := s.Stage(ctx, i, secret.New(v)); err != nil {
		return err
	}
	_, err := s.Commit(ctx, i)
	return err
}
