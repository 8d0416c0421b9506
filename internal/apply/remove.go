package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/state"
)

// keepRetired is how many removed credentials a secret's history keeps.
const keepRetired = 5

// removeCredential removes one credential of ours from Entra: one that an
// interrupted run left, one that was replaced, or one whose secret is deleted.
// "There is no such key" is done.
func (r *run) removeCredential(ctx context.Context, s plan.Step) error {
	app := r.app(s.Addr)
	var cred state.Credential
	r.journal.read(func(d *state.Document) {
		if c := byMarker(d, s.Addr, s.Marker); c != nil {
			cred = *c
		}
	})
	keyID := s.KeyID
	if keyID == "" && app.ObjectID != "" {
		var err error
		if keyID, err = r.huntFor(ctx, s.Addr, app, &cred); err != nil {
			return fmt.Errorf("look for secret %s: %w", s.Marker, err)
		}
		if keyID == "" && cred.Phase == state.Intended {
			return r.abandon(s.Addr, s.Marker, "its creation was never answered")
		}
	}
	if keyID == "" {
		return r.retire(ctx, s, cred)
	}
	r.giveWay(ctx, s, cred)
	// What an interrupted run left may be younger than anything on record.
	written := entra.WithWritten(entra.WithWritten(ctx, app.WrittenAt), cred.IntendedAt)
	at, err := r.Directory.Client().RemovePassword(written, app.ObjectID, keyID)
	if err != nil && !errors.Is(err, entra.ErrGone) {
		return fmt.Errorf("remove secret: %w", err)
	}
	if err := r.removedPassword(app.Address, at, keyID); err != nil {
		return err
	}
	r.emit(event.Event{Type: event.RotateStep, Address: s.Addr.String(), Step: "retire", Message: "removed " + keyID})
	return r.retire(ctx, s, cred)
}

// giveWay takes a rejected credential out of the place of the one in use,
// before it is removed, unless whoever rejected it has done so.
func (r *run) giveWay(ctx context.Context, s plan.Step, rejected state.Credential) {
	defer r.turn(s.Addr)()
	var inUse *state.Credential
	r.journal.read(func(d *state.Document) {
		for _, c := range d.Secret(s.Addr).Credentials {
			if c.Phase == state.Current {
				now := *c
				inUse = &now
			}
		}
	})
	if rejected.RejectedAt.IsZero() || inUse == nil {
		return
	}
	for _, d := range GiveWay(ctx, r.Sinks, r.item(s.Addr, inUse.Marker).Item, rejected, *inUse) {
		r.warn(d)
	}
}

// retire takes a removed credential out of the sinks and keeps it as history
// if it was ever delivered.
func (r *run) retire(ctx context.Context, s plan.Step, cred state.Credential) error {
	defer r.turn(s.Addr)()
	delivered := len(cred.Receipts) > 0
	if delivered {
		item := r.item(s.Addr, s.Marker)
		for _, receipt := range cred.Receipts {
			held, ok := r.Sinks[receipt.Sink]
			if !ok {
				continue // no longer in the configuration: said when it was taken out
			}
			if err := errors.Join(held.Discard(ctx, item.Item), held.Retire(ctx, item.Item)); err != nil {
				return &SinkError{Sink: receipt.Sink, Kind: receipt.Kind, Doing: "dropping the old secret", KeyID: cred.KeyID, Err: err}
			}
		}
	}
	if !delivered {
		// It may have been staged by a run that died before it could say so.
		return errors.Join(r.unstaged(ctx, s, cred), r.erase(s.Addr, s.Marker))
	}
	return r.journal.commit(func(d *state.Document) {
		c := byMarker(d, s.Addr, s.Marker)
		if c == nil {
			return
		}
		c.Phase, c.RetiredAt = state.Retired, r.Now().UTC()
		sec, retired := d.Secret(s.Addr), 0
		for _, c := range slices.Backward(sec.Credentials) {
			if c.Phase == state.Retired {
				retired++
			}
		}
		sec.Credentials = slices.DeleteFunc(sec.Credentials, func(c *state.Credential) bool {
			if c.Phase != state.Retired || retired <= keepRetired {
				return false
			}
			retired--
			return true
		})
	})
}

// unstaged drops from the sinks of the configuration what they hold staged of a
// credential that was never delivered.
func (r *run) unstaged(ctx context.Context, s plan.Step, cred state.Credential) error {
	if cred.KeyID == "" {
		return nil
	}
	item := r.item(s.Addr, s.Marker)
	for _, a := range r.changes[s.Addr].Secret.Policy.Sinks {
		if err := r.Sinks[a].Discard(ctx, item.Item); err != nil {
			return &SinkError{Sink: a, Doing: "dropping what was staged", KeyID: cred.KeyID, Err: err}
		}
	}
	return nil
}

// removeFromSinks drops everything the sinks hold of a deleted secret.
func (r *run) removeFromSinks(ctx context.Context, s plan.Step) error {
	var creds []state.Credential
	r.journal.read(func(d *state.Document) {
		if sec := d.Secret(s.Addr); sec != nil {
			for _, c := range sec.Credentials {
				creds = append(creds, *c)
			}
		}
	})
	done := map[string]bool{}
	for _, c := range creds {
		for _, receipt := range c.Receipts {
			name := receipt.Sink.String()
			if done[name] {
				continue
			}
			done[name] = true
			held, ok := r.Sinks[receipt.Sink]
			if !ok {
				r.warn(diag.Warnf("MP302", "Left in a sink", "%s is deleted, but %s, which holds its value in %s, is no longer in the configuration.", s.Addr, receipt.Sink, receipt.Where).
					For(s.Addr.String()).WithDof("The value works nowhere any more; delete it there."))
				continue
			}
			if err := held.Remove(ctx, r.item(s.Addr, c.Marker).Item); err != nil {
				return &SinkError{Sink: receipt.Sink, Kind: receipt.Kind, Doing: "dropping a deleted secret", KeyID: c.KeyID, Err: err}
			}
		}
	}
	return nil
}
