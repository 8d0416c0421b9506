package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/message"
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
	None    bool // no new secret was made
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
	for _, a := range r.sinks().ordered(pol.Sinks) {
		receipt, err := r.Sinks[a].Stage(ctx, item.Item, h.value)
		if err != nil {
			return r.unstage(ctx, s, h.marker, item, pol, &SinkError{Sink: a, Kind: receipt.Kind, Doing: "staging the new secret", Hint: item.hint, KeyID: item.KeyID, Err: err})
		}
		receipts = append(receipts, receiptOf(a, receipt))
	}
	r.emit(event.Event{Type: event.RotateStep, Address: s.Addr.String(), Step: "stage", Message: "staged beside the value in use"})
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
	for _, a := range r.sinks().ordered(pol.Sinks) {
		receipt, err := r.Sinks[a].Commit(ctx, item)
		if err != nil {
			return &SinkError{Sink: a, Kind: receipt.Kind, Doing: "committing the new secret", KeyID: item.KeyID, Err: err}
		}
		if err := r.update(s.Addr, marker, func(c *state.Credential) { committed(c, a, receipt) }); err != nil {
			return err
		}
	}
	r.emit(event.Event{Type: event.RotateStep, Address: s.Addr.String(), Step: "commit", Message: message.Of("delivered").String()})
	return r.promote(s.Addr, marker, pol)
}

// receiptOf is what the state keeps of a sink's receipt.
func receiptOf(a addr.Instance, r sink.Receipt) state.SinkReceipt {
	return state.SinkReceipt{Sink: a, Kind: r.Kind, Where: r.Where, Readers: r.Readers, Keys: r.Keys}
}

// committed notes that a sink has a credential in use.
func committed(c *state.Credential, a addr.Instance, receipt sink.Receipt) {
	made := receiptOf(a, receipt)
	made.Committed = true
	for i := range c.Receipts {
		if c.Receipts[i].Sink == a {
			made.FormerReaders = c.Receipts[i].FormerReaders
			c.Receipts[i] = made
			return
		}
	}
	c.Receipts = append(c.Receipts, made)
}

// promote makes the delivered credential the current one, or lets it wait for
// the person who enters it. One that is brought back waits for nobody where
// every product still uses it.
func (r *run) promote(a addr.Instance, marker string, pol rotate.Policy) error {
	now := r.Now().UTC()
	r.emit(event.Event{Type: event.RotateStep, Address: a.String(), Step: "promote", Message: "in its sinks"})
	return r.journal.commit(func(d *state.Document) {
		c := byMarker(d, a, marker)
		if c == nil {
			return
		}
		sec := d.Secret(a)
		rotate.Promote(sec.Credentials, marker, pol.RetireOn, now)
		if c.Phase == state.Waiting && d.InUseEverywhere(sec, c) {
			rotate.Confirm(sec.Credentials, c.KeyID, now)
		}
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
