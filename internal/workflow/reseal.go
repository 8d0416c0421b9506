package workflow

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/state"
)

// ResealOptions say whose values are sealed anew.
type ResealOptions struct {
	Addresses   []string // of client_secrets or mail_targets; without a key, all instances
	All         bool     // every secret of the state, and no addresses
	LockTimeout time.Duration
}

// Resealed is a secret whose values were sealed anew in one sink.
type Resealed struct {
	Secret, Sink addr.Instance
	Readers      []string // who can read it now
	New          []string // of them, who could not before, at least not with their key of today
	// Former could read it before, now or earlier, and may have kept it: until
	// it is replaced, its replacement is due.
	Former []string
}

// Reseal seals what the sinks hold for the recipients of today, so that whoever
// is new can read it without a rotation. It takes a private key of somebody who
// can read it already, writes the sinks and the state, and asks nothing of the
// tenant. What could be resealed is returned also beside errors.
func (p *Project) Reseal(ctx context.Context, o ResealOptions) ([]Resealed, diag.Diagnostics) {
	opened, ds := p.sinksNow()
	if ds.HasErrors() {
		return nil, ds
	}
	r := resealer{opened: opened, named: !o.All}
	more := p.edit(ctx, "secret reseal", o.LockTimeout, func(doc *state.Document) diag.Diagnostics {
		secrets, problems := resealable(doc, o)
		if problems.HasErrors() {
			return problems
		}
		for i, sec := range secrets {
			if p.stopping() {
				r.problems = append(r.problems, diag.Errf("MP392", "Stopped before the end", "%d secrets were not resealed. What was under way was finished and recorded.", len(secrets)-i).
					WithDof("Run the same command again."))
				break
			}
			r.secret(ctx, doc, sec)
		}
		if len(r.done) == 0 {
			problems, r.problems = r.problems, nil // the state stays as it is
		}
		return problems
	})
	return r.done, append(append(ds, more...), r.problems...)
}

// stopping tells whether a person asked to stop.
func (p *Project) stopping() bool {
	select {
	case <-p.Env.Stop:
		return true
	default:
		return false
	}
}

// resealable finds the secrets that a person named, or all.
func resealable(doc *state.Document, o ResealOptions) ([]*state.Secret, diag.Diagnostics) {
	if o.All {
		return doc.Secrets, nil
	}
	addresses, ds := parseAddresses(o.Addresses, "")
	var out []*state.Secret
	for _, a := range addresses {
		found := 0
		for _, x := range doc.Select(a) {
			if t := doc.Target(x); t != nil {
				x = t.Secret
			}
			if sec := doc.Secret(x); sec != nil {
				found++
				out = append(out, sec)
			}
		}
		if found == 0 {
			ds = append(ds, notInState(doc, a, fmt.Errorf("the state has no secret %s", a)))
		}
	}
	slices.SortFunc(out, func(x, y *state.Secret) int { return addr.Compare(x.Address, y.Address) })
	return slices.Compact(out), ds
}
