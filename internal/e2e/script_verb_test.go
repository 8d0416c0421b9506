package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailprov/mailprov/internal/schema/schematest"
)

// scriptClock moves the clock of all commands that follow: clock 80d, clock 2h.
func scriptClock(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: clock DURATION")
	}
	c, ok := clockFrom(ts.Getenv(clockVariable))
	if !ok {
		ts.Fatalf("no clock")
	}
	var days int
	if n, err := fmt.Sscanf(args[0], "%dd", &days); n == 1 && err == nil {
		c.base = c.base.AddDate(0, 0, days)
	} else {
		d, err := time.ParseDuration(args[0])
		ts.Check(err)
		c.base = c.base.Add(d)
	}
	ts.Setenv(clockVariable, c.String())
}

// scriptCapture puts what a pattern's group matches into a variable:
// capture NAME FILE PATTERN.
func scriptCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: capture NAME FILE PATTERN")
	}
	found := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if len(found) < 2 {
		ts.Fatalf("%s has nothing like %s", args[1], args[2])
	}
	ts.Setenv(args[0], found[1])
}

// scriptNoSecret takes the value in a file, removes the file, and demands that
// the value is nowhere else below the script's directory, nor in the output of
// the command before: nosecret FILE.
func scriptNoSecret(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: nosecret FILE")
	}
	value := []byte(ts.ReadFile(args[0]))
	if len(value) < 20 {
		ts.Fatalf("%s holds no secret, but %d bytes", args[0], len(value))
	}
	ts.Check(os.Remove(ts.MkAbs(args[0])))
	seen := 0
	ts.Check(filepath.WalkDir(ts.Getenv("WORK"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		seen++
		raw, err := os.ReadFile(path)
		if err == nil && bytes.Contains(raw, value) {
			err = fmt.Errorf("%s holds the secret", path)
		}
		return err
	}))
	if seen == 0 {
		ts.Fatalf("no file was looked at")
	}
}

// scriptTB lets a check that is written for tests judge in a script.
type scriptTB struct {
	testing.TB
	ts *testscript.TestScript
}

func (scriptTB) Helper()                              {}
func (tb scriptTB) Fatal(args ...any)                 { tb.ts.Fatalf("%s", fmt.Sprint(args...)) }
func (tb scriptTB) Fatalf(format string, args ...any) { tb.ts.Fatalf(format, args...) }
func (tb scriptTB) Errorf(format string, args ...any) { tb.ts.Fatalf(format, args...) }

// scriptJSONValid holds a document against a schema: jsonvalid SCHEMA FILE.
func scriptJSONValid(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: jsonvalid SCHEMA FILE")
	}
	schematest.Validate(scriptTB{ts: ts}, args[0], []byte(ts.ReadFile(args[1])))
}

// scriptJSONLines holds every line of a file against a schema: jsonlines SCHEMA
// FILE.
func scriptJSONLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: jsonlines SCHEMA FILE")
	}
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(args[1])), "\n")
	for _, line := range lines {
		schematest.Validate(scriptTB{ts: ts}, args[0], []byte(line))
	}
}

// sandboxKey finds a script's sandbox among its values.
type sandboxKey struct{}

// runningSandbox is a sandbox in a process of its own.
type runningSandbox struct {
	cmd *exec.Cmd
	err bytes.Buffer
}

// scriptSandbox starts a sandbox with the flags given and points the commands
// that follow at it.
func scriptSandbox(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(sandboxKey{}).(*runningSandbox)
	if neg || s.cmd != nil {
		ts.Fatalf("usage: sandbox FLAG..., one at a time")
	}
	s.err.Reset()
	s.cmd = exec.Command("mailprov", append([]string{"sandbox", "-json"}, args...)...)
	s.cmd.Dir, s.cmd.Stderr = ts.MkAbs("."), &s.err
	for _, name := range []string{"HOME", "PATH", "TMPDIR", clockVariable} {
		s.cmd.Env = append(s.cmd.Env, name+"="+ts.Getenv(name))
	}
	out, err := s.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(s.cmd.Start())
	ts.Defer(func() { _ = s.end(os.Kill) })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		_ = s.end(os.Kill)
		ts.Fatalf("sandbox does not listen: %v\n%s", err, &s.err)
	}
	var says struct{ Environment map[string]string }
	ts.Check(json.Unmarshal(line, &says))
	for name, value := range says.Environment {
		ts.Setenv(name, value)
	}
	ts.Setenv("MAILPROV_SANDBOX", "")
}

func (s *runningSandbox) end(sig os.Signal) error {
	if s.cmd == nil {
		return nil
	}
	cmd := s.cmd
	s.cmd = nil
	if err := cmd.Process.Signal(sig); err != nil {
		return err
	}
	return cmd.Wait()
}

// scriptUnsandbox interrupts the sandbox, as Ctrl-C does, and demands that it
// ends well.
func scriptUnsandbox(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(sandboxKey{}).(*runningSandbox)
	if neg || len(args) != 0 || s.cmd == nil {
		ts.Fatalf("usage: unsandbox, after sandbox")
	}
	if err := s.end(os.Interrupt); err != nil {
		ts.Fatalf("sandbox: %v\n%s", err, &s.err)
	}
}

// scriptAwait waits until a file is there that a process in the background
// makes.
func scriptAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await FILE")
	}
	path := ts.MkAbs(args[0])
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s does not come into being", args[0])
		}
	}
}

// scriptMode demands permission bits: mode 600 FILE.
func scriptMode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode BITS FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, not %s", args[1], got, args[0])
	}
}
