// Package slot moves the values of a secret between the slots of a sink so
// that a run killed between any two writes is finished by repeating it:
//
//	            staged        in use        previous
//	Stage       new           old           older
//	Commit ①    new           old           old      older is dropped
//	Commit ②    new           new           old
//	Commit ③    –             new           old
//	Retire      –             new           –
//
// At every moment the value in use is whole, and the old one is readable until
// its credential is retired. Which credential a value belongs to is known from
// an index of digests, written before the value it describes.
//
// It is the common half of the sinks that keep bytes in places; it imports the
// contracts of sink and store, and never a network.
package slot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
)

// Config is what differs between the sinks.
type Config struct {
	Kind string
	// Place is where the parts of a secret lie; it reads and writes nothing.
	Place func(secret addr.Instance) (Place, error)
	// Seal turns a value into the bytes that are kept, and Open back.
	Seal func(secret.Value) ([]byte, error)
	Open func([]byte) (secret.Value, error)
	// SealFor takes the place of Seal where the bytes also say which credential
	// they are of.
	SealFor func(sink.Item, secret.Value) ([]byte, error)
	// Readers names who can read the values kept at a place.
	Readers []string
	// Keys are marks of the readers' keys, by name, of a sink that encrypts.
	Keys      map[string]string
	Warnings  []string
	Durable   bool
	Plaintext bool
	// TakenHint says what to write where two secrets meet in one place.
	TakenHint string
}

// Sink is a sink over places.
type Sink struct{ cfg Config }

// The contract and its optional parts.
var (
	_ sink.Sink    = (*Sink)(nil)
	_ sink.Checker = (*Sink)(nil)
	_ sink.Warner  = (*Sink)(nil)
	_ sink.Mover   = (*Sink)(nil)
)

// New binds a sink to its places. One whose Seal encrypts to recipients is made
// by NewEncrypted.
func New(c Config) *Sink { return &Sink{cfg: c} }

func (s *Sink) seal(item sink.Item, v secret.Value) ([]byte, error) {
	if s.cfg.SealFor != nil {
		return s.cfg.SealFor(item, v)
	}
	return s.cfg.Seal(v)
}

// Readers implements sink.Sink.
func (s *Sink) Readers() []string { return slices.Clone(s.cfg.Readers) }

// Where implements sink.Sink.
func (s *Sink) Where(secret addr.Instance) string {
	p, err := s.cfg.Place(secret)
	if err != nil {
		return ""
	}
	return p.Where()
}

// Durable implements sink.Sink.
func (s *Sink) Durable() bool { return s.cfg.Durable }

// Plaintext implements sink.Sink.
func (s *Sink) Plaintext() bool { return s.cfg.Plaintext }

// Warnings implements sink.Warner.
func (s *Sink) Warnings() []string { return slices.Clone(s.cfg.Warnings) }

// part is a value that lies in a slot.
type part struct {
	bytes []byte            // nil where nothing lies
	key   string            // empty where somebody else wrote it
	keys  map[string]string // to which it was sealed, by the name of the reader
}

func (p part) there() bool           { return p.bytes != nil }
func (p part) of(k string) bool      { return p.there() && k != "" && p.key == k }
func (p part) foreign() bool         { return p.there() && p.key == "" }
func (p part) equal(other part) bool { return bytes.Equal(p.bytes, other.bytes) }
func (h held) keys() sink.Contents {
	return sink.Contents{InUse: h.inUse.key, Previous: h.previous.key, Staged: h.staged.key}
}

// receipt says who can read a part. That is whom its bytes were sealed for,
// also where the sink's recipients are others by now.
func (s *Sink) receipt(h held, p part) sink.Receipt {
	r := sink.Receipt{Kind: s.cfg.Kind, Where: h.place.Where(), Readers: s.Readers()}
	if len(p.keys) > 0 {
		r.Readers, r.Keys = slices.Sorted(maps.Keys(p.keys)), maps.Clone(p.keys)
	}
	return r
}

// held is all that lies in one place.
type held struct {
	place                   Place
	index                   index
	inUse, previous, staged part
}

// errTaken marks a place that belongs to another secret.
var errTaken = errors.New("taken")

// load reads a place. If it is another secret's, the error is errTaken and
// held names it.
func (s *Sink) load(ctx context.Context, a addr.Instance) (held, error) {
	if err := ctx.Err(); err != nil {
		return held{}, err
	}
	p, err := s.cfg.Place(a)
	if err != nil {
		return held{}, err
	}
	h := held{place: p, index: index{Version: indexVersion, Secret: a}}
	switch b, err := p.Read(ctx, Index); {
	case err == nil:
		if h.index, err = decodeIndex(p.Where(), b); err != nil {
			return held{}, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return held{}, err
	}
	if h.index.Secret != a {
		return h, errTaken
	}
	for slot, to := range map[Part]*part{InUse: &h.inUse, Previous: &h.previous, Staged: &h.staged} {
		b, err := p.Read(ctx, slot)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return held{}, err
		}
		e := h.index.find(b)
		*to = part{bytes: append([]byte{}, b...), key: e.KeyID, keys: e.Keys}
	}
	return h, nil
}

// setIndex writes the index if it differs, and removes an empty one.
func (h *held) setIndex(ctx context.Context, x index) error {
	if len(x.Values) == 0 {
		h.index = x
		return h.place.Remove(ctx, Index)
	}
	if x.same(h.index) {
		return nil
	}
	b, err := x.encode()
	if err != nil {
		return err
	}
	h.index = x
	return h.place.Write(ctx, Index, b)
}

// prune drops from the index what no slot holds any more.
func (h *held) prune(ctx context.Context) error {
	return h.setIndex(ctx, h.index.keep(h.inUse.bytes, h.previous.bytes, h.staged.bytes))
}

// Check implements sink.Checker.
func (s *Sink) Check(ctx context.Context, item sink.Item) error {
	h, err := s.load(ctx, item.Secret)
	if errors.Is(err, errTaken) {
		err = &sink.TakenError{Where: h.place.Where(), Holder: h.index.Secret, Hint: s.cfg.TakenHint}
	}
	if err == nil {
		err = h.place.Fit(ctx)
	}
	return s.wrap("check", item.Secret, err)
}

// wrap says what was done to which secret in which kind of sink.
func (s *Sink) wrap(verb string, a addr.Instance, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s in sink %s: %w", verb, a, s.cfg.Kind, err)
}
