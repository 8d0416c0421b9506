package term

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/mailprov/mailprov/internal/event"
)

// Progress writes the events of an apply as lines. It is an event.Sink and may
// be used by several goroutines at once. What has a form of its own
// (diagnostics, the version, summaries and outputs) is not written.
type Progress struct {
	mu     sync.Mutex
	p      *printer
	action map[string]string // what was begun, by address
}

// NewProgress returns a Progress that writes to w.
func NewProgress(w io.Writer, o Options) *Progress {
	return &Progress{p: newPrinter(w, o), action: map[string]string{}}
}

// Emit writes e. An error of the writer is not reported: progress that nobody
// reads must not stop an apply.
func (g *Progress) Emit(e event.Event) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch e.Type {
	case event.ApplyStart:
		g.action[e.Address] = e.Action
	case event.ApplyProgress, event.ApplyComplete, event.ApplyErrored, event.RotateStep:
		if e.Action == "" {
			e.Action = g.action[e.Address]
		}
	default:
		return
	}
	switch {
	case e.Address == "" && e.Waiting != "" && e.Message == "":
		g.p.line(0, text(fmt.Sprintf("Still waiting... [%s elapsed] (%s)", elapsed(e.Elapsed), e.Waiting)))
	case e.Address == "":
		g.p.line(0, text(e.Message))
	default:
		g.p.line(0, seg{e.Address, bold}, text(": "+g.words(e)))
	}
	_ = g.p.flush()
}

func (g *Progress) words(e event.Event) string {
	doing, noun := doingWords(e.Action)
	switch e.Type {
	case event.ApplyStart:
		return doing + "..."
	case event.ApplyProgress:
		s := fmt.Sprintf("Still %s... [%s elapsed]", lowerFirst(doing), elapsed(e.Elapsed))
		if e.Waiting != "" {
			s += " (" + e.Waiting + ")"
		}
		return s
	case event.ApplyComplete:
		s := fmt.Sprintf("%s complete after %s", noun, elapsed(e.Elapsed))
		if e.ID != "" {
			s += " [id=" + e.ID + "]"
		}
		return s
	case event.ApplyErrored:
		return fmt.Sprintf("%s errored after %s: %s", noun, elapsed(e.Elapsed), e.Message)
	}
	return e.Message
}

// doingWords are the words of Terraform for an action, and ours where it has
// none.
func doingWords(action string) (doing, noun string) {
	switch action {
	case "create":
		return "Creating", "Creation"
	case "update":
		return "Modifying", "Modifications"
	case "delete":
		return "Destroying", "Destruction"
	case "rotate":
		return "Rotating", "Rotation"
	case "retire":
		return "Retiring", "Retirement"
	}
	return "Working", "Work"
}

func elapsed(seconds float64) string {
	return (time.Duration(seconds*float64(time.Second)) / time.Second * time.Second).String()
}
