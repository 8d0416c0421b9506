package durable_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/durable"
	"github.com/mailprov/mailprov/internal/failpoint"
)

// until runs do until its end or its death, and returns all the steps it took.
func until(t *testing.T, p failpoint.Plan, do func(around durable.Around)) (steps []string, died bool) {
	t.Helper()
	p.Log = filepath.Join(t.TempDir(), "log")
	over := make(chan struct{})
	died = true
	go func() {
		defer close(over)
		do(failpoint.Arm(p, runtime.Goexit).AroundDisk)
		died = false
	}()
	<-over
	raw, err := os.ReadFile(p.Log)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(raw)), "\n"), died
}

// TestAfterAPowerCutThereIsTheOldFileOrTheNewOne cuts the power after every step
// of a write and of a removal, and takes from the disk whatever was not synced.
func TestAfterAPowerCutThereIsTheOldFileOrTheNewOne(t *testing.T) {
	const name = "a/b/c"
	for what, do := range map[string]func(durable.Dir) error{
		"write":  func(d durable.Dir) error { return d.Write(name, []byte("new content")) },
		"remove": func(d durable.Dir) error { return d.Remove(name) },
	} {
		for _, before := range []string{"", "old content"} {
			for _, lost := range []failpoint.What{failpoint.LoseNames, failpoint.LoseContents} {
				cases := 0
				for n := 1; ; n++ {
					d := durable.New(filepath.Join(t.TempDir(), "made/here"))
					if before != "" {
						if err := errors.Join(d.Make(), d.Write(name, []byte(before))); err != nil {
							t.Fatal(err)
						}
					}
					var returned error
					plan := failpoint.Plan{Kind: "disk", Nth: n, When: failpoint.After, What: lost}
					steps, died := until(t, plan, func(around durable.Around) {
						d := d.Through(around)
						returned = errors.Join(d.Make(), do(d))
						_ = around(durable.Step{Verb: "end"}, func() error { return nil }) // what has returned is to stay
					})
					if returned != nil {
						t.Fatal(returned)
					}
					if !died {
						break
					}
					cases++
					at := fmt.Sprintf("%s over %q, power cut after step %d of %v, %s", what, before, n, steps, lost)
					got, err := d.Read(name)
					there := string(got)
					if err != nil && !errors.Is(err, fs.ErrNotExist) {
						t.Fatalf("%s: %v", at, err)
					}
					after := map[string]string{"write": "new content"}[what]
					if there != before && there != after {
						t.Errorf("%s: there is %q", at, there)
					}
					if last := steps[len(steps)-1]; last == "disk end" && there != after {
						t.Errorf("%s: it had returned, but there is %q", at, there)
					}
				}
				if least := map[string]int{"write": 5, "remove": 1}[what]; cases < least {
					t.Errorf("%s over %q has only %d steps", what, before, cases)
				}
			}
		}
	}
}

// TestADiskThatIsFullLeavesTheOldFile refuses the content of a file, at once
// and half way.
func TestADiskThatIsFullLeavesTheOldFile(t *testing.T) {
	for _, when := range []failpoint.When{failpoint.Before, failpoint.Midway} {
		d := durable.New(t.TempDir())
		if err := d.Write("a", []byte("old content")); err != nil {
			t.Fatal(err)
		}
		points := failpoint.Arm(failpoint.Plan{Kind: "disk fill", Nth: 1, When: when, What: failpoint.Full}, nil)
		err := d.Through(points.AroundDisk).Write("a", []byte("new content"))
		if err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("%s: %v", when, err)
		}
		entries, err := os.ReadDir(d.Path())
		if got, readErr := d.Read("a"); err != nil || readErr != nil || string(got) != "old content" || len(entries) != 1 {
			t.Errorf("%s: %q, %v, %v", when, got, entries, errors.Join(err, readErr))
		}
	}
}
