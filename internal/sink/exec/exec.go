// Package exec is the sink that hands a secret to a program, on its standard
// input and nowhere else. What the program does with it cannot be seen from
// here: a value cannot be staged, taken back or read again, so this sink is
// committed after all others.
//
// Which credentials were handed over is known from a receipt of key ids beside
// the state, written once the program has succeeded. A run that was killed in
// between starts the program again with the same key id, by which the program
// can tell.
package exec

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/store"
)

// Kind is the label of the block.
const Kind = "exec"

// DefaultTimeout is how long the program may take where the block does not say.
const DefaultTimeout = "60s"

// Config is a `sink "exec"` block with what it stands on.
type Config struct {
	Name    addr.Instance // of the sink: several may keep receipts beside one state
	Command []string      // the program and its arguments
	Timeout string        // of one run, such as "60s"; default DefaultTimeout
	Durable bool
	Dir     string   // the configuration's, in which the program runs
	Environ []string // of this process, NAME=VALUE, for the program to get some of it
	Sandbox bool     // the secrets are those of a sandbox
	Sealed  store.Sealed
}

// Schema describes the block.
func Schema() resource.Schema {
	return resource.Schema{Attrs: []resource.Attr{
		{Name: "command", Type: cty.List(cty.String), Required: true, Doc: "Program and its arguments: a path below the configuration's directory, an absolute one, or a name to look for in PATH. The value is on its standard input."},
		{Name: "timeout", Type: cty.String, Default: cty.StringVal(DefaultTimeout), Doc: "How long the program may take before it is killed, such as 60s or 5m."},
	}}
}

// Sink hands values to a program, one at a time: whoever writes such a program
// does not expect it to run twice at once.
type Sink struct {
	cfg     Config
	program program
	turn    chan struct{} // holds one token, which whoever starts the program takes

	mu     sync.Mutex
	staged map[addr.Instance]stagedValue
}

// stagedValue is a value that waits in memory.
type stagedValue struct {
	key   string
	value secret.Value
}

// The contract and its optional parts.
var (
	_ sink.Sink        = (*Sink)(nil)
	_ sink.Checker     = (*Sink)(nil)
	_ sink.Mover       = (*Sink)(nil)
	_ sink.Irrevocable = (*Sink)(nil)
)

// New binds the sink; the settings are checked, nothing is read or started.
func New(c Config) (*Sink, error) {
	if err := checkCommand(c.Command); err != nil {
		return nil, err
	}
	if c.Timeout == "" {
		c.Timeout = DefaultTimeout
	}
	limit, err := time.ParseDuration(c.Timeout)
	if err != nil || limit <= 0 {
		return nil, fmt.Errorf("timeout %q is no length of time; write one such as %q or %q", c.Timeout, DefaultTimeout, "5m")
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("find the configuration's directory: %w", err)
	}
	s := &Sink{
		cfg: c, program: program{dir: dir, command: c.Command, limit: limit, drain: drainTime, environ: c.Environ},
		turn: make(chan struct{}, 1), staged: map[addr.Instance]stagedValue{},
	}
	s.turn <- struct{}{}
	return s, nil
}

// Irrevocable implements sink.Irrevocable.
func (*Sink) Irrevocable() {}

// Readers implements sink.Sink.
func (s *Sink) Readers() []string { return []string{s.program.String()} }

// Where implements sink.Sink. Where the program takes a value, it alone knows.
func (s *Sink) Where(addr.Instance) string { return s.program.String() }

// Durable implements sink.Sink.
func (s *Sink) Durable() bool { return s.cfg.Durable }

// Plaintext implements sink.Sink: nothing is kept here. That a program gets the
// value is a risk of its own (MP113).
func (*Sink) Plaintext() bool { return false }

func (s *Sink) receipt() sink.Receipt {
	return sink.Receipt{Kind: Kind, Where: s.program.String(), Readers: s.Readers()}
}

// Check implements sink.Checker: the program is looked for, not started.
func (s *Sink) Check(ctx context.Context, item sink.Item) error {
	_, err := s.load(ctx, item.Secret)
	if err == nil {
		_, err = s.program.find()
	}
	return wrap("check", item.Secret, err)
}

