package workflow

import (
	"runtime/metrics"
	"time"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/message"
)

// Effort is what evaluating a configuration may take. A pull request from
// somebody else is planned before anybody has read it, and an expression of one
// line can ask for more than any machine has.
type Effort struct {
	Time   time.Duration
	Memory uint64 // bytes in use by the whole process
}

// usual is far above what the largest configuration takes that is planned in
// the tests of speed.
func (e Effort) orUsual() Effort {
	if e.Time <= 0 {
		e.Time = 2 * time.Minute
	}
	if e.Memory == 0 {
		e.Memory = 2 << 30
	}
	return e
}

// bounded does something that cannot be broken off, and leaves it alone once it
// has taken too much: the diagnostics say so, and the process is to end. It is
// for evaluating alone, which changes nothing anywhere.
func (e Env) bounded(do func()) diag.Diagnostics {
	limit := e.Effort.orUsual()
	done, fell := make(chan struct{}), make(chan any, 1)
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				fell <- p
			}
		}()
		do()
	}()
	late := time.NewTimer(limit.Time)
	defer late.Stop()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-done:
			select {
			case p := <-fell:
				panic(p)
			default:
				return nil
			}
		case <-late.C:
			return tooMuch(message.Of("Evaluating it was not done after %s, and was given up. Nothing was changed.", limit.Time.String()))
		case <-look.C:
			if inUse() > limit.Memory {
				return tooMuch(message.Of("Evaluating it took more than %d MiB of memory, and was given up. Nothing was changed.", limit.Memory>>20))
			}
		}
	}
}

func tooMuch(why message.Text) diag.Diagnostics {
	d := diag.Diagnostic{Code: "MP419", Severity: diag.Error, Summary: "Configuration takes too much to evaluate"}
	return diag.Diagnostics{d.WithDetail(why).WithDof("Look for a for expression within others, setproduct, or a local that holds another one several times.")}
}

func inUse() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// evaluate is World.Evaluate within what it may take.
func (p *Project) evaluate(known lang.Known) (want *lang.Desired, ds diag.Diagnostics) {
	var got *lang.Desired
	var said diag.Diagnostics
	if over := p.Env.bounded(func() { got, said = p.World.Evaluate(known) }); over != nil {
		return nil, over
	}
	return got, few(said)
}

// enough findings of one kind say that something is wrong; ten thousand more do
// not say it better.
const enough = 100

// few leaves out what nobody reads any more, errors after warnings, and says how
// much that is.
func few(ds diag.Diagnostics) diag.Diagnostics {
	count := map[bool]int{}
	out := ds[:0:0]
	for _, d := range ds {
		if count[d.Severity == diag.Error]++; count[d.Severity == diag.Error] <= enough {
			out = append(out, d)
		}
	}
	if left := len(ds) - len(out); left > 0 {
		out = append(out, diag.Diagnostic{Code: "MP420", Severity: diag.Note, Summary: "Further findings left out"}.
			WithDetail(message.Of("%d more findings are not shown. Correct these first.", left)))
	}
	return out
}
