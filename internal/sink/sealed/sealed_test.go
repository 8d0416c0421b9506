package sealed

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/sinktest"
)

func open(t *testing.T, w sinktest.World, name string) sink.Sink {
	t.Helper()
	s, err := New(Config{
		Name: addr.Instance{Type: "sink", Name: name}, Recipients: w.Recipients, Sealed: w.Sealed, Identities: w.Identities,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSink(t *testing.T) {
	sinktest.Run(t, sinktest.Suite{
		Open: func(t *testing.T, w sinktest.World) sink.Sink { return open(t, w, "team") },
		File: func(w sinktest.World, where string) string {
			return filepath.Join(w.Dir, "state", "s.json.sealed", where)
		},
	})
}

func TestTwoSinksBesideOneStateAreApart(t *testing.T) {
	w := sinktest.NewWorld(t)
	team, safe := open(t, w, "team"), open(t, w, "safe")
	i := sink.Item{Secret: addr.Instance{Type: "client_secret", Name: "proself"}, KeyID: "k1"}
	if err := sinktest.Deliver(t.Context(), team, i, "value-of-the-team"); err != nil {
		t.Fatal(err)
	}
	if c, err := safe.Holds(t.Context(), i); err != nil || c != (sink.Contents{}) {
		t.Errorf("the other sink holds %+v, %v", c, err)
	}
	if err := safe.Remove(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	if c, err := team.Holds(t.Context(), i); err != nil || c.InUse != "k1" {
		t.Errorf("removed from the other sink: %+v, %v", c, err)
	}
}

func TestASealedSinkOutlivesTheMachineWhereTheStateDoes(t *testing.T) {
	w := sinktest.NewWorld(t)
	for _, durable := range []bool{true, false} {
		s, err := New(Config{Recipients: w.Recipients, Sealed: w.Sealed, Durable: durable})
		if err != nil || s.Durable() != durable || s.Plaintext() || strings.Join(s.Readers(), " ") != "admin safe" {
			t.Errorf("%v, %v, %v", s.Durable(), s.Readers(), err)
		}
	}
}
