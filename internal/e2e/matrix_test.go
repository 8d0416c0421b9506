package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/failpoint"
)

// The recovery matrix: a command is made to fail at the nth of its acts, n = 1,
// 2, 3 …, as many as an untouched run has, and is then run again until it
// succeeds. So an act that is new is tried without a line being written for it.

// trial is one case of the matrix.
type trial struct {
	name string
	do   func(a *attempt)
}

// tryAll runs in each scenario the trials that are found for it.
func tryAll(t *testing.T, find func(w *world) []trial) {
	t.Parallel()
	for _, s := range scenarios() {
		try(t, s, find)
	}
}

// tryMost leaves out the scenarios whose acts are those of another.
func tryMost(t *testing.T, find func(w *world) []trial) {
	t.Parallel()
	for _, s := range scenarios() {
		if !s.brief {
			try(t, s, find)
		}
	}
}

func try(t *testing.T, s scenario, find func(w *world) []trial) {
	t.Run(s.name, func(t *testing.T) {
		t.Parallel()
		w := worldOf(t, s)
		trials := find(w)
		t.Logf("%d cases", len(trials))
		recoveries.Add(int64(len(trials)))
		for _, c := range trials {
			t.Run(strings.ReplaceAll(c.name, "/", "_"), func(t *testing.T) {
				t.Parallel()
				c.do(w.begin(t))
			})
		}
	})
}

// describe names a failure: what, when, and at which act.
func describe(p failpoint.Plan, act string) string {
	act = regexp.MustCompile(`/\S*/`).ReplaceAllString(act, "") // directories of this machine
	return fmt.Sprintf("%s %s %s (%s %d)", p.What, p.When, act, p.Kind, p.Nth)
}

// dying is a trial in which the command dies as planned.
func dying(p failpoint.Plan, act string) trial {
	return trial{describe(p, act), func(a *attempt) {
		a.die(p)
		a.finish()
	}}
}

func TestKilledBeforeOrAfterAnyActTheSameCommandFinishes(t *testing.T) {
	tryAll(t, func(w *world) (out []trial) {
		for _, kind := range w.kinds() {
			for n, act := range w.acts(kind) {
				for _, when := range []failpoint.When{failpoint.Before, failpoint.After} {
					out = append(out, dying(failpoint.Plan{Kind: kind, Nth: n + 1, When: when, What: failpoint.Kill}, act))
				}
			}
		}
		return out
	})
}

// TestAPowerCutAnywhereLosesNothing cuts the power after every request, at the
// end, and within every change of a file, and takes from the disk what was not
// synced. The state is written before every request that it must outlive.
func TestAPowerCutAnywhereLosesNothing(t *testing.T) {
	tryMost(t, func(w *world) (out []trial) {
		for _, kind := range []string{"graph", "token", "state unlock", "disk rename", "disk remove"} {
			for n, act := range w.acts(kind) {
				if failpoint.Is(act, "disk") && ofState(act) {
					continue
				}
				for _, lost := range []failpoint.What{failpoint.LoseNames, failpoint.LoseContents} {
					out = append(out, dying(failpoint.Plan{Kind: kind, Nth: n + 1, When: failpoint.After, What: lost}, act))
				}
			}
		}
		return out
	})
}

// ofState tells whether a step on the disk is to the state, its copy or its lock.
func ofState(step string) bool {
	return regexp.MustCompile(regexp.QuoteMeta(stateFile) + `(\.backup|\.lock\.info)?(\.tmp)?$`).MatchString(step)
}

// aside tells whether it is to the copy of the state before, which nothing
// depends on.
func aside(step string) bool { return strings.Contains(step, stateFile+".backup") }

// TestKilledWhileAFileIsWritten leaves half of every file that is written. The
// state is written in one way by whatever command: one of them stands for all.
func TestKilledWhileAFileIsWritten(t *testing.T) {
	tryMost(t, func(w *world) (out []trial) {
		for n, act := range w.acts("disk fill") {
			if !ofState(act) || w.name == "rotate what is due" {
				out = append(out, dying(failpoint.Plan{Kind: "disk fill", Nth: n + 1, When: failpoint.Midway, What: failpoint.Kill}, act))
			}
		}
		return out
	})
}

// failing is a trial in which something fails and the command lives on: it says
// so or makes it good.
func failing(p failpoint.Plan, act string) trial {
	return trial{describe(p, act), func(a *attempt) {
		r := a.run(p)
		if r.code != 0 && r.code != 1 {
			a.t.Fatalf("exit %d: %s", r.code, r)
		}
		if r.code == 1 && !regexp.MustCompile(`(?m)^(Error: |✗ )`).MatchString(r.stderr) {
			a.t.Errorf("it failed without saying why: %s", r)
		}
		a.finish()
	}}
}

// TestADiskThatFillsUpLeavesEverythingToTheNextRun lets the disk be full from
// any of the files that are written on.
func TestADiskThatFillsUpLeavesEverythingToTheNextRun(t *testing.T) {
	tryMost(t, func(w *world) (out []trial) {
		for n, act := range w.acts("disk fill") {
			if !aside(act) {
				out = append(out, failing(failpoint.Plan{Kind: "disk fill", Nth: n + 1, Lasting: true, When: failpoint.Midway, What: failpoint.Full}, act))
			}
		}
		return out
	})
}

// TestASinkThatFailsAtAnyCallLeavesTheRestToTheNextRun lets a call of a sink
// fail before it did anything, and after it did all.
func TestASinkThatFailsAtAnyCallLeavesTheRestToTheNextRun(t *testing.T) {
	tryAll(t, func(w *world) (out []trial) {
		for n, act := range w.acts("sink") {
			for _, when := range []failpoint.When{failpoint.Before, failpoint.After} {
				out = append(out, failing(failpoint.Plan{Kind: "sink", Nth: n + 1, When: when, What: failpoint.Error}, act))
			}
		}
		return out
	})
}

// TestARunnerWhoseDiskHasVanishedIsNoLoss kills the command and takes away all
// that a shared backend would not keep: the next runner begins with the
// configuration, the state and what is sealed beside it, with a key to open that
// or without one.
func TestARunnerWhoseDiskHasVanishedIsNoLoss(t *testing.T) {
	tryMost(t, func(w *world) (out []trial) {
		for _, kind := range []string{"graph", "sink"} {
			for n, act := range w.acts(kind) {
				p := failpoint.Plan{Kind: kind, Nth: n + 1, When: failpoint.After, What: failpoint.Kill}
				for _, key := range []string{"with a key", "without a key"} {
					if key == "without a key" && (w.needsKey || kind != "sink") {
						continue
					}
					out = append(out, trial{"disk vanished, next runner " + key + ", " + describe(p, act), func(a *attempt) {
						a.die(p)
						a.vanish()
						if key == "without a key" {
							delete(a.env, "MAILPROV_IDENTITY")
						}
						a.finish()
					}})
				}
			}
		}
		return out
	})
}

// vanish removes what lies on the runner's own disk.
func (a *attempt) vanish() {
	a.t.Helper()
	a.vanished = true
	entries, err := os.ReadDir(a.dir)
	if err != nil {
		a.t.Fatal(err)
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case name == stateFile, name == stateFile+".sealed", strings.HasSuffix(name, ".hcl"), name == "deliver.sh", name == "taken":
		default:
			if err := os.RemoveAll(filepath.Join(a.dir, name)); err != nil {
				a.t.Fatal(err)
			}
		}
	}
}
