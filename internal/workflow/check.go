package workflow

import (
	"context"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/state"
)

// Checked is what a look at an existing configuration found.
type Checked struct {
	Backend string
	State   *state.Document // nil: nothing has been applied yet
	Sinks   []CheckedSink
}

// CheckedSink is a sink that could be opened.
type CheckedSink struct {
	Addr    addr.Instance
	Kind    string
	Readers []string
}

// Check opens the backend and the sinks of a configuration, and reads its
// state, without asking anything of a tenant.
func (p *Project) Check(ctx context.Context) (*Checked, diag.Diagnostics) {
	doc, ds := p.ReadState(ctx)
	if ds.HasErrors() {
		return nil, ds
	}
	out := &Checked{Backend: p.Store.Describe(), State: doc}
	want, more := p.evaluate(lang.Nothing)
	if ds = append(ds, more...); want == nil {
		return out, ds
	}
	opened, more := p.openSinks(want.Sinks)
	ds = append(ds, more...)
	for _, i := range want.Sinks {
		if s, ok := opened[i.Addr]; ok {
			out.Sinks = append(out.Sinks, CheckedSink{Addr: i.Addr, Kind: i.Label, Readers: s.Readers()})
		}
	}
	return out, ds
}
