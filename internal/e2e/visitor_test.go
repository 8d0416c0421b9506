package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// visitor is somebody who has the program and nothing else: an empty home, an
// environment that helps with nothing, no tenant but the sandbox in process.
type visitor struct {
	t   testing.TB
	dir string
	env []string
}

func newVisitor(t testing.TB, env ...string) *visitor {
	t.Helper()
	return &visitor{t: t, dir: t.TempDir(), env: append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + os.TempDir(), "LANG=C.UTF-8",
	}, env...)}
}

// start runs any program and returns what it wrote.
func (v *visitor) start(name string, args ...string) result {
	v.t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = v.dir, v.env, &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		v.t.Fatal(err)
	}
	return result{args: args, code: cmd.ProcessState.ExitCode(), stdout: out.String(), stderr: errs.String()}
}

// must runs mailprov and expects an exit code.
func (v *visitor) must(code int, args ...string) result {
	v.t.Helper()
	r := v.start("mailprov", args...)
	if r.code != code {
		v.t.Fatalf("exit %d, want %d: %s", r.code, code, r)
	}
	return r
}

// shows demands that all of this stands in a text.
func (v *visitor) shows(text string, want ...string) {
	v.t.Helper()
	for _, w := range want {
		if w == "" || !strings.Contains(text, w) {
			v.t.Errorf("%q is not shown:\n%s", w, text)
		}
	}
}