// Stage implements sink.Sink. The value waits in memory; a program that is not
// there is said now, while nothing has changed anywhere.
func (s *Sink) Stage(ctx context.Context, item sink.Item, v secret.Value) (sink.Receipt, error) {
	if err := s.stage(ctx, item, v); err != nil {
		return sink.Receipt{}, wrap("stage", item.Secret, err)
	}
	return s.receipt(), nil
}

func (s *Sink) stage(ctx context.Context, item sink.Item, v secret.Value) error {
	if item.KeyID == "" {
		return errors.New("the credential has no key id")
	}
	h, err := s.load(ctx, item.Secret)
	if err != nil {
		return err
	}
	if _, there := s.value(item); there || h.InUse == item.KeyID {
		return nil
	}
	if v.Empty() {
		return errors.New("the value is empty")
	}
	if _, err := s.program.find(); err != nil {
		return err
	}
	s.drop(item.Secret, "")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.staged[item.Secret] = stagedValue{item.KeyID, secret.FromBytes(v.Reveal())}
	return nil
}

// Commit implements sink.Sink: it starts the program and waits for its end.
func (s *Sink) Commit(ctx context.Context, item sink.Item) (sink.Receipt, error) {
	if err := s.commit(ctx, item); err != nil {
		return sink.Receipt{}, wrap("commit", item.Secret, err)
	}
	return s.receipt(), nil
}

func (s *Sink) commit(ctx context.Context, item sink.Item) error {
	h, err := s.load(ctx, item.Secret)
	if err != nil {
		return err
	}
	if item.KeyID != "" && h.InUse == item.KeyID {
		s.drop(item.Secret, item.KeyID)
		return nil
	}
	v, there := s.value(item)
	if !there {
		return sink.ErrNotStaged
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.turn:
	}
	defer func() { s.turn <- struct{}{} }()
	if err := s.program.run(ctx, s.facts(item), v); err != nil {
		return err
	}
	h.InUse, h.Previous = item.KeyID, h.InUse
	// The value is out: that is on record even if nobody waits for it any more.
	if err := s.save(context.WithoutCancel(ctx), h); err != nil {
		return fmt.Errorf("the program has taken the value over, but that could not be put on record: %w", err)
	}
	s.drop(item.Secret, item.KeyID)
	return nil
}

// facts are what the program is told besides the value.
func (s *Sink) facts(item sink.Item) []string {
	out := []string{
		"MAILPROV_ACTION=deliver",
		"MAILPROV_SECRET=" + item.Secret.String(),
		"MAILPROV_KEY_ID=" + item.KeyID,
		"MAILPROV_CLIENT_ID=" + item.ClientID,
		"MAILPROV_TENANT_ID=" + item.TenantID,
	}
	if !item.EndsAt.IsZero() {
		out = append(out, "MAILPROV_EXPIRES_AT="+item.EndsAt.UTC().Format(time.RFC3339))
	}
	if s.cfg.Sandbox {
		out = append(out, "MAILPROV_SANDBOX=1")
	}
	return out
}

// Discard implements sink.Sink.
func (s *Sink) Discard(ctx context.Context, item sink.Item) error {
	if err := ctx.Err(); err != nil {
		return wrap("discard", item.Secret, err)
	}
	if item.KeyID != "" {
		s.drop(item.Secret, item.KeyID)
	}
	return nil
}

// Restore implements sink.Sink: what was handed over cannot be brought back.
func (s *Sink) Restore(ctx context.Context, item sink.Item) (sink.Receipt, error) {
	h, err := s.load(ctx, item.Secret)
	switch {
	case err != nil:
	case item.KeyID != "" && h.InUse == item.KeyID:
		return s.receipt(), nil
	case item.KeyID != "" && h.Previous == item.KeyID:
		err = fmt.Errorf("%s: %w", s.program, errHandedOver)
	default:
		err = fmt.Errorf("%s: %w", s.program, sink.ErrAbsent)
	}
	return sink.Receipt{}, wrap("restore", item.Secret, err)
}

