package clipboard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aymanbagabas/go-osc52/v2"

	"github.com/mailprov/mailprov/internal/secret"
)

// terminal is the clipboard of the terminal that shows our output, wherever that
// runs. It takes what it is sent and answers nothing.
type terminal struct {
	device io.Writer
	mode   osc52.Mode
}

var errNoTerminal = errors.New("there is no terminal that has one")

// openTerminal opens the terminal that controls this process.
func openTerminal(getenv func(string) string) (*terminal, error) {
	// What is no terminal, or a plain one, would show the escape sequence and the
	// value in it.
	name := getenv("TERM")
	if name == "dumb" || name == "linux" {
		return nil, fmt.Errorf("the terminal (TERM=%s) has none", name)
	}
	if name == "" && !remote(getenv) {
		return nil, errNoTerminal
	}
	device, err := openDevice()
	if err != nil {
		return nil, errNoTerminal
	}
	t := &terminal{device: device}
	switch {
	case getenv("TMUX") != "":
		t.mode = osc52.TmuxMode
	case strings.HasPrefix(name, "screen"):
		t.mode = osc52.ScreenMode
	}
	return t, nil
}

func (t *terminal) String() string { return "the terminal" }

func (t *terminal) Blind() bool { return true }

func (t *terminal) Put(_ context.Context, v secret.Value) error {
	return t.send(osc52.New(string(v.Reveal())))
}

func (t *terminal) Clear(context.Context, secret.Value) (bool, error) {
	return true, t.send(osc52.Clear())
}

func (t *terminal) send(s osc52.Sequence) error {
	if _, err := s.Mode(t.mode).WriteTo(t.device); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}
