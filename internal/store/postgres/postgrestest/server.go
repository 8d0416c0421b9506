// Package postgrestest starts a PostgreSQL server of its own for a test: the one
// that is installed on this machine, in a directory of its own, reached by a
// socket in it. It exists only for tests.
package postgrestest

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// User and Password are those of the server's one superuser. The password is
// asked for, so that a test can see where it turns up.
const (
	User     = "mailprov"
	Password = "pw-of-the-test-3f8c41"
)

// Server is a running server.
type Server struct {
	Dir string // of its socket
	log *tail
}

// URL is a connection string with the password.
func (s *Server) URL() string {
	return (&url.URL{Scheme: "postgres", User: url.UserPassword(User, Password), Path: "/postgres", RawQuery: url.Values{"host": {s.Dir}}.Encode()}).String()
}

// Socket is the server's socket, for what stands between.
func (s *Server) Socket() string { return filepath.Join(s.Dir, ".s.PGSQL.5432") }

// Start starts a server that ends with the test. Where none is installed the
// test is skipped.
func Start(t testing.TB) *Server {
	t.Helper()
	bin, err := find()
	if err != nil {
		t.Skipf("PostgreSQL is not tested here: %v; `make servers` installs it on Debian", err)
	}
	// Not the test's own directory: PostgreSQL refuses to run as root, and
	// whom it runs as instead may not enter that one.
	dir, err := os.MkdirTemp("", "mailprov-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // what is left is in the system's own place for such things
	run := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
		if err := unprivileged(cmd, dir); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte(Password), 0o644); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if out, err := run("initdb", "-D", data, "-U", User, "-A", "scram-sha-256", "--pwfile", password, "--no-sync", "-E", "UTF8").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	s := &Server{Dir: dir, log: newTail()}
	cmd := run("postgres", "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=300")
	cmd.Stderr, cmd.Stdout = s.log, s.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(immediate) // no need to tidy up
		<-ended
	})
	select {
	case <-s.log.ready:
	case <-ended:
		t.Fatalf("postgres ended:\n%s", s.log)
	case <-time.After(time.Minute):
		t.Fatalf("postgres does not come up:\n%s", s.log)
	}
	return s
}

// find looks for the server's programs where Debian and others put them.
func find() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	slices.Sort(found)
	if n := len(found); n > 0 {
		return filepath.Dir(found[n-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", fmt.Errorf("there is no initdb in /usr/lib/postgresql nor in PATH")
	}
	return filepath.Dir(path), nil
}

// tail keeps what the server says and tells when it is ready.
type tail struct {
	mu    sync.Mutex
	text  bytes.Buffer
	once  sync.Once
	ready chan struct{}
}

func newTail() *tail { return &tail{ready: make(chan struct{})} }

func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.text.Write(p)
	if strings.Contains(l.text.String(), "database system is ready to accept connections") {
		l.once.Do(func() { close(l.ready) })
	}
	return n, err
}

// String is everything the server has said.
func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Log is everything the server has said.
func (s *Server) Log() string { return s.log.String() }
