package keyvault

import (
	"context"
	"net/http"
	"time"

	"github.com/mailprov/mailprov/internal/secret"
)

// patience is how long a deletion or recovery that is under way is waited for.
// Key Vault takes seconds, sometimes a minute.
const patience = 3 * time.Minute

// puts is how often a version is set whose answer does not come.
const puts = 3

// put sets a version of a secret. One whose answer was lost is looked for by
// its tags before it is set again; a name in the recycle bin is brought back.
func (s *Sink) put(ctx context.Context, h held, name string, value secret.Value, v version) error {
	var waited time.Duration
	for try := 1; ; {
		err := h.client.set(ctx, name, value, v)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return err
		case is(err, http.StatusConflict, recoverable):
			if err := s.revive(ctx, h, name); err != nil {
				return err
			}
			back, err := s.list(ctx, h, name, h.item.Secret)
			if err != nil {
				return err
			}
			v.record.sequence = back.next() // after those that have come back
		case is(err, http.StatusConflict, beingDeleted), is(err, http.StatusConflict, beingRecovered):
		case lost(err):
			there, looked := s.arrived(ctx, h, name, v)
			if looked != nil || there || try >= puts {
				return settle(there, err, looked)
			}
			try++
		default:
			return err
		}
		wait := min(s.cfg.Backoff+waited/2, 15*time.Second)
		if waited += wait; waited > patience {
			return err
		}
		if err := s.cfg.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// settle is the outcome of a version that was looked for.
func settle(there bool, err, looked error) error {
	switch {
	case there:
		return nil
	case looked != nil:
		return looked
	}
	return err
}

// arrived looks for a version whose answer was lost.
func (s *Sink) arrived(ctx context.Context, h held, name string, v version) (bool, error) {
	all, err := h.client.versions(ctx, name)
	for _, got := range all {
		if got.tagged && got.record == v.record {
			return true, nil
		}
	}
	return false, err
}
