package term

import (
	"io"
	"sync"
	"time"

	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/message"
)

// Progress writes the events of an apply as lines. It is an event.Sink and may
// be used by several goroutines at once. What has a form of its own
// (diagnostics, the version, summaries and outputs) is not written.
type Progress struct {
	mu      sync.Mutex
	w       io.Writer
	options func() Options
	p       *printer
	action  map[string]string // what was begun, by address
}

// NewProgress returns a Progress that writes to w. The options are asked for
// when something happens: the language may stand in a configuration that is not
// read yet.
func NewProgress(w io.Writer, options func() Options) *Progress {
	return &Progress{w: w, options: options, action: map[string]string{}}
}

// printer speaks the language of this moment.
func (g *Progress) printer() *printer {
	if o := g.options(); g.p == nil || g.p.o != o {
		g.p = newPrinter(g.w, o)
	}
	return g.p
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
	g.p = g.printer()
	switch {
	case e.Address == "" && e.Waiting != "" && e.Message == "":
		g.p.line(0, text(g.p.t.say("Still waiting... [%s elapsed] (%s)", elapsed(e.Elapsed), message.Recognise(e.Waiting))))
	case e.Address == "":
		g.p.line(0, text(g.p.t.recognise(e.Message)))
	default:
		g.p.line(0, seg{e.Address, bold}, text(": "+g.words(e)))
	}
	_ = g.p.flush()
}

func (g *Progress) words(e event.Event) string {
	doing, noun := doingWords(e.Action)
	switch e.Type {
	case event.ApplyStart:
		return g.p.t.say("%s...", doing)
	case event.ApplyProgress:
		s := g.p.t.say("Still %s... [%s elapsed]", lowerFirst(doing.In(g.p.o.Language)), elapsed(e.Elapsed))
		if e.Waiting != "" {
			s += " (" + g.p.t.recognise(e.Waiting) + ")"
		}
		return s
	case event.ApplyComplete:
		s := g.p.t.say("%s complete after %s", noun, elapsed(e.Elapsed))
		if e.ID != "" {
			s += " [id=" + e.ID + "]"
		}
		return s
	case event.ApplyErrored:
		return g.p.t.say("%s errored after %s: %s", noun, elapsed(e.Elapsed), message.Recognise(e.Message))
	}
	return g.p.t.recognise(e.Message)
}

// doingWords are the words of Terraform for an action, and ours where it has
// none.
func doingWords(action string) (doing, noun message.Text) {
	switch action {
	case "create":
		return message.Of("Creating"), message.Of("Creation")
	case "update":
		return message.Of("Modifying"), message.Of("Modifications")
	case "delete":
		return message.Of("Destroying"), message.Of("Destruction")
	case "rotate":
		return message.Of("Rotating"), message.Of("Rotation")
	case "retire":
		return message.Of("Retiring"), message.Of("Retirement")
	}
	return message.Of("Working"), message.Of("Work")
}

func elapsed(seconds float64) string {
	return (time.Duration(seconds*float64(time.Second)) / time.Second * time.Second).String()
}
