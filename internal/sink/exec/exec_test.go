package exec

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/sinktest"
	"github.com/mailprov/mailprov/internal/sink/slot"
	"github.com/mailprov/mailprov/internal/store"
)

const canary = "lqA8Q~3_xYz-.canaryCANARYcanaryCANARY0123"

// bench is a sink in a world, with a directory for what its courier takes over.
type bench struct {
	*testing.T
	world sinktest.World
	into  string
}

func newBench(t *testing.T) *bench {
	return &bench{T: t, world: sinktest.NewWorld(t), into: t.TempDir()}
}

func (b *bench) config(manners ...string) Config {
	return Config{
		Name: addr.Instance{Type: "sink", Name: "team"}, Command: command(b.T, b.into, manners...),
		Dir: b.world.Dir, Environ: os.Environ(), Sealed: b.world.Sealed,
	}
}

func (b *bench) bind(c Config) *Sink {
	b.Helper()
	s, err := New(c)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func (b *bench) open(manners ...string) *Sink { b.Helper(); return b.bind(b.config(manners...)) }

// kept is what the courier has put down for the secret proself.
func (b *bench) kept(ending string) string {
	b.Helper()
	raw, err := os.ReadFile(filepath.Join(b.into, "proself"+ending))
	if err != nil {
		b.Fatal(err)
	}
	return string(raw)
}

// nothingRan fails if the courier has taken anything over.
func (b *bench) nothingRan() {
	b.Helper()
	if entries, err := os.ReadDir(b.into); err != nil || len(entries) != 0 {
		b.Errorf("the program ran: %v, %v", entries, err)
	}
}

func (b *bench) holds(s *Sink, want sink.Contents) {
	b.Helper()
	if got, err := s.Holds(b.Context(), credential("")); err != nil || got != want {
		b.Errorf("it holds %+v, %v; want %+v", got, err, want)
	}
}

func (b *bench) stage(s *Sink, key string) {
	b.Helper()
	if _, err := s.Stage(b.Context(), credential(key), secret.New(canary)); err != nil {
		b.Fatal(err)
	}
}

func credential(key string) sink.Item {
	return sink.Item{
		Secret: addr.Instance{Type: "client_secret", Name: "proself"}, KeyID: key, ClientID: "the-client", TenantID: "the-tenant",
		EndsAt: time.Date(2027, 9, 1, 9, 0, 0, 0, time.FixedZone("JST", 9*60*60)),
	}
}

// couriers are the directories of the suite's worlds.
var couriers sync.Map

func TestSink(t *testing.T) {
	sinktest.Run(t, sinktest.Suite{
		Open: func(t *testing.T, w sinktest.World) sink.Sink {
			into, there := couriers.Load(w.Dir)
			if !there {
				dir, err := os.MkdirTemp("", "courier")
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = os.RemoveAll(dir) })
				into, _ = couriers.LoadOrStore(w.Dir, dir)
			}
			b := &bench{T: t, world: w, into: into.(string)}
			return b.open()
		},
		Handed: func(w sinktest.World, a addr.Instance) []byte {
			into, _ := couriers.Load(w.Dir)
			v, _ := os.ReadFile(filepath.Join(into.(string), slot.Name(a)))
			return v
		},
	})
}

