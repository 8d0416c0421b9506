package cli

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/render/jsonout"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/render/width"
)

// voice is the form in which a run says all it has to say. It is chosen by the
// command line before anything else is done, so that a flag that is wrong is
// told in it too:
//
//   - asText: data on stdout, talk on stderr;
//   - asDocument: stdout has one JSON document, that of the command or, if the
//     command fails before it has one, that of the diagnostics (schema
//     diagnostics). Warnings and progress are events on stderr, a line each;
//   - asStream: stdout has events, a line each, errors among them. stderr has
//     events only for what comes before and after the stream;
//   - asComment: stdout has a comment in Markdown, also one that says that
//     there is no plan. Talk is text on stderr.
//
// What machines read is in English.
type voice int

const (
	asText voice = iota
	asDocument
	asStream
	asComment
)

// streams is the annotation of a -json that writes events.
const streamsEvents = "mailprov/events"

// voiceOf reads the voice from a command line that may be wrong.
func voiceOf(root *cobra.Command, args []string) voice {
	c, _, err := root.Find(args)
	if err != nil {
		return asText
	}
	json := c.Flags().Lookup("json")
	v := asText
	for i, arg := range args {
		if arg == "--" {
			break
		}
		name, value, has := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		switch {
		case !strings.HasPrefix(arg, "-"):
		case name == "json" && json != nil:
			v = asText
			if on, err := strconv.ParseBool(value); !has || err != nil || on {
				v = asDocument
			}
		case name == "format" && c.Flags().Lookup("format") != nil:
			if !has && i+1 < len(args) {
				value = args[i+1]
			}
			switch {
			case value == "json":
				v = asDocument
			case value == "markdown" && isPlan(c):
				v = asComment
			}
		}
	}
	if v == asDocument && json != nil && json.Annotations[streamsEvents] != nil {
		return asStream
	}
	return v
}

// isPlan tells whether a command shows a plan, whose Markdown is a comment.
func isPlan(c *cobra.Command) bool { return c.Name() == "plan" || c.Name() == "show" }

// machine tells whether programs read what is said.
func (a *app) machine() bool { return a.voice == asDocument || a.voice == asStream }

// speak begins a stream.
func (a *app) speak(v voice) {
	a.voice = v
	if a.machine() {
		a.io.out, a.io.err = harmless{a.io.out}, harmless{a.io.err}
	}
	if v == asDocument {
		a.io.out = &watched{w: a.io.out}
	}
	if v == asStream {
		a.stream = a.newStream(a.io.out)
	}
}

func (a *app) newStream(w io.Writer) *event.Stream {
	s := event.NewStream(w, a.now)
	s.Emit(event.Event{Type: event.Version, Message: "mailprov " + version(), Data: event.VersionData{Mailprov: version(), Format: event.Format}})
	return s
}

// aside is the stream on stderr, for what does not belong to stdout.
func (a *app) aside() *event.Stream {
	if a.talk == nil {
		a.talk = a.newStream(a.io.err)
	}
	return a.talk
}

// events is where progress is told.
func (a *app) events() event.Sink {
	switch a.voice {
	case asStream:
		return a.stream
	case asDocument:
		return late{a}
	}
	return term.NewProgress(a.io.err, a.renderTalk)
}

// late is a stream on stderr that begins with its first event, so that a run
// without any leaves stderr empty.
type late struct{ a *app }

// Emit begins the stream and writes e.
func (l late) Emit(e event.Event) { l.a.aside().Emit(e) }

// failed says why a command cannot be carried out, in the run's voice.
func (a *app) failed(err error) {
	d := cannot(err)
	switch a.voice {
	case asStream:
		streamed(a.stream, diag.Diagnostics{d})
	case asDocument:
		a.document(diag.Diagnostics{d})
	case asComment:
		a.noPlan(append(a.remarks, d))
		fallthrough
	default:
		a.say("Error: %s", width.Clean(err.Error())) // what was typed may be in it
	}
}

// cannot is an error of the command line as a diagnostic.
func cannot(err error) diag.Diagnostic {
	return diag.Err("MP800", "Command cannot be carried out", strings.TrimSuffix(err.Error(), ".")+".")
}

// document writes diagnostics as the one document of stdout; on stderr where
// stdout has another already.
func (a *app) document(ds diag.Diagnostics) {
	if w, ok := a.io.out.(*watched); ok && w.begun {
		streamed(a.aside(), ds)
		return
	}
	if err := jsonout.WriteDiagnostics(a.io.out, ds); err != nil {
		streamed(a.aside(), ds)
	}
}

// harmless writes JSON in which nothing is a command of a runner that reads the
// log, or something that does not show: ## (see width.Clean) and hidden
// characters stand in strings alone, and are written there as escapes.
type harmless struct{ w io.Writer }

// Write passes p on, which is one document or more.
func (h harmless) Write(p []byte) (int, error) {
	out := bytes.ReplaceAll(p, []byte("##"), []byte(`#\u0023`))
	if bytes.ContainsFunc(out, unseen) {
		var b bytes.Buffer
		for _, r := range string(out) {
			if !unseen(r) {
				b.WriteRune(r)
				continue
			}
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
		out = b.Bytes()
	}
	if _, err := h.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// unseen are the hidden characters that JSON may have as they are.
func unseen(r rune) bool { return r > ' ' && width.Hidden(r) }

// watched remembers whether anything was written.
type watched struct {
	w     io.Writer
	begun bool
}

// Write passes p on.
func (w *watched) Write(p []byte) (int, error) {
	w.begun = true
	return w.w.Write(p)
}
