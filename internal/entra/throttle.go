package entra

import (
	"context"
	"sync"
	"time"
)

// kind is what Graph's limits and our pauses are counted by.
type kind int

const (
	kindRead kind = iota
	kindWrite
	kindToken
	kinds
)

// maxPause bounds what a server may ask for with Retry-After: longer than this
// nobody waits for a command.
const maxPause = 10 * time.Minute

// Graph says from 0.8 of a limit on how near it is.
const (
	nearLimit = 0.8
	atLimit   = 1.0
)

// throttle is shared by all workers of a client. It bounds how many HTTP
// requests are under way, fewer as Graph's limit comes nearer, and holds the
// pauses that Graph has asked for.
type throttle struct {
	now   func() time.Time
	sleep func(context.Context, time.Duration) error

	mu    sync.Mutex
	most  float64
	limit float64
	busy  int
	until [kinds]time.Time
	free  chan struct{} // closed and replaced whenever a slot may have become free
}

func newThrottle(parallel int, now func() time.Time, sleep func(context.Context, time.Duration) error) *throttle {
	return &throttle{now: now, sleep: sleep, most: float64(parallel), limit: float64(parallel), free: make(chan struct{})}
}

// inUse tells whether any slot is taken.
func (t *throttle) inUse() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.busy > 0
}

// acquire waits for a slot.
func (t *throttle) acquire(ctx context.Context) error {
	for {
		t.mu.Lock()
		if t.busy < max(1, int(t.limit)) {
			t.busy++
			t.mu.Unlock()
			return nil
		}
		free := t.free
		t.mu.Unlock()
		select {
		case <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// release gives a slot back without an answer.
func (t *throttle) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy--
	close(t.free)
	t.free = make(chan struct{})
}

// heard adjusts how many requests may be under way to the share of the limit
// that an answer has told, 0 if it told none. It falls fast and grows slowly,
// so that a thousand workers do not swing around the limit together.
func (t *throttle) heard(share float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case share >= atLimit:
		t.limit = max(1, t.limit/2)
	case share >= nearLimit:
		t.limit = max(1, t.limit*0.75)
	default:
		t.limit = min(t.most, t.limit+0.5)
	}
}

// pause holds back everything of one kind for d.
func (t *throttle) pause(k kind, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if until := t.now().Add(d); until.After(t.until[k]) {
		t.until[k] = until
	}
}

// paused returns how long k is still to be held back, and the end of it.
func (t *throttle) paused(k kind) (time.Duration, time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.until[k].IsZero() {
		return 0, time.Time{}
	}
	d := t.until[k].Sub(t.now())
	if d <= 0 {
		t.until[k] = time.Time{}
		return 0, time.Time{}
	}
	return d, t.until[k]
}

// waited ends the pause that ended at until for whoever has slept through it.
// Sleeping is what counts: a clock that is passed in may stand still.
func (t *throttle) waited(k kind, until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.until[k].Equal(until) {
		t.until[k] = time.Time{}
	}
}

// wait sleeps until k is no longer held back.
func (t *throttle) wait(ctx context.Context, k kind) error {
	for {
		d, until := t.paused(k)
		if d <= 0 {
			return nil
		}
		if err := t.sleep(ctx, d); err != nil {
			return err
		}
		t.waited(k, until)
	}
}
