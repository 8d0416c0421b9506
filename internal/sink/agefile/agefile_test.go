package agefile

import (
	"path/filepath"
	"testing"

	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/sinktest"
)

func TestSink(t *testing.T) {
	at := func(w sinktest.World, path string) (sink.Sink, error) {
		return New(Config{Path: path, Recipients: w.Recipients, Files: w.Files, Identities: w.Identities})
	}
	sinktest.Run(t, sinktest.Suite{
		Open: func(t *testing.T, w sinktest.World) sink.Sink {
			s, err := at(w, "out/secrets")
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		At:   at,
		File: func(w sinktest.World, where string) string { return filepath.Join(w.Dir, where) },
	})
}
