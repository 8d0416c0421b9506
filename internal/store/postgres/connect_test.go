package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/postgres/postgrestest"
)

func of(url string, change func(*Config)) *Store {
	c := Config{Name: "x", Serial: func([]byte) (uint64, error) { return 1, nil }, Getenv: func(name string) string {
		return map[string]string{urlVariable: url}[name]
	}}
	if change != nil {
		change(&c)
	}
	s, err := New(c)
	if err != nil {
		panic(err)
	}
	return s
}

func TestAConnectionThatLeavesTheMachineIsEncryptedAndProvenUnlessSomebodyChoseOtherwise(t *testing.T) {
	for text, want := range map[string]string{
		"postgres://u:p@db.example.com/d":                   "proven",
		"postgres://u:p@db.example.com/d?connect_timeout=3": "proven",
		"host=db.example.com user=u password=p":             "proven",
		"host=10.1.2.3,/run/x":                              "proven",
		"postgres://u:p@db.example.com/d?sslmode=require":   "encrypted",
		"postgres://u:p@db.example.com/d?sslmode=prefer":    "perhaps",
		"postgres://u:p@db.example.com/d?sslmode=disable":   "open",
		"postgres://u:p@127.0.0.1/d":                        "perhaps",
		"postgres://u:p@localhost/d":                        "perhaps",
		"postgres://u:p@/d?host=/run/postgresql":            "open",
	} {
		cfg, err := of(text, nil).config()
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := "proven"
		open := cfg.TLSConfig == nil
		for _, f := range cfg.Fallbacks {
			open = open || f.TLSConfig == nil && !strings.HasPrefix(f.Host, "/")
		}
		switch {
		case cfg.TLSConfig == nil:
			got = "open"
		case open:
			got = "perhaps"
		case cfg.TLSConfig.InsecureSkipVerify:
			got = "encrypted"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestAPasswordHasNoPlaceInTheConfiguration(t *testing.T) {
	const secret = "s3cret"
	for _, text := range []string{
		"postgres://u:" + secret + "@h/d", "postgresql://u:" + secret + "@h/d", "postgres://h/d?password=" + secret,
		"postgres://h/d?pass%77ord=" + secret, "host=h password=" + secret, "host=h PASSWORD = '" + secret + "'",
		"postgres://u:" + secret + "%zz@h/d", "host=h sslpassword=" + secret,
	} {
		_, err := New(Config{Name: "x", ConnString: text})
		if err == nil || !strings.Contains(err.Error(), "PGPASSWORD") || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{
		"postgres://h/d?sslmode=disable", "host=h passfile=/etc/passwd", "host=h service=x servicefile=/tmp/x", "host=h sslrootcert=x", "not a connection",
	} {
		if _, err := New(Config{Name: "x", ConnString: text}); err == nil {
			t.Errorf("%s was taken from the configuration", text)
		}
	}
	for _, text := range []string{"postgres://u@h:5433/d", "host=h dbname=d user=u"} {
		if _, err := New(Config{Name: "x", ConnString: text}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestNamesThatCannotBeKeptAreSaid(t *testing.T) {
	for _, c := range []Config{
		{}, {Name: strings.Repeat("x", 501)}, {Name: "a\x00b"}, {Name: "a\xff"},
		{Name: "x", Schema: "Upper"}, {Name: "x", Schema: `a"b`}, {Name: "x", Schema: strings.Repeat("x", 64)}, {Name: "x", Schema: "1a"},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

func TestWhoOnlyLooksIsRefusedByTheServerWhateverItSends(t *testing.T) {
	s := of(postgrestest.Start(t).URL(), nil)
	defer s.Close()
	l, err := s.Lock(t.Context(), store.Holder{ID: "a"}, 0) // makes the tables
	if err != nil {
		t.Fatal(err)
	}
	pool, err := s.looking(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), s.sql(`INSERT INTO SCHEMA.states (name, serial, content) VALUES ('y', 1, '')`)); codeOf(err) != readOnly {
		t.Errorf("a connection for looking wrote: %v", err)
	}
	lostToAPooler(t, s, l.(*lock))
}

// lostToAPooler gives the lock up behind the holder's back, as a pooler does
// that hands the next transaction to another connection.
func lostToAPooler(t *testing.T, s *Store, l *lock) {
	err := l.with(func(c *pgx.Conn) error {
		_, err := c.Exec(context.Background(), `SELECT pg_advisory_unlock_all()`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Write(t.Context(), store.Blob{Serial: 1, Bytes: []byte("x")}, 0); !errors.Is(err, store.ErrLockLost) || !strings.Contains(err.Error(), "pool sessions") {
		t.Errorf("written without the lock: %v", err)
	}
	select {
	case <-l.Lost():
	case <-time.After(time.Second):
		t.Error("the holder was not told")
	}
	if b, err := s.Read(t.Context()); b != nil || err != nil {
		t.Errorf("the state is %v, %v", b, err)
	}
}
