package workflow

import (
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/state"
)

// Rotated counts what became of the secrets: what was done, and what waits now.
func (a *Applied) Rotated() plan.Summary {
	out := plan.Summary{SecretsCreate: a.Done.SecretsCreate, Rotate: a.Done.Rotate, Retire: a.Done.Retire, Blocked: a.Planned.Plan.Summary.Blocked}
	for _, c := range a.Planned.Plan.Changes {
		if sec := a.State.Secret(c.Addr); sec != nil {
			if newest, _ := delivered(sec); newest != nil && newest.Phase == state.Waiting {
				out.Waiting++
			}
		}
	}
	return out
}

// NotDue counts the secrets for which there was nothing to do.
func (a *Applied) NotDue() int {
	failed := map[string]bool{}
	for _, d := range a.Planned.Plan.Failures {
		failed[d.Address] = true
	}
	n := 0
	for _, c := range a.Planned.Plan.Changes {
		if c.Action == plan.NoOp && len(c.Also) == 0 && c.Blocked == "" && c.Secret.NotYet == "" && !failed[c.Addr.String()] {
			n++
		}
	}
	return n
}
