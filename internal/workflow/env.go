package workflow

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/apply"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/message"
)

// Env is everything a use case takes from outside: directory, environment,
// clock, and whom to tell. Nothing else of the process is read.
type Env struct {
	Dir        string              // of the configuration
	Getenv     func(string) string // environment by name
	Environ    []string            // environment as NAME=VALUE
	Home       string              // of the user, for identities
	User, Host string              // for the lock
	PID        int
	Now        func() time.Time
	Sleep      func(context.Context, time.Duration) error
	Version    string
	Language   string // of texts for people: ja or en; empty: the configuration's
	// SystemLanguage is what is spoken where neither says anything; empty is en.
	SystemLanguage string
	Automation     bool // CI, TF_BUILD or MAILPROV_IN_AUTOMATION is set
	Interactive    bool // a person is at a terminal
	Sandbox        bool // use the sandbox in process
	Identities     []string
	Parallelism    int
	Effort         Effort // that evaluating the configuration may take; zero is the usual
	Log            *slog.Logger
	Events         event.Sink
	Progress       func(entra.Wait)
	Prompt         func(string)
	Transport      http.RoundTripper  // nil: the network
	AtEnd          func(func() error) // takes what is to be done before the process ends
	Stop           <-chan struct{}    // closed when a person asks to stop
	Witness        Witness            // of tests; the shipped program has none
}

// pause waits like Sleep, but ends with apply.ErrStopped when a person asks to
// stop: a wait is nothing that has to be finished first.
func (e Env) pause(ctx context.Context, d time.Duration) error {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-e.Stop:
			cancel()
		case <-waiting.Done():
		}
	}()
	err := e.Sleep(waiting, d)
	if err != nil && ctx.Err() == nil {
		return apply.ErrStopped
	}
	return err
}

// draw returns a random name of lower-case letters and digits with the given
// number of random bits, at least.
func draw(bits int) string {
	b := make([]byte, (bits+7)/8)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

// failure makes diagnostics of an error that has no place in a file.
func failure(code string, summary message.Format, err error) diag.Diagnostics {
	return diag.Diagnostics{diag.Err(code, summary, sentence(err))}
}

func sentence(err error) string {
	s := strings.TrimRight(err.Error(), ". \n")
	return s + "."
}
