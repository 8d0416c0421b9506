package e2e

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/mailprov/mailprov/internal/failpoint"
	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/state"
)

// turnstile stops the first request that it is set for until it is opened.
type turnstile struct {
	match   func(*http.Request) bool
	once    sync.Once
	reached chan struct{}
	open    chan struct{}
}

func newTurnstile(match func(*http.Request) bool) *turnstile {
	return &turnstile{match: match, reached: make(chan struct{}), open: make(chan struct{})}
}

func (s *turnstile) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.match(r) {
			first := false
			s.once.Do(func() { first = true })
			if first {
				close(s.reached)
				select {
				case <-s.open:
				case <-r.Context().Done():
					return
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}

// patches is the creation of an application, which comes alone.
func patches(r *http.Request) bool { return r.Method == http.MethodPatch }

// process is a run in the background.
type process struct {
	t    testing.TB
	cmd  *exec.Cmd
	out  bytes.Buffer
	errs growing
	over chan struct{}
}

func (p *project) start(args ...string) *process { return p.startWith(failpoint.Plan{}, args...) }

// startWith starts a run in which something goes wrong.
func (p *project) startWith(plan failpoint.Plan, args ...string) *process {
	p.t.Helper()
	r := &process{t: p.t, over: make(chan struct{})}
	r.cmd = p.command(args, &r.out, &r.errs)
	r.cmd.Env = append(r.cmd.Env, failVariable+"="+plan.String())
	if err := r.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		_ = r.cmd.Wait() // its exit code is in the result
		close(r.over)
	}()
	p.t.Cleanup(func() { _ = r.cmd.Process.Kill() }) // it has ended, unless the test failed
	return r
}

func (r *process) ended() bool {
	select {
	case <-r.over:
		return true
	default:
		return false
	}
}

func (r *process) wait() result {
	<-r.over
	return ended(r.cmd, r.cmd.Args[1:], &r.out, &r.errs)
}

// paused starts the command and returns when it has come to where it pauses, or
// has ended without coming there.
func (a *attempt) paused(plan failpoint.Plan) (goOn func(), run *process) {
	a.t.Helper()
	plan.Gate = filepath.Join(a.t.TempDir(), "gate")
	if err := syscall.Mkfifo(plan.Gate, 0o600); err != nil {
		a.t.Fatal(err)
	}
	run = a.startWith(plan, a.world.args()...)
	go func() { // a run that ends without coming there opens the gate as well
		<-run.over
		if f, err := os.OpenFile(plan.Gate, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
			_ = f.Close()
		}
	}()
	gate, err := os.OpenFile(plan.Gate, os.O_WRONLY, 0) // returns when it is opened for reading
	if err != nil {
		a.t.Fatal(err)
	}
	return func() { _ = gate.Close() }, run
}

func (r *process) interrupt() {
	r.t.Helper()
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		r.t.Fatal(err)
	}
}

// TestOfTwoRunsOneWins starts a second apply while the first is under way.
func TestOfTwoRunsOneWins(t *testing.T) {
	t.Parallel()
	stop := newTurnstile(patches)
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, stop.wrap)
	p := newProject(t, tn, full())
	first := p.start("apply", "-auto-approve")
	<-stop.reached
	r := p.must(1, "apply", "-auto-approve")
	pid := strconv.Itoa(first.cmd.Process.Pid)
	host, _ := os.Hostname()
	for _, says := range []string{"MP507", "process " + pid, "@" + host, "2026-11-20 10:0", "apply", "mailprov force-unlock "} {
		if !strings.Contains(r.stderr, says) {
			t.Errorf("the second run does not say %q: %s", says, r)
		}
	}
	if p.must(2, "plan", "-detailed-exitcode"); len(tn.truth().ours()) != 0 {
		t.Error("something was made while the first run stood still")
	}
	third := p.start("apply", "-auto-approve", "-lock-timeout=1m")
	close(stop.open)
	if r := first.wait(); r.code != 0 {
		t.Fatalf("the first run did not finish: %s", r)
	}
	if r := third.wait(); r.code != 0 || !strings.Contains(r.stdout, "No changes.") {
		t.Errorf("a run that waits for the lock does not find the work done: %s", r)
	}
	p.healthy()
}

