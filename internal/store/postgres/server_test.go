package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/postgres"
	"github.com/mailprov/mailprov/internal/store/postgres/postgrestest"
)

func blob(t *testing.T, serial uint64) store.Blob {
	t.Helper()
	d := state.New("n", "t", "l", "v")
	d.Serial = serial
	b, err := state.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	return store.Blob{Serial: serial, Bytes: b}
}

// ask runs a statement as the server's superuser and returns what it gives.
func ask(t *testing.T, address, sql string, args ...any) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		v, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Trim(fmt.Sprint(v...), "[]"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

func lock(t *testing.T, s store.Store, id string) store.Lock {
	t.Helper()
	l, err := s.Lock(t.Context(), store.Holder{ID: id}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestServer(t *testing.T) {
	srv := postgrestest.Start(t)
	for name, test := range map[string]func(*testing.T, *postgrestest.Server){
		"looking creates nothing":                                          lookingCreatesNothing,
		"of five that come first each finds the tables made":               fiveComeFirst,
		"the state before is kept in its row":                              previousIsKept,
		"tables of a later mailprov are left alone":                        newerTables,
		"a user without rights is told what to ask for":                    withoutRights,
		"a connection that breaks is a lost lock":                          brokenConnection,
		"only whoever may end another's connection removes its lock":       foreignLock,
		"a host that the configuration names must be let in":               hostInConfiguration,
		"what fails says what to do and never the password":                failures,
		"a state that nobody understands is handed out and never replaced": foreignState,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, srv)
		})
	}
}

func lookingCreatesNothing(t *testing.T, srv *postgrestest.Server) {
	s := bind(place{srv.URL(), "nothing", "x"}, nil)
	defer s.Close()
	if b, err := s.Read(t.Context()); b != nil || err != nil {
		t.Errorf("%v, %v", b, err)
	}
	if _, err := s.Sealed().Read(t.Context(), "x"); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if names, err := s.Sealed().List(t.Context()); names != nil || err != nil {
		t.Errorf("%v, %v", names, err)
	}
	if got := ask(t, srv.URL(), `SELECT count(*) FROM pg_namespace WHERE nspname = 'nothing'`); got != "0" {
		t.Error("a schema was made")
	}
}

