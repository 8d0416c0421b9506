package e2e

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/failpoint"
	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/state"
)

// fault is one way in which a request goes wrong.
type fault struct {
	name   string
	action sandbox.Action
	// common ones are tried in every scenario, and also for as long as the first
	// run lasts; the others where the write is met first.
	common bool
}

func faults() []fault {
	return []fault{
		{"connection dropped before the act", sandbox.Action{Drop: true}, false},
		{"connection dropped after the act", sandbox.Action{Drop: true, After: true}, true},
		{"500 before the act", sandbox.Action{Status: 500}, false},
		{"500 after the act", sandbox.Action{Status: 500, After: true}, true},
		{"502 in HTML after the act", sandbox.Action{Status: 502, After: true, Body: "<html>Bad Gateway</html>", ContentType: "text/html"}, false},
		{"503 before the act", sandbox.Action{Status: 503, RetryAfter: 2}, true},
		{"503 after the act", sandbox.Action{Status: 503, After: true, RetryAfter: 2}, false},
		{"504 before the act", sandbox.Action{Status: 504}, false},
		{"504 after the act", sandbox.Action{Status: 504, After: true}, false},
		{"an empty success", sandbox.Action{Garbage: "empty"}, false},
		{"a success in HTML", sandbox.Action{Garbage: "html"}, false},
		{"a truncated success", sandbox.Action{Garbage: "truncated"}, true},
		{"no answer in the batch", sandbox.Action{Batch: "missing"}, false},
		{"429 with Retry-After", sandbox.Action{Status: 429, RetryAfter: 3}, false},
	}
}

// TestWhateverAWriteIsAnsweredTheCommandConverges lets each write of a run go
// wrong in every way, once, which the run makes good by itself, and in some for
// as long as the first run lasts.
func TestWhateverAWriteIsAnsweredTheCommandConverges(t *testing.T) {
	tryMost(t, func(w *world) (out []trial) {
		seen := map[string]int{}
		for _, route := range w.routes {
			seen[route]++
			if route == "TOKEN" && seen[route] == 1 {
				continue // our own sign-in, before anything is done
			}
			first := firstWith(t, route).name == w.name
			for _, f := range faults() {
				if !first && !f.common {
					continue
				}
				once := sandbox.Rule{Match: route, Nth: seen[route], Action: f.action}
				out = append(out, trial{fmt.Sprintf("%s to %s %d", f.name, route, once.Nth), func(a *attempt) { a.converge(once) }})
				if f.common && seen[route] == 1 {
					lasting := sandbox.Rule{Match: route, Action: f.action}
					out = append(out, trial{fmt.Sprintf("%s to every %s", f.name, route), func(a *attempt) { a.converge(lasting) }})
				}
			}
		}
		return out
	})
}

// firstWith is the first scenario in which a write is made.
func firstWith(t *testing.T, route string) scenario {
	t.Helper()
	for _, s := range scenarios() {
		if !s.brief && slices.Contains(worldOf(t, s).routes, route) {
			return s
		}
	}
	return scenario{}
}

// converge runs the command while a rule holds.
func (a *attempt) converge(rule sandbox.Rule) {
	a.t.Helper()
	a.tenant.faults(&sandbox.Faults{Rules: []sandbox.Rule{rule}})
	r := a.perform(failpoint.Plan{})
	a.tenant.calm()
	if !slices.ContainsFunc(a.tenant.log(), func(e sandbox.Entry) bool { return e.Fault || rule.Action.Batch != "" }) {
		a.t.Errorf("nothing went wrong, so this proves nothing: %s", r)
	}
	if a.ran(r); r.code != 0 && (r.code != 1 || rule.Nth > 0) {
		a.t.Errorf("exit %d: %s", r.code, r)
	}
	a.finish()
}

// TestKilledAtAnyWriteOfABatchTheSameCommandFinishes kills the program before
// and after every single write, several of which travel in one request.
func TestKilledAtAnyWriteOfABatchTheSameCommandFinishes(t *testing.T) {
	tryMost(t, func(w *world) (out []trial) {
		for n := 1; n <= w.writes; n++ {
			for _, after := range []bool{false, true} {
				out = append(out, trial{fmt.Sprintf("killed %s write %d", map[bool]string{true: "after", false: "before"}[after], n), func(a *attempt) {
					a.dieAtGate(n, after)
					a.finish()
				}})
			}
		}
		return out
	})
}

// dieAtGate runs the command so that a write is the last it ever sends. Which
// write the nth is may differ from run to run, since independent ones go at the
// same time.
func (a *attempt) dieAtGate(n int, after bool) {
	a.t.Helper()
	var out, errs bytes.Buffer
	cmd := a.command(a.world.args(), &out, &errs)
	dead := make(chan struct{})
	a.gate.arm(n, after, func() {
		_ = cmd.Process.Kill() // it may be dead already
		<-dead
	})
	if err := cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	_ = cmd.Wait() // killed is what it must be
	close(dead)
	_, hit := a.gate.count()
	a.gate.disarm()
	r := ended(cmd, a.world.args(), &out, &errs)
	if hit == "" || r.code != -1 {
		a.t.Fatalf("the program was not killed (exit %d, stopped at %q): %s", r.code, hit, r)
	}
	a.ran(r)
}

