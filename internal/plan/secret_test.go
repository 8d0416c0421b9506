package plan

import (
	"slices"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

const days = 24 * time.Hour

func TestWhatAPlanDoesAboutASecret(t *testing.T) {
	successor := func(phase state.Phase) func(*world) {
		return func(w *world) {
			w.add(&state.Credential{Marker: "m2", Phase: phase, KeyID: "key2", CreatedAt: now, EndsAt: now.Add(90 * days),
				Receipts: []state.SinkReceipt{{Sink: sinkAddr, Committed: phase != state.Delivering, Readers: []string{"admin"}}}})
		}
	}
	for _, c := range []struct {
		name    string
		change  func(*world)
		action  Action
		steps   []Verb
		summary Summary
	}{
		{"a day old, nothing is due", func(*world) {}, NoOp, nil, Summary{}},
		{"a third of its life before its end it is replaced", func(w *world) { w.Now = made.Add(60 * days) }, Rotate,
			[]Verb{CreateCredential, VerifyCredential, DeliverCredential}, Summary{Rotate: 1}},
		{"an hour earlier it is not", func(w *world) { w.Now = made.Add(60*days - time.Hour) }, NoOp, nil, Summary{}},
		{"removed by hand it is made anew", func(w *world) { w.seen().Credentials = nil }, Rotate,
			[]Verb{CreateCredential, VerifyCredential, DeliverCredential}, Summary{Rotate: 1}},
		{"ended sooner than recorded, the live date counts", func(w *world) { w.seen().Credentials[0].End = now.Add(20 * days) }, Rotate,
			[]Verb{CreateCredential, VerifyCredential, DeliverCredential}, Summary{Rotate: 1}},
		{"a sink added to it needs the value", func(w *world) {
			w.secret.Attrs = with(w.secret.Attrs, list(sinkAddr.String(), spareAddr.String()), "deliver_to")
		}, Rotate, []Verb{CreateCredential, VerifyCredential, DeliverCredential}, Summary{Rotate: 1}},
		{"a reader taken away may no longer know it", func(w *world) { w.Sinks[sinkAddr] = Sink{Readers: []string{"safe"}} }, Rotate,
			[]Verb{CreateCredential, VerifyCredential, DeliverCredential}, Summary{Rotate: 1}},
		{"without proof it is delivered at once", func(w *world) {
			w.Now = made.Add(60 * days)
			w.secret.Attrs = with(w.secret.Attrs, cty.StringVal("none"), "verify")
		}, Rotate, []Verb{CreateCredential, DeliverCredential}, Summary{Rotate: 1}},
		{"another name in the file is recorded", func(w *world) {
			w.secret.Attrs = with(w.secret.Attrs, cty.StringVal("Product"), "display_name")
		}, Update, []Verb{Record}, Summary{Change: 1}},
		{"an intent whose outcome is unknown is cleared up", func(w *world) { w.add(&state.Credential{Marker: "m2", Phase: state.Intended}) },
			NoOp, []Verb{RemoveCredential}, Summary{}},
		{"one that was only created is removed", successor(state.Created), NoOp, []Verb{RemoveCredential}, Summary{}},
		{"one that was only proven is removed", successor(state.Verified), NoOp, []Verb{RemoveCredential}, Summary{}},
		{"an interrupted delivery goes on", successor(state.Delivering), Update, []Verb{ResumeDelivery}, Summary{Change: 1}},
		{"one that waits is left to wait", successor(state.Waiting), NoOp, nil, Summary{Waiting: 1}},
		{"an abandoned one that turned up is removed", successor(state.Abandoned), NoOp, []Verb{RemoveCredential}, Summary{}},
		{"an abandoned one that is not there is no work", func(w *world) { w.add(&state.Credential{Marker: "m2", Phase: state.Abandoned}) },
			NoOp, nil, Summary{}},
		{"a replaced one is retired in time", func(w *world) {
			successor(state.Current)(w)
			w.cred().Phase, w.cred().SupersededAt = state.Superseded, now.Add(-14*days)
		}, NoOp, []Verb{RemoveCredential}, Summary{Retire: 1}},
		{"a replaced one is not retired early", func(w *world) {
			successor(state.Current)(w)
			w.cred().Phase, w.cred().SupersededAt = state.Superseded, now.Add(-13*days)
		}, NoOp, nil, Summary{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := applied(t)
			c.change(w)
			p := w.build(t)
			got := changeOf(t, p, secretAddr)
			if got.Action != c.action || !slices.Equal(verbs(p, secretAddr), c.steps) || p.Summary != c.summary {
				t.Errorf("%s (%s), steps %v, summary %+v", got.Action, got.Reason, verbs(p, secretAddr), p.Summary)
			}
		})
	}
}

// byHand makes the product one whose settings a person enters.
func byHand(w *world) {
	facts := w.Targets[targetAddr]
	facts.ByHand = true
	w.Targets[targetAddr] = facts
}

func TestWhileOneWaitsForConfirmationNothingNewIsMade(t *testing.T) {
	w := applied(t)
	byHand(w)
	w.add(&state.Credential{Marker: "m2", Phase: state.Waiting, KeyID: "key2", CreatedAt: made, EndsAt: now.Add(10 * days),
		Receipts: []state.SinkReceipt{{Sink: sinkAddr, Committed: true, Readers: []string{"admin"}}}})
	p := w.build(t)
	if c := changeOf(t, p, secretAddr); c.Action != NoOp || c.Blocked == "" || !p.Empty() || p.Summary != (Summary{Waiting: 1, Blocked: 1}) {
		t.Errorf("%s, blocked %q, summary %+v", c.Action, c.Blocked, p.Summary)
	}
	w.cred().EndsAt, w.seen().Credentials[0].End = now, now
	if c := changeOf(t, w.build(t), secretAddr); c.Action != Rotate || c.Blocked != "" {
		t.Errorf("once the one in use has ended: %s, blocked %q", c.Action, c.Blocked)
	}
}

func TestASecretIsNotMadeBeforeAnyoneCouldEnterIt(t *testing.T) {
	w := fresh()
	facts := w.Targets[targetAddr]
	facts.Waiting = []WaitingInput{{Name: "redirect_uri"}}
	w.Targets[targetAddr] = facts
	p := w.build(t)
	if s, tg := changeOf(t, p, secretAddr), changeOf(t, p, targetAddr); s.Action != Wait || tg.Action != Wait || len(verbs(p, secretAddr))+len(verbs(p, targetAddr)) != 0 {
		t.Errorf("secret: %s, target: %s", s.Action, tg.Action)
	}
	if p.Summary != (Summary{Add: 1, Waiting: 1}) || changeOf(t, p, appAddr).App.WillHave != 0 {
		t.Errorf("summary %+v", p.Summary)
	}
}

func TestAnInterruptedDeliveryWhoseCredentialIsGoneIsClearedUpAndMadeAnew(t *testing.T) {
	w := applied(t)
	w.cred().Phase = state.Delivering
	w.seen().Credentials = nil
	p := w.build(t)
	if got := verbs(p, secretAddr); !slices.Equal(got, []Verb{RemoveCredential, CreateCredential, VerifyCredential, DeliverCredential}) {
		t.Errorf("steps %v", got)
	}
}

func TestASecretStaysWithItsApplication(t *testing.T) {
	w := applied(t)
	w.secret.Attrs = with(w.secret.Attrs, cty.StringVal("app_registration.other"), "app")
	w.refuse(t, "MP667")
}

func TestATenantThatForbidsSecretsIsSaidBeforeAnythingIsDone(t *testing.T) {
	w := fresh()
	w.Policy = Policy{Blocked: true, Source: "the policy"}
	w.refuse(t, "MP666")
	w = fresh()
	w.Policy = Policy{Max: rotate.Span{N: 60, Unit: "d"}, Source: "the policy"}
	w.refuse(t, "MP661")
}

func TestTheSecretsAfterTheApplyAreCounted(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*world)
		want   int
	}{
		{"one stays", func(*world) {}, 1},
		{"a second is made", func(w *world) { w.Now = made.Add(60 * days) }, 2},
		{"one removed by hand is made anew", func(w *world) { w.seen().Credentials = nil }, 1},
		{"those of others do not count", func(w *world) {
			w.seen().Credentials = append(w.seen().Credentials, appregistration.Credential{KeyID: "foreign", DisplayName: "by hand"})
		}, 1},
		{"one is retired", func(w *world) {
			w.add(&state.Credential{Marker: "m2", Phase: state.Superseded, KeyID: "key2", SupersededAt: now.Add(-20 * days)})
		}, 1},
		{"one left by an interrupted run is removed", func(w *world) {
			w.add(&state.Credential{Marker: "m2", Phase: state.Created, KeyID: "key2"})
		}, 1},
		{"its secret is deleted", func(w *world) { w.leave(w.secret, w.target) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := applied(t)
			c.change(w)
			app := changeOf(t, w.build(t), appAddr).App
			if app.WillHave != c.want {
				t.Errorf("%d after the apply, want %d (ours %v, others %v)", app.WillHave, c.want, app.Ours, app.Others)
			}
		})
	}
}

