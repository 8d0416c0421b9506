package sinktest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/slot"
	"github.com/mailprov/mailprov/internal/store"
)

// refuser is a disk that takes a number of changes and then no more.
type refuser struct {
	takes   int
	why     error
	removes bool // it still removes, as a full disk does
	once    bool // it fails a single time
	asked   int
}

func (r *refuser) change(name string, removal bool, do func() error) error {
	if removal && r.removes {
		return do()
	}
	r.asked++
	if r.asked == r.takes+1 || r.asked > r.takes && !r.once {
		return &fs.PathError{Op: "write", Path: name, Err: r.why}
	}
	return do()
}

func (r *refuser) world(w World) World {
	w.Files, w.Sealed = refusingFiles{w.Files, r}, refusingSealed{w.Sealed, r}
	return w
}

type refusingFiles struct {
	slot.Files
	*refuser
}

func (f refusingFiles) Write(name string, b []byte) error {
	return f.change(name, false, func() error { return f.Files.Write(name, b) })
}

func (f refusingFiles) Remove(name string) error {
	return f.change(name, true, func() error { return f.Files.Remove(name) })
}

type refusingSealed struct {
	store.Sealed
	*refuser
}

func (f refusingSealed) Write(ctx context.Context, name string, b []byte) error {
	return f.change(name, false, func() error { return f.Sealed.Write(ctx, name, b) })
}

func (f refusingSealed) Remove(ctx context.Context, name string) error {
	return f.change(name, true, func() error { return f.Sealed.Remove(ctx, name) })
}

// refusing replaces a value on a disk that is full, may not be written, or fails
// once, after each number of changes. What refuses is said, mail keeps a value
// it can run on, and the same steps end the work once the disk takes them.
func refusing(t *testing.T, s Suite) {
	for name, kind := range map[string]refuser{
		"full":         {why: syscall.ENOSPC, removes: true},
		"write-locked": {why: syscall.EACCES},
		"broken once":  {why: syscall.EIO, once: true},
	} {
		for takes := 0; ; takes++ {
			var all bool
			t.Run(fmt.Sprintf("%s after %d", name, takes), func(t *testing.T) {
				w := NewWorld(t)
				one, two := item("proself", "k1"), item("proself", "k2")
				healthy := s.Open(t, w)
				stage(t, healthy, one)
				commit(t, healthy, one)

				r := kind
				r.takes = takes
				k := s.Open(t, r.world(w))
				_, err := k.Stage(t.Context(), two, value("k2"))
				staged := err == nil
				if staged {
					_, err = k.Commit(t.Context(), two)
				}
				if all = r.asked <= takes; all {
					must(t, err)
					return
				}
				if !errors.Is(err, kind.why) || !strings.Contains(err.Error(), kind.why.Error()) || strings.Contains(err.Error(), "canary") {
					t.Fatalf("it says: %v", err)
				}
				healthy = s.next(t, w, k)
				keeps(t, healthy, step{name: "a refused delivery", keeps: []string{"k1"}})
				if !staged {
					holds(t, healthy, one.Secret, sink.Contents{InUse: "k1"})
					if left := s.left(t, w, text("k2")); len(left) != 0 {
						t.Errorf("the new value is in %v", left)
					}
				}
				r.takes = r.asked + 1000
				must(t, Deliver(t.Context(), healthy, two, text("k2")))
				holds(t, healthy, one.Secret, sink.Contents{InUse: "k2", Previous: "k1"})
			})
			if all {
				break
			}
		}
	}
}
