package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// fast is how much faster than the world's the clock of these tests runs, so
// that a hunt of a minute takes a second and more.
const fast = 50

// scenario is a run that is interrupted: what stands before it, and what it is
// to do.
type scenario struct {
	name    string
	prepare func(p *project) // brings the project to where the run begins
}

func scenarios() []scenario {
	return []scenario{
		{"create", func(*project) {}},
		{"change and rotate", func(p *project) {
			p.apply()
			p.must(0, "confirm", "mail_target.notices")
			p.edit("main.mailprov.hcl", `, safe = "`+p.safe+`"`, "") // may not read it any more: a new secret is due
			p.edit("main.mailprov.hcl", `"Mail sender"`, `"Mail sender 2"`)
			p.edit("main.mailprov.hcl", `delegated = ["SMTP.Send"]`, `delegated = ["Mail.Send"]`)
			p.edit("main.mailprov.hcl", `data.user.hanbai.id`, `data.user.sales.id`)
		}},
	}
}

// stage is a project at the point where a scenario's run begins.
func (s scenario) stage(t *testing.T) (*project, *gate, truth) {
	g := newGate()
	tn := serve(t, newClock(morning, fast), sandbox.Options{NoQuota: true}, g.wrap)
	seeded := tn.truth()
	p := newProject(t, tn, full())
	s.prepare(p)
	g.disarm()
	tn.resetStats()
	return p, g, seeded
}

// TestKilledAtAnyWriteTheSameCommandFinishes kills the program before and after
// every write of a run.
func TestKilledAtAnyWriteTheSameCommandFinishes(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p, g, _ := s.stage(t)
			p.apply()
			writes, _ := g.count()
			t.Logf("%d writes, so %d deaths", writes, 2*writes)
			for n := 1; n <= writes; n++ {
				for _, after := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s write %d", map[bool]string{true: "after", false: "before"}[after], n), func(t *testing.T) {
						t.Parallel()
						p, g, seeded := s.stage(t)
						p.dieAt(g, n, after)
						p.finish(seeded)
					})
				}
			}
		})
	}
}

// dieAt runs an apply that is killed at a write. Which write the nth is may
// differ from run to run, since independent ones go at the same time.
func (p *project) dieAt(g *gate, n int, after bool) {
	p.t.Helper()
	var out, errs bytes.Buffer
	cmd := p.command([]string{"apply", "-auto-approve"}, &out, &errs)
	dead := make(chan struct{})
	g.arm(n, after, func() {
		_ = cmd.Process.Kill() // it may be dead already
		<-dead
	})
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	_ = cmd.Wait() // killed is what it must be
	close(dead)
	_, hit := g.count()
	g.disarm()
	r := ended(cmd, cmd.Args[1:], &out, &errs)
	if hit == "" || r.code != -1 {
		p.t.Fatalf("the program was not killed (exit %d, stopped at %q): %s", r.code, hit, r)
	}
	p.provenSinks()
}

// finish runs the same command until it succeeds and demands the laws.
func (p *project) finish(seeded truth) (runs int) {
	p.t.Helper()
	for runs = 1; ; runs++ {
		r := p.run("apply", "-auto-approve")
		p.provenSinks()
		if r.code == 0 {
			break
		}
		if runs == 3 {
			p.t.Fatalf("three runs later the command still fails: %s", r)
		}
	}
	p.settled()
	p.healthy()
	p.untouched(seeded)
	return runs
}

// provenSinks demands that whatever a sink shows as the value in use gets a
// token: none is ever overwritten by a value that was not tested.
func (p *project) provenSinks() {
	p.t.Helper()
	sealed := filepath.Join(p.dir, stateFile+".sealed", "team+mail.age")
	values := map[string]string{}
	if _, err := os.Stat(sealed); err == nil {
		values["sealed"] = p.unseal("mail")
	}
	if raw, err := os.ReadFile(filepath.Join(p.dir, "secret.txt")); err == nil {
		values["file"] = string(raw)
	}
	if len(values) == 0 {
		return
	}
	list := p.tenant.truth().ours()
	if len(list) != 1 {
		p.t.Fatalf("a sink holds a secret of one of %d applications", len(list))
	}
	for name, v := range values {
		if !p.tenant.works(list[0].text("appId"), v) {
			p.t.Errorf("the value in use in the sink %s gets no token", name)
		}
	}
}

