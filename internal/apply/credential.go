package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/verify"
)

const (
	// hunt is how long a credential whose creation was never answered is
	// looked for before it is listed as abandoned.
	hunt = 60 * time.Second
	// forget is how long an abandoned credential stays listed: replication
	// within Entra does not take a day.
	forget = 24 * time.Hour
	// endTolerance is how far the end date that Graph answers may lie from the
	// one asked for.
	endTolerance = time.Minute
	// attempts bounds how often a credential is made anew after its answer
	// was lost.
	attempts = 3
)

// EndDateError says that Graph gave a credential another end than asked for.
type EndDateError struct {
	Asked, Got time.Time
	Removed    bool // the credential was removed again
}

func (e *EndDateError) Error() string {
	return fmt.Sprintf("Graph made the secret end %s instead of %s", e.Got.Format(time.RFC3339), e.Asked.Format(time.RFC3339))
}

// createCredential records the intent, creates the credential and keeps its
// value in memory. A lost answer is hunted by the marker: found, it is removed,
// since its value never arrived; not found, it stays listed as abandoned. Then
// another one is made.
func (r *run) createCredential(ctx context.Context, s plan.Step) error {
	var err error
	for range attempts {
		var lost *entra.LostAnswer
		if err = r.tryCreate(ctx, s); !errors.As(err, &lost) {
			return err
		}
		if ctx.Err() != nil || errors.Is(err, ErrStopped) {
			return err
		}
	}
	return err
}

func (r *run) tryCreate(ctx context.Context, s plan.Step) error {
	i := r.changes[s.Addr].Instance
	detail := r.changes[s.Addr].Secret
	app := r.app(r.appOf(s))
	cred := &state.Credential{Marker: r.Draw(), Phase: state.Intended, IntendedAt: r.Now().UTC().Truncate(time.Second), Reason: detail.Decision.Reason}
	name := resource.Text(i.Attrs.GetAttr("display_name"))
	if name == "" {
		name = s.Addr.Name
	}
	cred.DisplayName = rotate.WithMarker(name, cred.Marker)
	if err := r.refuses(ctx, s, detail.Policy); err != nil {
		return err
	}
	if err := r.intend(s, i, cred); err != nil {
		return err
	}
	end := detail.Policy.Ends(r.Now().UTC())
	pw, value, at, err := r.Directory.Client().AddPassword(entra.WithWritten(ctx, app.WrittenAt), app.ObjectID, cred.DisplayName, nil, end)
	if err != nil {
		return r.notCreated(ctx, s, app, cred, err)
	}
	if err := r.update(s.Addr, cred.Marker, func(c *state.Credential) {
		c.Phase, c.KeyID, c.Hint, c.CreatedAt, c.EndsAt = state.Created, pw.KeyID, pw.Hint, at.UTC(), pw.End.UTC()
	}); err != nil {
		value.Wipe()
		return err
	}
	if err := r.wroteApplication(app.Address, at, func(_ *state.Application, o *appregistration.Observed) {
		o.Credentials = append(o.Credentials, appregistration.Credential{KeyID: pw.KeyID, DisplayName: cred.DisplayName, Hint: pw.Hint, Start: pw.Start, End: pw.End})
	}); err != nil {
		value.Wipe()
		return err
	}
	r.hold(s.Addr, held{value, cred.Marker})
	if off := pw.End.Sub(end).Abs(); off > endTolerance {
		r.release(s.Addr)
		err := r.drop(ctx, s.Addr, cred.Marker)
		return errors.Join(&EndDateError{Asked: end, Got: pw.End, Removed: err == nil}, err)
	}
	return nil
}

// refuses asks the sinks whether they would take a value, before there is one.
func (r *run) refuses(ctx context.Context, s plan.Step, pol rotate.Policy) error {
	for _, a := range pol.Sinks {
		checker, ok := r.Sinks[a].(sink.Checker)
		if !ok {
			continue
		}
		if err := checker.Check(ctx, sink.Item{Secret: s.Addr}); err != nil {
			return &SinkError{Sink: a, Doing: "to take a new secret", None: true, Err: err}
		}
	}
	return nil
}

