package keyvault

import (
	"context"
	"fmt"
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/sink"
)

// Move implements sink.Mover. Where the name in the vault stays the same only
// the tags change. Otherwise the values are set under the new name first, the
// previous before the one in use, and then the old name is deleted.
func (s *Sink) Move(ctx context.Context, from, to addr.Instance) error {
	old, err := s.loadOf(ctx, sink.Item{Secret: from}, to)
	if isTaken(err) {
		return nil // what lies there is not ours to move
	}
	if err == nil {
		err = s.move(ctx, old, to)
	}
	return s.wrap("move", from, err)
}

func (s *Sink) move(ctx context.Context, old held, to addr.Instance) error {
	name, err := fill(s.cfg.SecretName, to)
	if err != nil {
		return err
	}
	if sameName(name, old.name) {
		return s.retag(ctx, old, to)
	}
	if len(old.own.ours)+len(old.beside.ours) == 0 {
		return nil
	}
	if old.contents() == (sink.Contents{}) {
		return s.remove(ctx, old) // an earlier run was killed over it
	}
	next, err := s.load(ctx, sink.Item{Secret: to})
	if err != nil {
		return err
	}
	has := next.contents()
	for _, key := range []string{has.InUse, has.Previous, has.Staged} {
		if key != "" && !old.knows(key) {
			return &sink.TakenError{Where: s.Where(to), Holder: to, Hint: "remove one of the two"}
		}
	}
	if previous, ok := old.previous(); ok && has.Previous == "" && has.InUse != previous.record.key {
		if next, err = s.copy(ctx, old, previous, next); err != nil {
			return err
		}
	}
	if current, ok := old.inUse(); ok && has.InUse != current.record.key {
		if next, err = s.copy(ctx, old, current, next); err != nil {
			return err
		}
	}
	if v, ok := old.staged(); ok && has.Staged != v.record.key {
		value, err := s.readStaged(ctx, old, v)
		if err != nil {
			return err
		}
		defer value.Wipe()
		v.record = s.moved(v.record, to, next.beside.next())
		v.enabled = false
		if err := s.put(ctx, next, next.staging(), value, v); err != nil {
			return err
		}
	}
	return s.remove(ctx, old)
}

// knows tells whether a credential was ever kept here. What has been moved may
// be disabled here already.
func (h held) knows(key string) bool {
	of := func(v version) bool { return v.record.key == key }
	return slices.ContainsFunc(h.own.ours, of) || slices.ContainsFunc(h.beside.ours, of)
}

// copy makes a version of one secret the one in use of another.
func (s *Sink) copy(ctx context.Context, from held, v version, to held) (held, error) {
	value, err := from.client.value(ctx, from.name, v.id)
	if err != nil {
		return to, err
	}
	defer value.Wipe()
	v.record = s.moved(v.record, to.item.Secret, to.own.next())
	if err := s.put(ctx, to, to.name, value, v); err != nil {
		return to, err
	}
	return s.load(ctx, to.item)
}

func (s *Sink) moved(r record, to addr.Instance, sequence int) record {
	r.secret, r.sequence = tagOf(to), sequence
	return r
}

// retag writes the new address on every version. Until the last is done the
// secret belongs to both addresses.
func (s *Sink) retag(ctx context.Context, h held, to addr.Instance) error {
	for _, l := range []list{h.beside, h.own} {
		for _, v := range l.ours {
			v.record.secret = tagOf(to)
			if err := h.client.update(ctx, l.name, v); err != nil {
				return fmt.Errorf("%s: %w", l.name, err)
			}
		}
	}
	return nil
}
