package keyvault

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
)

// maxValue is what Key Vault keeps at most.
const maxValue = 25 * 1024

// Stage implements sink.Sink.
func (s *Sink) Stage(ctx context.Context, item sink.Item, v secret.Value) (sink.Receipt, error) {
	if err := s.stage(ctx, item, v); err != nil {
		return sink.Receipt{Kind: Kind}, s.wrap("stage", item.Secret, err)
	}
	return s.receipt(item.Secret), nil
}

func (s *Sink) stage(ctx context.Context, item sink.Item, v secret.Value) error {
	if item.KeyID == "" {
		return errors.New("the credential has no key id")
	}
	h, err := s.load(ctx, item)
	if err != nil {
		return err
	}
	if c := h.contents(); c.InUse == item.KeyID || c.Staged == item.KeyID {
		return nil
	}
	if err := fits(v); err != nil {
		return err
	}
	// At the commit it would be late to find the name in the recycle bin.
	if h.own.empty() {
		if err := s.revive(ctx, h, h.name); err != nil {
			return err
		}
	}
	if err := s.put(ctx, h, h.staging(), v, s.fresh(h)); err != nil {
		return err
	}
	return s.sweep(ctx, h) // what was staged before
}

// fits tells whether Key Vault keeps a value as it is: it takes text.
func fits(v secret.Value) error {
	b := v.Reveal()
	switch {
	case len(b) == 0:
		return errors.New("the value is empty")
	case len(b) > maxValue:
		return fmt.Errorf("the value has %d bytes; Key Vault keeps %d", len(b), maxValue)
	case !utf8.Valid(b):
		return errors.New("the value is no text")
	}
	for _, c := range b {
		if c == 0 {
			return errors.New("the value holds a zero byte, which not every client of Key Vault gives back")
		}
	}
	return nil
}

// fresh is a version to be staged.
func (s *Sink) fresh(h held) version {
	v := version{contentType: s.cfg.ContentType, record: record{
		secret: tagOf(h.item.Secret), configuration: s.cfg.Configuration, tenant: h.item.TenantID, client: h.item.ClientID,
		key: h.item.KeyID, state: stateStaged, sequence: h.beside.next(),
	}}
	if !h.item.EndsAt.IsZero() {
		end := h.item.EndsAt.UTC().Truncate(time.Second)
		v.expires = &end
	}
	return v
}

// Commit implements sink.Sink.
func (s *Sink) Commit(ctx context.Context, item sink.Item) (sink.Receipt, error) {
	if err := s.commit(ctx, item); err != nil {
		return sink.Receipt{Kind: Kind}, s.wrap("commit", item.Secret, err)
	}
	return s.receipt(item.Secret), nil
}

func (s *Sink) commit(ctx context.Context, item sink.Item) error {
	h, err := s.load(ctx, item)
	if isTaken(err) {
		return sink.ErrNotStaged
	}
	if err != nil {
		return err
	}
	if h.contents().InUse != item.KeyID {
		v, ok := h.staged()
		if !ok || v.record.key != item.KeyID {
			return sink.ErrNotStaged
		}
		if err := s.enable(ctx, h, h.staging(), v, true); err != nil {
			return err
		}
		if h, err = s.take(ctx, h, h.staging(), v); err != nil {
			return err
		}
	}
	if err := s.clear(ctx, h, item.KeyID); err != nil {
		return err
	}
	return s.tidy(ctx, h)
}

// take makes the value of a version the one in use: a new version of NAME.
func (s *Sink) take(ctx context.Context, h held, from string, v version) (held, error) {
	value, err := h.client.value(ctx, from, v.id)
	if err != nil {
		return h, err
	}
	defer value.Wipe()
	v.enabled, v.record.state, v.record.sequence = true, "", h.own.next()
	if err := s.put(ctx, h, h.name, value, v); err != nil {
		return h, err
	}
	return s.load(ctx, h.item)
}

// clear ends what is staged of a credential, or what is left there of others
// that are over.
func (s *Sink) clear(ctx context.Context, h held, key string) error {
	waiting, ok := h.staged()
	if ok && waiting.record.key != key {
		return nil
	}
	return s.sweep(ctx, h)
}

// sweep disables every version of ours that was found beside NAME.
func (s *Sink) sweep(ctx context.Context, h held) error {
	for _, v := range h.beside.ours {
		if !v.enabled && v.record.state == stateDone {
			continue
		}
		v.enabled, v.record.state = false, stateDone
		if err := h.client.update(ctx, h.staging(), v); err != nil {
			return err
		}
	}
	return nil
}

