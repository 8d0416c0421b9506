package file

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/sinktest"
)

func at(w sinktest.World, path string) (sink.Sink, error) {
	return New(Config{Path: path, Files: w.Files})
}

func open(t *testing.T, w sinktest.World, path string) sink.Sink {
	t.Helper()
	s, err := at(w, path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSink(t *testing.T) {
	sinktest.Run(t, sinktest.Suite{
		Open: func(t *testing.T, w sinktest.World) sink.Sink { return open(t, w, "secrets/{secret}.txt") },
		At:   at,
	})
}

var (
	proself = sink.Item{Secret: addr.Instance{Type: "client_secret", Name: "proself"}, KeyID: "k1"}
	other   = sink.Item{Secret: addr.Instance{Type: "client_secret", Name: "other"}, KeyID: "o1"}
)

func TestOneFileTakesOneSecret(t *testing.T) {
	w := sinktest.NewWorld(t)
	s := open(t, w, "proself.txt")
	if err := sinktest.Deliver(t.Context(), s, proself, "value-of-proself"); err != nil {
		t.Fatal(err)
	}
	var taken *sink.TakenError
	if err := sinktest.Deliver(t.Context(), s, other, "value-of-other"); !errors.As(err, &taken) || taken.Holder != proself.Secret {
		t.Errorf("a second secret: %v", err)
	}
	if err := s.(sink.Checker).Check(t.Context(), other); !errors.As(err, &taken) {
		t.Errorf("the check: %v", err)
	}
	for what, err := range map[string]error{
		"discard": s.Discard(t.Context(), other), "retire": s.Retire(t.Context(), other), "remove": s.Remove(t.Context(), other),
	} {
		if err != nil {
			t.Errorf("%s of what was never here: %v", what, err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(w.Dir, "proself.txt")); err != nil || string(b) != "value-of-proself" {
		t.Errorf("the file holds %q, %v", b, err)
	}
	if err := s.(sink.Mover).Move(t.Context(), proself.Secret, other.Secret); err != nil {
		t.Fatal(err)
	}
	if c, err := s.Holds(t.Context(), other); err != nil || c.InUse != "k1" {
		t.Errorf("after a move: %+v, %v", c, err)
	}
}

func TestAValueWrittenByHandIsNeitherReadNorLost(t *testing.T) {
	w := sinktest.NewWorld(t)
	path := filepath.Join(w.Dir, "proself.txt")
	if err := os.WriteFile(path, []byte("made by hand"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, w, "proself.txt")
	var foreign *sink.ForeignError
	if _, err := s.Read(t.Context(), proself, sink.InUse); !errors.As(err, &foreign) {
		t.Errorf("read: %v", err)
	}
	if err := s.Remove(t.Context(), proself); err != nil {
		t.Fatal(err)
	}
	if err := sinktest.Deliver(t.Context(), s, proself, "value-of-proself"); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path + ".previous"); err != nil || string(b) != "made by hand" {
		t.Errorf("the previous value is %q, %v", b, err)
	}
	if err := os.WriteFile(path, []byte("changed by hand"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := s.Holds(t.Context(), proself); err != nil || c.InUse != "" {
		t.Errorf("a changed file holds %+v, %v", c, err)
	}
}

func TestADamagedReceiptIsSaid(t *testing.T) {
	w := sinktest.NewWorld(t)
	s := open(t, w, "proself.txt")
	for _, receipt := range []string{"", "{", `{"version":2}`, `{"version":1,"secret":"?"}`, `{"version":1,"more":1}`} {
		if err := os.WriteFile(filepath.Join(w.Dir, "proself.txt.receipt.json"), []byte(receipt), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Holds(t.Context(), proself); err == nil {
			t.Errorf("%q was read", receipt)
		}
	}
}
