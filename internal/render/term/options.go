package term

import (
	"time"

	"github.com/mailprov/mailprov/internal/plan"
)

// Options say how text is written. The zero Options are plain ASCII symbols in
// English without colour and without a limit to the length of lines.
type Options struct {
	Color    bool
	UTF8     bool   // whether symbols beyond ASCII can be shown
	Width    int    // columns after which prose is broken; 0: never
	Language string // en
	Verbose  bool   // also what does not change
	// Diff puts the marks of what comes, goes and changes into the first column,
	// as +, - and !, where a block of the language diff is coloured by them.
	Diff bool
	// Location is the time zone of what has none of its own: states. Nil: UTC.
	Location *time.Location
}

// color is an SGR parameter. Colour only repeats what symbols and words say.
type color string

const (
	none    color = ""
	bold    color = "1"
	red     color = "31"
	green   color = "32"
	yellow  color = "33"
	magenta color = "35"
	cyan    color = "36"
	faint   color = "2"
)

// symbols are the marks in front of lines.
type symbols struct {
	rotate, retire, wait, ellipsis, risk, done, failed string
}

func symbolsOf(utf8 bool) symbols {
	if utf8 {
		return symbols{rotate: "↻", retire: "†", wait: "⧗", ellipsis: "…", risk: "!", done: "✓", failed: "✗"}
	}
	return symbols{rotate: "*", retire: "x", wait: "?", ellipsis: "...", risk: "!", done: "+", failed: "X"}
}

// sign is the symbol of an action with its colour.
func (s symbols) sign(a plan.Action) seg {
	switch a {
	case plan.Create:
		return seg{"+", green}
	case plan.Update:
		return seg{"~", yellow}
	case plan.Delete:
		return seg{"-", red}
	case plan.Rotate:
		return seg{s.rotate, cyan}
	case plan.Retire:
		return seg{s.retire, red}
	case plan.Wait:
		return seg{s.wait, yellow}
	case plan.Forget:
		return seg{".", none}
	}
	return seg{" ", none}
}
