package e2e

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailprov/mailprov/internal/failpoint"
	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/state"
)

// fast is how much faster than the world's the clock of these tests runs, so
// that a hunt of a minute takes a second and more.
const fast = 50

// world is a tenant and a project at the moment at which a scenario's command
// is run, and what comes of the command if nothing goes wrong. It is made once;
// every case begins with a copy.
type world struct {
	scenario
	tenant []byte // a snapshot
	files  string // directory
	env    map[string]string
	values map[string]string // of secrets, by key id
	theirs string            // value of the secret made by hand; empty where there is none
	inUse  string            // key id of what mail runs on; empty where there is none
	at     time.Time
	seeded truth

	ops    []string // of an untouched run
	routes []string // of its writes, in their order
	writes int      // at the gate
	result string   // what it leaves

	mu      sync.Mutex
	settled map[string]bool // by what was left: a plan found nothing to do
}

// worlds are those made so far, by the name of their scenario.
var worlds sync.Map // *making

type making struct {
	once  sync.Once
	world *world // nil if it could not be made
}

// worldOf makes the world of a scenario, or finds it made.
func worldOf(t *testing.T, s scenario) *world {
	t.Helper()
	found, _ := worlds.LoadOrStore(s.name, &making{})
	m := found.(*making)
	m.once.Do(func() { m.world = makeWorld(t, s) })
	if m.world == nil {
		t.Fatalf("the world of %q could not be made", s.name)
	}
	return m.world
}

// forgetWorlds removes what worlds keep on disk.
func forgetWorlds() {
	for _, m := range worlds.Range {
		if w := m.(*making).world; w != nil {
			_ = os.RemoveAll(w.files) // in the directory for temporary files
		}
	}
}

