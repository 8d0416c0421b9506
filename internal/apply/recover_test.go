package apply_test

import (
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/state"
)

// The writes of a create.
var writes = []string{
	"PATCH /applications*", "PATCH /servicePrincipals*", "POST /*/addPassword", "POST /*/appRoleAssignedTo", "POST /oauth2PermissionGrants",
}

func TestAnyLostAnswerOfACreateIsMadeGood(t *testing.T) {
	for name, action := range map[string]sandbox.Action{
		"dropped before": {Drop: true}, "dropped after": {Drop: true, After: true}, "500 after": {Status: 500, After: true},
		"HTML after": {Garbage: "html"}, "truncated after": {Garbage: "truncated"}, "empty after": {Garbage: "empty"},
	} {
		for _, match := range writes {
			t.Run(name+" "+match, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, &sandbox.Faults{Rules: []sandbox.Rule{{Match: match, First: 1, Action: action}}})
				for range 3 {
					if !b.try(plan.Options{}).Diags.HasErrors() {
						break
					}
				}
				b.settled()
			})
		}
	}
}

func TestALostAnswerOnATenantThatLagsLeavesNoStrayCredential(t *testing.T) {
	for _, lag := range []time.Duration{5 * time.Second, 30 * time.Second} {
		b := newBench(t, &sandbox.Faults{
			Lag:   &sandbox.Lag{Reads: sandbox.Amount{For: lag}, Secrets: sandbox.Amount{For: lag}},
			Rules: []sandbox.Rule{{Match: "POST /*/addPassword", First: 1, Action: sandbox.Action{Drop: true, After: true}}},
		})
		for range 3 {
			if !b.try(plan.Options{}).Diags.HasErrors() {
				break
			}
		}
		b.later(20 * time.Minute)
		b.settled()
	}
}

// A run that dies is one after which nothing more reaches the store, and whose
// sinks and tenant stay as they are.
func TestARunThatDiesAfterAnyWriteOfItsStateIsFinishedByTheNext(t *testing.T) {
	for write := 1; write <= 12; write++ {
		b := newBench(t, nil)
		dead := make(chan struct{})
		b.lock.before = func(n int, _ *state.Document) error {
			if n == write {
				close(dead)
			}
			select {
			case <-dead:
				return errDead
			default:
				return nil
			}
		}
		b.try(plan.Options{})
		b.lock.before = nil
		b.succeed()
		b.later(time.Minute)
		b.settled()
	}
}

// What could not be sent with the creation yet is not missing from the answers
// of a replica: waiting for it would last as long as lag is believed.
func TestAnUpdateThatWasNeverSentIsNotTakenForLag(t *testing.T) {
	b := newBench(t, &sandbox.Faults{Rules: []sandbox.Rule{{
		Match: "PATCH /applications/{id}", Action: sandbox.Action{Status: 403, Code: "Authorization_RequestDenied"},
	}}})
	uri := cty.UnknownVal(cty.String).Refine().NotNull().StringPrefix("api://").NewValue()
	b.set(app, "identifier_uris", cty.SetVal([]cty.Value{uri}))
	b.lock.before = func(int, *state.Document) error {
		if a := b.doc().Application(app); a != nil && a.ObjectID != "" {
			return errDead
		}
		return nil
	}
	b.try(plan.Options{})
	b.lock.before = nil
	b.faults(nil)
	start := b.Now()
	b.succeed()
	if d := b.Now().Sub(start); d > time.Minute {
		t.Errorf("the next run waited %v", d)
	}
	if uris := b.apps()[0].Properties["identifierUris"]; len(uris.([]any)) != 1 {
		t.Errorf("the application has the URIs %v", uris)
	}
}

func TestAnAbandonedCredentialIsRemovedWhenItTurnsUpHoweverLate(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	stray, id := "", b.apps()[0].ID
	b.mutate(func(tr *sandbox.Truth) (err error) {
		stray, _, err = tr.AddPassword(id, "Mail (mailprov lost1)", b.now.Add(time.Hour*9999))
		return err
	})
	b.edit(func(d *state.Document) {
		s := d.Secret(sec)
		s.Credentials = append(s.Credentials, &state.Credential{Marker: "lost1", DisplayName: "Mail", Phase: state.Abandoned, AbandonedAt: b.Now()})
	})
	b.later(48 * time.Hour)
	b.faults(&sandbox.Faults{Rules: []sandbox.Rule{{Match: "POST /*/removePassword", Action: sandbox.Action{Status: 403}}}})
	b.fail("MP402")
	b.faults(nil)
	b.succeed()
	for _, k := range b.keys(b.apps()[0]) {
		if k == stray {
			t.Error("the abandoned credential is still there")
		}
	}
	b.settled()
}

func TestAnAbandonedCredentialThatNeverTurnsUpIsForgottenAfterADay(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	b.edit(func(d *state.Document) {
		s := d.Secret(sec)
		s.Credentials = append(s.Credentials, &state.Credential{Marker: "lost1", DisplayName: "Mail", Phase: state.Abandoned, AbandonedAt: b.Now()})
	})
	b.settled() // by itself it is no reason to write anything
	b.later(25 * time.Hour)
	b.note("changed")
	b.succeed()
	if b.phases() != "current" {
		t.Errorf("phases are %q", b.phases())
	}
}

func TestAWriteThatCouldNotBeReadBackCountsAsUnseen(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	b.note("changed")
	p, in := b.plan(plan.Options{})
	b.faults(&sandbox.Faults{Rules: []sandbox.Rule{{Match: "GET /*", Action: sandbox.Action{Status: 500}}}})
	b.carryOut(p, in)
	b.faults(nil)
	if b.doc().Application(app).Seen {
		t.Error("what nobody could read is said to have been seen")
	}
	b.settled()
}

// edit changes the stored state by hand.
func (b *bench) edit(change func(*state.Document)) {
	b.Helper()
	d := b.doc()
	change(d)
	d.Serial++
	raw, err := state.Encode(d)
	if err != nil {
		b.Fatal(err)
	}
	b.lock.stored, b.lock.serial = raw, d.Serial
}

func TestNothingIsChangedOnceTheLockIsLost(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	b.note("changed")
	p, in := b.plan(plan.Options{})
	lost := make(chan struct{})
	close(lost)
	b.lock.lost = lost
	res := b.carryOut(p, in)
	if !res.Diags.HasErrors() || b.apps()[0].Properties["notes"] != "by IT" {
		t.Errorf("notes are %v, %v", b.apps()[0].Properties["notes"], res.Diags)
	}
}

func TestNothingMoreIsChangedOnceTheStateCannotBeWritten(t *testing.T) {
	b := newBench(t, nil)
	b.lock.before = b.lock.dieAt(3)
	b.try(plan.Options{})
	for _, kind := range []string{"oAuth2PermissionGrant", "appRoleAssignment"} {
		for _, i := range b.tenant.Items(kind) {
			if len(b.apps()) == 1 && (i.Properties["clientId"] != nil || i.Properties["principalDisplayName"] == "Mail") {
				t.Errorf("%s was made although the state could not be written", kind)
			}
		}
	}
}
