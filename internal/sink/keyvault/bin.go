package keyvault

import (
	"context"
	"fmt"
	"time"
)

// binned looks for a name in the recycle bin. Soft delete holds a name for up to
// 90 days, during which it can only be recovered or purged. Purging is for
// whoever deleted it: another's secret there is an error.
func (s *Sink) binned(ctx context.Context, h held, name string) (bool, error) {
	b, err := h.client.deleted(ctx, name)
	if err != nil || b == nil {
		return false, err
	}
	if !b.tagged || !s.owns(b.record, h.item) {
		err := s.taken(name, b.record, b.tagged)
		return false, fmt.Errorf("%w, or purge it: it is deleted, and its name stays taken until then", err)
	}
	return true, nil
}

// revive brings a secret of ours back from the recycle bin and waits until it
// is there. Its versions come back as they were; remove disables them before it
// deletes.
func (s *Sink) revive(ctx context.Context, h held, name string) error {
	found, err := s.binned(ctx, h, name)
	if err != nil || !found {
		return err
	}
	if err := h.client.restore(ctx, name); err != nil {
		return err
	}
	for waited := time.Duration(0); ; {
		back, err := h.client.versions(ctx, name)
		if err != nil || len(back) > 0 {
			return err
		}
		wait := min(s.cfg.Backoff+waited/2, 15*time.Second)
		if waited += wait; waited > patience {
			return fmt.Errorf("%s is still being recovered; run the same command again in some minutes", name)
		}
		if err := s.cfg.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}
