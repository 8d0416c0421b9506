package cli

import (
	"encoding/json"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/message"
	renderterm "github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/render/width"
)

// streams are the three streams and what is known of the terminal behind them.
type streams struct {
	in     io.Reader
	out    io.Writer
	err    io.Writer
	inTTY  bool
	outTTY bool
	errTTY bool
	width  int // of the terminal; 0: none
	utf8   bool
	color  bool
}

func osStreams(getenv func(string) string) *streams {
	s := &streams{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		inTTY: term.IsTerminal(int(os.Stdin.Fd())), outTTY: term.IsTerminal(int(os.Stdout.Fd())), errTTY: term.IsTerminal(int(os.Stderr.Fd())),
		utf8: isUTF8(getenv),
	}
	if s.outTTY {
		if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
			s.width = w
		}
	}
	s.color = s.outTTY && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
	return s
}

// isUTF8 reads the locale as C libraries do; where none is set, such as in most
// CI jobs, files and logs are UTF-8.
func isUTF8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := getenv(name); v != "" {
			v = strings.ToUpper(v)
			return strings.Contains(v, "UTF-8") || strings.Contains(v, "UTF8")
		}
	}
	return true
}

// render are the options of text on stdout.
func (a *app) render() renderterm.Options {
	return renderterm.Options{Color: a.io.color && !a.noColor, UTF8: a.io.utf8, Width: a.io.width, Language: a.speaks(), Location: a.location()}
}

// renderTalk are the options of text on stderr.
func (a *app) renderTalk() renderterm.Options {
	o := a.render()
	o.Color = o.Color && a.io.errTTY
	return o
}

// say writes a line of talk; for programs, as an event, in English. What it tells
// of cannot steer a terminal or command a runner.
func (a *app) say(format message.Format, args ...any) {
	t := message.Of(format, args...)
	if !a.machine() {
		_, _ = io.WriteString(a.io.err, width.Lines(t.In(a.speaks()))+"\n")
		return
	}
	if s := strings.TrimSpace(t.String()); s != "" {
		a.aside().Emit(event.Event{Type: event.ApplyProgress, Message: s})
	}
}

// print writes a line of data, as safe as say does.
func (a *app) print(format message.Format, args ...any) {
	_, _ = io.WriteString(a.io.out, width.Lines(message.Of(format, args...).In(a.speaks()))+"\n")
}

// json writes a document to stdout, indented for people who look.
func (a *app) json(v any) error {
	e := json.NewEncoder(a.io.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// jsonLine writes a document to stdout on one line.
func (a *app) jsonLine(v any) error {
	e := json.NewEncoder(a.io.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