// errHandedOver says why nothing can be read here.
var errHandedOver = fmt.Errorf("%w: a value that was handed to a program is not kept", sink.ErrUnreadable)

// Read implements sink.Sink; it gives nothing back, not even what is staged.
func (s *Sink) Read(ctx context.Context, item sink.Item, slot sink.Slot) (secret.Value, error) {
	c, err := s.holds(ctx, item)
	if err == nil {
		switch key, known := map[sink.Slot]string{sink.InUse: c.InUse, sink.Previous: c.Previous, sink.Staged: c.Staged}[slot]; {
		case !known:
			err = fmt.Errorf("%q is no slot", slot)
		case key == "":
			err = fmt.Errorf("%s (%s): %w", s.program, slot, sink.ErrAbsent)
		default:
			err = fmt.Errorf("%s (%s): %w", s.program, slot, errHandedOver)
		}
	}
	return secret.Value{}, wrap("read", item.Secret, err)
}

// Holds implements sink.Sink.
func (s *Sink) Holds(ctx context.Context, item sink.Item) (sink.Contents, error) {
	c, err := s.holds(ctx, item)
	return c, wrap("look up", item.Secret, err)
}

func (s *Sink) holds(ctx context.Context, item sink.Item) (sink.Contents, error) {
	h, err := s.load(ctx, item.Secret)
	if err != nil {
		return sink.Contents{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return sink.Contents{InUse: h.InUse, Previous: h.Previous, Staged: s.staged[item.Secret].key}, nil
}

// Retire implements sink.Sink: the receipt forgets the previous credential. The
// program is not started: one that only knows how to deliver would take its
// empty standard input for a value.
func (s *Sink) Retire(ctx context.Context, item sink.Item) error {
	h, err := s.load(ctx, item.Secret)
	if err == nil && item.KeyID != "" && h.Previous == item.KeyID {
		h.Previous = ""
		err = s.save(ctx, h)
	}
	return wrap("retire", item.Secret, err)
}

// Remove implements sink.Sink. The program is not started, as in Retire.
func (s *Sink) Remove(ctx context.Context, item sink.Item) error {
	if err := ctx.Err(); err != nil {
		return wrap("remove", item.Secret, err)
	}
	s.drop(item.Secret, "")
	return wrap("remove", item.Secret, s.save(ctx, handed{Secret: item.Secret}))
}

// Move implements sink.Mover: the receipt stands under the new address before it
// goes from the old one.
func (s *Sink) Move(ctx context.Context, from, to addr.Instance) error {
	return wrap("move", from, s.move(ctx, from, to))
}

func (s *Sink) move(ctx context.Context, from, to addr.Instance) error {
	was, err := s.load(ctx, from)
	if err != nil {
		return err
	}
	is, err := s.load(ctx, to)
	if err != nil {
		return err
	}
	s.mu.Lock()
	waiting := s.staged[from]
	taken := waiting.key != "" && (s.staged[to].key != "" || was.empty() && !is.empty())
	s.mu.Unlock()
	if taken || !was.empty() && !is.empty() && !was.sameAs(is) {
		return &sink.TakenError{Where: s.program.String(), Holder: to, Hint: "one of the two has to be removed first"}
	}
	if !was.empty() {
		was.Secret = to
		if err := s.save(ctx, was); err != nil {
			return err
		}
		if err := s.save(ctx, handed{Secret: from}); err != nil {
			return err
		}
	}
	if waiting.key != "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.staged, from)
		s.staged[to] = waiting
	}
	return nil
}

// value is what is staged of a credential.
func (s *Sink) value(item sink.Item) (secret.Value, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.staged[item.Secret]
	return w.value, w.key != "" && w.key == item.KeyID
}

// drop wipes what is staged for a secret, of one credential or of any.
func (s *Sink) drop(a addr.Instance, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w, there := s.staged[a]; there && (key == "" || w.key == key) {
		w.value.Wipe()
		delete(s.staged, a)
	}
}

// wrap says what was done to which secret.
func wrap(verb string, a addr.Instance, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s in sink %s: %w", verb, a, Kind, err)
}
