package cli

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"os/user"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/workflow"
)

// Main runs the program with the process's arguments and returns the exit
// code.
func Main() int {
	if os.Getenv("GOGC") == "" {
		// A run is short and mostly reads documents: a thousand applications
		// plan a fifth faster for a fifth more memory.
		debug.SetGCPercent(200)
	}
	if err := noCoreDump(); err != nil {
		fmt.Fprintf(os.Stderr, "Warning: %s\n", err)
	}
	return Run(context.Background(), Options{Args: os.Args[1:], Environ: os.Environ(), Now: time.Now, Sleep: sleep})
}

// Options are what a run takes from its process. Only the streams are the
// process's own.
type Options struct {
	Args    []string
	Environ []string // NAME=VALUE
	Now     func() time.Time
	Sleep   func(context.Context, time.Duration) error
	Witness workflow.Witness // of tests; Main has none
	Effort  workflow.Effort  // that evaluating may take; zero is the usual
}

// Run runs the program and returns the exit code.
func Run(ctx context.Context, o Options) int {
	getenv := lookup(o.Environ)
	a := &app{io: osStreams(getenv), getenv: getenv, environ: o.Environ, now: o.Now, sleep: o.Sleep, witness: o.Witness, effort: o.Effort, args: o.Args}
	ctx, done := a.signals(ctx)
	defer done()
	code := make(chan int, 1)
	go func() { code <- a.run(ctx) }()
	select {
	case c := <-code:
		return c
	case <-a.abandoned:
	}
	// A write under way waits for its answer whatever happens. Who interrupts
	// twice does not: the next run finds out what became of it.
	select {
	case <-code:
	case <-time.After(parting):
	}
	return exitInterrupted
}

// parting is how long a run that is stopped at once has to end by itself.
const parting = 500 * time.Millisecond

// lookup reads an environment by name; the last of several wins, as in exec.
func lookup(environ []string) func(string) string {
	values := map[string]string{}
	for _, e := range environ {
		if name, v, ok := strings.Cut(e, "="); ok {
			values[name] = v
		}
	}
	return func(name string) string { return values[name] }
}

// app is one run of the program.
type app struct {
	io      *streams
	getenv  func(string) string
	environ []string
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error
	witness workflow.Witness
	effort  workflow.Effort
	args    []string
	stop    chan struct{}
	// abandoned is closed when the run is to end whatever is under way.
	abandoned chan struct{}

	// persistent flags
	dir      string
	lang     string
	sandbox  bool
	noColor  bool
	identity []string

	voice voice
	// remarks are the diagnostics so far, for a comment or a summary; commented
	// tells that the comment is written.
	remarks   diag.Diagnostics
	commented bool

	stream *event.Stream // what happens, as events on stdout; nil: as text
	talk   *event.Stream // what is said besides, as events on stderr; nil: nothing yet

	reader  *bufio.Reader     // of answers
	writing atomic.Bool       // a command that writes is under way
	serving atomic.Bool       // a command is under way that Ctrl-C ends as intended
	project *workflow.Project // the last one opened, for its sources
	closers []func() error
}

func (a *app) run(ctx context.Context) int {
	defer func() {
		for _, c := range a.closers {
			if err := c(); err != nil {
				a.say("Error: %s", err)
			}
		}
	}()
	root := a.root()
	dir, args, err := splitChdir(a.args)
	if err == nil {
		args, err = withEnvironment(args, a.getenv)
	}
	if err != nil {
		a.speak(voiceOf(root, normalise(a.args)))
		a.failed(err)
		return exitError
	}
	a.dir = dir
	if a.dir == "" {
		a.dir = "."
	}
	args = normalise(args)
	a.speak(voiceOf(root, args))
	root.SetArgs(args)
	err = root.ExecuteContext(ctx)
	code, say := codeOf(err)
	if (ctx.Err() != nil || a.stopped()) && !a.serving.Load() {
		code = exitInterrupted
	}
	if say {
		a.failed(err)
	}
	return code
}

