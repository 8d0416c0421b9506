package workflow

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/apply"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

// reject takes back a secret that a product does not take. The state alone
// says so, which needs no right in Entra; the next apply or rotate removes the
// credential. The sinks show the one in use again at once, as far as they can
// be written from here, and else at that next run.
func (p *Project) reject(ctx context.Context, a addr.Instance, o ConfirmOptions) (*Confirmed, diag.Diagnostics) {
	opened, ds := p.sinksNow()
	if ds.HasErrors() {
		return nil, ds
	}
	var out *Confirmed
	var rejected, inUse *state.Credential
	more := p.editThen(ctx, "confirm -reject", o.LockTimeout, func(doc *state.Document) (d diag.Diagnostics) {
		out, rejected, inUse, d = p.rejectIn(doc, a, o)
		return d
	}, func(doc *state.Document) diag.Diagnostics {
		if inUse == nil {
			return nil
		}
		return apply.GiveWay(ctx, opened, itemOf(doc, doc.Secret(out.Secret), inUse), *rejected, *inUse)
	})
	return out, append(ds, more...)
}

func (p *Project) rejectIn(doc *state.Document, a addr.Instance, o ConfirmOptions) (out *Confirmed, rejected, inUse *state.Credential, ds diag.Diagnostics) {
	targets, sec, ds := secretAt(doc, a)
	if ds.HasErrors() {
		return nil, nil, nil, ds
	}
	newest, inUse := delivered(sec)
	before := rejectedBefore(sec)
	if before != nil {
		newest = before
	}
	if newest == nil || before == nil && newest.Phase != state.Waiting {
		return nil, nil, nil, diag.Diagnostics{nothingToReject(sec, newest)}
	}
	if d := wrongKey(newest, o.Key, a); d != nil {
		return nil, nil, nil, diag.Diagnostics{*d}
	}
	if d := inUseAt(doc, sec, newest); d != nil {
		return nil, nil, nil, diag.Diagnostics{*d}
	}
	why := "rejected by " + cmp.Or(o.By, p.Env.User)
	if o.Note != "" {
		why += ": " + o.Note
	}
	rotate.Reject(sec.Credentials, newest.KeyID, why, p.Env.Now().UTC().Truncate(time.Second))
	out = &Confirmed{KeyID: newest.KeyID, Hint: newest.Hint, Secret: sec.Address, Rejected: true, Already: before != nil}
	for _, t := range targets {
		out.Targets = append(out.Targets, t.Address)
	}
	if len(targets) == 0 {
		out.Targets = append(out.Targets, sec.Address)
	}
	if inUse != nil {
		out.InUse = inUse.Hint
	}
	return out, newest, inUse, nil
}

// rejectedBefore is the youngest credential of a secret if it was taken back and
// is not removed yet. The run that took it back may have died before the sinks
// gave way: whoever repeats it finishes that.
func rejectedBefore(sec *state.Secret) *state.Credential {
	for _, c := range slices.Backward(sec.Credentials) {
		switch {
		case c.Phase == state.Superseded && !c.RejectedAt.IsZero():
			return c
		case c.Delivered():
			return nil
		}
	}
	return nil
}

func nothingToReject(sec *state.Secret, newest *state.Credential) diag.Diagnostic {
	d := diag.Errf("MP813", "Nothing to reject", "%s has no secret that waits for a confirmation.", sec.Address)
	d = d.WithMail(message.Of("Nothing was changed."))
	if newest != nil {
		d = d.WithDof("To use the value before it again: mailprov rotate %s -back", sec.Address)
	}
	return d
}

// inUseAt refuses to take back what one of several products uses already.
func inUseAt(doc *state.Document, sec *state.Secret, newest *state.Credential) *diag.Diagnostic {
	var users []string
	for _, t := range doc.Targets {
		if t.Secret == sec.Address && t.Uses(newest.KeyID) {
			users = append(users, t.Address.String())
		}
	}
	if len(users) == 0 {
		return nil
	}
	d := diag.Errf("MP814", "In use already", "%s of %s was confirmed for %s, which would stop if it were removed.", newest.Hint, sec.Address, strings.Join(users, ", "))
	d = d.WithMail(message.Of("Mail still works: nothing was changed."))
	d = d.WithDof("To go back in all of them: mailprov rotate %s -back. It is removed once everybody has confirmed the earlier value.", sec.Address)
	return &d
}
