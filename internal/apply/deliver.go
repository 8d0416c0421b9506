package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
)

// SinkError says at which sink a delivery failed, and whether anything is left
// of the new secret.
type SinkError struct {
	Sink    addr.Instance
	Kind    string
	Doing   string // staging, committing, reading
	Hint    string
	KeyID   string
	Removed bool // the new secret was removed again
	Err     error
}

func (e *SinkError) Error() string {
	return fmt.Sprintf("%s failed %s: %s", e.Sink, e.Doing, e.Err)
}

// Unwrap gives what the sink said.
func (e *SinkError) Unwrap() error { return e.Err }

// deliverCredential stages the value in every sink beside the old one, records
// that it is being delivered, and commits. Until the record any failure
// removes the new credential and no sink has changed; after it nothing is
// rolled back, since someone may already be using the new value.
func (r *run) deliverCredential(ctx context.Context, s plan.Step) error {
	h := r.held(s.Addr)
	defer r.release(s.Addr)
	pol := r.changes[s.Addr].Secret.Policy
	item := r.item(s.Addr, h.marker)
	var receipts []state.SinkReceipt
	for _, a := range pol.Sinks {
		receipt, err := r.Sinks[a].Stage(ctx, item.Item, h.value)
		if err != nil {
			return r.unstage(ctx, s, h.marker, item, pol, &SinkError{Sink: a, Kind: receipt.Kind, Doing: "staging the new secret", Hint: item.hint, KeyID: item.KeyID, Err: err})
		}
		receipts = append(receipts, state.SinkReceipt{Sink: a, Kind: receipt.Kind, Where: receipt.Where, Readers: receipt.Readers})
	}
	if err := r.update(s.Addr, h.marker, func(c *state.Credential) {
		c.Phase, c.Receipts = state.Delivering, receipts
	}); err != nil {
		return err
	}
	return r.commitDelivery(ctx, s, h.marker, item.Item, pol)
}

// unstage undoes what was staged and removes the credential.
func (r *run) unstage(ctx context.Context, s plan.Step, marker string, item delivery, pol rotate.Policy, cause *SinkError) error {
	for _, a := range pol.Sinks {
		if err := r.Sinks[a].Discard(ctx, item.Item); err != nil {
			cause.Err = errors.Join(cause.Err, fmt.Errorf("discard in %s: %w", a, err))
		}
	}
	err := r.drop(ctx, s.Addr, marker)
	cause.Removed = err == nil
	return errors.Join(cause, err)
}

// commitDelivery makes the staged value the one in use everywhere. A sink that
// fails leaves the rest of the work to the next run.
func (r *run) commitDelivery(ctx context.Context, s plan.Step, marker string, item sink.Item, pol rotate.Policy) error {
	for _, a := range pol.Sinks {
		receipt, err := r.Sinks[a].Commit(ctx, item)
		if err != nil {
			return &SinkError{Sink: a, Kind: receipt.Kind, Doing: "committing the new secret", KeyID: item.KeyID, Err: err}
		}
		if err := r.update(s.Addr, marker, func(c *state.Credential) { committed(c, a, receipt) }); err != nil {
			return err
		}
	}
	r.emit(event.Event{Type: event.RotateStep, Address: s.Addr.String(), Step: "commit", Message: "delivered"})
	return r.promote(s.Addr, marker, pol)
}

func committed(c *state.Credential, a addr.Instance, receipt sink.Receipt) {
	for i := range c.Receipts {
		if c.Receipts[i].Sink == a {
			c.Receipts[i].Committed, c.Receipts[i].Where, c.Receipts[i].Readers = true, receipt.Where, receipt.Readers
			return
		}
	}
	c.Receipts = append(c.Receipts, state.SinkReceipt{Sink: a, Kind: receipt.Kind, Where: receipt.Where, Readers: receipt.Readers, Committed: true})
}

// promote makes the delivered credential the current one, or lets it wait for
// the person who enters it.
func (r *run) promote(a addr.Instance, marker string, pol rotate.Policy) error {
	now := r.Now().UTC()
	return r.journal.commit(func(d *state.Document) {
		c := byMarker(d, a, marker)
		if c == nil {
			return
		}
		c.DeliveredAt = now
		if c.Phase = state.Waiting; pol.RetireOn == rotate.OnConfirmation {
			return
		}
		for _, old := range d.Secret(a).Credentials {
			if old != c && (old.Phase == state.Current || old.Phase == state.Waiting) {
				old.Phase, old.SupersededAt = state.Superseded, now
			}
		}
		c.Phase = state.Current
	})
}

// resumeDelivery goes on where an earlier run was interrupted: it commits what
// is staged. A sink that lost the value gets it from another that can be read
// here; if none can, the run says so and the next one replaces the secret.
func (r *run) resumeDelivery(ctx context.Context, s plan.Step) error {
	pol := r.changes[s.Addr].Secret.Policy
	item := r.item(s.Addr, s.Marker)
	for _, a := range pol.Sinks {
		held, err := r.Sinks[a].Holds(ctx, item.Item)
		if err != nil {
			return &SinkError{Sink: a, Doing: "looking at the interrupted delivery", KeyID: item.KeyID, Err: err}
		}
		if held.Staged == item.KeyID || held.InUse == item.KeyID {
			continue
		}
		if err := r.restage(ctx, a, item, pol); err != nil {
			lost := r.setLost(s, pol, a)
			return errors.Join(&SinkError{Sink: a, Doing: "finding the interrupted delivery", KeyID: item.KeyID, Err: err}, lost)
		}
	}
	return r.commitDelivery(ctx, s, s.Marker, item.Item, pol)
}

// restage copies the value from another sink.
func (r *run) restage(ctx context.Context, to addr.Instance, item delivery, pol rotate.Policy) error {
	for _, from := range pol.Sinks {
		if from == to {
			continue
		}
		for _, slot := range []sink.Slot{sink.InUse, sink.Staged} {
			held, err := r.Sinks[from].Holds(ctx, item.Item)
			if err != nil || slot == sink.InUse && held.InUse != item.KeyID || slot == sink.Staged && held.Staged != item.KeyID {
				continue
			}
			value, err := r.Sinks[from].Read(ctx, item.Item, slot)
			if err != nil {
				continue
			}
			defer value.Wipe()
			_, err = r.Sinks[to].Stage(ctx, item.Item, value)
			return err
		}
	}
	return errors.New("what was staged there is gone, and no other sink can be read here")
}

// setLost ends a delivery whose value is nowhere to be had: the credential
// stays, since another sink may hold it, and the policy replaces it.
func (r *run) setLost(s plan.Step, pol rotate.Policy, lost addr.Instance) error {
	if err := r.promote(s.Addr, s.Marker, pol); err != nil {
		return err
	}
	return r.update(s.Addr, s.Marker, func(c *state.Credential) {
		c.Receipts = slices.DeleteFunc(c.Receipts, func(x state.SinkReceipt) bool { return x.Sink == lost })
	})
}

// delivery is an item with what a message about it needs.
type delivery struct {
	sink.Item
	hint string
}

// item identifies a credential to the sinks.
func (r *run) item(a addr.Instance, marker string) delivery {
	app := r.app(a)
	out := delivery{Item: sink.Item{Secret: a, ClientID: app.ClientID, TenantID: r.Plan.Tenant.ID}}
	r.journal.read(func(d *state.Document) {
		if c := byMarker(d, a, marker); c != nil {
			out.KeyID, out.EndsAt, out.DisplayName, out.hint = c.KeyID, c.EndsAt, c.DisplayName, c.Hint
		}
	})
	return out
}
