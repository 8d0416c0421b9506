package apply

import (
	"context"
	"errors"
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

// resumeDelivery goes on where an earlier run was interrupted: it commits what
// is staged and brings back what lies in the place of the previous value. A
// sink that lost the value gets it from another that can be read here. If none
// can, the others still get theirs, since somebody may have it from them; the
// run says what is missing, and the policy replaces the secret.
func (r *run) resumeDelivery(ctx context.Context, s plan.Step) error {
	if r.Plan.Revokes(s.Addr) { // else the order would end with this run
		if err := r.journal.commit(func(d *state.Document) {
			rotate.Revoke(d.Secret(s.Addr).Credentials, "revoked by order", r.Now().UTC())
		}); err != nil {
			return err
		}
	}
	pol := r.changes[s.Addr].Secret.Policy
	item := r.item(s.Addr, s.Marker)
	var have, lost []addr.Instance
	var missing error
	for _, a := range r.sinks().ordered(pol.Sinks) {
		err := r.sinks().ready(ctx, a, item.Item, pol.Sinks)
		switch {
		case errors.Is(err, errNowhere):
			lost, missing = append(lost, a), errors.Join(missing, err)
		case err != nil:
			return err
		default:
			have = append(have, a)
		}
	}
	pol.Sinks = have
	if err := r.commitDelivery(ctx, s, s.Marker, item.Item, pol); err != nil || missing == nil {
		return err
	}
	return errors.Join(missing, r.update(s.Addr, s.Marker, func(c *state.Credential) {
		c.Receipts = slices.DeleteFunc(c.Receipts, func(x state.SinkReceipt) bool { return slices.Contains(lost, x.Sink) })
	}))
}

// bringBack makes an earlier credential the one in use again. Nothing is
// recorded before every sink is known to have its value; from then on it is a
// delivery like any other, and an interrupted one is resumed.
func (r *run) bringBack(ctx context.Context, s plan.Step) error {
	pol := r.changes[s.Addr].Secret.Policy
	item := r.item(s.Addr, s.Marker)
	for _, a := range pol.Sinks {
		if err := r.sinks().obtainable(ctx, a, item.Item, pol.Sinks); err != nil {
			return err
		}
	}
	if err := r.journal.commit(func(d *state.Document) {
		if sec := d.Secret(s.Addr); sec != nil {
			sec.Credentials = rotate.Back(sec.Credentials, s.KeyID)
		}
	}); err != nil {
		return err
	}
	return r.resumeDelivery(ctx, s)
}

// copyValue brings the value in use to the sinks of the configuration that do
// not have it, from one that can be read here.
func (r *run) copyValue(ctx context.Context, s plan.Step) error {
	pol := r.changes[s.Addr].Secret.Policy
	var cred state.Credential
	r.journal.read(func(d *state.Document) {
		if sec := d.Secret(s.Addr); sec != nil && newest(sec) != nil {
			cred = *newest(sec)
		}
	})
	item := r.item(s.Addr, cred.Marker)
	for _, a := range r.sinks().ordered(pol.Sinks) {
		if pol.Holds(cred, a) {
			continue
		}
		if err := r.sinks().ready(ctx, a, item.Item, holders(cred)); err != nil {
			return err
		}
		receipt, err := r.Sinks[a].Commit(ctx, item.Item)
		if err != nil {
			return &SinkError{Sink: a, Kind: receipt.Kind, Doing: "committing the value", KeyID: item.KeyID, Err: err}
		}
		if err := r.update(s.Addr, cred.Marker, func(c *state.Credential) { committed(c, a, receipt) }); err != nil {
			return err
		}
	}
	return nil
}

// sinks are the open ones, for moving values between them.
func (r *run) sinks() carrier { return carrier(r.Sinks) }
