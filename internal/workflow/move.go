package workflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/encrypted"
	stores "github.com/mailprov/mailprov/internal/store/kinds"
)

// Move is what init would do about a state that is not where, or not in the
// form, that the configuration says.
type Move struct {
	From, To string // places for people; the same where only the form changes
	Serial   uint64
	Sealed   int // files of sealed secrets that go with it
	// Form says what becomes of the encryption, in words; empty where nothing
	// does.
	Form string
}

// What may become of a state's encryption.
const (
	encrypts   = "encrypted"
	decrypted  = "stored unencrypted"
	reencrypts = "encrypted to other recipients"
)

// MoveOptions are the choices of init.
type MoveOptions struct {
	Migrate     bool // do not ask
	Reconfigure bool // leave the old state where it is, and use what is there
	LockTimeout time.Duration
	// Approve is asked where neither is chosen. Its error says that nobody can
	// be asked.
	Approve func(Move) (bool, error)
}

// Moved says what came of it.
type Moved struct {
	Move
	Done     bool // false where there was nothing to do
	Declined bool
	Left     bool // the old backend was left as it is, unasked or on request
}

// Settle brings the state to where the configuration says. The old place is
// never emptied: whoever owns it does that.
func (p *Project) Settle(ctx context.Context, o MoveOptions) (*Moved, diag.Diagnostics) {
	if p.Env.Sandbox {
		return &Moved{}, nil
	}
	now, err := p.inUse()
	if err != nil {
		return nil, failure("MP504", "Backend cannot be opened", err)
	}
	before, known := p.before()
	from, err := p.place(before)
	if !known || before.equal(now) || err == nil && from == p.Store.Describe() {
		out, ds := p.reform(ctx, o)
		if !ds.HasErrors() {
			ds = append(ds, p.mark(now)...)
		}
		return out, ds
	}
	if o.Reconfigure {
		return &Moved{Move: Move{From: from, To: p.Store.Describe()}, Left: true}, p.mark(now)
	}
	out, ds := p.migrate(ctx, before, o)
	if ds.HasErrors() || out.Declined {
		return out, ds
	}
	return out, append(ds, p.mark(now)...)
}

// migrate copies a state and what is sealed beside it.
func (p *Project) migrate(ctx context.Context, before used, o MoveOptions) (*Moved, diag.Diagnostics) {
	attrs, err := stores.Body(before.Backend, before.Settings)
	var old *encrypted.Store
	if err == nil {
		old, err = p.openKind(before.Backend, attrs, p.storeEnv())
	}
	if err != nil {
		return nil, unmoved(fmt.Sprintf("The backend that the state was kept in cannot be opened: %v.", err))
	}
	doc, ds := p.readFrom(ctx, old)
	if ds.HasErrors() {
		return nil, ds
	}
	out := &Moved{Move: Move{From: old.Describe(), To: p.Store.Describe()}}
	if doc == nil {
		return out, nil
	}
	if _, ds := p.target(ctx, doc); ds.HasErrors() {
		return nil, ds
	}
	names, err := old.Sealed().List(ctx)
	if err != nil {
		return nil, explainStore("MP522", "State not moved", err)
	}
	out.Serial, out.Sealed, out.Form = doc.Serial, len(names), p.form(ctx, old)
	if yes, ds := approved(out, o); !yes || ds.HasErrors() {
		return out, ds
	}
	ds = p.carry(ctx, old, doc, o)
	out.Done, out.Left = !ds.HasErrors(), true
	return out, ds
}

// approved asks unless it was said before.
func approved(m *Moved, o MoveOptions) (bool, diag.Diagnostics) {
	if o.Migrate {
		return true, nil
	}
	yes, err := o.Approve(m.Move)
	if err != nil {
		return false, diag.Diagnostics{diag.Err("MP522", "State not moved", upper(sentence(err)))}
	}
	m.Declined = !yes
	return yes, nil
}

// carry copies under both locks. The sealed secrets come first: a move that is
// cut off before the state is there is begun anew by the same command.
func (p *Project) carry(ctx context.Context, old *encrypted.Store, shown *state.Document, o MoveOptions) diag.Diagnostics {
	to, err := stores.Open(p.Config.Settings.Backend.Kind, p.Config.Settings.Backend.Attrs, p.plainly())
	if err != nil {
		return failure("MP504", "Backend cannot be opened", err)
	}
	defer func() { _ = to.Close() }()
	first, err := p.lockStore(ctx, old, "init", o.LockTimeout)
	if err != nil {
		return p.explainLock(err)
	}
	defer func() { _ = first.Unlock(context.WithoutCancel(ctx)) }()
	lock, err := p.lockStore(ctx, to, "init", o.LockTimeout)
	if err != nil {
		return p.explainLock(err)
	}
	defer func() { _ = lock.Unlock(context.WithoutCancel(ctx)) }()
	return p.carryUnder(ctx, old, to, lock, shown)
}

// plainly lets the state be written in whatever form the configuration says.
func (p *Project) plainly() stores.Env {
	env := p.storeEnv()
	env.Encryption.Plain = true
	return env
}

