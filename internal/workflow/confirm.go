package workflow

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
)

// ConfirmOptions say what a person confirms.
type ConfirmOptions struct {
	Address     string // of a mail_target, or of a client_secret for all its targets
	Key         string // hint or key id of the credential that was entered
	By          string
	Note        string
	Reject      bool // the product does not take it: take it back
	LockTimeout time.Duration
}

// Confirmed says what came of it.
type Confirmed struct {
	Targets []addr.Instance // or the secret itself, if no target uses it
	KeyID   string
	Hint    string
	// Missing are the targets that still have to be confirmed before the
	// secret counts as in use.
	Missing []addr.Instance
	Already bool // it was confirmed, or rejected, before
	Secret  addr.Instance
	// Replaced is the hint of the one it replaces, and RemovedFrom when an
	// apply removes that one; empty where it replaces none.
	Replaced    string
	RemovedFrom time.Time
	// Rejected tells that it was taken back, and InUse which one is used again;
	// empty where there is none.
	Rejected bool
	InUse    string
}

// Confirm records that a product now has the new secret. It writes only the
// state and needs no right in Entra.
func (p *Project) Confirm(ctx context.Context, o ConfirmOptions) (*Confirmed, diag.Diagnostics) {
	a, err := addr.Parse(o.Address)
	if err != nil {
		return nil, diag.Diagnostics{diag.Err("MP801", "Not an address", sentence(err)).WithDof("Write mailprov confirm mail_target.NAME.")}
	}
	if o.Reject {
		return p.reject(ctx, a, o)
	}
	var out *Confirmed
	ds := p.edit(ctx, "confirm", o.LockTimeout, func(doc *state.Document) diag.Diagnostics {
		var d diag.Diagnostics
		out, d = p.confirmIn(doc, a, o)
		return d
	})
	return out, ds
}

// secretAt finds the secret that an address means, and its targets there.
func secretAt(doc *state.Document, a addr.Instance) ([]*state.Target, *state.Secret, diag.Diagnostics) {
	targets, sec := targetsAt(doc, a), doc.Secret(a)
	switch {
	case len(targets) > 0:
		sec = doc.Secret(targets[0].Secret)
	case sec == nil:
		return nil, nil, diag.Diagnostics{unknownTarget(doc, a)}
	}
	if sec == nil {
		return nil, nil, diag.Diagnostics{diag.Errf("MP806", "Secret missing in the state", "The state knows no %s.", targets[0].Secret).WithDof("Run mailprov apply.")}
	}
	return targets, sec, nil
}

func (p *Project) confirmIn(doc *state.Document, a addr.Instance, o ConfirmOptions) (*Confirmed, diag.Diagnostics) {
	targets, sec, ds := secretAt(doc, a)
	if ds.HasErrors() {
		return nil, ds
	}
	newest, inUse := delivered(sec)
	if newest == nil {
		return nil, diag.Diagnostics{diag.Errf("MP809", "Nothing waits for confirmation", "%s has not been delivered yet.", sec.Address).WithDof("Run mailprov apply first.")}
	}
	if d := wrongKey(newest, o.Key, a); d != nil {
		return nil, diag.Diagnostics{*d}
	}
	out := &Confirmed{KeyID: newest.KeyID, Hint: newest.Hint, Already: newest.Phase != state.Waiting || len(targets) > 0, Secret: sec.Address}
	now := p.Env.Now().UTC().Truncate(time.Second)
	by, known := cmp.Or(o.By, p.Env.User), p.sheets(doc)
	for _, t := range targets {
		settings := known.digestOf(t)
		if !t.Uses(newest.KeyID) || entryOf(t, sec).outdated(settings) {
			t.Confirmations = append(t.Confirmations, state.Confirmation{KeyID: newest.KeyID, By: by, Note: o.Note, At: now, Settings: settings})
			out.Already = false
		}
		out.Targets = append(out.Targets, t.Address)
	}
	if len(targets) == 0 {
		out.Targets = append(out.Targets, sec.Address)
	}
	for _, t := range doc.Targets {
		if t.Secret == sec.Address && !t.Uses(newest.KeyID) {
			out.Missing = append(out.Missing, t.Address)
		}
	}
	if len(out.Missing) > 0 || newest.Phase != state.Waiting {
		return out, nil
	}
	if inUse != nil && inUse != newest {
		out.Replaced, out.RemovedFrom = inUse.Hint, p.retireAfter(sec).After(now)
	}
	rotate.Confirm(sec.Credentials, newest.KeyID, now)
	return out, nil
}

