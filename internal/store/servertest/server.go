// Package servertest runs a server for as long as a test lasts, and no longer:
// also a test that is killed, or that panics, leaves no server behind. It exists
// only for tests.
package servertest

import (
	"bytes"
	"io"
	"os/exec"
	"regexp"
	"runtime"
	"sync"
	"testing"
	"time"
)

// leash is a shell that ends the server when its own input ends, which is when
// whoever started it is gone: asked first, since PostgreSQL tidies up after
// itself, and killed if it does not listen.
const leash = `"$@" & server=$!
cat >/dev/null
kill -INT $server 2>/dev/null
(sleep 10; kill -KILL $server) >/dev/null 2>&1 & watch=$!
wait $server
kill $watch`

// patience is how long a server may take to come up.
const patience = 2 * time.Minute

// Start runs a server until the test ends and waits until what it says fits
// ready. It returns the match and everything the server says. prepare may set
// what else the command needs.
func Start(t testing.TB, ready *regexp.Regexp, prepare func(*exec.Cmd) error, name string, args ...string) (match []string, log func() string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	if runtime.GOOS != "windows" {
		cmd = exec.Command("sh", append([]string{"-c", leash, "sh", name}, args...)...)
	}
	if err := prepare(cmd); err != nil {
		t.Fatal(err)
	}
	out := &tail{ready: ready, found: make(chan []string, 1)}
	cmd.Stdout, cmd.Stderr = out, out
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed, or says why it ended
		close(ended)
	}()
	t.Cleanup(func() { stop(cmd, in, ended) })
	select {
	case match = <-out.found:
	case <-ended:
		t.Fatalf("%s ended:\n%s", name, out)
	case <-time.After(patience):
		t.Fatalf("%s does not come up:\n%s", name, out)
	}
	return match, out.String
}

func stop(cmd *exec.Cmd, in io.Closer, ended <-chan struct{}) {
	_ = in.Close() // lets go of the leash
	if runtime.GOOS == "windows" {
		_ = cmd.Process.Kill()
	}
	<-ended
}

// tail keeps what a server says and finds in it that it is ready.
type tail struct {
	ready *regexp.Regexp
	found chan []string

	mu   sync.Mutex
	text bytes.Buffer
	told bool
}

func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.text.Write(p)
	if !l.told {
		if m := l.ready.FindStringSubmatch(l.text.String()); m != nil {
			l.told = true
			l.found <- m
		}
	}
	return n, err
}

// String is everything the server has said.
func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
