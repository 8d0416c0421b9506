package workflow

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/durable"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/store"
)

// Witness stands around everything that a run does to the world outside: each
// request, each call of a sink, each write of the state, its lock and files. It
// does the thing by calling do, and what it returns is what came of it. So a test
// can make any one of them go wrong, or the process end there. The program as it
// is shipped has no witness.
type Witness interface {
	// Around is given the name of what is done: its kind, "graph", "token",
	// "sink", "state" or "file", then what exactly, as in "sink stage sink.team".
	Around(op string, do func() error) error
	// AroundDisk is given each step on this machine's disk that something of
	// the above consists of.
	AroundDisk(s durable.Step, do func() error) error
}

func (e Env) around(op string, do func() error) error {
	if e.Witness == nil {
		return do()
	}
	return e.Witness.Around(op, do)
}

func (e Env) aroundDisk() durable.Around {
	if e.Witness == nil {
		return nil
	}
	return e.Witness.AroundDisk
}

// aroundRequests is for entra.Config.Wrap.
func (e Env) aroundRequests() func(http.RoundTripper) http.RoundTripper {
	if e.Witness == nil {
		return nil
	}
	return func(next http.RoundTripper) http.RoundTripper { return witnessedTransport{next, e} }
}

type witnessedTransport struct {
	next http.RoundTripper
	env  Env
}

// RoundTrip implements http.RoundTripper.
func (t witnessedTransport) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	err = t.env.around(requestName(r), func() (err error) {
		resp, err = t.next.RoundTrip(r)
		return err
	})
	if err == nil {
		return resp, nil
	}
	if resp != nil {
		_ = resp.Body.Close()
	}
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return nil, err
}

var ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|'[^']*'`)

// requestName tells requests apart by what they do, not by whom they do it to.
func requestName(r *http.Request) string {
	if strings.HasSuffix(r.URL.Path, "/token") {
		return "token"
	}
	return "graph " + r.Method + " " + ids.ReplaceAllString(strings.TrimPrefix(r.URL.Path, "/v1.0"), "{id}")
}

// aroundStore is for who opens a store.
func (e Env) aroundStore(s store.Store) store.Store {
	if e.Witness == nil || s == nil {
		return s
	}
	return witnessedStore{s, e}
}

type witnessedStore struct {
	store.Store
	env Env
}

// Lock implements store.Store.
func (s witnessedStore) Lock(ctx context.Context, h store.Holder, wait time.Duration) (l store.Lock, err error) {
	err = s.env.around("state lock", func() (err error) { l, err = s.Store.Lock(ctx, h, wait); return err })
	if err != nil {
		return nil, err
	}
	return witnessedLock{l, s.env}, nil
}

// Unlocked implements store.Store.
func (s witnessedStore) Unlocked(h store.Holder) store.Lock {
	return witnessedLock{s.Store.Unlocked(h), s.env}
}

type witnessedLock struct {
	store.Lock
	env Env
}

// Write implements store.Lock.
func (l witnessedLock) Write(ctx context.Context, b store.Blob, expected uint64) error {
	return l.env.around("state write", func() error { return l.Lock.Write(ctx, b, expected) })
}

// Unlock implements store.Lock.
func (l witnessedLock) Unlock(ctx context.Context) error {
	return l.env.around("state unlock", func() error { return l.Lock.Unlock(ctx) })
}

// aroundSink is for who opens sinks. What a sink may also be, it stays; of what
// it is not, the neutral answer is given.
func (e Env) aroundSink(name addr.Instance, s sink.Sink) sink.Sink {
	if e.Witness == nil {
		return s
	}
	w := witnessedSink{s, name.String(), e}
	if r, ok := s.(sink.Resealer); ok {
		return witnessedResealer{w, r}
	}
	if i, ok := s.(sink.Irrevocable); ok {
		return witnessedIrrevocable{w, i}
	}
	return w
}

type witnessedSink struct {
	sink.Sink
	name string
	env  Env
}

type witnessedResealer struct {
	witnessedSink
	resealer sink.Resealer
}

type witnessedIrrevocable struct {
	witnessedSink
	sink.Irrevocable
}

func (s witnessedSink) around(verb string, do func() error) error {
	return s.env.around("sink "+verb+" "+s.name, do)
}

func (s witnessedSink) receipt(verb string, do func() (sink.Receipt, error)) (r sink.Receipt, err error) {
	err = s.around(verb, func() (err error) { r, err = do(); return err })
	return r, err
}

// Stage implements sink.Sink.
func (s witnessedSink) Stage(ctx context.Context, i sink.Item, v secret.Value) (sink.Receipt, error) {
	return s.receipt("stage", func() (sink.Receipt, error) { return s.Sink.Stage(ctx, i, v) })
}

// Commit implements sink.Sink.
func (s witnessedSink) Commit(ctx context.Context, i sink.Item) (sink.Receipt, error) {
	return s.receipt("commit", func() (sink.Receipt, error) { return s.Sink.Commit(ctx, i) })
}

// Restore implements sink.Sink.
func (s witnessedSink) Restore(ctx context.Context, i sink.Item) (sink.Receipt, error) {
	return s.receipt("restore", func() (sink.Receipt, error) { return s.Sink.Restore(ctx, i) })
}

// Discard implements sink.Sink.
func (s witnessedSink) Discard(ctx context.Context, i sink.Item) error {
	return s.around("discard", func() error { return s.Sink.Discard(ctx, i) })
}

// Retire implements sink.Sink.
func (s witnessedSink) Retire(ctx context.Context, i sink.Item) error {
	return s.around("retire", func() error { return s.Sink.Retire(ctx, i) })
}

// Remove implements sink.Sink.
func (s witnessedSink) Remove(ctx context.Context, i sink.Item) error {
	return s.around("remove", func() error { return s.Sink.Remove(ctx, i) })
}

// Holds implements sink.Sink.
func (s witnessedSink) Holds(ctx context.Context, i sink.Item) (c sink.Contents, err error) {
	err = s.around("hold", func() (err error) { c, err = s.Sink.Holds(ctx, i); return err })
	return c, err
}

// Read implements sink.Sink.
func (s witnessedSink) Read(ctx context.Context, i sink.Item, slot sink.Slot) (v secret.Value, err error) {
	err = s.around("read", func() (err error) { v, err = s.Sink.Read(ctx, i, slot); return err })
	return v, err
}

// Check implements sink.Checker.
func (s witnessedSink) Check(ctx context.Context, i sink.Item) error {
	if c, ok := s.Sink.(sink.Checker); ok {
		return c.Check(ctx, i) // writes nothing
	}
	return nil
}

// Warnings implements sink.Warner.
func (s witnessedSink) Warnings() []string {
	if w, ok := s.Sink.(sink.Warner); ok {
		return w.Warnings()
	}
	return nil
}

// Keys implements sink.Keyed.
func (s witnessedSink) Keys() map[string]string {
	if k, ok := s.Sink.(sink.Keyed); ok {
		return k.Keys()
	}
	return nil
}

// Move implements sink.Mover.
func (s witnessedSink) Move(ctx context.Context, from, to addr.Instance) error {
	m, ok := s.Sink.(sink.Mover)
	if !ok {
		return nil
	}
	return s.around("move", func() error { return m.Move(ctx, from, to) })
}

// Reseal implements sink.Resealer.
func (s witnessedResealer) Reseal(ctx context.Context, i sink.Item) (sink.Receipt, error) {
	return s.receipt("reseal", func() (sink.Receipt, error) { return s.resealer.Reseal(ctx, i) })
}