func TestTheValueIsOnStandardInputAndNowhereElse(t *testing.T) {
	b := newBench(t)
	s := b.open()
	v := secret.New(canary)
	if _, err := s.Stage(t.Context(), credential("k1"), v); err != nil {
		t.Fatal(err)
	}
	v.Wipe() // as whoever stages it does
	if _, err := s.Commit(t.Context(), credential("k1")); err != nil {
		t.Fatal(err)
	}
	if got := b.kept(""); got != canary {
		t.Errorf("on standard input there was %q", got)
	}
	if strings.Contains(b.kept(".environ")+b.kept(".args"), canary) {
		t.Error("the value is in the environment or the arguments")
	}
	err := filepath.WalkDir(b.world.Dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if strings.Contains(string(raw), "canary") {
			t.Errorf("%s holds the value", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTheProgramIsToldWhichCredentialItIsAndNothingOfTheRunsOwn(t *testing.T) {
	b := newBench(t)
	c := b.config()
	c.Environ = []string{
		"PATH=/usr/bin:/bin", "HOME=/home/me", "LANG=ja_JP.UTF-8", "LC_ALL=C", "HTTPS_PROXY=http://proxy:3128", "SYSTEMROOT=" + os.Getenv("SYSTEMROOT"),
		"AZURE_CLIENT_SECRET=canary-1", "ARM_CLIENT_SECRET=canary-2", "MAILPROV_IDENTITY=canary-3", "MAILPROV_VAR_password=canary-4",
		"MAILPROV_KEY_ID=canary-5", "GITHUB_TOKEN=canary-6", "LD_PRELOAD=", "SOPS_AGE_KEY=canary-7",
	}
	if err := sinktest.Deliver(t.Context(), b.bind(c), credential("k1"), canary); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"HOME=/home/me", "HTTPS_PROXY=http://proxy:3128", "LANG=ja_JP.UTF-8", "LC_ALL=C", "MAILPROV_ACTION=deliver", "MAILPROV_CLIENT_ID=the-client",
		"MAILPROV_EXPIRES_AT=2027-09-01T00:00:00Z", "MAILPROV_KEY_ID=k1", "MAILPROV_SECRET=client_secret.proself", "MAILPROV_TENANT_ID=the-tenant", "PATH=/usr/bin:/bin",
	}
	got := slices.DeleteFunc(strings.Split(b.kept(".environ"), "\n"), func(e string) bool {
		return strings.HasPrefix(e, "PWD=") || strings.HasPrefix(strings.ToUpper(e), "SYSTEMROOT=") // the directory again, and what Windows needs
	})
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the program gets\n%s", strings.Join(got, "\n"))
	}
	if dir, err := filepath.EvalSymlinks(b.world.Dir); err != nil || b.kept(".dir") != dir {
		t.Errorf("it runs in %s", b.kept(".dir"))
	}
	c.Sandbox = true
	if err := sinktest.Deliver(t.Context(), b.bind(c), credential("k2"), canary); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.kept(".environ"), "MAILPROV_SANDBOX=1") {
		t.Error("it is not told that the secret is a sandbox's")
	}
}

func TestWhatWasHandedOverIsKnownInALaterRunAndNotHandedOverAgain(t *testing.T) {
	b := newBench(t)
	for range 3 {
		if err := sinktest.Deliver(t.Context(), b.open(), credential("k1"), canary); err != nil {
			t.Fatal(err)
		}
	}
	b.holds(b.open(), sink.Contents{InUse: "k1"})
	if err := sinktest.Deliver(t.Context(), b.open(), credential("k2"), canary); err != nil {
		t.Fatal(err)
	}
	b.holds(b.open(), sink.Contents{InUse: "k2", Previous: "k1"})
	if got := b.kept(".runs"); got != "k1 k2 " {
		t.Errorf("it ran for %q", got)
	}
}

// forgetful is a place beside the state that takes no receipt.
type forgetful struct{ store.Sealed }

var errForgetful = errors.New("the process has died")

func (forgetful) Write(context.Context, string, []byte) error { return errForgetful }

func TestARunThatDiedBeforeTheReceiptStartsTheProgramAgainWithTheSameKeyID(t *testing.T) {
	b := newBench(t)
	c := b.config()
	c.Sealed = forgetful{b.world.Sealed}
	dying := b.bind(c)
	err := sinktest.Deliver(t.Context(), dying, credential("k1"), canary)
	if !errors.Is(err, errForgetful) || !strings.Contains(err.Error(), "taken the value over") {
		t.Fatalf("%v", err)
	}
	b.holds(dying, sink.Contents{Staged: "k1"})
	s := b.open() // the next run
	b.holds(s, sink.Contents{})
	if _, err := s.Commit(t.Context(), credential("k1")); !errors.Is(err, sink.ErrNotStaged) {
		t.Errorf("%v", err)
	}
	b.stage(s, "k1")
	if _, err := s.Commit(t.Context(), credential("k1")); err != nil {
		t.Fatal(err)
	}
	b.holds(s, sink.Contents{InUse: "k1"})
	if got := b.kept(".runs"); got != "k1 k1 " {
		t.Errorf("it ran for %q", got)
	}
}

// impatient is a place beside the state that is written when nobody waits for it
// any more.
type impatient struct {
	store.Sealed
	leave func()
}

func (i impatient) Write(ctx context.Context, name string, b []byte) error {
	i.leave()
	return i.Sealed.Write(ctx, name, b)
}

func TestWhatWasTakenOverIsOnRecordEvenIfTheRunIsBrokenOffThen(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	c := b.config()
	c.Sealed = impatient{b.world.Sealed, cancel}
	if err := sinktest.Deliver(ctx, b.bind(c), credential("k1"), canary); err != nil || ctx.Err() == nil {
		t.Fatal(err)
	}
	b.holds(b.open(), sink.Contents{InUse: "k1"})
}

func TestAProgramThatFailsIsSaidInItsOwnWordsWithoutTheValue(t *testing.T) {
	lines := func(n int) (manners []string) {
		for i := range n {
			manners = append(manners, fmt.Sprintf("say=line %d", i))
		}
		return manners
	}
	for name, c := range map[string]struct {
		manners []string
		says    string
	}{
		"an exit status":           {[]string{"exit=3"}, "ended with exit status 3"},
		"its last words":           {[]string{"say=no route", "say=giving up", "exit=1"}, "ended with exit status 1; it said: no route | giving up"},
		"on its standard output":   {[]string{"talk=no route", "exit=1"}, "it said: no route"},
		"standard error before it": {[]string{"talk=starting", "say=no route", "exit=1"}, "it said: no route"},
		"many lines":               {append(lines(100), "exit=1"), "it said: line 92 | line 93 | line 94 | line 95 | line 96 | line 97 | line 98 | line 99"},
		"colours and titles":       {[]string{"say=\x1b[1;31mred\x1b[0m\x1b]0;title\x07\a\b", "exit=1"}, "it said: red"},
		"the value":                {[]string{"echo", "exit=1"}, "it said: got (secret)"},
		"the value, encoded":       {[]string{"encode", "exit=1"}, "it said: (secret) (secret) | Authorization: Basic"},
		"too much to show":         {[]string{"flood", "exit=1"}, "(secret)"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			s := b.open(c.manners...)
			err := sinktest.Deliver(t.Context(), s, credential("k1"), canary)
			var failed *sink.ProgramError
			if !errors.As(err, &failed) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%v", err)
			}
			if text := err.Error(); strings.Contains(text, canary[:8]) || strings.Contains(text, canary[20:28]) || strings.ContainsAny(text, "\x1b\a\b\n") || len(text) > 3000 {
				t.Errorf("it says %q", text)
			}
			b.nothingRan()
			b.holds(s, sink.Contents{Staged: "k1"})
		})
	}
}

