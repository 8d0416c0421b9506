//go:build !windows

package clipboard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/secret"
)

const canary = "8Q~canary-canary-canary"

// TestMain lets the test binary be a clipboard tool under another name.
func TestMain(m *testing.M) {
	if board := os.Getenv("FAKE_BOARD"); board != "" {
		os.Exit(fake(board, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// fake is xclip as it behaves: who puts something leaves a process behind that
// hands it out, with the standard error it was given.
func fake(board string, args []string) int {
	switch said := os.Getenv("FAKE_SAYS"); {
	case said != "":
		fmt.Fprintln(os.Stderr, said)
		return 1
	case len(args) == 1 && args[0] == "stay":
		time.Sleep(time.Minute)
		return 0
	}
	log, err := os.OpenFile(board+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 2
	}
	fmt.Fprintln(log, args, os.Environ(), "group", syscall.Getpgrp())
	if args[len(args)-1] == "-out" {
		content, err := os.ReadFile(board)
		if err != nil {
			return 1
		}
		_, _ = os.Stdout.Write(content)
		return 0
	}
	content, err := io.ReadAll(os.Stdin)
	if err == nil && os.Getenv("FAKE_FORGETS") == "" {
		err = os.WriteFile(board, content, 0o600)
	}
	stay := exec.Command(os.Args[0], "stay")
	stay.Stderr = os.Stderr
	if err != nil || stay.Start() != nil || os.WriteFile(board+".pid", fmt.Append(nil, stay.Process.Pid), 0o600) != nil {
		return 2
	}
	return 0
}

// install puts fake tools of these names on the path, alone, and returns where
// their clipboard lies.
func install(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	board := filepath.Join(dir, "board")
	t.Cleanup(func() { _ = syscall.Kill(stayed(board), syscall.SIGKILL) })
	t.Setenv("PATH", dir)
	t.Setenv("FAKE_BOARD", board)
	return board
}

// stayed is the process that stayed behind last, or no process.
func stayed(board string) int {
	b, _ := os.ReadFile(board + ".pid")
	pid, err := strconv.Atoi(string(b))
	if err != nil {
		return 1 << 30
	}
	return pid
}

// x11 is the environment of a screen, and of a terminal that has no clipboard.
func x11(name string) string {
	return map[string]string{"DISPLAY": ":0", "TERM": "dumb", "SSH_TTY": "/dev/pts/1"}[name]
}

func TestTheToolIsThatOfTheScreenThatIsThere(t *testing.T) {
	all := []string{"wl-copy", "wl-paste", "xclip", "xsel", "clip.exe", "powershell.exe"}
	for _, c := range []struct {
		name, env string
		installed []string
		want      string // or part of the error
	}{
		{"Wayland", "WAYLAND_DISPLAY=wayland-0 DISPLAY=:0", all, "wl-copy"},
		{"Wayland, with the tools of X alone", "WAYLAND_DISPLAY=wayland-0 DISPLAY=:0", []string{"xsel"}, "xsel"},
		{"Wayland, where nothing reads", "WAYLAND_DISPLAY=wayland-0", []string{"wl-copy"}, "wl-clipboard is not installed"},
		{"X", "DISPLAY=:0", all, "xclip"},
		{"X with xsel", "DISPLAY=:0", []string{"xsel"}, "xsel"},
		{"X without a tool", "DISPLAY=:0", nil, "xclip or xsel is not installed"},
		{"Linux on Windows", "WSL_DISTRO_NAME=Debian", all, "clip.exe"},
		{"tools without a screen", "", all, "there is no screen"},
	} {
		t.Run(c.name, func(t *testing.T) {
			install(t, c.installed...)
			env := map[string]string{"TERM": "dumb", "SSH_TTY": "/dev/pts/1"}
			for _, e := range strings.Fields(c.env) {
				name, value, _ := strings.Cut(e, "=")
				env[name] = value
			}
			got, err := Open(func(name string) string { return env[name] })
			switch {
			case err == nil && got.String() != c.want:
				t.Errorf("it is %s", got)
			case err != nil && (!errors.Is(err, ErrNone) || !strings.Contains(err.Error(), c.want)):
				t.Error(err)
			}
		})
	}
}

func TestAValueIsPutThereAndTakenAwayWithoutBeingSeen(t *testing.T) {
	board := install(t, "xclip")
	c, err := Open(x11)
	if err != nil {
		t.Fatal(err)
	}
	v := secret.New(canary)
	if err := c.Put(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(stayed(board), syscall.SIGKILL); err != nil { // it is still there: nobody waited for it
		t.Errorf("what stays behind to hand the value out has ended: %v", err)
	}
	if got, err := os.ReadFile(board); err != nil || string(got) != canary {
		t.Errorf("on the clipboard is %q, %v", got, err)
	}
	if cleared, err := c.Clear(t.Context(), v); err != nil || !cleared {
		t.Errorf("cleared: %v, %v", cleared, err)
	}
	if got, err := os.ReadFile(board); err != nil || len(got) != 0 {
		t.Errorf("on the clipboard is left %q, %v", got, err)
	}
	log, err := os.ReadFile(board + ".log")
	if err != nil || bytes.Contains(log, []byte(canary)) || strings.Count(string(log), "\n") != 4 {
		t.Errorf("the tool was started so: %s, %v", log, err)
	}
	if strings.Contains(string(log), fmt.Sprintf("group %d\n", syscall.Getpgrp())) {
		t.Error("Ctrl-C would end the tool that hands the value out")
	}
}

func TestWhatSomebodyCopiedMeanwhileStays(t *testing.T) {
	board := install(t, "xclip")
	c, err := Open(x11)
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]string{
		"another text": "shopping list", "a longer one": canary + "!", "a part of it": canary[:8], "nothing": "", "something large": strings.Repeat(canary, 1e5),
	} {
		if err := os.WriteFile(board, []byte(other), 0o600); err != nil {
			t.Fatal(err)
		}
		if cleared, err := c.Clear(t.Context(), secret.New(canary)); err != nil || cleared {
			t.Errorf("%s: cleared %v, %v", name, cleared, err)
		}
		if got, _ := os.ReadFile(board); string(got) != other {
			t.Errorf("%s: %.20q is left", name, got)
		}
	}
	if err := os.Remove(board); err != nil { // as where there is no text: the tool fails
		t.Fatal(err)
	}
	if cleared, err := c.Clear(t.Context(), secret.New(canary)); err != nil || cleared {
		t.Errorf("no text: cleared %v, %v", cleared, err)
	}
}

func TestAToolThatFailsSaysWhy(t *testing.T) {
	install(t, "xclip")
	c, err := Open(x11)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Put(ctx, secret.New(canary)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	t.Setenv("FAKE_FORGETS", "1")
	if err := c.Put(t.Context(), secret.New(canary)); err == nil || err.Error() != "run xclip: what it was given is not on the clipboard" {
		t.Error(err)
	}
	t.Setenv("FAKE_SAYS", "Error: Can't open display: :0")
	if err := c.Put(t.Context(), secret.New(canary)); err == nil || err.Error() != "run xclip: Error: Can't open display: :0" {
		t.Error(err)
	}
}