// appOf is the application a secret belongs to, by the configuration: the
// state may not know the secret yet.
func (r *run) appOf(s plan.Step) addr.Instance {
	if i := r.changes[s.Addr].Instance; i != nil {
		if a, err := addr.Parse(resource.Text(i.Attrs.GetAttr("app"))); err == nil {
			return a
		}
	}
	return s.Addr
}

// intend records that a credential is about to be made.
func (r *run) intend(s plan.Step, i *resource.Instance, cred *state.Credential) error {
	attrs, err := resource.EncodeAttrs(i.Attrs)
	if err != nil {
		return err
	}
	r.emit(event.Event{Type: event.RotateStep, Address: s.Addr.String(), Step: "intend", Message: "recording the intent"})
	return r.journal.commit(func(d *state.Document) {
		sec := d.Secret(s.Addr)
		if sec == nil {
			sec = &state.Secret{Address: s.Addr}
			d.Secrets = append(d.Secrets, sec)
		}
		if r.Plan.Revokes(s.Addr) {
			rotate.Revoke(sec.Credentials, cred.Reason, r.Now().UTC())
		}
		sec.App, sec.Attributes, sec.PreventDestroy, sec.DependsOn = r.appOf(s), attrs, i.Lifecycle.PreventDestroy, deps(i)
		sec.Credentials = append(sec.Credentials, cred)
	})
}

// notCreated handles an addPassword that failed. A refusal leaves nothing; a
// lost answer may have left a credential nobody knows the value of.
func (r *run) notCreated(ctx context.Context, s plan.Step, app state.Application, cred *state.Credential, err error) error {
	if !errors.As(err, new(*entra.LostAnswer)) {
		return errors.Join(fmt.Errorf("create secret: %w", err), r.erase(s.Addr, cred.Marker))
	}
	r.progress(s.Addr, "the answer was lost; looking for what it left", 0)
	keyID, huntErr := r.huntFor(ctx, s.Addr, app, cred)
	if huntErr != nil {
		return errors.Join(err, huntErr)
	}
	if keyID == "" {
		return errors.Join(err, r.abandon(s.Addr, cred.Marker, "its creation was never answered"))
	}
	at, rmErr := r.Directory.Client().RemovePassword(entra.WithWritten(ctx, cred.IntendedAt), app.ObjectID, keyID)
	if rmErr != nil {
		return errors.Join(err, rmErr, r.abandon(s.Addr, cred.Marker, "it could not be removed"))
	}
	return errors.Join(err, r.erase(s.Addr, cred.Marker), r.removedPassword(app.Address, at, keyID))
}

// huntFor looks for a credential by its marker until it is seen or long enough
// has passed since the intent; "" if it was not seen.
func (r *run) huntFor(ctx context.Context, at addr.Instance, app state.Application, cred *state.Credential) (string, error) {
	start := r.Now()
	for wait := time.Second; ; wait = min(2*wait, 15*time.Second) {
		seen, err := r.Directory.Client().ApplicationCredentials(entra.WithWrittenFor(ctx, app.WrittenAt, hunt), app.ObjectID)
		if errors.Is(err, entra.ErrGone) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		for _, p := range seen.Passwords {
			if rotate.HasMarker(p.DisplayName, cred.Marker) {
				return p.KeyID, nil
			}
		}
		since := r.Now().Sub(cred.IntendedAt)
		if since >= hunt {
			return "", nil
		}
		r.progress(at, "looking for a secret whose creation was not answered", r.Now().Sub(start))
		if err := r.Sleep(ctx, min(wait, hunt-since)); err != nil {
			return "", err
		}
	}
}

// verifyCredential proves the value in memory before any sink is touched.
func (r *run) verifyCredential(ctx context.Context, s plan.Step) error {
	h := r.held(s.Addr)
	app := r.app(r.appOf(s))
	start := r.Now()
	e, err := verify.Secret(ctx, r.Directory.Client(), app.ClientID, h.value, verify.Options{
		Now: r.Now, Sleep: r.Sleep,
		Report: func(w entra.Wait) { r.progress(s.Addr, w.Why, r.Now().Sub(start)) },
	})
	if err != nil {
		if ctx.Err() != nil {
			return err // killed by the user: the next run removes it
		}
		return errors.Join(fmt.Errorf("prove secret: %w", err), r.drop(ctx, s.Addr, h.marker))
	}
	r.emit(event.Event{Type: event.RotateStep, Address: s.Addr.String(), Step: "verify", Message: message.Of("verified (%s)", e.Text).String(), Elapsed: e.Took.Seconds()})
	if e.Warning != "" {
		r.warn(warnStopped(s.Addr, e.Warning))
	}
	return r.update(s.Addr, h.marker, func(c *state.Credential) {
		c.Phase, c.VerifiedAt, c.Evidence = state.Verified, e.At.UTC(), e.Text
	})
}