func TestAProgramThatFailedIsStartedAgain(t *testing.T) {
	b := newBench(t)
	broken := filepath.Join(b.world.Dir, "broken")
	s := b.open("exit-if=" + broken)
	if err := sinktest.Deliver(t.Context(), s, credential("k1"), canary); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b.stage(s, "k2")
	if _, err := s.Commit(t.Context(), credential("k2")); err == nil {
		t.Fatal("it did not fail")
	}
	b.holds(s, sink.Contents{InUse: "k1", Staged: "k2"})
	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), credential("k2")); err != nil {
		t.Fatal(err)
	}
	b.holds(s, sink.Contents{InUse: "k2", Previous: "k1"})
}

// line is where hanging programs call.
type line struct {
	net.Listener
	t *testing.T
}

func newLine(t *testing.T) line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return line{l, t}
}

func (l line) hang() string  { return "hang=" + l.Addr().String() }
func (l line) child() string { return "child=" + l.Addr().String() }

// call waits until a process calls.
func (l line) call() net.Conn {
	l.t.Helper()
	c, err := l.Accept()
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = c.Close() })
	return c
}

// ends waits until a process that called is dead: the kernel then hangs up.
func (l line) ends(c net.Conn) {
	l.t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		l.t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
		l.t.Error("a process lives on")
	}
}

func TestAProgramThatTakesTooLongIsKilled(t *testing.T) {
	b, l := newBench(t), newLine(t)
	c := b.config("say=working on it", l.hang())
	c.Timeout = "1s"
	s := b.bind(c)
	b.stage(s, "k1")
	done := make(chan error)
	go func() { _, err := s.Commit(t.Context(), credential("k1")); done <- err }()
	l.ends(l.call())
	if err := <-done; err == nil || !strings.Contains(err.Error(), "did not end within 1s and was killed") || !strings.Contains(err.Error(), "working on it") {
		t.Errorf("%v", err)
	}
	b.holds(s, sink.Contents{Staged: "k1"})
}

func TestARunThatIsBrokenOffKillsTheProgramWithAllItStarted(t *testing.T) {
	b, l := newBench(t), newLine(t)
	manners, processes := []string{l.child(), l.hang()}, 2
	if runtime.GOOS == "windows" {
		manners, processes = []string{l.hang()}, 1 // there are no process groups
	}
	s := b.open(manners...)
	b.stage(s, "k1")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { _, err := s.Commit(ctx, credential("k1")); done <- err }()
	var calls []net.Conn
	for range processes {
		calls = append(calls, l.call())
	}
	cancel()
	for _, c := range calls {
		l.ends(c)
	}
	if err := <-done; !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "was interrupted") {
		t.Errorf("%v", err)
	}
	b.holds(s, sink.Contents{Staged: "k1"})
}