// tidy disables the versions of ours that are neither in use nor the previous.
// One that may be the current is never touched, so that a version that arrived
// twice cannot lose both.
func (s *Sink) tidy(ctx context.Context, h held) error {
	now, _ := h.current()
	before, kept := h.previous()
	for _, v := range h.own.ours {
		if v.record.sequence >= now.record.sequence || kept && v.id == before.id {
			continue
		}
		if err := s.enable(ctx, h, h.name, v, false); err != nil {
			return err
		}
	}
	return nil
}

// enable enables or disables a version, if it is not so already.
func (s *Sink) enable(ctx context.Context, h held, name string, v version, on bool) error {
	if v.enabled == on {
		return nil
	}
	v.enabled = on
	return h.client.update(ctx, name, v)
}

// Discard implements sink.Sink.
func (s *Sink) Discard(ctx context.Context, item sink.Item) error {
	h, err := s.load(ctx, item)
	if isTaken(err) {
		return nil
	}
	if err == nil {
		err = s.clear(ctx, h, item.KeyID)
	}
	return s.wrap("discard", item.Secret, err)
}

// Restore implements sink.Sink: the previous value becomes a new version, since
// only the newest is given to those who ask without one.
func (s *Sink) Restore(ctx context.Context, item sink.Item) (sink.Receipt, error) {
	if err := s.restore(ctx, item); err != nil {
		return sink.Receipt{Kind: Kind}, s.wrap("restore", item.Secret, err)
	}
	return s.receipt(item.Secret), nil
}

func (s *Sink) restore(ctx context.Context, item sink.Item) error {
	h, err := s.load(ctx, item)
	if isTaken(err) {
		return sink.ErrAbsent
	}
	if err != nil {
		return err
	}
	if h.contents().InUse != item.KeyID {
		v, ok := h.previous()
		if !ok || v.record.key != item.KeyID {
			return fmt.Errorf("%s: %w", h.name, sink.ErrAbsent)
		}
		if h, err = s.take(ctx, h, h.name, v); err != nil {
			return err
		}
		if err := s.sweep(ctx, h); err != nil {
			return err
		}
	}
	return s.tidy(ctx, h)
}

// Retire implements sink.Sink.
func (s *Sink) Retire(ctx context.Context, item sink.Item) error {
	h, err := s.load(ctx, item)
	if isTaken(err) {
		return nil
	}
	if err == nil {
		err = s.retire(ctx, h)
	}
	return s.wrap("retire", item.Secret, err)
}

// retire disables the versions of a credential that is not in use, and before
// the previous one those that are older still: it must not uncover them.
func (s *Sink) retire(ctx context.Context, h held) error {
	c := h.contents()
	now, _ := h.current()
	for _, v := range h.own.ours {
		if v.id == now.id || v.record.key == c.InUse || v.record.key != h.item.KeyID && c.Previous != h.item.KeyID {
			continue
		}
		if err := s.enable(ctx, h, h.name, v, false); err != nil {
			return err
		}
	}
	return nil
}

// Remove implements sink.Sink. What somebody else has set under our name stays.
func (s *Sink) Remove(ctx context.Context, item sink.Item) error {
	h, err := s.load(ctx, item)
	if isTaken(err) {
		return nil
	}
	if err == nil {
		err = s.remove(ctx, h)
	}
	return s.wrap("remove", item.Secret, err)
}

// remove disables before it deletes, so that a secret that is recovered some
// day does not come back with a value that works nowhere.
func (s *Sink) remove(ctx context.Context, h held) error {
	if err := s.sweep(ctx, h); err != nil {
		return err
	}
	for _, v := range h.own.ours {
		if err := s.enable(ctx, h, h.name, v, false); err != nil {
			return err
		}
	}
	for _, l := range []list{h.beside, h.own} {
		if l.empty() || len(l.others) > 0 {
			continue
		}
		if err := h.client.remove(ctx, l.name); err != nil {
			return err
		}
	}
	return nil
}

// Holds implements sink.Sink.
func (s *Sink) Holds(ctx context.Context, item sink.Item) (sink.Contents, error) {
	h, err := s.load(ctx, item)
	if isTaken(err) {
		return sink.Contents{}, nil
	}
	if err != nil {
		return sink.Contents{}, s.wrap("look up", item.Secret, err)
	}
	return h.contents(), nil
}
