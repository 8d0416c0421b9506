package keyvault

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
)

// Read implements sink.Sink. Everybody who may read secrets in the vault is
// allowed to open it; no key of a person is needed.
func (s *Sink) Read(ctx context.Context, item sink.Item, slot sink.Slot) (secret.Value, error) {
	h, err := s.load(ctx, item)
	if isTaken(err) {
		err = fmt.Errorf("%w: %w", sink.ErrAbsent, err)
	}
	var v secret.Value
	if err == nil {
		v, err = s.read(ctx, h, slot)
	}
	if errors.As(err, new(*sink.RefusedError)) {
		err = fmt.Errorf("%w: %w", sink.ErrUnreadable, err)
	}
	return v, s.wrap("read", item.Secret, err)
}

func (s *Sink) read(ctx context.Context, h held, slot sink.Slot) (secret.Value, error) {
	switch slot {
	case sink.InUse:
		if _, served := h.current(); !served && len(h.own.others) > 0 {
			return secret.Value{}, &sink.ForeignError{Where: h.name, Slot: slot}
		}
		v, ok := h.inUse()
		if !ok {
			return secret.Value{}, fmt.Errorf("%s (%s): %w", h.name, slot, sink.ErrAbsent)
		}
		return h.client.value(ctx, h.name, v.id)
	case sink.Previous:
		v, ok := h.previous()
		if !ok {
			return secret.Value{}, fmt.Errorf("%s (%s): %w", h.name, slot, sink.ErrAbsent)
		}
		return h.client.value(ctx, h.name, v.id)
	case sink.Staged:
		v, ok := h.staged()
		if !ok {
			return secret.Value{}, fmt.Errorf("%s (%s): %w", h.name, slot, sink.ErrAbsent)
		}
		return s.readStaged(ctx, h, v)
	}
	return secret.Value{}, fmt.Errorf("%q is no slot", slot)
}

// readStaged enables the version for as long as it is read: Key Vault gives no
// disabled one to anybody.
func (s *Sink) readStaged(ctx context.Context, h held, v version) (secret.Value, error) {
	if err := s.enable(ctx, h, h.staging(), v, true); err != nil {
		return secret.Value{}, err
	}
	value, err := h.client.value(ctx, h.staging(), v.id)
	v.enabled = true
	if err := errors.Join(err, s.enable(ctx, h, h.staging(), v, false)); err != nil {
		value.Wipe()
		return secret.Value{}, err
	}
	return value, nil
}

// Check implements sink.Checker: whether the names are free or ours. What
// cannot be looked at from here is a *sink.UnseenError.
func (s *Sink) Check(ctx context.Context, item sink.Item) error {
	err := s.check(ctx, item)
	if err != nil && !isTaken(err) && ctx.Err() == nil {
		err = &sink.UnseenError{Where: "Key Vault " + s.vault.name, Err: err}
	}
	return s.wrap("check", item.Secret, err)
}

func (s *Sink) check(ctx context.Context, item sink.Item) error {
	h, err := s.load(ctx, item)
	if err != nil {
		return err
	}
	for _, l := range []list{h.own, h.beside} {
		if !l.empty() {
			continue
		}
		if _, err := s.binned(ctx, h, l.name); err != nil {
			return err
		}
	}
	return nil
}