// TestASecretThatDoesNotWorkReachesNoSink lets Entra hand out values that the
// token endpoint never takes.
func TestASecretThatDoesNotWorkReachesNoSink(t *testing.T) {
	tryMost(t, func(w *world) []trial {
		if !slices.Contains(w.routes, addPassword) {
			return nil
		}
		return []trial{{"refused for ever", func(a *attempt) {
			before := a.held()
			a.eyes.spoil(true)
			r := a.run(failpoint.Plan{})
			if r.code != 1 {
				a.t.Fatalf("exit %d: %s", r.code, r)
			}
			if now := a.held(); fmt.Sprint(now) != fmt.Sprint(before) {
				a.t.Errorf("the sinks held %v and hold %v: %s", before, now, r)
			}
			a.eyes.spoil(false)
			a.finish()
		}}}
	})
}

// TestMarkersThatAppearLateAreHunted kills the program after every request
// while Graph shows the tenant as it was three minutes ago, which is longer than
// anyone looks for a secret. One that was lost is listed as abandoned, and is
// removed when it turns up.
func TestMarkersThatAppearLateAreHunted(t *testing.T) {
	tryMost(t, func(w *world) (out []trial) {
		for n, act := range w.acts("graph") {
			p := failpoint.Plan{Kind: "graph", Nth: n + 1, When: failpoint.After, What: failpoint.Kill}
			out = append(out, trial{"stale, " + describe(p, act), func(a *attempt) {
				a.tenant.faults(&sandbox.Faults{Lag: &sandbox.Lag{Reads: sandbox.Amount{For: 3 * time.Minute}, Secrets: sandbox.Amount{For: 40 * time.Second}}})
				a.die(p)
				for a.last.code != 0 {
					if a.runs > most {
						a.t.Fatalf("%d runs later the command still fails: %s", most, a.last)
					}
					a.run(failpoint.Plan{})
				}
				a.tenant.calm()
				a.tenant.advance(15 * time.Minute)
				if !w.ends {
					a.last = a.apply()
					a.standing()
				}
				a.finish()
			}})
		}
		return out
	})
}

const addPassword = "POST /applications/{id}/addPassword"

// TestALostSecretThatTurnsUpLateIsHunted loses the answer to addPassword while
// Graph does not show the new secret for longer than anyone looks for it.
func TestALostSecretThatTurnsUpLateIsHunted(t *testing.T) {
	t.Parallel()
	a := worldOf(t, scenarios()[1]).begin(t)
	a.tenant.faults(&sandbox.Faults{
		Lag:   &sandbox.Lag{Reads: sandbox.Amount{For: 3 * time.Minute}},
		Rules: []sandbox.Rule{{Match: addPassword, First: 1, Action: sandbox.Action{Drop: true, After: true}}},
	})
	r := a.run(failpoint.Plan{})
	if n := len(a.phases()[state.Abandoned]); n != 1 {
		t.Fatalf("the state lists %d abandoned secrets, want 1: %s", n, r)
	}
	a.tenant.calm()
	a.tenant.advance(15 * time.Minute)
	app, _ := a.tenant.app()
	if n := len(app.docs("passwordCredentials")); n < 3 {
		t.Fatalf("the application has %d secrets: the lost one does not exist, so this proves nothing", n)
	}
	a.last = a.apply()
	a.finish()
	if n := len(a.phases()[state.Abandoned]); n != 0 {
		t.Errorf("%d are still listed as abandoned", n)
	}
}

// TestOfTwoRunsAtOnceOneWinsWhateverItIsDoing starts the command again while
// the first run stands still at one of its acts.
func TestOfTwoRunsAtOnceOneWinsWhateverItIsDoing(t *testing.T) {
	tryMost(t, func(w *world) (out []trial) {
		kind := "graph"
		if len(w.acts(kind)) == 0 {
			kind = "state write"
		}
		for n, act := range w.acts(kind) {
			p := failpoint.Plan{Kind: kind, Nth: n + 1, When: failpoint.Before, What: failpoint.Pause}
			out = append(out, trial{describe(p, act), func(a *attempt) { a.twice(p) }})
		}
		return out
	})
}

// twice runs the command while another run of it pauses: the second says who
// holds the lock, and does nothing.
func (a *attempt) twice(p failpoint.Plan) {
	a.t.Helper()
	goOn, first := a.paused(p)
	if !first.ended() { // else it had fewer acts, and none to pause at
		second := a.perform(failpoint.Plan{})
		for _, says := range []string{"MP507", fmt.Sprintf("process %d", first.cmd.Process.Pid)} {
			if second.code != 1 || !strings.Contains(second.stderr, says) {
				a.t.Errorf("exit %d, and the second run does not say %q: %s", second.code, says, second)
			}
		}
		if !slices.Equal(a.ops, []string{"state lock"}) {
			a.t.Errorf("the second run did %q", a.ops)
		}
	}
	goOn()
	a.ran(first.wait())
	a.finish()
}
