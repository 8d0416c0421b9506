package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Wait is a wait long enough for a person to wonder.
type Wait struct {
	What   string        // what is waited for
	Why    string        // the reason, in English
	Reason Reason        // the same for a program, to say it in another language
	Since  time.Duration // how long so far
}

// Reason is why a Wait is made.
type Reason string

// Reasons of a Wait.
const (
	ReasonReplication Reason = "replication" // the last write has not reached every replica
	ReasonThrottled   Reason = "throttled"   // Microsoft asks us to slow down
	ReasonFailure     Reason = "failure"     // the server or the network failed, and the request is repeated
	ReasonConflict    Reason = "conflict"    // another write to the same object is under way
)

// tell reports a wait.
func (c *Client) tell(w Wait) {
	if c.progress != nil && w.Why != "" {
		c.progress(w)
	}
}

// tries is what one call has been through.
type tries struct {
	failed    int // in a row: lost, 5xx
	throttled int
	notTried  int
	busy      int // 409
	lagged    int
	waited    time.Duration // because of lag
	lost      bool          // some earlier try may have been carried out
}

// do sends a call until it has an answer that can be relied on. It returns
// *Error for an answer other than success, *LostAnswer for a write whose outcome
// is unknown, and ErrReadOnly for a write through a client that may only look.
func (c *Client) do(ctx context.Context, q *call) (*answer, error) {
	a, _, err := c.doCounting(ctx, q)
	return a, err
}

func (c *Client) doCounting(ctx context.Context, q *call) (*answer, *tries, error) {
	t := &tries{}
	if c.readOnly && q.writes() {
		return nil, t, fmt.Errorf("%s %s: %w", q.method, withoutQuery(q.path), ErrReadOnly)
	}
	for {
		a, err := c.line.try(ctx, q)
		if err == nil {
			err = unusable(q, a)
		}
		var next pause
		switch {
		case err != nil:
			next, err = c.afterFault(q, t, err)
		case a.status < 300:
			return a, t, nil
		default:
			next, err = c.afterRefusal(ctx, q, t, newError(q, a))
		}
		if err != nil {
			return nil, t, err
		}
		if next.d > 0 {
			t.waited += next.d
			c.tell(Wait{What: q.what, Why: next.why, Reason: next.reason, Since: t.waited})
			if err := c.sleep(ctx, next.d); err != nil {
				return nil, t, c.interrupted(q, t, err)
			}
		}
	}
}

// pause is the wait before the next try; the zero pause means at once.
type pause struct {
	d      time.Duration
	reason Reason
	why    string
}

// unusable returns a fault for an answer that says neither that the request was
// carried out nor that it was refused.
func unusable(q *call, a *answer) error {
	switch {
	case a.status < 200, a.status >= 300 && a.status < 400:
		return &faultError{sent: true, final: true, err: newError(q, a)}
	case a.status >= 300:
		return nil
	}
	check := q.check
	if check == nil {
		check = nothingElse
	}
	if bad := check(a); bad != nil {
		return &faultError{sent: true, err: fmt.Errorf("the answer cannot be read: %w", bad)}
	}
	return nil
}

// nothingElse is the check of writes that are answered with 204. A body is
// taken if it is an object: a page of a proxy does not confirm a write.
func nothingElse(a *answer) error {
	if a.status != http.StatusNoContent && fieldsOf(a.body) == nil {
		return fmt.Errorf("%d without an object", a.status)
	}
	return nil
}

// interrupted keeps the knowledge that a write may have happened when the
// caller gives up between two tries.
func (c *Client) interrupted(q *call, t *tries, err error) error {
	if q.writes() && t.lost {
		return &LostAnswer{q.method, withoutQuery(q.path), err}
	}
	return err
}

