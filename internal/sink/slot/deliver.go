package slot

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
)

// Stage implements sink.Sink.
func (s *Sink) Stage(ctx context.Context, item sink.Item, v secret.Value) (sink.Receipt, error) {
	r, err := s.stage(ctx, item, v)
	return r, s.wrap("stage", item.Secret, err)
}

func (s *Sink) stage(ctx context.Context, item sink.Item, v secret.Value) (sink.Receipt, error) {
	if item.KeyID == "" {
		return sink.Receipt{}, errors.New("the credential has no key id")
	}
	h, err := s.load(ctx, item.Secret)
	if errors.Is(err, errTaken) {
		return sink.Receipt{}, &sink.TakenError{Where: h.place.Where(), Holder: h.index.Secret, Hint: s.cfg.TakenHint}
	}
	if err != nil {
		return sink.Receipt{}, err
	}
	for _, p := range []part{h.staged, h.inUse} {
		if p.of(item.KeyID) {
			return s.receipt(h, p), nil
		}
	}
	if v.Empty() {
		return sink.Receipt{}, errors.New("the value is empty")
	}
	if err := h.place.Fit(ctx); err != nil {
		return sink.Receipt{}, err
	}
	sealed, err := s.seal(item, v)
	if err != nil {
		return sink.Receipt{}, err
	}
	e := newEntry(item, v, s.cfg.Keys, sealed)
	x := h.index.keep(h.inUse.bytes, h.previous.bytes)
	x.Values = append(x.Values, e)
	if err := h.setIndex(ctx, x); err != nil {
		return sink.Receipt{}, err
	}
	return s.receipt(h, part{keys: e.Keys}), h.place.Write(ctx, Staged, sealed)
}

// Commit implements sink.Sink.
func (s *Sink) Commit(ctx context.Context, item sink.Item) (sink.Receipt, error) {
	r, err := s.commit(ctx, item)
	return r, s.wrap("commit", item.Secret, err)
}

func (s *Sink) commit(ctx context.Context, item sink.Item) (sink.Receipt, error) {
	h, err := s.load(ctx, item.Secret)
	if errors.Is(err, errTaken) {
		return sink.Receipt{}, sink.ErrNotStaged
	}
	if err != nil {
		return sink.Receipt{}, err
	}
	if !h.inUse.of(item.KeyID) {
		if !h.staged.of(item.KeyID) {
			return sink.Receipt{}, sink.ErrNotStaged
		}
		// What lies in use is kept even if somebody else wrote it: it may be
		// what mail runs on.
		if h.inUse.there() && !h.inUse.equal(h.previous) {
			if err := h.place.Write(ctx, Previous, h.inUse.bytes); err != nil {
				return sink.Receipt{}, err
			}
			h.previous = h.inUse
		}
		if err := h.place.Write(ctx, InUse, h.staged.bytes); err != nil {
			return sink.Receipt{}, err
		}
		h.inUse = h.staged
	}
	if h.staged.of(item.KeyID) || !h.staged.there() { // the latter sweeps a killed writer's rest
		if err := h.place.Remove(ctx, Staged); err != nil {
			return sink.Receipt{}, err
		}
		h.staged = part{}
	}
	if err := h.prune(ctx); err != nil {
		return sink.Receipt{}, err
	}
	return s.receipt(h, h.inUse), h.place.Protect(ctx, InUse)
}

// Discard implements sink.Sink.
func (s *Sink) Discard(ctx context.Context, item sink.Item) error {
	h, err := s.load(ctx, item.Secret)
	if errors.Is(err, errTaken) {
		return nil
	}
	if err == nil && (h.staged.of(item.KeyID) || h.staged.foreign() || !h.staged.there()) {
		if err = h.place.Remove(ctx, Staged); err == nil {
			h.staged = part{}
			err = h.prune(ctx)
		}
	}
	return s.wrap("discard", item.Secret, err)
}