func (p *Project) carryUnder(ctx context.Context, old, to *encrypted.Store, lock store.Lock, shown *state.Document) diag.Diagnostics {
	doc, ds := p.readFrom(ctx, old)
	if ds.HasErrors() {
		return ds
	}
	if doc == nil || !same(doc, shown) {
		return unmoved("The state changed after it was shown. Run the same command again.")
	}
	expected, ds := p.target(ctx, doc)
	if ds.HasErrors() {
		return ds
	}
	if err := copySealed(ctx, old.Sealed(), to.Sealed()); err != nil {
		return explainStore("MP522", "State not moved", err)
	}
	b, err := state.Encode(doc)
	if err == nil {
		err = lock.Write(ctx, store.Blob{Serial: doc.Serial, Bytes: b}, expected)
	}
	if err != nil {
		return explainStore("MP522", "State not moved", err)
	}
	got, ds := p.readFrom(ctx, to)
	if ds.HasErrors() {
		return ds
	}
	if got == nil || !same(got, doc) {
		return unmoved("It was written, but is read differently. The old place is as it was.")
	}
	return nil
}

// copySealed copies what is sealed beside a state and reads it back.
func copySealed(ctx context.Context, from, to store.Sealed) error {
	names, err := from.List(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		b, err := from.Read(ctx, name)
		if err != nil {
			return err
		}
		if got, err := to.Read(ctx, name); err == nil && bytes.Equal(got, b) {
			continue
		}
		if err := to.Write(ctx, name, b); err != nil {
			return err
		}
		if got, err := to.Read(ctx, name); err != nil || !bytes.Equal(got, b) {
			return errors.Join(fmt.Errorf("sealed secret %s was written, but is read differently", name), err)
		}
	}
	return nil
}

// readFrom reads a state of this configuration from a backend.
func (p *Project) readFrom(ctx context.Context, s store.Store) (*state.Document, diag.Diagnostics) {
	b, err := s.Read(ctx)
	if err != nil {
		return nil, explainStore("MP505", "State cannot be read", err)
	}
	if b == nil {
		return nil, nil
	}
	doc, err := state.Decode(b.Bytes)
	if err != nil {
		return nil, unmoved(fmt.Sprintf("%s: %s", s.Describe(), sentence(err)))
	}
	return doc, p.guard(doc)
}

// target tells which serial a state would replace in the new place. A state of
// another lineage, or a newer one, is never replaced.
func (p *Project) target(ctx context.Context, doc *state.Document) (uint64, diag.Diagnostics) {
	there, ds := p.readFrom(ctx, p.Store)
	switch {
	case ds.HasErrors():
		return 0, ds
	case there == nil:
		return 0, nil
	case there.Lineage != doc.Lineage:
		return 0, unmoved(fmt.Sprintf("%s holds a state of another lineage (%s, not %s): it was never the same state, and replacing it would lose what it knows.", p.Store.Describe(), there.Lineage, doc.Lineage))
	case there.Serial > doc.Serial, there.Serial == doc.Serial && !same(there, doc):
		return 0, unmoved(fmt.Sprintf("%s holds serial %d of the same state, and the old place serial %d: the old one is not newer.", p.Store.Describe(), there.Serial, doc.Serial))
	}
	return there.Serial, nil
}

func unmoved(why string) diag.Diagnostics {
	d := diag.Err("MP522", "State not moved", why)
	d = d.WithMail(message.Of("Mail is not affected: nothing was changed."))
	d = d.WithDof("To use the state in the new place as it is: mailprov init -reconfigure. To go on with the old one: write the old backend block again.")
	return diag.Diagnostics{d}
}

// form tells what becomes of the encryption of a state that moves from here.
func (p *Project) form(ctx context.Context, from *encrypted.Store) string {
	b, err := from.Stored(ctx)
	if err != nil || b == nil {
		return ""
	}
	had, wants := state.Recipients(b.Bytes), p.storeEnv().Encryption.Recipients
	switch {
	case had == nil && wants != nil:
		return encrypts
	case had != nil && wants == nil:
		return decrypted
	case !maps.Equal(had, wants):
		return reencrypts
	}
	return ""
}

// reform writes a state anew whose encryption is not what the configuration
// says.
func (p *Project) reform(ctx context.Context, o MoveOptions) (*Moved, diag.Diagnostics) {
	out := &Moved{Move: Move{From: p.Store.Describe(), To: p.Store.Describe(), Form: p.form(ctx, p.kept)}}
	if out.Form == "" || o.Reconfigure {
		return out, nil
	}
	doc, ds := p.readFrom(ctx, p.kept)
	if ds.HasErrors() || doc == nil {
		return out, ds
	}
	out.Serial = doc.Serial
	switch yes, ds := approved(out, o); {
	case ds.HasErrors() && out.Form != decrypted:
		out.Left = true // the next write does it
		return out, nil
	case !yes || ds.HasErrors():
		return out, ds
	}
	to, err := stores.Open(p.Config.Settings.Backend.Kind, p.Config.Settings.Backend.Attrs, p.plainly())
	if err != nil {
		return out, failure("MP504", "Backend cannot be opened", err)
	}
	defer func() { _ = to.Close() }()
	lock, err := p.lockStore(ctx, to, "init", o.LockTimeout)
	if err != nil {
		return out, p.explainLock(err)
	}
	defer func() { _ = lock.Unlock(context.WithoutCancel(ctx)) }()
	if doc, ds = p.readFrom(ctx, to); ds.HasErrors() || doc == nil {
		return out, ds
	}
	expected := doc.Serial
	doc.Serial, doc.MailprovVersion = expected+1, p.Env.Version
	b, err := state.Encode(doc)
	if err == nil {
		err = lock.Write(ctx, store.Blob{Serial: doc.Serial, Bytes: b}, expected)
	}
	if err != nil {
		return out, explainStore("MP502", "State cannot be written", err)
	}
	out.Serial, out.Done = doc.Serial, true
	return out, nil
}