// drop removes a credential that nobody has: from Entra, then from the state.
// If Entra cannot be reached it stays listed and is hunted.
func (r *run) drop(ctx context.Context, at addr.Instance, marker string) error {
	var keyID string
	r.journal.read(func(d *state.Document) {
		if c := byMarker(d, at, marker); c != nil {
			keyID = c.KeyID
		}
	})
	app := r.app(at)
	written, err := r.Directory.Client().RemovePassword(entra.WithWritten(ctx, app.WrittenAt), app.ObjectID, keyID)
	if err != nil {
		return errors.Join(fmt.Errorf("remove the new secret again: %w", err), r.abandon(at, marker, "it could not be removed"))
	}
	return errors.Join(r.erase(at, marker), r.removedPassword(app.Address, written, keyID))
}

func (r *run) removedPassword(app addr.Instance, at time.Time, keyID string) error {
	return r.wroteApplication(app, at, func(_ *state.Application, o *appregistration.Observed) {
		o.Credentials = slices.DeleteFunc(o.Credentials, func(c appregistration.Credential) bool { return c.KeyID == keyID })
	})
}

// update changes one credential in the state.
func (r *run) update(at addr.Instance, marker string, change func(*state.Credential)) error {
	return r.journal.commit(func(d *state.Document) {
		if c := byMarker(d, at, marker); c != nil {
			change(c)
		}
	})
}

// erase takes a credential that does not exist out of the state.
func (r *run) erase(at addr.Instance, marker string) error {
	return r.journal.commit(func(d *state.Document) {
		if sec := d.Secret(at); sec != nil {
			sec.Credentials = slices.DeleteFunc(sec.Credentials, func(c *state.Credential) bool { return c.Marker == marker })
		}
	})
}

func (r *run) abandon(at addr.Instance, marker, why string) error {
	r.emit(event.Event{Type: event.RotateStep, Address: at.String(), Step: "abandon", Message: why})
	return r.update(at, marker, func(c *state.Credential) {
		c.Phase, c.AbandonedAt, c.Reason = state.Abandoned, r.Now().UTC(), why
	})
}

func (r *run) hold(a addr.Instance, h held) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.values[a] = h
}

func (r *run) held(a addr.Instance) held {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.values[a]
}

func (r *run) release(a addr.Instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.values[a].value.Wipe()
	delete(r.values, a)
}

func (r *run) progress(a addr.Instance, why string, elapsed time.Duration) {
	r.emit(event.Event{Type: event.ApplyProgress, Address: a.String(), Waiting: why, Elapsed: elapsed.Seconds(), Message: fmt.Sprintf("%s: %s", a, why)})
}

func byMarker(d *state.Document, at addr.Instance, marker string) *state.Credential {
	sec := d.Secret(at)
	if sec == nil {
		return nil
	}
	for _, c := range sec.Credentials {
		if c.Marker == marker {
			return c
		}
	}
	return nil
}

// newest is the youngest credential that was delivered.
func newest(sec *state.Secret) *state.Credential {
	for _, c := range slices.Backward(sec.Credentials) {
		if c.Phase == state.Current || c.Phase == state.Waiting {
			return c
		}
	}
	return nil
}

// dropOldAbandoned forgets abandoned credentials that have not turned up long
// after. Only a fresh look at the application tells that: one that is there, or
// whose application was not read, stays listed.
func (r *run) dropOldAbandoned(d *state.Document) {
	if r.Plan.Options.NoRefresh {
		return
	}
	for _, sec := range d.Secrets {
		seen := r.Observed[sec.App]
		sec.Credentials = slices.DeleteFunc(sec.Credentials, func(c *state.Credential) bool {
			return c.Phase == state.Abandoned && r.Now().Sub(c.AbandonedAt) > forget && seen != nil && seen.Holding(*c) == ""
		})
	}
}