// TestTheFirstInterruptFinishesTheCallInFlight interrupts an apply that waits
// for an answer: what was under way is finished and recorded, and the same
// command goes on from there.
func TestTheFirstInterruptFinishesTheCallInFlight(t *testing.T) {
	t.Parallel()
	stop := newTurnstile(patches)
	tn := serve(t, newClock(morning, fast), sandbox.Options{NoQuota: true}, stop.wrap)
	seeded := tn.truth()
	p := newProject(t, tn, full())
	run := p.start("apply", "-auto-approve")
	<-stop.reached
	run.interrupt()
	run.errs.await(t, "Interrupted: finishing what is under way")
	close(stop.open)
	if r := run.wait(); r.code != 130 {
		t.Fatalf("exit %d, want 130: %s", r.code, r)
	}
	d := p.state()
	app, _ := tn.app()
	if len(d.Applications) != 1 || d.Applications[0].ObjectID != app.ID {
		t.Errorf("what was finished is not recorded: %v", d.Applications)
	}
	if n := len(app.docs("passwordCredentials")); n != 0 {
		t.Errorf("%d secrets were begun after the interrupt", n)
	}
	if runs := p.finish(seeded); runs != 1 {
		t.Errorf("it took %d runs to finish", runs)
	}
}

// TestTheSecondInterruptStopsAtOnce interrupts twice a run whose server does
// not answer.
func TestTheSecondInterruptStopsAtOnce(t *testing.T) {
	t.Parallel()
	stop := newTurnstile(patches)
	tn := serve(t, newClock(morning, fast), sandbox.Options{NoQuota: true}, stop.wrap)
	seeded := tn.truth()
	p := newProject(t, tn, full())
	run := p.start("apply", "-auto-approve")
	<-stop.reached
	for _, word := range []string{"Interrupted:", "Stopping at once."} {
		run.interrupt()
		run.errs.await(t, word)
	}
	if r := run.wait(); r.code != 130 {
		t.Errorf("exit %d, want 130: %s", r.code, r)
	}
	close(stop.open)
	p.finish(seeded)
}

// TestALockThatIsTakenAwayStopsTheRun forces the lock open under a run, which
// then writes nothing any more.
func TestALockThatIsTakenAwayStopsTheRun(t *testing.T) {
	t.Parallel()
	stop := newTurnstile(patches)
	tn := serve(t, newClock(morning, fast), sandbox.Options{NoQuota: true}, stop.wrap)
	seeded := tn.truth()
	p := newProject(t, tn, full())
	run := p.start("apply", "-auto-approve")
	<-stop.reached
	held := p.must(1, "apply", "-auto-approve")
	id := regexp.MustCompile(`lock id (\S+)\)`).FindStringSubmatch(held.stderr)
	if id == nil {
		t.Fatalf("the lock's id is not told: %s", held)
	}
	p.must(0, "force-unlock", "-force", id[1])
	before := read(t, filepath.Join(p.dir, stateFile))
	close(stop.open)
	if r := run.wait(); r.code != 1 {
		t.Errorf("exit %d, want 1: %s", r.code, r)
	}
	if read(t, filepath.Join(p.dir, stateFile)) != before {
		t.Error("a run without its lock wrote the state")
	}
	if d, err := state.Decode([]byte(before)); err != nil || len(d.Applications) != 1 {
		t.Errorf("the intent was not in the state before the first call: %v", err)
	}
	p.finish(seeded)
}

// TestAnInterruptEndsTheWaitForALock interrupts a run that waits for another,
// which has nothing under way that had to be finished first.
func TestAnInterruptEndsTheWaitForALock(t *testing.T) {
	t.Parallel()
	stop := newTurnstile(patches)
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, stop.wrap)
	p := newProject(t, tn, full())
	first := p.start("apply", "-auto-approve")
	<-stop.reached
	second := p.start("apply", "-auto-approve", "-lock-timeout=1h")
	second.errs.await(t, "Waiting for the lock: ")
	second.interrupt()
	if r := second.wait(); r.code != 130 {
		t.Errorf("exit %d, want 130: %s", r.code, r)
	}
	close(stop.open)
	if r := first.wait(); r.code != 0 {
		t.Errorf("the first run did not finish: %s", r)
	}
}

// growing is the output of a running process.
type growing struct {
	mu    sync.Mutex
	b     bytes.Buffer
	grown chan struct{}
}

func (l *growing) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.grown != nil {
		close(l.grown)
		l.grown = nil
	}
	return l.b.Write(p)
}

func (l *growing) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// await returns when a text has been written.
func (l *growing) await(t *testing.T, text string) {
	t.Helper()
	for {
		l.mu.Lock()
		found := strings.Contains(l.b.String(), text)
		if l.grown == nil {
			l.grown = make(chan struct{})
		}
		grown := l.grown
		l.mu.Unlock()
		if found {
			return
		}
		select {
		case <-grown:
		case <-t.Context().Done():
			t.Fatalf("%q was never said: %s", text, l)
		}
	}
}
