package status

import (
	"cmp"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

// overdueAfter is how long after its day a replacement may be missing before
// the schedule counts as dead.
const overdueAfter = 7 // days

// secret reports on one secret; held is nil before anything was made of it.
func (b *builder) secret(d Decided, held *state.Secret, declared bool) {
	users := b.users[d.Address]
	s := Secret{
		Name: b.in.Name, TenantID: b.in.TenantID, Address: d.Address.String(), Application: d.App.String(), Problem: d.Problem,
	}
	if a := b.apps[d.App]; a != nil {
		s.ClientID = a.ClientID
	}
	if held == nil {
		held = &state.Secret{Address: d.Address, App: d.App}
	}
	seen := b.in.Observed[d.App]
	s.Live = seen != nil
	stand := b.judge(d, held, seen)
	s.InUse, s.Waiting = b.credential(stand.inUse), b.credential(stand.waiting)
	s.InUseConfirmed = stand.inUse != nil && stand.inUse.Phase == rotate.Current
	if declared && !stand.dueAt.IsZero() {
		s.DueAt, s.DueLocalDate = utc(stand.dueAt), b.day(stand.dueAt)
		s.OverdueLocalDate = b.day(stand.dueAt.In(b.in.Location).AddDate(0, 0, overdueAfter))
	}
	if used := stand.inUse; used != nil {
		s.ErrorAt = utc(errorBefore(d.Policy).Before(used.EndsAt))
	}
	s.Standing, s.Reason = stand.sum(d, seen, declared)
	if s.Standing == NotMade {
		s.Reason = missing(users)
	}
	s.Targets = b.targets(users, cmp.Or(stand.waiting, stand.inUse))
	s.Retire = b.retire(d.Policy, stand)
	s.Abandoned = b.abandoned(held, seen)
	b.waits(s, stand, users)
	b.r.Secrets = append(b.r.Secrets, s)
}

// standing is what the credentials of a secret come to.
type standing struct {
	creds []rotate.Credential // with the ends Entra has, in the order of their delivery
	gone  map[string]bool     // key ids that Entra does not have any more
	// inUse is what products use, as far as anyone knows: the current one, or
	// the oldest that was delivered where none was ever confirmed. Nil if it is
	// not there.
	inUse      *rotate.Credential
	waiting    *rotate.Credential // the youngest that waits for confirmation; it may be inUse
	missing    *rotate.Credential // what products used, where that is gone
	unfinished bool               // something was left by a run that did not end
	dueAt      time.Time          // of the youngest that was delivered
}

// judge sorts the credentials of a secret, with the end dates Entra has.
func (b *builder) judge(d Decided, held *state.Secret, seen *appregistration.Observed) standing {
	st := standing{gone: map[string]bool{}}
	ends := map[string]time.Time{}
	if seen != nil {
		for _, c := range seen.Credentials {
			ends[c.KeyID] = c.End
		}
	}
	for _, c := range held.Credentials {
		live := *c
		if end, ok := ends[c.KeyID]; ok {
			live.EndsAt = end
		} else if seen != nil && c.KeyID != "" {
			st.gone[c.KeyID] = true
		}
		st.creds = append(st.creds, live)
	}
	for _, c := range st.creds {
		st.unfinished = st.unfinished || c.Phase == rotate.Intended || c.Phase == rotate.Created || c.Phase == rotate.Verified
	}
	j := rotate.Judge(rotate.Input{Policy: d.Policy, Creds: st.creds, Gone: st.gone, Now: b.in.Now})
	if st.inUse = j.InUse; j.Gone {
		st.inUse, st.missing = nil, j.InUse
	}
	st.waiting = j.Waiting
	if !d.Policy.RotateBefore.IsZero() {
		st.dueAt = j.DueAt
	}
	return st
}

// sum says where the secret stands, and why. What time alone changes is left to
// the judgement of the whole report.
func (st standing) sum(d Decided, seen *appregistration.Observed, declared bool) (Standing, string) {
	delivered := st.inUse != nil || st.waiting != nil
	switch verb := d.Decision.Verb; {
	case seen != nil && seen.Gone && st.missing != nil:
		return Gone, message.Of("its application is gone from Entra").String()
	case st.missing != nil:
		return Gone, message.Of("what the product uses (%s) is gone from Entra", label(*st.missing)).String()
	case !declared:
		return Leaving, ""
	case verb == rotate.Resume:
		return Unfinished, d.Decision.Reason
	case !delivered:
		return NotMade, ""
	case verb == rotate.Blocked:
		return Blocked, d.Decision.Reason
	case verb == rotate.Replace || verb == rotate.Copy || verb == rotate.Create:
		return Due, d.Decision.Reason
	case st.waiting != nil:
		return Waits, ""
	case st.unfinished:
		return Unfinished, message.Of("an earlier run was interrupted while making it").String()
	}
	return Fine, ""
}

// missing names the inputs without which a secret is not made.
func missing(users []Product) string {
	var out []string
	for _, u := range users {
		for _, in := range u.Inputs {
			out = append(out, u.Address.String()+" waits for "+in.Name)
		}
	}
	return strings.Join(out, "; ")
}

// label names a credential.
func label(c rotate.Credential) string {
	if c.Hint != "" {
		return c.Hint + "…"
	}
	return c.KeyID
}

// errorBefore is how long before the end of what the product uses a missing
// replacement or confirmation is an error.
func errorBefore(pol rotate.Policy) rotate.Span {
	if pol.ErrorBefore.IsZero() {
		return rotate.DefaultErrorBefore
	}
	return pol.ErrorBefore
}

func (b *builder) credential(c *rotate.Credential) *Credential {
	if c == nil {
		return nil
	}
	return &Credential{
		KeyID: c.KeyID, DisplayName: c.DisplayName, Hint: c.Hint, DeliveredAt: utc(c.DeliveredAt), EndsAt: utc(c.EndsAt), EndsLocalDate: b.day(c.EndsAt),
	}
}

// targets are the products that use a secret, with who confirmed the newest.
func (b *builder) targets(users []Product, newest *rotate.Credential) []Target {
	var out []Target
	for _, u := range users {
		t := Target{Address: u.Address.String(), Product: u.Product, Title: u.Title, Contact: u.Contact}
		if held := b.applied[u.Address]; held != nil && newest != nil && held.Uses(newest.KeyID) {
			last := held.Confirmations[len(held.Confirmations)-1]
			t.ConfirmedAt, t.ConfirmedLocalDate, t.ConfirmedBy = utc(last.At), b.day(last.At), last.By
		}
		out = append(out, t)
	}
	return out
}

// retire lists what was replaced and is still there, with the time from which
// on it is removed: not before another one is in use.
func (b *builder) retire(pol rotate.Policy, st standing) []Retirement {
	var out []Retirement
	for _, c := range st.creds {
		if c.Phase != rotate.Superseded || st.gone[c.KeyID] {
			continue
		}
		r := Retirement{Credential: *b.credential(&c)}
		if st.inUse != nil && st.inUse.EndsAt.After(b.in.Now) && !pol.RetireAfter.IsZero() {
			at := pol.RetireAfter.After(c.SupersededAt)
			switch ordered := !c.RejectedAt.IsZero() || !c.RevokedAt.IsZero(); {
			case ordered:
				at = c.SupersededAt
			case st.inUse.Phase != rotate.Current:
				at = time.Time{} // which has to be confirmed first
			case c.EndsAt.Before(at):
				at = c.EndsAt
			}
			r.RemoveAt, r.RemoveLocalDate = utc(at), b.day(at)
		}
		out = append(out, r)
	}
	return out
}

// abandoned lists what may exist in Entra without anybody having its value.
func (b *builder) abandoned(held *state.Secret, seen *appregistration.Observed) []Abandoned {
	var out []Abandoned
	for _, c := range held.Credentials {
		if c.Phase != rotate.Abandoned {
			continue
		}
		a := Abandoned{Marker: c.Marker, KeyID: c.KeyID, SinceAt: utc(c.AbandonedAt), SinceLocalDate: b.day(c.AbandonedAt), Reason: c.Reason}
		if seen != nil {
			if key := seen.Holding(*c); key != "" {
				a.KeyID, a.Seen = key, true
			}
		}
		out = append(out, a)
	}
	return out
}

// waits lists what people have to do for a secret: enter it and confirm that,
// or find an input without which it is not made.
func (b *builder) waits(s Secret, st standing, users []Product) {
	base := Waiting{Name: b.in.Name, TenantID: b.in.TenantID, Secret: s.Address}
	for _, u := range users {
		for _, in := range u.Inputs {
			w := base
			w.Kind, w.Input, w.Where = ForInput, in.Name, in.Where
			w.of(u)
			b.r.Waiting = append(b.r.Waiting, w)
		}
	}
	c := st.waiting
	if c == nil {
		return
	}
	base.Kind, base.Hint = ForConfirmation, c.Hint
	since := c.DeliveredAt
	if since.IsZero() { // states before it was written down
		since = c.CreatedAt
	}
	base.SinceAt, base.SinceLocalDate = utc(since), b.day(since)
	if st.inUse != nil && st.inUse != c {
		base.InUseEndsAt, base.InUseEndsLocalDate = utc(st.inUse.EndsAt), b.day(st.inUse.EndsAt)
	}
	if len(users) == 0 {
		base.ConfirmCommand = product.ConfirmCommand(s.Address, c.Hint)
		b.r.Waiting = append(b.r.Waiting, base)
	}
	for _, u := range users {
		if held := b.applied[u.Address]; held == nil || held.Uses(c.KeyID) {
			continue // it is not there yet, or has it already
		}
		w := base
		w.of(u)
		w.ConfirmCommand = product.ConfirmCommand(w.Target, c.Hint)
		b.r.Waiting = append(b.r.Waiting, w)
	}
}

func (w *Waiting) of(u Product) {
	w.Target, w.Product, w.Title, w.Contact = u.Address.String(), u.Product, u.Title, u.Contact
}