func TestDeletingTakesEverySecretOfOursAndNoOther(t *testing.T) {
	w := applied(t)
	w.Options.Destroy = true
	w.add(&state.Credential{Marker: "m2", Phase: state.Superseded, KeyID: "key2"})
	w.add(&state.Credential{Marker: "m3", Phase: state.Retired, KeyID: "key3"})
	w.seen().Credentials = append(w.seen().Credentials, appregistration.Credential{KeyID: "foreign", DisplayName: "by hand"})
	p := w.build(t)
	var removed []string
	for _, s := range p.Steps {
		if s.Verb == RemoveCredential {
			removed = append(removed, s.KeyID)
		}
	}
	if !slices.Equal(removed, []string{"key1", "key2"}) {
		t.Errorf("removed %v", removed)
	}
	if p.Summary.Destroy != 3 {
		t.Errorf("summary %+v", p.Summary)
	}
	if got := verbs(p, appAddr); !slices.Equal(got, []Verb{UnassignAppRole, DeleteGrant, DeleteServicePrincipal, DeleteApplication, ForgetResource}) {
		t.Errorf("steps %v", got)
	}
}

func TestAPlanTellsWhenTheNewestSecretIsOrWasDue(t *testing.T) {
	w := applied(t)
	life := w.cred().EndsAt.Sub(made)
	for name, c := range map[string]struct {
		change func(*world)
		want   time.Time
	}{
		"the one in use": {func(*world) {}, w.cred().EndsAt.Add(-life / 3)},
		"once it is due": {func(w *world) { w.Now = w.cred().EndsAt.Add(-days) }, w.cred().EndsAt.Add(-life / 3)},
		"its successor, if one waits": {func(w *world) {
			byHand(w)
			w.add(&state.Credential{Marker: "m2", Phase: state.Waiting, KeyID: "key2", CreatedAt: now, EndsAt: now.Add(life),
				Receipts: []state.SinkReceipt{{Sink: sinkAddr, Committed: true, Readers: []string{"admin"}}}})
		}, now.Add(life - life/3)},
		"gone from Entra": {func(w *world) { w.seen().Credentials = nil }, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			w := applied(t)
			c.change(w)
			if got := changeOf(t, w.build(t), secretAddr).Secret.Due; !got.Equal(c.want) {
				t.Errorf("due %s, want %s", got, c.want)
			}
		})
	}
}
