package e2e

import (
	"context"
	"fmt"
	"time"
)

// clockVariable hands a clock to a process.
const clockVariable = "MAILPROV_E2E_CLOCK"

// clock is a time that starts at a moment of our choice and runs faster than
// the world's by a factor. Every process that has the same clock agrees on what
// time it is, and a minute of waiting takes a second: what waits still waits,
// and what must not be waited for still is too late.
type clock struct {
	origin time.Time // by the world's clock
	base   time.Time // what this clock showed then
	speed  int64
}

func newClock(base time.Time, speed int64) clock {
	return clock{origin: time.Now(), base: base, speed: speed}
}

// clockFrom reads what String wrote.
func clockFrom(text string) (clock, bool) {
	var origin, base, speed int64
	if _, err := fmt.Sscanf(text, "%d,%d,%d", &origin, &base, &speed); err != nil {
		return clock{}, false
	}
	return clock{origin: time.Unix(0, origin), base: time.Unix(0, base), speed: speed}, true
}

func (c clock) String() string {
	return fmt.Sprintf("%d,%d,%d", c.origin.UnixNano(), c.base.UnixNano(), c.speed)
}

func (c clock) now() time.Time {
	return c.base.Add(time.Since(c.origin) * time.Duration(c.speed)).UTC()
}

func (c clock) sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d / time.Duration(c.speed))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