// Restore implements sink.Sink: the bytes of the previous value are staged as
// they are and committed, so that a death in between is that of a commit.
func (s *Sink) Restore(ctx context.Context, item sink.Item) (sink.Receipt, error) {
	r, err := s.restore(ctx, item)
	return r, s.wrap("restore", item.Secret, err)
}

func (s *Sink) restore(ctx context.Context, item sink.Item) (sink.Receipt, error) {
	h, err := s.load(ctx, item.Secret)
	if errors.Is(err, errTaken) {
		return sink.Receipt{}, sink.ErrAbsent
	}
	if err != nil {
		return sink.Receipt{}, err
	}
	if !h.inUse.of(item.KeyID) && !h.staged.of(item.KeyID) {
		if !h.previous.of(item.KeyID) {
			return sink.Receipt{}, fmt.Errorf("%s: %w", h.place.Where(), sink.ErrAbsent)
		}
		if err := h.place.Write(ctx, Staged, h.previous.bytes); err != nil {
			return sink.Receipt{}, err
		}
	}
	return s.commit(ctx, item)
}

// Retire implements sink.Sink.
func (s *Sink) Retire(ctx context.Context, item sink.Item) error {
	h, err := s.load(ctx, item.Secret)
	if errors.Is(err, errTaken) {
		return nil
	}
	if err == nil && (h.previous.of(item.KeyID) || !h.previous.there()) {
		if err = h.place.Remove(ctx, Previous); err == nil {
			h.previous = part{}
			err = h.prune(ctx)
		}
	}
	return s.wrap("retire", item.Secret, err)
}

// Remove implements sink.Sink. A plaintext value that somebody else wrote stays:
// it is not ours to delete.
func (s *Sink) Remove(ctx context.Context, item sink.Item) error {
	h, err := s.load(ctx, item.Secret)
	if errors.Is(err, errTaken) {
		return nil
	}
	if err != nil {
		return s.wrap("remove", item.Secret, err)
	}
	for _, p := range []struct {
		slot Part
		part part
	}{{Staged, h.staged}, {Previous, h.previous}, {InUse, h.inUse}} {
		if p.part.foreign() && s.cfg.Plaintext && p.slot != Staged {
			continue
		}
		if err := h.place.Remove(ctx, p.slot); err != nil {
			return s.wrap("remove", item.Secret, err)
		}
	}
	return s.wrap("remove", item.Secret, h.place.Remove(ctx, Index))
}

// Holds implements sink.Sink.
func (s *Sink) Holds(ctx context.Context, item sink.Item) (sink.Contents, error) {
	h, err := s.load(ctx, item.Secret)
	if errors.Is(err, errTaken) {
		return sink.Contents{}, nil
	}
	if err != nil {
		return sink.Contents{}, s.wrap("look up", item.Secret, err)
	}
	return h.keys(), nil
}

// Read implements sink.Sink.
func (s *Sink) Read(ctx context.Context, item sink.Item, slot sink.Slot) (secret.Value, error) {
	h, err := s.load(ctx, item.Secret)
	if errors.Is(err, errTaken) {
		err = sink.ErrAbsent
	}
	if err != nil {
		return secret.Value{}, s.wrap("read", item.Secret, err)
	}
	parts := map[sink.Slot]part{sink.InUse: h.inUse, sink.Previous: h.previous, sink.Staged: h.staged}
	p, known := parts[slot]
	switch {
	case !known:
		err = fmt.Errorf("%q is no slot", slot)
	case !p.there():
		err = fmt.Errorf("%s (%s): %w", h.place.Where(), slot, sink.ErrAbsent)
	case p.foreign():
		err = &sink.ForeignError{Where: h.place.Where(), Slot: slot}
	}
	if err != nil {
		return secret.Value{}, s.wrap("read", item.Secret, err)
	}
	v, err := s.cfg.Open(p.bytes)
	return v, s.wrap("read", item.Secret, err)
}
