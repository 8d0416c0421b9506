package exec

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/sink/slot"
	"github.com/mailprov/mailprov/internal/store"
)

// receiptVersion is the version of the receipt this build writes.
const receiptVersion = 1

// handed is the receipt of one secret: the key ids of the credentials that the
// program has taken over, and nothing of their values.
type handed struct {
	Version  int           `json:"version"`
	Secret   addr.Instance `json:"secret"`
	InUse    string        `json:"in_use,omitempty"`   // taken over last
	Previous string        `json:"previous,omitempty"` // the one before, until it is retired
}

func (h handed) empty() bool { return h.InUse == "" && h.Previous == "" }

func (h handed) sameAs(other handed) bool {
	return h.InUse == other.InUse && h.Previous == other.Previous
}

// place is the receipt's name beside the state.
func (s *Sink) place(a addr.Instance) string {
	return slot.Name(s.cfg.Name) + "+" + slot.Name(a) + ".handed.json"
}

// load reads a receipt; where there is none, nothing was handed over.
func (s *Sink) load(ctx context.Context, a addr.Instance) (handed, error) {
	if err := ctx.Err(); err != nil {
		return handed{}, err
	}
	none := handed{Version: receiptVersion, Secret: a}
	b, err := s.cfg.Sealed.Read(ctx, s.place(a))
	if errors.Is(err, store.ErrNotFound) {
		return none, nil
	}
	if err != nil {
		return handed{}, err
	}
	var h handed
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&h); err != nil {
		return handed{}, fmt.Errorf("receipt %s is damaged: %w", s.place(a), err)
	}
	if h.Version != receiptVersion {
		return handed{}, fmt.Errorf("receipt %s has version %d; this mailprov knows version %d", s.place(a), h.Version, receiptVersion)
	}
	if h.Secret != a {
		return handed{}, fmt.Errorf("receipt %s is damaged: it is that of %s", s.place(a), h.Secret)
	}
	return h, nil
}

// save writes a receipt, and removes an empty one.
func (s *Sink) save(ctx context.Context, h handed) error {
	if h.empty() {
		return s.cfg.Sealed.Remove(ctx, s.place(h.Secret))
	}
	h.Version = receiptVersion
	b, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return fmt.Errorf("write receipt: %w", err)
	}
	return s.cfg.Sealed.Write(ctx, s.place(h.Secret), append(b, '\n'))
}
