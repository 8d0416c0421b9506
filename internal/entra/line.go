package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// How long the line waits for more before it sends what it has. Workers of one
// wave submit within microseconds of each other; what these cost a lone
// request is small against a round trip.
//
// While other requests are under way their answers are about to make more work,
// and a fuller batch saves a whole round trip: then it waits longer.
const (
	idleGather = 5 * time.Millisecond
	mostGather = 25 * time.Millisecond
	busyFactor = 20
)

// line gathers what the workers submit and sends it, up to twenty requests in
// one HTTP request. A batch is formed only once an HTTP slot is free, so that
// whatever accumulates meanwhile goes into it.
type line struct {
	client     *Client
	idle, most time.Duration

	mu      sync.Mutex
	queue   []*op
	flying  map[string]bool // keys of writes under way
	parts   int             // HTTP requests under way
	running bool
	stir    chan struct{} // something has arrived, or a key or pause has ended
}

// op is one try of a call.
type op struct {
	call *call
	sent bool
	done chan result
}

type result struct {
	answer *answer
	err    error
}

func newLine(c *Client) *line {
	return &line{client: c, idle: idleGather, most: mostGather, flying: map[string]bool{}, stir: make(chan struct{}, 1)}
}

// try submits a call and waits for its answer. Once the request is under way a
// cancelled context no longer abandons a write: its answer decides whether
// something must be undone. The error is a *faultError or the context's.
func (l *line) try(ctx context.Context, c *call) (*answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o := &op{call: c, done: make(chan result, 1)}
	l.mu.Lock()
	l.queue = append(l.queue, o)
	if !l.running {
		l.running = true
		go l.run()
	}
	l.mu.Unlock()
	l.wake()
	select {
	case r := <-o.done:
		return r.answer, r.err
	case <-ctx.Done():
	}
	if l.withdraw(o) || !c.writes() {
		return nil, ctx.Err()
	}
	r := <-o.done
	return r.answer, r.err
}

func (l *line) wake() {
	select {
	case l.stir <- struct{}{}:
	default:
	}
}

// withdraw takes an op out of the queue if it has not been sent.
func (l *line) withdraw(o *op) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, q := range l.queue {
		if q == o {
			l.queue = append(l.queue[:i], l.queue[i+1:]...)
			l.wake()
			return true
		}
	}
	return false
}

// run lives as long as there is something to send.
func (l *line) run() {
	ctx := context.Background()
	for !l.finished() {
		l.gather()
		if l.client.slots.acquire(ctx) != nil {
			return
		}
		ops, serial, wait := l.form()
		if len(ops) > 0 {
			go l.send(ops, serial)
			continue
		}
		l.client.slots.release()
		l.await(wait)
	}
}

func (l *line) finished() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = len(l.queue) > 0
	return !l.running
}

// gather waits until twenty are queued or nothing more arrives for a moment.
func (l *line) gather() {
	pause, limit := l.idle, l.most
	if l.busy() {
		pause, limit = busyFactor*pause, busyFactor*limit
	}
	if l.client.tokens.inUse() {
		pause = limit // proofs of secrets, which grants wait for, come in bunches a round trip apart
	}
	most := time.NewTimer(limit)
	defer most.Stop()
	idle := time.NewTimer(pause)
	defer idle.Stop()
	for {
		l.mu.Lock()
		n := len(l.queue)
		l.mu.Unlock()
		if n >= batchSize {
			return
		}
		select {
		case <-l.stir:
			idle.Reset(pause)
		case <-idle.C:
			return
		case <-most.C:
			return
		}
	}
}

// busy tells whether requests are under way whose answers may lead to more.
func (l *line) busy() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.parts > 0 || l.client.tokens.inUse()
}

// pauseWait is a pause that holds back everything queued.
type pauseWait struct {
	kind  kind
	d     time.Duration
	until time.Time
}

