package failpoint

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"

	"github.com/mailprov/mailprov/internal/durable"
)

// ErrPlanned is what an operation returns that fails as planned.
var ErrPlanned = errors.New("it fails on purpose")

// Points stands around the operations of a process. It is safe for use by many
// goroutines.
type Points struct {
	plan Plan
	die  func()
	disk *disk

	mu   sync.Mutex
	seen int
}

// Arm makes a plan come true in this process. The function die ends the process
// and does not return; nil stands for SIGKILL.
func Arm(p Plan, die func()) *Points {
	if die == nil {
		die = kill
	}
	return &Points{plan: p, die: die, disk: newDisk()}
}

// Around does one operation; its name begins with its kind.
func (p *Points) Around(op string, do func() error) error {
	if !p.turn(op) {
		return do()
	}
	return p.wrong("", do)
}

// AroundDisk takes one step on the disk, of the kind "disk".
func (p *Points) AroundDisk(s durable.Step, do func() error) error {
	take := func() error { return p.disk.take(s, do) }
	if !p.turn(strings.Join([]string{"disk", string(s.Verb), s.Path}, " ")) {
		return take()
	}
	half := ""
	if s.Verb == durable.Fill {
		half = s.Path
	}
	return p.wrong(half, take)
}

// turn writes the operation down and tells whether it is the one to go wrong.
func (p *Points) turn(op string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(op)
	if p.plan.Nth == 0 || !Is(op, p.plan.Kind) {
		return false
	}
	p.seen++
	return p.seen == p.plan.Nth || p.plan.Lasting && p.seen > p.plan.Nth
}

// Is tells whether an operation of this name is of a kind.
func Is(op, kind string) bool {
	if kind == "" {
		return !Is(op, "disk")
	}
	return op == kind || strings.HasPrefix(op, kind+" ")
}

// wrong lets an operation go wrong. Half names the file that is left half
// written where that is asked for.
func (p *Points) wrong(half string, do func() error) error {
	var own error // that it would have had anyway
	if p.plan.When != Before {
		own = do()
	}
	if p.plan.When == Midway && half != "" {
		own = errors.Join(own, tear(half))
	}
	switch p.plan.What {
	case Error:
		return cmp.Or(own, ErrPlanned)
	case Full:
		return cmp.Or(own, error(&fs.PathError{Op: "write", Path: half, Err: syscall.ENOSPC}))
	case Pause:
		if err := wait(p.plan.Gate); err != nil || p.plan.When != Before {
			return errors.Join(own, err)
		}
		return do()
	}
	p.disk.cut(p.plan.What)
	p.die()
	return ErrPlanned // not reached
}

// note is called with the lock held, so that the log is in the order in which
// operations count.
func (p *Points) note(op string) {
	if p.plan.Log == "" {
		return
	}
	f, err := os.OpenFile(p.plan.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(op + "\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		panic(err) // the test that asked for the log would count wrongly
	}
}

// wait tells who holds the other end of a named pipe that this process is here,
// and goes on when that end is closed.
func wait(gate string) error {
	f, err := os.Open(gate)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, f)
	return errors.Join(err, f.Close())
}

// kill ends the process as the kernel does it: nothing is cleaned up.
func kill() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {} // the signal is on its way
}
