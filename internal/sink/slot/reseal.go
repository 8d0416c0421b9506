package slot

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/mailprov/mailprov/internal/sink"
)

// Encrypted is a Sink whose Seal encrypts to recipients and whose Open takes a
// private key, so that what it holds can be encrypted anew.
type Encrypted struct{ *Sink }

// What an Encrypted sink can do besides.
var (
	_ sink.Resealer = (*Encrypted)(nil)
	_ sink.Keyed    = (*Encrypted)(nil)
)

// NewEncrypted binds a sink that encrypts to its places.
func NewEncrypted(c Config) *Encrypted { return &Encrypted{New(c)} }

// Keys implements sink.Keyed.
func (s *Encrypted) Keys() map[string]string { return maps.Clone(s.cfg.Keys) }

// Reseal implements sink.Resealer. The index knows the new bytes before they
// lie anywhere, and the old ones until none of them is left:
//
//	           index        in use   previous
//	           old          old      old
//	Reseal ①   old + new    old      old
//	Reseal ②   old + new    new      old
//	Reseal ③   old + new    new      new
//	Reseal ④   new          new      new
func (s *Encrypted) Reseal(ctx context.Context, item sink.Item) (sink.Receipt, error) {
	r, err := s.reseal(ctx, item)
	return r, s.wrap("reseal", item.Secret, err)
}

func (s *Encrypted) reseal(ctx context.Context, item sink.Item) (sink.Receipt, error) {
	h, err := s.load(ctx, item.Secret)
	if err != nil && !errors.Is(err, errTaken) {
		return sink.Receipt{}, err
	}
	found, others := h.sortOut()
	if len(found) == 0 {
		return sink.Receipt{}, errors.Join(append(others, fmt.Errorf("%s: %w", h.place.Where(), sink.ErrAbsent))...)
	}
	if err := h.place.Fit(ctx); err != nil {
		return sink.Receipt{}, err
	}
	// Everything is opened before anything is written: where one value cannot
	// be, none is changed.
	x := h.index.keep(h.inUse.bytes, h.previous.bytes, h.staged.bytes)
	for i, o := range found {
		if found[i].sealed, err = s.anew(o.bytes); err != nil {
			return sink.Receipt{}, fmt.Errorf("%s (%s): %w", h.place.Where(), o.slot, err)
		}
		e := h.index.find(o.bytes)
		e.Keys = s.cfg.Keys
		x.Values = append(x.Values, e.describing(found[i].sealed))
	}
	if err := h.setIndex(ctx, x); err != nil {
		return sink.Receipt{}, err
	}
	for _, o := range found {
		if err := h.place.Write(ctx, o.slot, o.sealed); err != nil {
			return sink.Receipt{}, err
		}
		o.bytes = o.sealed
	}
	if err := h.prune(ctx); err != nil {
		return sink.Receipt{}, err
	}
	return s.receipt(h, part{keys: s.cfg.Keys}), errors.Join(others...)
}

// anew seals what opens to the recipients of today.
func (s *Encrypted) anew(old []byte) ([]byte, error) {
	v, err := s.cfg.Open(old)
	if err != nil {
		return nil, err
	}
	defer v.Wipe()
	return s.cfg.Seal(v)
}

// ours is a part that we put into its slot, and what it is sealed to anew.
type ours struct {
	slot Part
	*part
	sealed []byte
}

// sortOut finds the parts of ours, and says of all others that they are left
// alone.
func (h *held) sortOut() (found []ours, others []error) {
	for _, o := range []ours{{slot: InUse, part: &h.inUse}, {slot: Previous, part: &h.previous}, {slot: Staged, part: &h.staged}} {
		switch {
		case o.foreign():
			others = append(others, &sink.ForeignError{Where: h.place.Where(), Slot: sink.Slot(o.slot)})
		case o.there():
			found = append(found, o)
		}
	}
	return found, others
}
