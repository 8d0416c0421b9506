// Package postgrestest starts a PostgreSQL server of its own for a test: the one
// that is installed on this machine, in a directory of its own, reached by a
// socket in it. It exists only for tests.
package postgrestest

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/mailprov/mailprov/internal/store/servertest"
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
	log func() string
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
	as := func(cmd *exec.Cmd) error {
		cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
		return unprivileged(cmd, dir)
	}
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte(Password), 0o644); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", User, "-A", "scram-sha-256", "--pwfile", password, "--no-sync", "-E", "UTF8")
	if err := as(initdb); err != nil {
		t.Fatal(err)
	}
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	ready := regexp.MustCompile(`database system is ready to accept connections`)
	_, log := servertest.Start(t, ready, as, filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=300")
	return &Server{Dir: dir, log: log}
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

// Log is everything the server has said.
func (s *Server) Log() string { return s.log() }
