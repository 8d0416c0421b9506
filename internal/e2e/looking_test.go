package e2e

import (
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/local"
)

// looks are the commands that can only look, as a person types them.
var looks = [][]string{
	{"plan"}, {"plan", "-json"}, {"plan", "-destroy"}, {"plan", "-replace=client_secret.mail"}, {"plan", "-as-of=+300d"},
	{"drift"}, {"drift", "-json"},
	{"status"}, {"status", "-check"}, {"status", "-format=ics"},
	{"verify"}, {"doctor"}, {"doctor", "-json"},
	{"show"}, {"show", "-json"}, {"output"}, {"output", "-json"}, {"emit"}, {"emit", "-format=json", "mail_target.notices"},
	{"state", "list"}, {"state", "show", "app_registration.mail"}, {"state", "pull"},
	{"validate"}, {"rotate", "-dry-run", "-due"}, {"rotate", "-dry-run", "-revoke-now", "client_secret.mail"},
	{"secret", "show", "-raw", "client_secret.mail"},
}

// TestLookingCommandsOnlyLook runs every command that can only look, as an
// identity that could write anything, where there is everything to be done:
// something drifted, a secret fell due, another waits for a person. Nothing
// arrives at the tenant but GETs, token requests and batches of GETs, the tenant
// is what it was, and not a byte of the directory changes.
func TestLookingCommandsOnlyLook(t *testing.T) {
	t.Parallel()
	arrived := &recorder{}
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, arrived.around)
	p := newProject(t, tn, full())
	p.apply()
	app, sp := tn.app()
	tn.advance(65 * 24 * time.Hour)
	p.must(0, "rotate", "-due", "-auto-approve")
	tn.advance(15 * time.Minute)
	tn.mutate(doc{"id": app.ID, "patch": doc{"displayName": "Somebody else"}})
	tn.mutate(doc{"op": "assign", "principal": sp.ID, "resource": graphPrincipal, "role": mailReadRole})
	files, truth := p.snapshot(), portraitOf(tn)
	asked := 0
	for _, args := range looks {
		tn.resetStats()
		arrived.reset()
		if r := p.run(args...); r.code != 0 && r.code != 2 {
			t.Errorf("it failed: %s", r)
		}
		for _, r := range arrived.all() {
			if r.Method != http.MethodGet && !strings.HasSuffix(r.Path, "/oauth2/v2.0/token") && !strings.HasSuffix(r.Path, "/v1.0/$batch") {
				t.Errorf("%v: %s %s arrived", args, r.Method, r.Path)
			}
		}
		for _, e := range tn.log() {
			if asked++; e.Method != http.MethodGet && e.Template != "TOKEN" && e.Template != "/$batch" {
				t.Errorf("%v: %s %s was asked for, in a batch: %t", args, e.Method, e.Template, e.Inner)
			}
		}
		if now := p.snapshot(); !maps.Equal(now, files) {
			for name := range now {
				if now[name] != files[name] {
					t.Errorf("%v: %s was changed", args, name)
				}
			}
			for name := range files {
				if _, still := now[name]; !still {
					t.Errorf("%v: %s is gone", args, name)
				}
			}
			files = now
		}
	}
	if now := portraitOf(tn); now != truth {
		t.Errorf("the tenant was\n%s\nand is\n%s", truth, now)
	}
	if asked < 50 {
		t.Errorf("only %d requests were looked at", asked)
	}
	// What they found is really there to be done.
	if r := p.must(2, "plan", "-detailed-exitcode"); !strings.Contains(r.stdout, "Somebody else") {
		t.Errorf("there was nothing to do: %s", r)
	}
}

// portraitOf is what the one application of ours has, its consent included.
func portraitOf(tn *tenant) string {
	app, sp := tn.app()
	var consent []string
	for _, o := range slices.Concat(tn.truth().assignments(sp.ID), tn.truth().grants(sp.ID)) {
		consent = append(consent, o.ID+o.text("scope"))
	}
	slices.Sort(consent)
	return portrait(app) + "\n" + strings.Join(consent, "\n")
}

// A command that looks takes no lock: it reads while another run holds it.
func TestACommandThatLooksTakesNoLock(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.apply()
	held, err := local.New(local.Config{Path: filepath.Join(p.dir, stateFile), Serial: state.Serial}).Lock(t.Context(), store.Holder{ID: "x", Who: "somebody@elsewhere", Operation: "apply"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"plan"}, {"drift"}, {"status"}, {"verify"}, {"show"}, {"state", "list"}, {"output"}} {
		p.must(0, args...)
	}
	if r := p.must(1, "apply", "-auto-approve"); !strings.Contains(r.stderr, "MP507") {
		t.Errorf("the lock was not held: %s", r)
	}
	if err := held.Unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// recorder keeps what arrives at a tenant, but for what tests ask of its control
// port.
type recorder struct {
	mu   sync.Mutex
	list []arrival
}

type arrival struct{ Method, Path string }

func (r *recorder) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !strings.HasPrefix(req.URL.Path, "/_sandbox/") {
			r.mu.Lock()
			r.list = append(r.list, arrival{req.Method, req.URL.Path})
			r.mu.Unlock()
		}
		next.ServeHTTP(w, req)
	})
}

func (r *recorder) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = nil
}

func (r *recorder) all() []arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}
