package apply_test

import (
	"errors"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
)

func TestACreateEndsWithASecretInItsSinkAndNothingToDo(t *testing.T) {
	b := newBench(t, nil)
	res := b.succeed()
	if res.Done.Add != 2 || res.Done.SecretsCreate != 1 {
		t.Errorf("done: %+v", res.Done)
	}
	if got := b.phases(); got != "current" {
		t.Errorf("phases are %q", got)
	}
	c := b.creds()[0]
	if b.sinks[vault].held.InUse != c.KeyID || len(c.Receipts) != 1 || !c.Receipts[0].Committed {
		t.Errorf("the sink holds %+v, the state says %+v", b.sinks[vault].held, c)
	}
	if a := b.doc().Application(app); !a.Seen || a.ServicePrincipalID == "" {
		t.Errorf("the state says %+v of the application", a)
	}
	b.settled()
}

func TestASinkThatCannotStageLeavesNoCredentialAndEverySinkAsItWas(t *testing.T) {
	b := newBench(t, nil)
	b.sinks[spare] = &box{failing: "stage"}
	b.set(sec, "deliver_to", cty.ListVal([]cty.Value{cty.StringVal(vault.String()), cty.StringVal(spare.String())}))
	b.fail("MP301")
	if n := len(b.keys(b.apps()[0])); n != 0 {
		t.Errorf("%d credentials are left in Entra", n)
	}
	if b.phases() != "" {
		t.Errorf("the state still lists %s", b.phases())
	}
	if x := b.sinks[vault]; x.held.InUse != "" || x.held.Staged != "" || x.discards != 1 {
		t.Errorf("the other sink holds %+v", x.held)
	}
	b.sinks[spare].failing = ""
	b.succeed()
	b.settled()
}

func TestNothingIsGrantedWhereTheSecretIsNotProven(t *testing.T) {
	b := newBench(t, &sandbox.Faults{Lag: &sandbox.Lag{Secrets: sandbox.Amount{Count: 1000}}})
	b.fail("MP303")
	if n := len(b.tenant.Items("oAuth2PermissionGrant")); n != 0 {
		t.Errorf("%d grants were made", n)
	}
	if b.sinks[vault].held.Staged != "" || b.phases() != "" || len(b.keys(b.apps()[0])) != 0 {
		t.Errorf("an unproven secret is left: %+v, %q", b.sinks[vault].held, b.phases())
	}
	b.faults(nil)
	b.succeed()
	b.settled()
}

func TestASinkThatCannotCommitKeepsTheDeliveryForTheNextRun(t *testing.T) {
	b := newBench(t, nil)
	b.sinks[vault].failing = "commit"
	b.fail("MP301")
	if b.phases() != "delivering" {
		t.Fatalf("phases are %q", b.phases())
	}
	made := b.creds()[0].KeyID
	b.sinks[vault].failing = ""
	b.succeed()
	if b.phases() != "current" || b.sinks[vault].held.InUse != made {
		t.Errorf("phases are %q, the sink holds %+v", b.phases(), b.sinks[vault].held)
	}
	b.settled()
}

func TestAnInterruptedDeliveryIsFinishedTogetherWithWhatTheConfigurationSaysNow(t *testing.T) {
	b := newBench(t, nil)
	b.sinks[vault].failing = "commit"
	b.fail("MP301")
	b.sinks[vault].failing = ""
	b.set(sec, "rotate_before", cty.StringVal("20d"))
	b.succeed()
	b.settled()
}

func TestADeliveryWhoseCredentialSomebodyRemovedIsMadeAnew(t *testing.T) {
	b := newBench(t, nil)
	b.sinks[vault].failing = "commit"
	b.fail("MP301")
	lost := b.creds()[0].KeyID
	id := b.apps()[0].ID
	b.mutate(func(tr *sandbox.Truth) error { return tr.RemovePassword(id, lost) })
	b.sinks[vault].failing = ""
	b.later(time.Hour)
	b.succeed()
	if b.sinks[vault].held.InUse == lost {
		t.Error("the removed one was delivered")
	}
	for _, c := range b.creds() {
		if c.Phase == state.Delivering {
			t.Error("the removed one is still being delivered")
		}
	}
	b.settled()
}

func TestTheNextValueIsStagedBesideTheOldOneAndTheOldOneRetiredLater(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	old := b.creds()[0].KeyID
	b.later(130 * day) // a third of 180 days before the end
	b.succeed()
	if b.phases() != "superseded current" || b.sinks[vault].held.Previous != old {
		t.Fatalf("phases are %q, the sink holds %+v", b.phases(), b.sinks[vault].held)
	}
	b.settled()
	b.later(15 * day)
	res := b.succeed()
	if b.phases() != "retired current" || b.sinks[vault].held.Previous != "" || res.Done.Retire != 1 {
		t.Errorf("phases are %q, the sink holds %+v, done %+v", b.phases(), b.sinks[vault].held, res.Done)
	}
	b.settled()
}

