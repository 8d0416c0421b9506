// Package clipboard puts a secret's value where a person can paste it, and takes
// it away again. Values go through pipes, system calls or the terminal itself,
// never through arguments or an environment.
//
// It imports secret and what reaches the clipboard; it never prints to the
// process's own streams.
package clipboard

import (
	"context"
	"errors"

	"github.com/mailprov/mailprov/internal/secret"
)

// Clipboard is one way to the clipboard of the person at the terminal.
type Clipboard interface {
	// Put replaces what is on the clipboard, and keeps it out of the history of
	// what was there as far as that can be asked for.
	Put(ctx context.Context, value secret.Value) error
	// Clear empties the clipboard, unless it can tell that something other than
	// the value is there by now. It tells whether the clipboard was emptied.
	Clear(ctx context.Context, value secret.Value) (bool, error)
	// Blind tells that nobody learns whether Put succeeded, nor what the
	// clipboard holds when it is cleared.
	Blind() bool
	// String names the way for people.
	String() string
}

// ErrNone is wrapped by Open where there is no clipboard; what is around it says
// what is missing.
var ErrNone = errors.New("no clipboard here")

// Open finds the clipboard of whoever sits at the terminal. Where the tools of
// this machine reach another one's screen, or none, that is the terminal's own,
// which it is asked for by an escape sequence (OSC 52): over SSH it is the only
// one near the person.
func Open(getenv func(string) string) (Clipboard, error) {
	c, missing := system(getenv)
	if c != nil {
		return c, nil
	}
	t, err := openTerminal(getenv)
	if err == nil {
		return t, nil
	}
	return nil, &noneError{missing: missing, terminal: err}
}

// noneError says why there is no clipboard.
type noneError struct {
	missing  string // of the system's own
	terminal error
}

func (e *noneError) Error() string {
	return ErrNone.Error() + ": " + e.missing + ", and " + e.terminal.Error()
}

func (e *noneError) Unwrap() error { return ErrNone }

// remote tells whether the person sits at another machine than this one.
func remote(getenv func(string) string) bool {
	return getenv("SSH_CONNECTION") != "" || getenv("SSH_TTY") != ""
}
