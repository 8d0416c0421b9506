package entra

import (
	"context"
	"net/http"
	"time"
)

type writtenKey struct{}

type written struct {
	at       time.Time
	patience time.Duration
}

// WithWritten says when, by the server's clock, the object of the coming calls
// was last written. Entra ID is a replicated store: within ten minutes of that,
// an answer that the object is not there, or not yet in a state to be referred
// to, is lag, and the call is repeated until it is answered otherwise. Later
// the answer is taken as it is. A zero time means that nothing is known to have
// been written.
func WithWritten(ctx context.Context, at time.Time) context.Context {
	return WithWrittenFor(ctx, at, lagWindow)
}

// WithWrittenFor is WithWritten with a bound on how long a single call keeps
// asking, for callers to whom an early "not there" is worth more than a sure
// one.
func WithWrittenFor(ctx context.Context, at time.Time, patience time.Duration) context.Context {
	if old, ok := ctx.Value(writtenKey{}).(written); ok && !at.After(old.at) {
		at = old.at
	}
	return context.WithValue(ctx, writtenKey{}, written{at, patience})
}

// lagging tells whether an answer of that date may be older than the last
// write, and how long a call keeps asking in all. The window itself moves past
// while it asks, and ends it.
func (c *Client) lagging(ctx context.Context, date time.Time) (time.Duration, bool) {
	w, ok := ctx.Value(writtenKey{}).(written)
	if !ok || w.at.IsZero() {
		return 0, false
	}
	if date.IsZero() {
		date = c.now()
	}
	return w.patience, date.Before(w.at.Add(lagWindow))
}

// looksLikeLag tells whether Graph gives this answer also for objects that have
// not reached the replica asked. The texts are those seen in practice; Graph has
// no code for it.
func (e *Error) looksLikeLag() bool {
	switch e.Status {
	case http.StatusNotFound:
		return true
	case http.StatusBadRequest:
		for _, text := range []string{
			"does not reference a valid application object",
			"not a valid reference update",
			"one of its queried reference-property objects are not present",
		} {
			if e.says(text) {
				return true
			}
		}
	case http.StatusForbidden:
		// Not a missing right: the backing application has not arrived yet.
		return e.says("backing application of the service principal being created must in the local tenant") ||
			e.says("backing application of the service principal being created must be in the local tenant")
	}
	return false
}