func fiveComeFirst(t *testing.T, srv *postgrestest.Server) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for n := range 5 {
		s := bind(place{srv.URL(), "fresh", fmt.Sprint("state ", n)}, nil)
		defer s.Close()
		b := blob(t, 1)
		wg.Go(func() {
			<-start
			l, err := s.Lock(t.Context(), store.Holder{ID: "x"}, 0)
			if err == nil {
				err = errors.Join(l.Write(t.Context(), b, 0), l.Unlock(t.Context()))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	if got := ask(t, srv.URL(), `SELECT count(*), (SELECT count(*) FROM fresh.schema_version) FROM fresh.states`); got != "5 1" {
		t.Errorf("states and versions: %s", got)
	}
}

func previousIsKept(t *testing.T, srv *postgrestest.Server) {
	s := bind(place{srv.URL(), "mailprov", "kept"}, nil)
	defer s.Close()
	l := lock(t, s, "x")
	for n := range uint64(3) {
		if err := l.Write(t.Context(), blob(t, n+1), n); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := ask(t, srv.URL(), `SELECT convert_from(previous, 'UTF8') FROM mailprov.states WHERE name = 'kept'`)
	if got != strings.Trim(string(blob(t, 2).Bytes), "[]") {
		t.Errorf("before lies %s", got)
	}
}

func newerTables(t *testing.T, srv *postgrestest.Server) {
	p := place{srv.URL(), "newer", "x"}
	s := bind(p, nil)
	defer s.Close()
	if err := lock(t, s, "x").Unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask(t, srv.URL(), `UPDATE newer.schema_version SET version = 99`)
	later := bind(p, nil)
	defer later.Close()
	_, read := later.Read(t.Context())
	_, locked := later.Lock(t.Context(), store.Holder{ID: "y"}, 0)
	for what, err := range map[string]error{"read": read, "lock": locked, "seal": later.Sealed().Write(t.Context(), "x", nil)} {
		var e *store.RefusedError
		if !errors.As(err, &e) || !strings.Contains(e.Why, "version 99") || e.Do == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// user makes a user of the server and the string that connects as it.
func user(t *testing.T, srv *postgrestest.Server, name string) string {
	t.Helper()
	ask(t, srv.URL(), `CREATE ROLE `+name+` LOGIN PASSWORD 'another-pw-77'`)
	u, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(name, "another-pw-77")
	return u.String()
}

func withoutRights(t *testing.T, srv *postgrestest.Server) {
	address := user(t, srv, "limited")
	s := bind(place{address, "closed", "x"}, nil)
	defer s.Close()
	_, err := s.Lock(t.Context(), store.Holder{ID: "x"}, 0)
	var e *store.RefusedError
	if !errors.As(err, &e) || !strings.Contains(e.Do, "GRANT USAGE, CREATE ON SCHEMA closed") {
		t.Fatalf("%v", err)
	}
	ask(t, srv.URL(), `CREATE SCHEMA closed`)
	ask(t, srv.URL(), `GRANT USAGE, CREATE ON SCHEMA closed TO limited`)
	l := lock(t, s, "x") // as the advice says
	if err := errors.Join(l.Write(t.Context(), blob(t, 1), 0), l.Unlock(t.Context())); err != nil {
		t.Error(err)
	}
}

func foreignLock(t *testing.T, srv *postgrestest.Server) {
	p := place{srv.URL(), "shared", "x"}
	holder := bind(p, nil)
	defer holder.Close()
	l := lock(t, holder, "a")
	other := bind(place{user(t, srv, "stranger"), "shared", "x"}, nil)
	defer other.Close()
	ask(t, srv.URL(), `GRANT USAGE, CREATE ON SCHEMA shared TO stranger`)
	ask(t, srv.URL(), `GRANT ALL ON ALL TABLES IN SCHEMA shared TO stranger`)
	err := other.ForceUnlock(t.Context(), "a")
	var e *store.RefusedError
	if !errors.As(err, &e) || !strings.Contains(e.Do, "pg_signal_backend") {
		t.Errorf("%v", err)
	}
	if err := errors.Join(l.Write(t.Context(), blob(t, 1), 0), l.Unlock(t.Context())); err != nil {
		t.Errorf("the holder: %v", err)
	}
}

// wire is a way to the server that can be cut.
type wire struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

func newWire(t *testing.T, socket string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l}
	t.Cleanup(w.cut)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("unix", socket)
			if err != nil {
				_ = in.Close()
				continue
			}
			w.mu.Lock()
			w.conns = append(w.conns, in, out)
			w.mu.Unlock()
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		}
	}()
	return w
}

// cut ends every connection, and no new one comes about.
func (w *wire) cut() {
	_ = w.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		_ = c.Close()
	}
}

func (w *wire) url() string {
	return fmt.Sprintf("postgres://%s:%s@%s/postgres", postgrestest.User, postgrestest.Password, w.Addr())
}

func brokenConnection(t *testing.T, srv *postgrestest.Server) {
	w := newWire(t, srv.Socket())
	far := bind(place{w.url(), "mailprov", "broken"}, nil)
	defer far.Close()
	near := bind(place{srv.URL(), "mailprov", "broken"}, nil)
	defer near.Close()
	l := lock(t, far, "far")
	if err := l.Write(t.Context(), blob(t, 1), 0); err != nil {
		t.Fatal(err)
	}
	w.cut()
	select {
	case <-l.Lost():
	case <-time.After(30 * time.Second):
		t.Fatal("the holder is not told")
	}
	if err := l.Write(t.Context(), blob(t, 2), 1); !errors.Is(err, store.ErrLockLost) {
		t.Errorf("it writes: %v", err)
	}
	if err := far.Sealed().Write(t.Context(), "x", []byte("x")); !errors.Is(err, store.ErrLockLost) {
		t.Errorf("it seals: %v", err)
	}
	next, err := near.Lock(t.Context(), store.Holder{ID: "near"}, 30*time.Second)
	if err != nil {
		t.Fatalf("the lock is not free: %v", err)
	}
	if err := errors.Join(next.Write(t.Context(), blob(t, 2), 1), next.Unlock(t.Context())); err != nil {
		t.Error(err)
	}
}

func hostInConfiguration(t *testing.T, srv *postgrestest.Server) {
	w := newWire(t, srv.Socket())
	host, port, err := net.SplitHostPort(w.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		allow []string
		ok    bool
	}{
		"nobody let it in":          {nil, false},
		"another port was let in":   {[]string{host}, false},
		"another host was let in":   {[]string{"db.example.com:" + port}, false},
		"the environment let it in": {[]string{"db.example.com", host + ":" + port}, true},
	} {
		s := bind(place{"", "mailprov", "named"}, func(c2 *postgres.Config) {
			c2.ConnString = fmt.Sprintf("postgres://%s@%s/postgres", postgrestest.User, w.Addr())
			c2.AllowHosts = c.allow
		})
		_, err := s.Read(t.Context())
		var e *store.HostError
		var refused *store.RefusedError
		switch {
		case c.ok && !errors.As(err, &refused): // it has no password here
			t.Errorf("%s: %v", name, err)
		case !c.ok && (!errors.As(err, &e) || e.Host != w.Addr().String()):
			t.Errorf("%s: %v", name, err)
		}
		_ = s.Close()
	}
}

func failures(t *testing.T, srv *postgrestest.Server) {
	w := newWire(t, srv.Socket())
	closed := newWire(t, srv.Socket())
	closed.cut()
	const secret = "s3cret-of-nobody"
	for name, c := range map[string]struct{ url, does string }{
		"no word of a server": {"", "Set MAILPROV_PG_URL"},
		"a wrong password":    {fmt.Sprintf("postgres://%s:%s@%s/postgres", postgrestest.User, secret, w.Addr()), "PGPASSWORD"},
		"a missing database":  {strings.Replace(w.url(), "/postgres", "/nowhere", 1), "createdb"},
		"nobody who listens":  {fmt.Sprintf("postgres://u:%s@%s/d", secret, closed.Addr()), "that the server runs"},
		"an unknown host":     {fmt.Sprintf("postgres://u:%s@db.invalid/d", secret), "Check the host"},
		"no URL":              {"postgres://u:" + secret + "@h:port/d?x=%zz", ""},
		"no pairs":            {"password=" + secret + " host", ""},
		"a wrong sslmode":     {"host=x sslmode=no password='" + secret + "'", ""},
		"no encryption":       {fmt.Sprintf("postgres://u:%s@%s/d?sslmode=require", secret, w.Addr()), "PGSSLMODE"},
	} {
		s := bind(place{c.url, "mailprov", "failing"}, nil)
		_, read := s.Read(t.Context())
		_, locked := s.Lock(t.Context(), store.Holder{ID: "x"}, 0)
		for what, err := range map[string]error{
			"read": read, "lock": locked, "write": s.Unlocked(store.Holder{}).Write(t.Context(), blob(t, 1), 0),
			"unlock": s.ForceUnlock(t.Context(), "x"), "seal": s.Sealed().Write(t.Context(), "x", nil),
		} {
			var e *store.RefusedError
			if !errors.As(err, &e) || !strings.Contains(e.Do, c.does) || e.Why == "" {
				t.Errorf("%s, %s: %v", name, what, err)
				continue
			}
			if text := e.Error() + e.Do; strings.Contains(text, secret) || strings.Contains(text, postgrestest.Password) {
				t.Errorf("%s, %s: the password is in it: %s", name, what, text)
			}
		}
		_ = s.Close()
	}
}

func foreignState(t *testing.T, srv *postgrestest.Server) {
	s := bind(place{srv.URL(), "alien", "x"}, nil)
	defer s.Close()
	l := lock(t, s, "x")
	defer l.Unlock(t.Context())
	ask(t, srv.URL(), `INSERT INTO alien.states (name, serial, content) VALUES ('x', 4, '{"version":4,"serial":4}')`)
	b, err := s.Read(t.Context())
	if err != nil || b == nil || b.Serial != 0 || string(b.Bytes) != `{"version":4,"serial":4}` {
		t.Fatalf("%+v, %v", b, err)
	}
	var e *store.ConflictError
	if err := l.Write(t.Context(), blob(t, 1), b.Serial); !errors.As(err, &e) {
		t.Errorf("it was replaced: %v", err)
	}
}