// retireAfter is how long a replaced secret stays; what the configuration does
// not say is the default for a secret that a person enters.
func (p *Project) retireAfter(sec *state.Secret) rotate.Span {
	want, _ := p.evaluate(lang.Nothing)
	if want == nil {
		return rotate.DefaultAfterConfirm
	}
	for _, i := range want.Instances {
		if i.Addr == sec.Address {
			pol, _ := clientsecret.Policy(i, clientsecret.Surroundings{Now: p.Env.Now(), Location: p.Location(), ByHand: true})
			return pol.RetireAfter
		}
	}
	return rotate.DefaultAfterConfirm
}

// targetsAt are the target at an address, or all targets of the secret there.
func targetsAt(doc *state.Document, a addr.Instance) []*state.Target {
	var out []*state.Target
	for _, t := range doc.Targets {
		if t.Address == a || t.Secret == a {
			out = append(out, t)
		}
	}
	return out
}

// wrongKey refuses a confirmation of another secret than the newest: someone
// entered an old value, or the id instead of the value.
func wrongKey(newest *state.Credential, key string, a addr.Instance) *diag.Diagnostic {
	if key == "" || key == newest.Hint || strings.EqualFold(key, newest.KeyID) || len(key) >= 8 && strings.HasPrefix(newest.KeyID, strings.ToLower(key)) {
		return nil
	}
	d := diag.Errf("MP810", "Another secret was entered", "%s waits for the secret that begins with %s (key id %s), not for %s.", a, newest.Hint, newest.KeyID, key)
	d = d.WithMail(message.Of("Mail still works: nothing was removed."))
	d = d.WithDof("Enter the newest value (mailprov secret show), then: mailprov confirm %s -key=%s", a, newest.Hint)
	return &d
}

// edit changes the state under the lock, without asking anything of the tenant.
func (p *Project) edit(ctx context.Context, operation string, wait time.Duration, change func(*state.Document) diag.Diagnostics) diag.Diagnostics {
	return p.editThen(ctx, operation, wait, change, func(*state.Document) diag.Diagnostics { return nil })
}

// editThen is edit with something to be done once the change is durable and
// before the lock is given back.
func (p *Project) editThen(ctx context.Context, operation string, wait time.Duration, change, then func(*state.Document) diag.Diagnostics) diag.Diagnostics {
	lock, ds := p.lock(ctx, operation, false, wait)
	if ds.HasErrors() {
		return ds
	}
	defer func() { _ = lock.Unlock(context.WithoutCancel(ctx)) }()
	doc, more := p.ReadState(ctx)
	if ds = append(ds, more...); ds.HasErrors() {
		return ds
	}
	if doc == nil {
		return append(ds, noState(p.Store))
	}
	expected := doc.Serial
	if ds = append(ds, change(doc)...); ds.HasErrors() {
		return ds
	}
	doc.Serial, doc.MailprovVersion = expected+1, p.Env.Version
	b, err := state.Encode(doc)
	if err == nil {
		err = lock.Write(ctx, store.Blob{Serial: doc.Serial, Bytes: b}, expected)
	}
	var conflict *store.ConflictError
	if errors.As(err, &conflict) {
		return append(ds, diag.Err("MP511", "State changed meanwhile", sentence(err)).WithDof("Run the same command again."))
	}
	if err != nil {
		return append(ds, explainStore("MP502", "State cannot be written", err)...)
	}
	return append(ds, then(doc)...)
}