func TestAFailedRotationLeavesTheOldSecretAlone(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	old := b.creds()[0].KeyID
	b.later(130 * day)
	b.sinks[vault].failing = "stage"
	b.fail("MP301")
	if b.phases() != "current" || b.sinks[vault].held.InUse != old || len(b.keys(b.apps()[0])) != 1 {
		t.Errorf("phases are %q, the sink holds %+v", b.phases(), b.sinks[vault].held)
	}
}

func TestAValueThatIsLostBeforeAnyoneCouldReadItIsReplacedAtOnce(t *testing.T) {
	b := newBench(t, nil)
	b.set(sec, "retire", cty.ObjectVal(map[string]cty.Value{"on": cty.StringVal("confirmation"), "after": cty.NullVal(cty.String)}))
	b.succeed()
	b.confirm()
	b.later(130 * day)
	b.sinks[vault].failing = "commit"
	b.fail("MP301")
	b.sinks[vault].failing = ""
	b.sinks[vault].held.Staged = "" // a runner that was thrown away
	b.fail("MP301")
	b.succeed()
	if b.sinks[vault].held.InUse != b.creds()[len(b.creds())-1].KeyID {
		t.Errorf("phases are %q, the sink holds %+v", b.phases(), b.sinks[vault].held)
	}
	b.settled()
}

// confirm does to the stored state what a person's confirmation does.
func (b *bench) confirm() {
	b.Helper()
	b.edit(func(d *state.Document) {
		for _, c := range d.Secret(sec).Credentials {
			if c.Phase == state.Waiting {
				c.Phase, c.ConfirmedAt = state.Current, b.Now()
			}
		}
	})
}

func TestAStateThatCannotBeWrittenStopsTheRunBeforeTheNextChange(t *testing.T) {
	full := errors.New("the disk is full")
	for write := 1; write <= 12; write++ {
		b := newBench(t, nil)
		b.lock.before = func(n int, _ *state.Document) error {
			if n >= write {
				return full
			}
			return nil
		}
		res := b.try(plan.Options{})
		if res.Diags.HasErrors() && b.sinks[vault].held.InUse != "" && b.phases() != "delivering" && b.phases() != "current" {
			t.Errorf("write %d: the sink was committed and the state says %q", write, b.phases())
		}
		b.lock.before = nil
		b.later(time.Minute)
		b.succeed()
		b.settled()
	}
}

func TestWhatADeadRunStagedIsDroppedWithItsCredential(t *testing.T) {
	b := newBench(t, nil)
	b.lock.before = func(_ int, d *state.Document) error {
		if s := d.Secret(sec); s != nil && len(s.Credentials) > 0 && s.Credentials[0].Phase == state.Delivering {
			return errDead
		}
		return nil
	}
	b.try(plan.Options{})
	staged := b.sinks[vault].held.Staged
	if staged == "" || b.phases() != "verified" {
		t.Fatalf("the sink holds %+v, phases are %q", b.sinks[vault].held, b.phases())
	}
	b.lock.before = nil
	b.succeed()
	if b.sinks[vault].discards != 1 || b.sinks[vault].held.InUse == staged {
		t.Errorf("%d values were dropped, the sink holds %+v", b.sinks[vault].discards, b.sinks[vault].held)
	}
	b.settled()
}

// Without the receipt of the sink that has it, the new value would count as one
// that nobody can have, and its successor would push the one in use out.
func TestASinkThatLostTheValueDoesNotKeepItFromTheOthers(t *testing.T) {
	b := newBench(t, nil)
	disk := addr.Instance{Type: "sink", Name: "disk"}
	b.sinks[disk] = &box{}
	b.set(sec, "deliver_to", cty.ListVal([]cty.Value{cty.StringVal(disk.String()), cty.StringVal(vault.String())}))
	b.set(sec, "retire", cty.ObjectVal(map[string]cty.Value{"on": cty.StringVal("confirmation"), "after": cty.NullVal(cty.String)}))
	b.succeed()
	b.confirm()
	old := b.creds()[0].KeyID
	b.later(130 * day)
	b.sinks[disk].failing = "commit"
	b.fail("MP301")
	b.sinks[disk].failing, b.sinks[disk].held = "", sink.Contents{} // a runner that was thrown away
	b.sinks[vault].closed = true                                    // by one that has no key
	b.fail("MP301")
	if held := b.sinks[vault].held; held.InUse != b.creds()[1].KeyID || held.Previous != old || !b.creds()[1].Received() {
		t.Errorf("the sink holds %+v, receipts are %+v", held, b.creds()[1].Receipts)
	}
	if p, _ := b.plan(plan.Options{}); !p.Empty() {
		t.Errorf("steps %+v", p.Steps)
	}
}
