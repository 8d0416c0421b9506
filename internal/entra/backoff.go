package entra

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// How often and how long things are tried again. Reads and writes by key after
// a failure give up after maxTries; what Graph itself has asked us to repeat,
// and lag, have limits of their own.
const (
	maxTries       = 6
	firstBackoff   = 500 * time.Millisecond
	longBackoff    = 8 * time.Second
	maxThrottled   = 60 // answers of 429 in a row before we believe that it will not end
	maxNotTried    = 40 // answers of 424 in a row
	lagBackoff     = 5 * time.Second
	lagWindow      = 10 * time.Minute // how long after a write a stale answer counts as lag
	absentPatience = 10 * time.Second // how long "no such key" on something just written is doubted
)

// jitter is a source of random numbers that workers may share.
type jitter struct {
	mu  sync.Mutex
	rnd *rand.Rand
}

func newJitter(seed uint64) *jitter {
	return &jitter{rnd: rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))}
}

// spread returns between three quarters of d and d, so that workers that
// failed together do not come back together.
func (j *jitter) spread(d time.Duration) time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	return d - time.Duration(j.rnd.Int64N(int64(d/4)+1))
}

// backoff is the wait before try n (counted from 1), doubling up to most.
func (j *jitter) backoff(n int, most time.Duration) time.Duration {
	d := firstBackoff
	for ; n > 1 && d < most; n-- {
		d *= 2
	}
	return j.spread(min(d, most))
}

// sleepFor is the sleep of a client that was given none.
func sleepFor(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