// form takes the next batch off the queue: at most twenty, none whose kind is
// held back, none that writes to what another request is writing to. If the
// batch is small, later writes to the same object join it and it becomes one
// chain; in a full one they wait for the next.
func (l *line) form() (ops []*op, serial bool, wait *pauseWait) {
	var held [kinds]*pauseWait
	for k := range kinds {
		if d, until := l.client.slots.paused(k); d > 0 {
			held[k] = &pauseWait{k, d, until}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var second []*op
	keys := map[string]bool{}
	for _, o := range l.queue {
		if h := held[o.call.kind()]; h != nil {
			if wait == nil || h.d < wait.d {
				wait = h
			}
			continue
		}
		key := o.call.key
		switch {
		case key != "" && l.flying[key]:
		case key != "" && keys[key]:
			second = append(second, o)
		default:
			keys[key] = true
			ops = append(ops, o)
		}
		if len(ops) == batchSize {
			break
		}
	}
	if len(second) > 0 && len(ops)+len(second) <= serialSize {
		serial = true
		ops = append(ops, second...)
	}
	if len(ops) == 0 {
		return nil, false, wait
	}
	taken := map[*op]bool{}
	for _, o := range ops {
		o.sent = true
		taken[o] = true
		if o.call.key != "" {
			l.flying[o.call.key] = true
		}
	}
	rest := l.queue[:0]
	for _, o := range l.queue {
		if !taken[o] {
			rest = append(rest, o)
		}
	}
	clear(l.queue[len(rest):])
	l.queue = rest
	if l.parts == 0 {
		l.client.count.trips.Add(1)
	}
	l.parts++
	return ops, serial, nil
}

// await waits for something to change, or for a pause to end.
func (l *line) await(wait *pauseWait) {
	l.mu.Lock()
	empty := len(l.queue) == 0
	l.mu.Unlock()
	if empty {
		return
	}
	if wait == nil {
		<-l.stir
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	over := make(chan struct{})
	go func() {
		if l.client.sleep(ctx, wait.d) == nil {
			l.client.slots.waited(wait.kind, wait.until)
		}
		close(over)
	}()
	select {
	case <-over:
	case <-l.stir:
	}
}

// send makes the HTTP request and hands every op its share of the answer.
func (l *line) send(ops []*op, serial bool) {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	l.client.count.parts.Add(int64(len(ops)))
	var results []result
	if len(ops) == 1 {
		c := ops[0].call
		a, err := l.client.send(ctx, c.method, c.path, c.header, c.body)
		results = []result{{a, err}}
	} else {
		results = l.sendBatch(ctx, ops, serial)
	}
	share := 0.0
	for _, r := range results {
		share = max(share, l.client.listen(r.answer))
	}
	l.client.slots.heard(share)
	l.client.slots.release()

	l.mu.Lock()
	l.parts--
	for _, o := range ops {
		delete(l.flying, o.call.key)
	}
	l.mu.Unlock()
	for i, o := range ops {
		o.done <- results[i]
	}
	l.wake()
}

func (l *line) sendBatch(ctx context.Context, ops []*op, serial bool) []result {
	calls := make([]*call, len(ops))
	for i, o := range ops {
		calls[i] = o.call
	}
	results := make([]result, len(ops))
	all := func(a *answer, err error) []result {
		for i := range results {
			results[i] = result{a, err}
		}
		return results
	}
	body, err := encodeBatch(calls, serial)
	if err != nil {
		return all(nil, &faultError{final: true, err: err})
	}
	l.client.logParts(ops)
	outer, err := l.client.send(ctx, http.MethodPost, "/$batch", nil, body)
	if err != nil {
		return all(nil, err)
	}
	if outer.status != http.StatusOK {
		return all(refused(outer))
	}
	answers, err := decodeBatch(outer, len(ops))
	clear(outer.body) // the parts hold copies; a secret shall not lie here too
	if err != nil {
		return all(nil, &faultError{sent: true, err: err})
	}
	for i, a := range answers {
		results[i] = result{a, nil}
		if a == nil {
			results[i].err = &faultError{sent: true, err: fmt.Errorf("the batch has no single answer to part %d", i+1)}
		}
	}
	return results
}

// refused is the result of every part of a batch that was answered as a whole.
// Only the statuses that mean the same for a part are handed on. Of any other
// the parts get the text alone: a 404 to the batch does not say that an object
// is gone, and must not match ErrGone.
func refused(outer *answer) (*answer, error) {
	s := outer.status
	if s == http.StatusTooManyRequests || s == http.StatusUnauthorized || s == http.StatusForbidden || s >= 500 {
		return outer, nil
	}
	text := newError(&call{method: http.MethodPost, path: "/$batch"}, outer).Error()
	return nil, &faultError{sent: s < 400 || s == http.StatusRequestTimeout, final: true, err: errors.New(text)}
}

// listen takes from an answer what concerns all workers: a pause, and how near
// the limit is.
func (c *Client) listen(a *answer) float64 {
	if a == nil {
		return 0
	}
	share, err := strconv.ParseFloat(a.header.Get("x-ms-throttle-limit-percentage"), 64)
	if err != nil || !(share > 0) {
		return 0
	}
	return share
}