// afterFault decides after a try without an answer: how long to wait before the
// next one, or the error.
func (c *Client) afterFault(q *call, t *tries, err error) (pause, error) {
	var f *faultError
	if !errors.As(err, &f) {
		return pause{}, c.interrupted(q, t, err)
	}
	if f.sent {
		t.lost = true
	}
	t.failed++
	switch {
	case f.sent && q.writes() && (!q.repeat || f.final || t.failed >= maxTries):
		return pause{}, &LostAnswer{q.method, withoutQuery(q.path), f.err}
	case f.final, t.failed >= maxTries:
		return pause{}, c.interrupted(q, t, fmt.Errorf("%s %s: %w", q.method, withoutQuery(q.path), f.err))
	}
	return pause{c.jitter.backoff(t.failed, longBackoff), ReasonFailure, "no usable answer: " + f.err.Error()}, nil
}

// afterRefusal decides after an answer other than success.
func (c *Client) afterRefusal(ctx context.Context, q *call, t *tries, e *Error) (pause, error) {
	switch {
	case e.Status == http.StatusTooManyRequests:
		t.throttled++
		if t.throttled > maxThrottled {
			return pause{}, e
		}
		c.holdBack(q.kind(), e, t.throttled)
		return pause{}, nil
	case e.Status == http.StatusFailedDependency:
		// The part before it in the chain failed; this one was not tried.
		t.notTried++
		if t.notTried > maxNotTried {
			return pause{}, e
		}
		return pause{}, nil
	case e.Status >= 500 || e.Status == http.StatusRequestTimeout:
		return c.afterServerFailure(q, t, e)
	case e.busy() && q.writes() && !q.readsBack:
		t.busy++
		if t.busy >= maxTries {
			return pause{}, e
		}
		return pause{c.jitter.backoff(t.busy, longBackoff), ReasonConflict, "another change to it is under way (409)"}, nil
	}
	t.failed = 0
	if patience, ok := c.lagging(ctx, e.date); ok && !q.readsBack && !q.doubtsAbsence && e.looksLikeLag() {
		if q.method == http.MethodDelete {
			patience = min(patience, absentPatience)
			if t.lost {
				patience = 0 // an earlier try is likely to have deleted it
			}
		}
		if t.waited < patience {
			t.lagged++
			d := min(c.jitter.backoff(t.lagged, lagBackoff), max(patience-t.waited, firstBackoff/2))
			return pause{d, ReasonReplication, fmt.Sprintf("Entra ID has not yet replicated the last change (%d)", e.Status)}, nil
		}
	}
	return pause{}, e
}

// afterServerFailure treats 5xx: reads and writes by key go again, after the
// pause the server asks for; of any other write nobody knows.
func (c *Client) afterServerFailure(q *call, t *tries, e *Error) (pause, error) {
	t.failed++
	t.lost = true
	if e.Status == http.StatusServiceUnavailable && e.RetryAfter > 0 {
		c.slots.pause(q.kind(), e.RetryAfter)
	}
	if q.writes() && (!q.repeat || t.failed >= maxTries) {
		return pause{}, &LostAnswer{q.method, withoutQuery(q.path), e}
	}
	if t.failed >= maxTries {
		return pause{}, e
	}
	if e.RetryAfter > 0 {
		return pause{}, nil
	}
	return pause{c.jitter.backoff(t.failed, longBackoff), ReasonFailure, fmt.Sprintf("the server failed (%d)", e.Status)}, nil
}

// holdBack pauses everything of one kind, for as long as Graph asks or, if it
// does not say, for longer each time.
func (c *Client) holdBack(k kind, e *Error, times int) {
	d := e.RetryAfter
	if d <= 0 {
		d = c.jitter.backoff(times, time.Minute)
	}
	c.slots.pause(k, d)
	c.tell(Wait{What: "Microsoft Graph", Why: fmt.Sprintf("it asks us to slow down (429), for %s", d.Round(time.Second)), Reason: ReasonThrottled})
}

// busy tells whether a write was refused because another one to the same object
// is under way.
func (e *Error) busy() bool { return e.Status == http.StatusConflict && !e.duplicate() }

// duplicate tells whether a conflict is about uniqueness, which no repetition
// cures.
func (e *Error) duplicate() bool {
	return e.Has("Request_MultipleObjectsWithSameKeyValue") || e.Has("ObjectConflict") || e.says("already exists") || e.says("already in use")
}
