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
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/mailprov/mailprov/internal/secret"
)

// tool is a program that reads and writes the clipboard through pipes.
type tool struct {
	put, read, empty []string
	// newline is what read adds at the end.
	newline string
}

// candidate is a tool with what tells that it reaches a screen here.
type candidate struct {
	tool
	here    bool
	install string // what to install where it is not there
}

func candidates(getenv func(string) string) []candidate {
	wayland, x11, wsl := getenv("WAYLAND_DISPLAY") != "", getenv("DISPLAY") != "", getenv("WSL_DISTRO_NAME") != ""
	return []candidate{
		{tool{put: []string{"pbcopy"}, read: []string{"pbpaste"}, empty: []string{"pbcopy"}}, runtime.GOOS == "darwin" && !remote(getenv), "pbcopy"},
		// The type is named because wl-copy else starts another program that
		// guesses it from the value.
		{tool{
			put: []string{"wl-copy", "--type", "text/plain"}, read: []string{"wl-paste", "--no-newline"}, empty: []string{"wl-copy", "--clear"},
		}, wayland, "wl-clipboard"},
		{tool{
			put: []string{"xclip", "-selection", "clipboard", "-in"}, read: []string{"xclip", "-selection", "clipboard", "-out"}, empty: []string{"xclip", "-selection", "clipboard", "-in"},
		}, x11, "xclip or xsel"},
		{tool{
			put: []string{"xsel", "--clipboard", "--input"}, read: []string{"xsel", "--clipboard", "--output"}, empty: []string{"xsel", "--clipboard", "--clear"},
		}, x11, "xclip or xsel"},
		{tool{
			put: []string{"clip.exe"}, read: []string{"powershell.exe", "-NoProfile", "-NonInteractive", "-Command", "Get-Clipboard -Raw"}, empty: []string{"clip.exe"}, newline: "\r\n",
		}, wsl, "clip.exe and powershell.exe"},
	}
}

// system finds the tool for the screen that is here, or says what is missing.
func system(getenv func(string) string) (Clipboard, string) {
	missing := "there is no screen (neither WAYLAND_DISPLAY nor DISPLAY is set)"
	if runtime.GOOS == "darwin" {
		missing = "this is a session over SSH"
	}
	named := false
	for _, c := range candidates(getenv) {
		switch {
		case !c.here:
		case found(c.put[0]) && found(c.read[0]):
			return &c.tool, ""
		case !named:
			missing, named = c.install+" is not installed", true
		}
	}
	return nil, missing
}

func found(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

func (t *tool) String() string { return t.put[0] }

func (t *tool) Blind() bool { return false }

// settle is how long a tool may take until what it was given is there: some
// return before they have the clipboard.
const settle = 3 * time.Second

func (t *tool) Put(ctx context.Context, v secret.Value) error {
	if err := start(ctx, t.put, v.Reveal()); err != nil {
		return err
	}
	wait, cancel := context.WithTimeoutCause(ctx, settle, errors.New("what it was given is not on the clipboard"))
	defer cancel()
	for !t.holds(wait, v) {
		select {
		case <-wait.Done():
			return fmt.Errorf("run %s: %w", t.put[0], context.Cause(wait))
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

func (t *tool) Clear(ctx context.Context, v secret.Value) (bool, error) {
	if !t.holds(ctx, v) {
		return false, nil
	}
	return true, start(ctx, t.empty, nil)
}

// holds tells whether the value is still on the clipboard. The tools fail where
// it is empty or holds no text, and where there is no screen any more.
func (t *tool) holds(ctx context.Context, v secret.Value) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := command(ctx, t.read)
	out, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		return false
	}
	got, err := io.ReadAll(io.LimitReader(out, int64(len(v.Reveal())+len(t.newline)+1)))
	defer clear(got)
	cancel() // what is longer is something else, however long it is
	_ = cmd.Wait()
	return err == nil && bytes.Equal(bytes.TrimSuffix(got, []byte(t.newline)), v.Reveal())
}

// command is a program in a process group of its own: Ctrl-C at the terminal is
// for us, who still want the clipboard cleared.
func command(ctx context.Context, argv []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// start runs a program that takes the clipboard's content from its standard
// input. Some stay behind to hand it out, and keep what they were given as
// standard error: waiting for the end of that would be waiting for them.
func start(ctx context.Context, argv []string, input []byte) error {
	talk, err := os.CreateTemp("", "clipboard")
	if err != nil {
		return fmt.Errorf("run %s: %w", argv[0], err)
	}
	defer talk.Close()
	defer os.Remove(talk.Name())
	cmd := command(ctx, argv)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), talk
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		said := make([]byte, 500)
		n, _ := talk.ReadAt(said, 0)
		if text := strings.TrimSpace(string(said[:n])); text != "" {
			return fmt.Errorf("run %s: %s", argv[0], text)
		}
	}
	if err != nil {
		return fmt.Errorf("run %s: %w", argv[0], err)
	}
	return nil
}
