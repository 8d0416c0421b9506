package failpoint_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/durable"
	"github.com/mailprov/mailprov/internal/failpoint"
)

func TestAPlanComesBackAsItWasWritten(t *testing.T) {
	p := failpoint.Plan{Kind: "sink stage", Nth: 3, Lasting: true, When: failpoint.After, What: failpoint.Error, Log: "x y"}
	if got, err := failpoint.Parse(p.String()); err != nil || got != p {
		t.Errorf("%+v, %v", got, err)
	}
	for _, text := range []string{"", "x", `{"nht":1}`, `{"nth":1}`, `{"nth":1,"when":"after","what":"explode"}`, `{"nth":1,"when":"then","what":"kill"}`} {
		if p, err := failpoint.Parse(text); err == nil {
			t.Errorf("%q was read as %+v", text, p)
		}
	}
}

// TestTheNthOperationOfAKindGoesWrong names operations that count and others.
func TestTheNthOperationOfAKindGoesWrong(t *testing.T) {
	ops := []string{"graph GET /a", "sink stage one", "graph POST /b", "graphics", "state write", "graph GET /c"}
	for _, c := range []struct {
		name  string
		plan  failpoint.Plan
		done  []int // whose function was called
		wrong []int // that returned an error
	}{
		{"none", failpoint.Plan{}, []int{0, 1, 2, 3, 4, 5}, nil},
		{"the second of a kind, before", failpoint.Plan{Kind: "graph", Nth: 2, When: failpoint.Before, What: failpoint.Error}, []int{0, 1, 3, 4, 5}, []int{2}},
		{"the second of a kind, after", failpoint.Plan{Kind: "graph", Nth: 2, When: failpoint.After, What: failpoint.Error}, []int{0, 1, 2, 3, 4, 5}, []int{2}},
		{"every one from the second", failpoint.Plan{Kind: "graph", Nth: 2, Lasting: true, When: failpoint.Before, What: failpoint.Error}, []int{0, 1, 3, 4}, []int{2, 5}},
		{"the fifth of all", failpoint.Plan{Nth: 5, When: failpoint.Before, What: failpoint.Full}, []int{0, 1, 2, 3, 5}, []int{4}},
		{"one that never comes", failpoint.Plan{Kind: "state", Nth: 2, When: failpoint.Before, What: failpoint.Error}, []int{0, 1, 2, 3, 4, 5}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.plan.Log = filepath.Join(t.TempDir(), "log")
			points := failpoint.Arm(c.plan, nil)
			var done, wrong []int
			for i, op := range ops {
				if err := points.Around(op, func() error { done = append(done, i); return nil }); err != nil {
					wrong = append(wrong, i)
				}
			}
			if !slices.Equal(done, c.done) || !slices.Equal(wrong, c.wrong) {
				t.Errorf("done %v, wrong %v", done, wrong)
			}
			if raw, err := os.ReadFile(c.plan.Log); err != nil || strings.TrimSpace(string(raw)) != strings.Join(ops, "\n") {
				t.Errorf("the log is %q, %v", raw, err)
			}
		})
	}
}

func TestAnOperationThatFailsByItselfKeepsItsError(t *testing.T) {
	own := errors.New("its own")
	points := failpoint.Arm(failpoint.Plan{Nth: 1, When: failpoint.After, What: failpoint.Error}, nil)
	if err := points.Around("graph", func() error { return own }); !errors.Is(err, own) {
		t.Error(err)
	}
}

// TestAPowerCutTakesWhatWasNotSynced is the proof that the power cut of this
// package finds a writer that forgets to sync: each leaves out one step.
func TestAPowerCutTakesWhatWasNotSynced(t *testing.T) {
	for _, c := range []struct {
		forgets durable.Verb
		lost    failpoint.What
		leaves  string
	}{
		{"nothing", failpoint.LoseNames, "new content"},
		{"nothing", failpoint.LoseContents, "new content"},
		{durable.Sync, failpoint.LoseContents, "new c"},
		{durable.SyncDirectory, failpoint.LoseNames, "old content"},
	} {
		t.Run(string(c.forgets)+", "+string(c.lost), func(t *testing.T) {
			d := durable.New(t.TempDir())
			if err := d.Write("a", []byte("old content")); err != nil {
				t.Fatal(err)
			}
			over := make(chan struct{})
			go func() {
				defer close(over)
				points := failpoint.Arm(failpoint.Plan{Kind: "state", Nth: 1, When: failpoint.After, What: c.lost}, runtime.Goexit)
				_ = points.Around("state write", func() error {
					return d.Through(func(s durable.Step, do func() error) error {
						if s.Verb == c.forgets {
							return nil
						}
						return points.AroundDisk(s, do)
					}).Write("a", []byte("new content"))
				})
				t.Error("the process goes on after its end")
			}()
			<-over
			if b, err := d.Read("a"); err != nil || string(b) != c.leaves {
				t.Errorf("there is %q, %v", b, err)
			}
		})
	}
}
