package postgres_test

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/postgres"
	"github.com/mailprov/mailprov/internal/store/postgres/postgrestest"
	"github.com/mailprov/mailprov/internal/store/storetest"
)

// place is where a state lies, as a suite hands it to another process.
type place struct{ url, schema, name string }

func (p place) String() string { return p.url + "\n" + p.schema + "\n" + p.name }

func open(location string) store.Store {
	p := strings.Split(location, "\n")
	return bind(place{p[0], p[1], p[2]}, nil)
}

func bind(p place, change func(*postgres.Config)) *postgres.Store {
	c := postgres.Config{
		Name: p.name, Schema: p.schema, Serial: state.Serial, Poll: 20 * time.Millisecond,
		Getenv: func(name string) string { return map[string]string{"MAILPROV_PG_URL": p.url}[name] },
	}
	if change != nil {
		change(&c)
	}
	s, err := postgres.New(c)
	if err != nil {
		panic(err)
	}
	return s
}

func suite(url string) storetest.Suite {
	var n atomic.Int64
	return storetest.Suite{
		New: func(*testing.T) string {
			return place{url, "mailprov", fmt.Sprintf("state %d of 東京", n.Add(1))}.String()
		},
		Open: open, Notices: true, Swaps: true,
	}
}

func TestMain(m *testing.M) {
	// pgx reads libpq's variables from the process: those of whoever runs the
	// test must not decide where it connects.
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "PG") {
			_ = os.Unsetenv(name)
		}
	}
	storetest.Main(m, suite(""))
}

func TestStore(t *testing.T) { storetest.Run(t, suite(postgrestest.Start(t).URL())) }
