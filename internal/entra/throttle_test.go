package entra

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestFewerRequestsRunAsTheLimitComesNearer(t *testing.T) {
	th := newThrottle(10, func() time.Time { return epoch }, sleepFor)
	hear := func(times int, share float64) int {
		for range times {
			th.heard(share)
		}
		return max(1, int(th.limit))
	}
	if got := hear(1, 0.79); got != 10 {
		t.Errorf("below 0.8: %d at a time", got)
	}
	near := hear(1, 0.8)
	at := hear(1, 1.0)
	if near >= 10 || at >= near {
		t.Errorf("0.8 allows %d, then 1.0 allows %d", near, at)
	}
	if got := hear(50, 1.7); got != 1 {
		t.Errorf("over the limit for long: %d at a time", got)
	}
	if got := hear(1, 0); got > 2 {
		t.Errorf("it comes back at once: %d", got)
	}
	if got := hear(50, 0); got != 10 {
		t.Errorf("it does not come back: %d", got)
	}
}

func TestTheShareIsHeardFromInsideABatch(t *testing.T) {
	f := newFake(t, func(r request) reply {
		r2 := okUser(r)
		r2.header = map[string]string{"x-ms-throttle-limit-percentage": "1.2"}
		return r2
	})
	c, _ := f.client(t, nil)
	inParallel(2, func(i int) {
		if _, err := c.User(t.Context(), fmt.Sprint("u", i)); err != nil {
			t.Error(err)
		}
	})
	if c.slots.limit != 5 {
		t.Errorf("%v at a time, want half of ten", c.slots.limit)
	}
}

func TestAPauseIsSleptOnceByAStandingClock(t *testing.T) {
	var mu sync.Mutex
	slept := 0
	th := newThrottle(1, func() time.Time { return epoch }, func(context.Context, time.Duration) error {
		mu.Lock()
		slept++
		mu.Unlock()
		return nil
	})
	th.pause(kindToken, time.Minute)
	th.pause(kindToken, time.Second) // a shorter one does not end a longer one
	if d, _ := th.paused(kindToken); d != time.Minute {
		t.Errorf("held back for %v", d)
	}
	if d, _ := th.paused(kindRead); d != 0 {
		t.Errorf("reads are held back for %v", d)
	}
	if err := th.wait(t.Context(), kindToken); err != nil || slept != 1 {
		t.Errorf("%v after %d sleeps", err, slept)
	}
}

func TestBackOffGrowsWithinBoundsAndIsSpread(t *testing.T) {
	j := newJitter(7)
	seen := map[time.Duration]bool{}
	for n := 1; n <= 100; n++ {
		d := j.backoff(n, longBackoff)
		if d < firstBackoff*3/4 || d > longBackoff {
			t.Errorf("try %d waits %v", n, d)
		}
		seen[d] = true
	}
	if len(seen) < 50 {
		t.Errorf("only %d different waits", len(seen))
	}
}
