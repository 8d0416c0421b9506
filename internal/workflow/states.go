package workflow

import (
	"context"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/apply"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/state"
)

// State reads the state for looking at; it is never nil without an error.
func (p *Project) State(ctx context.Context) (*state.Document, diag.Diagnostics) {
	doc, ds := p.ReadState(ctx)
	if doc == nil && !ds.HasErrors() {
		doc = state.New(p.Config.Settings.Name, "", "", p.Env.Version)
	}
	return doc, ds
}

// PullState returns the state document as it was written, byte for byte and
// decrypted where it is encrypted; nil if there is none.
func (p *Project) PullState(ctx context.Context) ([]byte, diag.Diagnostics) {
	blob, err := p.Store.Read(ctx)
	if err != nil {
		return nil, explainStore("MP505", "State cannot be read", err)
	}
	if blob == nil {
		return nil, nil
	}
	return blob.Bytes, nil
}

// RemoveState forgets instances: what they are in Entra stays as it is.
func (p *Project) RemoveState(ctx context.Context, addresses []string) ([]addr.Instance, diag.Diagnostics) {
	var removed []addr.Instance
	ds := p.edit(ctx, "state rm", 0, func(doc *state.Document) (ds diag.Diagnostics) {
		for _, text := range addresses {
			a, err := addr.Parse(text)
			if err != nil {
				ds = append(ds, diag.Err("MP801", "Not an address", sentence(err)))
				continue
			}
			gone, err := doc.Remove(a)
			if err != nil {
				ds = append(ds, notInState(doc, a, err))
				continue
			}
			removed = append(removed, gone...)
		}
		return ds
	})
	return removed, ds
}

// MoveState gives an instance another address; its tags follow with the next
// apply.
func (p *Project) MoveState(ctx context.Context, from, to string) diag.Diagnostics {
	a, err := addr.Parse(from)
	b, err2 := addr.Parse(to)
	for _, e := range []error{err, err2} {
		if e != nil {
			return diag.Diagnostics{diag.Err("MP801", "Not an address", sentence(e))}
		}
	}
	opened, ds := p.sinksNow()
	if ds.HasErrors() {
		return ds
	}
	return append(ds, p.edit(ctx, "state mv", 0, func(doc *state.Document) diag.Diagnostics {
		if err := doc.Move(a, b); err != nil {
			return diag.Diagnostics{notInState(doc, a, err)}
		}
		if err := apply.MoveSinks(ctx, opened, doc, []plan.Move{{From: a, To: b}}); err != nil {
			return failure("MP310", "Secret not moved", err)
		}
		return nil
	})...)
}

func notInState(doc *state.Document, a addr.Instance, err error) diag.Diagnostic {
	var names []string
	for _, x := range doc.Addresses() {
		names = append(names, x.String())
	}
	d := diag.Err("MP512", "Not in the state", sentence(err)).WithDof("mailprov state list shows all.")
	if near := diag.Nearest(a.String(), names); near != "" && near != a.String() {
		d = d.WithDof("Did you mean %s? mailprov state list shows all.", near)
	}
	return d
}

// ForceUnlock removes the lock with this id.
func (p *Project) ForceUnlock(ctx context.Context, id string) diag.Diagnostics {
	if err := p.Store.ForceUnlock(ctx, id); err != nil {
		return explainStore("MP513", "Lock not removed", err)
	}
	return nil
}