func makeWorld(t *testing.T, s scenario) *world {
	dir, err := os.MkdirTemp("", "mailprov-world-")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{scenario: s, files: dir, settled: map[string]bool{}}
	eyes := newAuditor(nil)
	tn := serve(t, newClock(morning, fast), sandbox.Options{NoQuota: true}, eyes.wrap)
	w.seeded = tn.truth()
	p := newProject(t, tn, s.files())
	if s.program {
		if err := os.Chmod(filepath.Join(p.dir, "deliver.sh"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.prepare(p)
	w.tenant, w.at, w.env, w.values, w.theirs = tn.snapshot(), tn.clock.now(), p.env, eyes.known(), p.theirs
	key := filepath.Join(dir, "identity.txt")
	write(t, key, read(t, p.env["MAILPROV_IDENTITY"]))
	w.env["MAILPROV_IDENTITY"] = key
	// A process lives for a tenth of a second: it needs neither a collector nor
	// the certificates of the world.
	w.env["GOGC"], w.env["SSL_CERT_DIR"] = "off", dir
	copyTree(t, filepath.Join(dir, "project"), p.dir)
	if _, err := os.Stat(filepath.Join(p.dir, stateFile)); err == nil {
		w.inUse = p.phases()[state.Current][0]
	}
	a := w.begin(t)
	r := a.perform(failpoint.Plan{})
	for _, e := range a.tenant.log() {
		if e.Method != http.MethodGet && !strings.HasSuffix(e.Template, "$batch") {
			w.routes = append(w.routes, routeOf(e))
		}
	}
	w.writes, _ = a.gate.count()
	a.ran(r)
	w.ops, w.result = a.ops, a.succeeded()
	return w
}

func routeOf(e sandbox.Entry) string {
	if e.Template == "TOKEN" {
		return "TOKEN"
	}
	return e.Method + " " + e.Template
}

// acts are the operations of a kind in an untouched run, in their order.
func (w *world) acts(kind string) []string {
	var out []string
	for _, op := range w.ops {
		if failpoint.Is(op, kind) {
			out = append(out, op)
		}
	}
	return out
}

// kinds are those of all acts, but for the steps on the disk they consist of.
func (w *world) kinds() []string {
	var out []string
	for _, op := range w.ops {
		kind, _, _ := strings.Cut(op, " ")
		if kind != "disk" && !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	return out
}

// attempt is one case: a copy of a world in which the command is run until it
// succeeds.
type attempt struct {
	*project
	world *world
	eyes  *auditor
	gate  *gate
	last  result
	runs  int
	ops   []string // of the last run
	// vanished says that what lay on the runner's own disk is gone.
	vanished bool
}

// begin makes a case.
func (w *world) begin(t *testing.T) *attempt {
	t.Helper()
	a := &attempt{world: w, eyes: newAuditor(w.values), gate: newGate()}
	tn := serve(t, newClock(w.at, fast), sandbox.Options{NoQuota: true, State: w.tenant}, func(h http.Handler) http.Handler {
		return a.eyes.wrap(a.gate.wrap(h))
	})
	dir := t.TempDir()
	copyTree(t, dir, filepath.Join(w.files, "project"))
	env := maps.Clone(w.env)
	env["MAILPROV_GRAPH_ENDPOINT"], env["MAILPROV_LOGIN_ENDPOINT"], env["SSL_CERT_FILE"] = tn.url, tn.url, tn.ca
	a.project = &project{t: t, dir: dir, tenant: tn, env: env, theirs: w.theirs}
	a.eyes.judge = a.mayRemove
	return a
}

// copyTree copies files with their modes, which os.CopyFS does not keep.
func copyTree(t *testing.T, to, from string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), info.Mode().Perm()|0o700)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), raw, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// perform runs the command with something going wrong.
func (a *attempt) perform(plan failpoint.Plan) result {
	a.t.Helper()
	plan.Log = filepath.Join(a.t.TempDir(), "operations")
	var out, errs bytes.Buffer
	cmd := a.command(a.world.args(), &out, &errs)
	cmd.Env = append(cmd.Env, failVariable+"="+plan.String())
	_ = cmd.Run() // its exit code is in the result
	a.ops = nil
	if raw, err := os.ReadFile(plan.Log); err == nil {
		a.ops = strings.Split(strings.TrimSpace(string(raw)), "\n")
	}
	return ended(cmd, a.world.args(), &out, &errs)
}

// ran takes the end of a run, and demands what must hold at every moment.
func (a *attempt) ran(r result) result {
	a.t.Helper()
	a.last = r
	a.runs++
	if strings.Contains(r.stderr, "panic:") || strings.Contains(r.stderr, "goroutine ") {
		a.t.Fatalf("the program panicked: %s", r)
	}
	a.standing()
	return r
}

// run runs the command with something going wrong.
func (a *attempt) run(plan failpoint.Plan) result {
	a.t.Helper()
	return a.ran(a.perform(plan))
}

// die runs the command so that it does not live to its end. Which act the nth
// is may differ from run to run, since independent ones go at the same time; and
// since they share writes of the state, there may be fewer of these.
func (a *attempt) die(plan failpoint.Plan) {
	a.t.Helper()
	r := a.run(plan)
	if r.code == -1 {
		return
	}
	n := 0
	for _, op := range a.ops {
		if failpoint.Is(op, plan.Kind) {
			n++
		}
	}
	if r.code != 0 || n >= plan.Nth {
		a.t.Fatalf("it was not killed (exit %d, %d operations of the kind): %s", r.code, n, r)
	}
}

// finish runs the command until it succeeds, and demands what must hold then.
func (a *attempt) finish() {
	a.t.Helper()
	for again := 0; a.runs == 0 || a.last.code != 0; again++ {
		if again > most {
			a.t.Fatalf("%d runs later the command still fails: %s", most, a.last)
		}
		a.run(failpoint.Plan{})
	}
	if diff := cmp.Diff(strings.Split(a.world.result, "\n"), strings.Split(a.succeeded(), "\n")); diff != "" && !a.vanished {
		a.t.Errorf("an untouched run leaves something else (-): %s\n%s", diff, a.last)
	}
}

// most is how often the command is run again before a person would have to be
// asked.
const most = 3

// snapshot is a document from which a tenant can be made again.
func (tn *tenant) snapshot() []byte {
	tn.t.Helper()
	var raw json.RawMessage
	tn.control(http.MethodGet, "truth", nil, &raw)
	return raw
}

// phases are the key ids of the credentials in the state by their phase.
func (p *project) phases() map[state.Phase][]string {
	p.t.Helper()
	out := map[state.Phase][]string{}
	for _, s := range p.state().Secrets {
		for _, c := range s.Credentials {
			out[c.Phase] = append(out[c.Phase], c.KeyID)
		}
	}
	return out
}