// untouched demands that what was in the tenant before is as it was.
func (p *project) untouched(before truth) {
	p.t.Helper()
	now := map[string]object{}
	for _, o := range p.tenant.truth() {
		now[o.Kind+o.ID] = o
	}
	for _, o := range before {
		if !reflect.DeepEqual(o, now[o.Kind+o.ID]) {
			p.t.Errorf("%s %s was\n%v\nand is\n%v", o.Kind, o.ID, o, now[o.Kind+o.ID])
		}
	}
}

// fault is one way in which a request goes wrong.
type fault struct {
	name   string
	action sandbox.Action
	lasts  bool // tried also for as long as the first run lasts, and in every scenario
}

func faults() []fault {
	return []fault{
		{"connection dropped before the act", sandbox.Action{Drop: true}, false},
		{"connection dropped after the act", sandbox.Action{Drop: true, After: true}, true},
		{"500 after the act", sandbox.Action{Status: 500, After: true}, true},
		{"502 in HTML after the act", sandbox.Action{Status: 502, After: true, Body: "<html>Bad Gateway</html>", ContentType: "text/html"}, false},
		{"503 after the act", sandbox.Action{Status: 503, After: true, RetryAfter: 2}, false},
		{"504 after the act", sandbox.Action{Status: 504, After: true}, false},
		{"503 before the act", sandbox.Action{Status: 503, RetryAfter: 2}, true},
		{"an empty success", sandbox.Action{Garbage: "empty"}, false},
		{"a success in HTML", sandbox.Action{Garbage: "html"}, false},
		{"a truncated success", sandbox.Action{Garbage: "truncated"}, true},
		{"no answer in the batch", sandbox.Action{Batch: "missing"}, false},
		{"429 with Retry-After", sandbox.Action{Status: 429, RetryAfter: 3}, false},
	}
}

// TestWhateverAWriteIsAnsweredTheCommandConverges lets every kind of write of a
// run go wrong in every way, once, and in some for as long as the first run
// lasts.
func TestWhateverAWriteIsAnsweredTheCommandConverges(t *testing.T) {
	t.Parallel()
	for n, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p, _, _ := s.stage(t)
			p.apply()
			cases := 0
			for _, route := range writeRoutes(p.tenant) {
				for _, f := range faults() {
					name := f.name + " to " + strings.ReplaceAll(route, "/", "_")
					if n == 0 || f.lasts {
						cases++
						t.Run(name+" once", func(t *testing.T) {
							t.Parallel()
							converge(t, s, route, f, true)
						})
					}
					if f.lasts {
						cases++
						t.Run(name, func(t *testing.T) {
							t.Parallel()
							converge(t, s, route, f, false)
						})
					}
				}
			}
			t.Logf("%d cases", cases)
		})
	}
}

func converge(t *testing.T, s scenario, route string, f fault, once bool) {
	p, _, seeded := s.stage(t)
	rule := sandbox.Rule{Match: route, Action: f.action}
	if route == "TOKEN" {
		app := ""
		if list := p.tenant.truth().ours(); len(list) == 1 {
			app = list[0].text("appId")
		}
		rule.App = app
		if app == "" {
			rule.Nth = 2 // the first is our own sign-in
		}
	}
	if once && rule.Nth == 0 {
		rule.First = 1
	}
	p.tenant.faults(&sandbox.Faults{Rules: []sandbox.Rule{rule}})
	r := p.run("apply", "-auto-approve")
	if r.code < 0 || r.code > 1 || strings.Contains(r.stderr, "panic") {
		t.Fatalf("exit %d: %s", r.code, r)
	}
	p.tenant.calm()
	p.provenSinks()
	p.finish(seeded)
}

// writeRoutes are the kinds of writes that a run has just made.
func writeRoutes(tn *tenant) []string {
	var out []string
	seen := map[string]bool{}
	for _, e := range tn.log() {
		route := e.Method + " " + e.Template
		if e.Template == "TOKEN" {
			route = "TOKEN"
		}
		if e.Method != "GET" && !strings.HasSuffix(route, "$batch") && !seen[route] {
			seen[route] = true
			out = append(out, route)
		}
	}
	return out
}
