package slot

import (
	"context"
	"errors"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/sink"
)

// Move implements sink.Mover: the new place is filled first, then the old one
// is emptied, so that the values are always somewhere.
func (s *Sink) Move(ctx context.Context, from, to addr.Instance) error {
	return s.wrap("move", from, s.move(ctx, from, to))
}

func (s *Sink) move(ctx context.Context, from, to addr.Instance) error {
	old, err := s.load(ctx, from)
	if errors.Is(err, errTaken) || err == nil && len(old.index.Values) == 0 {
		return nil // moved already, or never delivered
	}
	if err != nil {
		return err
	}
	place, err := s.cfg.Place(to)
	if err != nil {
		return err
	}
	x := old.index
	x.Secret = to
	b, err := x.encode()
	if err != nil {
		return err
	}
	if place.Where() == old.place.Where() { // a path that does not depend on the address
		return place.Write(ctx, Index, b)
	}
	next, err := s.load(ctx, to)
	if errors.Is(err, errTaken) {
		return &sink.TakenError{Where: place.Where(), Holder: next.index.Secret, Hint: s.cfg.TakenHint}
	}
	if err != nil {
		return err
	}
	for _, p := range [][2]part{{old.inUse, next.inUse}, {old.previous, next.previous}, {old.staged, next.staged}} {
		if p[1].there() && !p[1].equal(p[0]) {
			return &sink.TakenError{Where: place.Where(), Holder: to, Hint: s.cfg.TakenHint}
		}
	}
	if err := place.Fit(ctx); err != nil {
		return err
	}
	if err := place.Write(ctx, Index, b); err != nil {
		return err
	}
	for slot, p := range map[Part]part{InUse: old.inUse, Previous: old.previous, Staged: old.staged} {
		if !p.there() {
			continue
		}
		if err := place.Write(ctx, slot, p.bytes); err != nil {
			return err
		}
	}
	return s.Remove(ctx, sink.Item{Secret: from})
}
