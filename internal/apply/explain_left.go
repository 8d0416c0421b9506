package apply

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/verify"
)

// outcome is what is not the case for a secret after a failed step.
func (r *run) outcome(s plan.Step) message.Text {
	c := r.changes[s.Addr]
	switch s.Verb {
	case plan.RemoveCredential:
		if r.retires(s) {
			return message.Of("replaced secret not removed")
		}
		if c.Action != plan.Delete {
			return message.Of("not cleared up")
		}
	case plan.Record:
		return message.Of("not recorded")
	case plan.ResumeDelivery:
		return message.Of("not delivered")
	case plan.BringBack:
		return message.Of("previous value not brought back")
	case plan.CopyValue:
		return message.Of("value in use not copied")
	}
	switch c.Action {
	case plan.Create:
		return message.Of("not created")
	case plan.Rotate:
		return message.Of("not rotated")
	case plan.Delete:
		return message.Of("not deleted")
	}
	return message.Of("not changed")
}

// sameSecret tells whether two steps belong to the life of one secret.
func (r *run) sameSecret(a, b plan.Step) bool {
	return a.Addr == b.Addr && r.changes[a.Addr].Secret != nil
}

// retires tells whether a step removes a credential that was replaced.
func (r *run) retires(s plan.Step) bool {
	return s.Verb == plan.RemoveCredential && slices.ContainsFunc(r.changes[s.Addr].Secret.Retire, func(c state.Credential) bool { return c.Marker == s.Marker })
}

// makes tells whether a step belongs to the making of a new secret.
func makes(s plan.Step) bool {
	return s.Verb == plan.CreateCredential || s.Verb == plan.VerifyCredential || s.Verb == plan.DeliverCredential
}

// remains says what became of the secret that a failed step was about. The state
// tells, since every step is in it before the next begins.
func (r *run) remains(s plan.Step, err error) message.Text {
	if !makes(s) {
		return r.oldRemains(s)
	}
	made := r.made(s)
	if made == nil {
		return nothingRemains(err)
	}
	name := named(made.Hint, made.KeyID)
	switch made.Phase {
	case state.Intended:
		return message.Of("Whether the new secret was made is not known; nobody has its value, and the next run removes it if it is there.")
	case state.Abandoned:
		return message.Of("The new secret%s may still be there; nobody has its value, and later runs remove it as soon as they see it.", name)
	case state.Created, state.Verified:
		return message.Of("The new secret%s is in no sink; the next run removes it and makes another.", name)
	case state.Delivering:
		return message.Of("The new secret%s is on its way into the sinks; nothing is rolled back, and the next run goes on with it.", name)
	}
	return message.Of("The new secret%s is delivered.", name)
}

// nothingRemains is what to say where the state lists no new secret.
func nothingRemains(err error) message.Text {
	var sinkErr *SinkError
	var endDate *EndDateError
	var refused *verify.RefusedError
	switch {
	case errors.As(err, &sinkErr) && !sinkErr.None && sinkErr.Removed:
		return message.Of("The new secret%s was removed again; nothing of it is left.", named(sinkErr.Hint, sinkErr.KeyID))
	case errors.As(err, &endDate):
		return message.Of("The new secret was removed again; nothing of it is left.")
	case errors.As(err, &refused):
		return message.Of("The new secret was removed again; nothing of it is left, and no sink was touched.")
	}
	if errors.As(err, new(*entra.LostAnswer)) {
		return message.Of("If a new secret was made, it was removed again.")
	}
	return message.Of("No new secret was made.")
}

// oldRemains says of a credential that is not removed, or whose delivery is not
// ended, what it still does.
func (r *run) oldRemains(s plan.Step) message.Text {
	cred := r.credential(s)
	name := named(cred.Hint, cred.KeyID)
	switch {
	case cred.Phase == state.Delivering:
		return message.Of("The secret%s is on its way into the sinks; nothing is rolled back, and the next run goes on with it.", name)
	case s.Verb == plan.BringBack || s.Verb == plan.CopyValue:
		return message.Of("No sink shows another value than before.")
	case !r.retires(s):
		return message.Text{}
	case !r.remainsInEntra(s, cred.KeyID):
		return message.Of("The replaced secret%s is gone from Entra; a sink still keeps its value, which works nowhere.", name)
	case !cred.RevokedAt.IsZero():
		return message.Of("The revoked secret%s still works until it is removed.", name)
	}
	return message.Of("The replaced secret%s works until %s or until it is removed.", name, cred.EndsAt.In(r.location()).Format(time.DateOnly))
}

// leaks tells whether a secret that a person ordered removed still works.
func (r *run) leaks(s plan.Step) bool {
	cred := r.credential(s)
	if makes(s) && r.Plan.Revokes(s.Addr) {
		return true
	}
	return r.retires(s) && !cred.RevokedAt.IsZero() && r.remainsInEntra(s, cred.KeyID)
}

// remainsInEntra tells whether a credential is still there after what this run
// has done.
func (r *run) remainsInEntra(s plan.Step, keyID string) bool {
	app := r.app(s.Addr).Address
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.expected[app]
	return now == nil || slices.ContainsFunc(now.Credentials, func(c appregistration.Credential) bool { return c.KeyID == keyID })
}

// credential is the one that a step names.
func (r *run) credential(s plan.Step) (cred state.Credential) {
	r.journal.read(func(d *state.Document) {
		if c := byMarker(d, s.Addr, s.Marker); c != nil && s.Marker != "" {
			cred = *c
		}
	})
	return cred
}

// made is the credential that this run made for a secret, as the state has it;
// nil where it lists none.
func (r *run) made(s plan.Step) (made *state.Credential) {
	r.mu.Lock()
	began := r.started[s.Addr].Truncate(time.Second)
	r.mu.Unlock()
	r.journal.read(func(d *state.Document) {
		sec := d.Secret(s.Addr)
		if sec == nil {
			return
		}
		for _, c := range sec.Credentials {
			if !c.IntendedAt.Before(began) {
				now := *c
				made = &now
			}
		}
	})
	return made
}

// again is the command that goes on where the step failed.
func (r *run) again(s plan.Step) string {
	c := r.changes[s.Addr]
	switch {
	case r.Plan.Options.Destroy:
		return "mailprov destroy"
	case c.Action == plan.Create || c.Action == plan.Delete || s.Verb == plan.Record:
		return "mailprov apply"
	case s.Verb == plan.BringBack:
		return "mailprov rotate " + typed(s.Addr) + " -back"
	case c.Action == plan.Rotate && makes(s) && r.Plan.Revokes(s.Addr):
		return "mailprov rotate " + typed(s.Addr) + " -revoke-now"
	case c.Action == plan.Rotate && makes(s):
		return "mailprov rotate " + typed(s.Addr)
	}
	return "mailprov rotate " + typed(s.Addr) + " -due"
}

// typed is an address as it is typed: an index needs quotes around it.
func typed(a addr.Instance) string {
	if a.Key == "" {
		return a.String()
	}
	return "'" + a.String() + "'"
}

// named tells which credential is meant: what Graph publishes of its value and
// the beginning of its id.
func named(hint, keyID string) message.Text {
	if keyID == "" {
		return message.Text{}
	}
	key := keyID
	if len(key) > 8 {
		key = key[:8]
	}
	if hint == "" {
		return message.Of(" (key %s…)", key)
	}
	return message.Of(" (%s…, key %s…)", hint, key)
}

func upperFirst(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' || strings.HasPrefix(s, "sink.") || strings.HasPrefix(s, "client_secret.") {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
