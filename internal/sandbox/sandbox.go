package sandbox

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox/csdl"
	"github.com/mailprov/mailprov/internal/sandbox/data"
)

// Options say how a sandbox behaves. The zero value is a calm one: the real clock, the seeded tenant, no faults.
type Options struct {
	Now     func() time.Time // the server's clock: Date headers, expiries, tokens; nil is time.Now
	Seed    int64            // of lag, faults and the order of batch answers
	Latency time.Duration    // added to each HTTP request; a $batch is one request
	Faults  *Faults          // nil is none
	State   []byte           // an earlier Snapshot; nil is the seeded tenant
	Changed func([]byte)     // called with a new snapshot after each accepted write, before it is answered; must not call the sandbox
	Wrote   func()           // called after each accepted write, before it is answered; for who takes a Snapshot later
	NoQuota bool             // switches resource-unit throttling off
}

// Sandbox is one tenant of Microsoft Entra with its token endpoint, its part of Microsoft Graph and its key vaults.
type Sandbox struct {
	options Options
	model   *csdl.Model
	seed    Seeded
	key     string // of the control port

	clockMu sync.Mutex
	offset  time.Duration
	frozen  time.Time

	mu           sync.Mutex // guards everything below
	dir          *directory
	secrets      map[string]hash // by key id
	fresh        *fresh
	vaults       vaults
	tokens       map[string]claims // verified ones
	quota        *quota
	issuers      map[string]*issuer // by their address, of tokens that federated credentials take
	certificates map[string][]byte  // DER, by key id
	rand         *rand.Rand
	faults       *plan

	logMu sync.Mutex
	log   []Entry
	stats Stats
}

// shared is what every sandbox in a process reads and none changes.
var shared = sync.OnceValues(func() (*csdl.Model, error) { return csdl.Parse(bytes.NewReader(data.CSDL)) })

// New makes a sandbox. It does no I/O.
func New(o Options) (*Sandbox, error) {
	model, err := shared()
	if err != nil {
		return nil, err
	}
	s := &Sandbox{
		options: o, model: model, seed: seeded(), key: draw("abcdefghijkmnpqrstuvwxyz23456789", 24),
		dir: newDirectory(), secrets: map[string]hash{}, vaults: vaults{}, fresh: newFresh(), tokens: map[string]claims{}, issuers: map[string]*issuer{}, certificates: map[string][]byte{},
		quota: newQuota(), rand: rand.New(rand.NewPCG(uint64(o.Seed), 1)), //nolint:gosec // reproducible on purpose
	}
	s.stats.Routes = map[string]int{}
	if o.State != nil {
		err = s.restore(o.State)
	} else {
		err = s.plant()
	}
	if err != nil {
		return nil, err
	}
	if err := s.SetFaults(o.Faults); err != nil {
		return nil, err
	}
	s.dir.dirty = false
	return s, nil
}

// SetFaults replaces the faults, lag and throttling from now on; nil calms the sandbox.
func (s *Sandbox) SetFaults(f *Faults) error {
	p, err := newPlan(f)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = p
	// What was written so far has arrived everywhere; only later writes lag.
	s.fresh = newFresh()
	s.dir.settle()
	s.vaults.settle()
	if lag := p.faults.Lag; lag != nil {
		s.dir.lag = &replicas{lag: *lag, now: s.clock, rand: s.rand}
	}
	s.quota.limit(p.faults.Throttle)
	return nil
}

func (s *Sandbox) lagNow() Lag {
	if s.faults != nil && s.faults.faults.Lag != nil {
		return *s.faults.faults.Lag
	}
	return Lag{}
}

// clock is the server's time.
func (s *Sandbox) clock() time.Time {
	s.clockMu.Lock()
	defer s.clockMu.Unlock()
	if !s.frozen.IsZero() {
		return s.frozen
	}
	now := s.options.Now
	if now == nil {
		now = time.Now
	}
	return now().Add(s.offset)
}

// Time is the server's time.
func (s *Sandbox) Time() time.Time { return s.clock() }

// Advance moves the server's clock.
func (s *Sandbox) Advance(d time.Duration) {
	s.clockMu.Lock()
	defer s.clockMu.Unlock()
	if !s.frozen.IsZero() {
		s.frozen = s.frozen.Add(d)
		return
	}
	s.offset += d
}

// SetClock stops the server's clock at a moment; the zero time lets it run again.
func (s *Sandbox) SetClock(at time.Time) {
	s.clockMu.Lock()
	defer s.clockMu.Unlock()
	s.frozen = at
}

// Seeded tells what every new sandbox contains.
func (s *Sandbox) Seeded() Seeded {
	out := s.seed
	out.Operators = append([]Operator(nil), out.Operators...)
	out.Users = append([]SeededUser(nil), out.Users...)
	return out
}

// Handler serves sign-in, Graph, a key vault and the control port on one origin.
func (s *Sandbox) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// wrote is called at the end of a request or mutation with the lock held. It hands out a snapshot if something changed.
func (s *Sandbox) wrote() error {
	if !s.dir.dirty {
		return nil
	}
	s.dir.dirty = false
	if s.options.Wrote != nil {
		s.options.Wrote()
	}
	if s.options.Changed == nil {
		return nil
	}
	raw, err := s.snapshot()
	if err != nil {
		return fmt.Errorf("take snapshot: %w", err)
	}
	s.options.Changed(raw)
	return nil
}