func TestWhatAProgramLeavesRunningIsNotWaitedFor(t *testing.T) {
	b, l := newBench(t), newLine(t)
	s := b.open(l.child())
	s.program.drain = time.Millisecond
	if err := sinktest.Deliver(t.Context(), s, credential("k1"), canary); err != nil {
		t.Fatal(err)
	}
	if err := l.call().Close(); err != nil { // it lived on until now
		t.Error(err)
	}
	b.holds(s, sink.Contents{InUse: "k1"})
}

func TestProgramsOfOneSinkRunOneAfterTheOther(t *testing.T) {
	b := newBench(t)
	s := b.open("alone=" + filepath.Join(b.into, "at work"))
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			i := credential("k")
			i.Secret.Name = fmt.Sprintf("s%d", n)
			if err := sinktest.Deliver(t.Context(), s, i, canary); err != nil {
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
}

func TestLookingStartsNothing(t *testing.T) {
	b := newBench(t)
	s := b.open()
	b.stage(s, "k1")
	if err := s.Check(t.Context(), credential("k1")); err != nil {
		t.Error(err)
	}
	b.holds(s, sink.Contents{Staged: "k1"})
	if _, err := s.Read(t.Context(), credential("k1"), sink.Staged); !errors.Is(err, sink.ErrUnreadable) {
		t.Errorf("%v", err)
	}
	if _, err := s.Restore(t.Context(), credential("k1")); !errors.Is(err, sink.ErrAbsent) {
		t.Errorf("%v", err)
	}
	where := s.Where(credential("k1").Secret)
	if want := "program " + b.config().Command[0]; where != want || !slices.Equal(s.Readers(), []string{want}) || s.Plaintext() || s.Durable() {
		t.Errorf("in %q, read by %v", where, s.Readers())
	}
	b.nothingRan()
}

func TestTwoSinksBesideOneStateKeepReceiptsApart(t *testing.T) {
	b := newBench(t)
	if err := sinktest.Deliver(t.Context(), b.open(), credential("k1"), canary); err != nil {
		t.Fatal(err)
	}
	c := b.config()
	c.Name.Name = "other"
	b.holds(b.bind(c), sink.Contents{})
}

func TestADamagedReceiptIsSaid(t *testing.T) {
	b := newBench(t)
	s := b.open()
	for _, receipt := range []string{"", "{", `{"version":2}`, `{"version":1,"more":1}`, `{"version":1,"secret":"client_secret.other","in_use":"k1"}`} {
		if err := b.world.Sealed.Write(t.Context(), s.place(credential("").Secret), []byte(receipt)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Holds(t.Context(), credential("k1")); err == nil || !strings.Contains(err.Error(), "receipt team+proself.handed.json") {
			t.Errorf("%q: %v", receipt, err)
		}
		if err := sinktest.Deliver(t.Context(), s, credential("k1"), canary); err == nil {
			t.Errorf("%q: delivered", receipt)
		}
	}
	b.nothingRan()
}

func TestWrongSettingsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		says   string
	}{
		"no command":          {Config{}, "command is empty"},
		"no program":          {Config{Command: []string{"", "x"}}, "command is empty"},
		"a zero byte":         {Config{Command: []string{"x", "a\x00b"}}, "zero byte"},
		"a newline":           {Config{Command: []string{"x\ny"}}, "control character"},
		"a way out":           {Config{Command: []string{"../x"}}, "leaves the configuration's directory"},
		"a way out, further":  {Config{Command: []string{"a/../../x"}}, "leaves the configuration's directory"},
		"the directory above": {Config{Command: []string{".."}}, "leaves the configuration's directory"},
		"no length of time":   {Config{Command: []string{"x"}, Timeout: "1 minute"}, `timeout "1 minute"`},
		"no time at all":      {Config{Command: []string{"x"}, Timeout: "0s"}, `timeout "0s"`},
		"time backwards":      {Config{Command: []string{"x"}, Timeout: "-1s"}, `timeout "-1s"`},
	} {
		if _, err := New(c.config); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	names := map[string]bool{}
	for _, a := range Schema().Attrs {
		names[a.Name] = a.Doc != ""
	}
	if !maps.Equal(names, map[string]bool{"command": true, "timeout": true}) {
		t.Errorf("%v", names)
	}
}
