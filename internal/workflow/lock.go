package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mailprov/mailprov/internal/apply"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/store"
)

// lock takes the state's lock, for a command that writes.
func (p *Project) lock(ctx context.Context, operation string, without bool, wait time.Duration) (store.Lock, diag.Diagnostics) {
	ds := p.remember()
	ds = append(ds, p.warnErrored()...)
	if without {
		return p.Store.Unlocked(p.holder(operation)), append(ds, diag.Warnf("MP506", "State is not locked", "With -lock=false another run at the same time can undo what this one does."))
	}
	l, err := p.lockStore(ctx, p.Store, operation, wait)
	if err != nil {
		return nil, append(ds, p.explainLock(err)...)
	}
	return l, ds
}

// lockStore takes a store's lock. Whoever has to wait for it is told what for.
func (p *Project) lockStore(ctx context.Context, s store.Store, operation string, wait time.Duration) (store.Lock, error) {
	h := p.holder(operation)
	l, err := s.Lock(ctx, h, 0)
	var held *store.HeldError
	if wait <= 0 || !errors.As(err, &held) {
		return l, err
	}
	p.Env.Events.Emit(event.Event{
		Type: event.ApplyProgress, Time: p.Env.Now(), Waiting: "lock", Message: "Waiting for the lock: " + p.holding(held),
	})
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // nothing is under way that had to be finished first
		select {
		case <-p.Env.Stop:
			cancel()
		case <-waiting.Done():
		}
	}()
	l, err = s.Lock(waiting, h, wait)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		return nil, apply.ErrStopped
	}
	return l, err
}

// holding says who holds a lock, and until when at most if nobody does any
// more.
func (p *Project) holding(e *store.HeldError) string {
	h := e.Holder
	since := "since " + p.clock(h.Created)
	if h.Created.IsZero() {
		since = "now"
	}
	text := fmt.Sprintf("%s holds the lock %s (%s, process %d, lock id %s).", h.Who, since, h.Operation, h.PID, h.ID)
	if e.EndsWithin > 0 {
		text += fmt.Sprintf(" If that run is dead, its lock ends by itself, at %s at the latest.", p.clock(p.Env.Now().Add(e.EndsWithin)))
	}
	return text
}

// clock writes a time for people.
func (p *Project) clock(t time.Time) string {
	return t.In(p.Location()).Format("2006-01-02 15:04:05")
}

func (p *Project) explainLock(err error) diag.Diagnostics {
	var held *store.HeldError
	if !errors.As(err, &held) {
		return explainStore("MP508", "State cannot be locked", err)
	}
	do := "Wait for that run, give it time with -lock-timeout=5m, or, if you know that it is dead: mailprov force-unlock " + held.Holder.ID
	if held.EndsWithin > 0 {
		do = fmt.Sprintf("Wait for that run with -lock-timeout=5m, which also outlasts the lock of a dead one, or end that lock now: mailprov force-unlock %s", held.Holder.ID)
	}
	return diag.Diagnostics{diag.Err("MP507", "State is locked", p.holding(held)).WithDo(do)}
}

func (p *Project) holder(operation string) store.Holder {
	return store.Holder{ID: draw(64), Who: p.Env.User + "@" + p.Env.Host, PID: p.Env.PID, Operation: operation, Created: p.Env.Now().UTC(), Version: p.Env.Version}
}