// signals makes the first Ctrl-C ask for a stop after what is under way, and
// the second end the run.
func (a *app) signals(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	a.stop, a.abandoned = make(chan struct{}), make(chan struct{})
	got := make(chan os.Signal, 2)
	signal.Notify(got, interrupts()...)
	var once, twice sync.Once
	go func() {
		for range got {
			first := false
			once.Do(func() { first = true; close(a.stop) })
			if a.serving.Load() {
				cancel()
				continue
			}
			if first {
				a.say("\nInterrupted: finishing what is under way, then saving. Press Ctrl-C again to stop at once.")
				if !a.patient() {
					cancel()
				}
				continue
			}
			a.say("\nStopping at once.")
			cancel()
			twice.Do(func() { close(a.abandoned) })
		}
	}()
	return ctx, func() { signal.Stop(got); cancel() }
}

func (a *app) stopped() bool {
	select {
	case <-a.stop:
		return true
	default:
		return false
	}
}

// env is the environment of a use case.
func (a *app) env(events event.Sink) (workflow.Env, error) {
	dir, err := filepath.Abs(a.dir)
	if err != nil {
		return workflow.Env{}, message.Errorf("find directory: %w", err)
	}
	log, err := a.log()
	if err != nil {
		return workflow.Env{}, err
	}
	host, _ := os.Hostname()
	home, _ := os.UserHomeDir()
	if events == nil {
		events = event.Discard{}
	}
	return workflow.Env{
		Dir: dir, Getenv: a.getenv, Environ: a.environ, Home: home, User: userName(), Host: host, PID: os.Getpid(),
		Now: a.now, Sleep: a.sleep, Version: version(), Language: a.language(), SystemLanguage: a.systemLanguage(), Automation: a.automation(),
		Interactive: a.io.inTTY && a.io.errTTY, Sandbox: a.useSandbox(), Identities: a.paths(a.identity), Log: log, Events: events,
		Progress: func(w entra.Wait) { a.waiting(events, w) }, Prompt: func(s string) { a.say("%s", message.Recognise(s)) }, Stop: a.stop, Witness: a.witness, Effort: a.effort,
		AtEnd: func(f func() error) { a.closers = append(a.closers, f) },
	}, nil
}

// waiting tells a person what a long wait is for. Short ones are not worth a
// line.
func (a *app) waiting(events event.Sink, w entra.Wait) {
	if w.Since < 3*time.Second {
		return
	}
	events.Emit(event.Event{
		Type: event.ApplyProgress, Time: a.now(), Waiting: w.Why, Elapsed: w.Since.Seconds(),
		Message: fmt.Sprintf("Waiting for %s: %s [%s elapsed]", w.What, w.Why, w.Since.Round(time.Second)),
	})
}

// path takes a path of the command line from the directory of -chdir.
func (a *app) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(a.dir, p)
}

func (a *app) paths(list []string) []string {
	var out []string
	for _, p := range list {
		out = append(out, a.path(p))
	}
	return out
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func userName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}

// language is that of -lang or MAILPROV_LANG; empty leaves it to the
// configuration.
func (a *app) language() string {
	if a.lang != "" {
		return a.lang
	}
	return a.getenv("MAILPROV_LANG")
}

func (a *app) useSandbox() bool { return a.sandbox || truthy(a.getenv("MAILPROV_SANDBOX")) }

// automation tells whether no person is there.
func (a *app) automation() bool {
	for _, name := range []string{"CI", "TF_BUILD", "MAILPROV_IN_AUTOMATION"} {
		if truthy(a.getenv(name)) {
			return true
		}
	}
	return false
}

func truthy(v string) bool {
	return v != "" && v != "0" && !strings.EqualFold(v, "false")
}

// log is the request log: JSON lines at MAILPROV_LOG's level, to stderr or to
// MAILPROV_LOG_PATH.
func (a *app) log() (*slog.Logger, error) {
	level, ok := map[string]slog.Level{
		"trace": slog.LevelDebug - 4, "debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}[strings.ToLower(a.getenv("MAILPROV_LOG"))]
	if a.getenv("MAILPROV_LOG") == "" {
		return slog.New(slog.DiscardHandler), nil
	}
	if !ok {
		return nil, message.Errorf("MAILPROV_LOG is %q; write trace, debug, info, warn or error", a.getenv("MAILPROV_LOG"))
	}
	w := a.io.err
	if path := a.getenv("MAILPROV_LOG_PATH"); path != "" {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, message.Errorf("open log: %w", err)
		}
		a.closers = append(a.closers, f.Close)
		w = f
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})), nil
}
