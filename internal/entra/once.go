package entra

import (
	"context"
	"errors"
	"time"
)

// readBackPatience is how long something is looked for that Graph says is there
// while its replicas do not show it.
const readBackPatience = 2 * time.Minute

// once makes something that has no key to write by. If nobody knows whether the
// request was carried out, or Graph says that it is there already, it is looked
// for; it is asked for again only once it has not been found. find returns false
// if it is not there, and *DiffersError if something else is in its place.
func once[T any](ctx context.Context, c *Client, q *call, exists func(*Error) bool, find func(context.Context) (T, bool, error)) (T, *answer, error) {
	var none T
	for try := 1; ; try++ {
		a, err := c.do(ctx, q)
		if err == nil {
			return none, a, nil
		}
		var lost *LostAnswer
		var e *Error
		there := errors.As(err, &e) && !errors.As(err, &lost) && exists(e)
		if !there && !errors.As(err, &lost) {
			return none, nil, err
		}
		// One that is said to be there will turn up; a lost one only perhaps.
		patience := time.Duration(0)
		if there {
			patience = readBackPatience
		}
		found, ok, findErr := lookFor(ctx, c, q, patience, find)
		if findErr != nil {
			return none, nil, findErr
		}
		if ok {
			return found, nil, nil
		}
		if there || try >= maxTries {
			return none, nil, err
		}
		if err := c.sleep(ctx, c.jitter.backoff(try, longBackoff)); err != nil {
			return none, nil, &LostAnswer{q.method, withoutQuery(q.path), err}
		}
	}
}

func lookFor[T any](ctx context.Context, c *Client, q *call, patience time.Duration, find func(context.Context) (T, bool, error)) (T, bool, error) {
	var waited Wait
	for look := 1; ; look++ {
		found, ok, err := find(ctx)
		if err != nil || ok || waited.Since >= patience {
			return found, ok, err
		}
		d := c.jitter.backoff(look, lagBackoff)
		waited.Since += d
		c.tell(Wait{What: q.what, Why: "it exists, but Entra ID does not show it yet", Reason: ReasonReplication, Since: waited.Since})
		if err := c.sleep(ctx, d); err != nil {
			return found, false, err
		}
	}
}
