package apply_test

import (
	"slices"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/apply"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

// The choices of the command rotate.
var (
	due    = plan.Options{SecretsOnly: true}
	named  = plan.Options{SecretsOnly: true, Replace: []addr.Instance{sec}}
	revoke = plan.Options{SecretsOnly: true, Replace: []addr.Instance{sec}, Revoke: true}
	back   = plan.Options{SecretsOnly: true, Back: []addr.Instance{sec}}
)

// rotates runs with these choices and wants no error.
func (b *bench) rotates(o plan.Options) apply.Result {
	b.Helper()
	res := b.try(o)
	if res.Diags.HasErrors() {
		b.Fatalf("the run fails: %v", res.Diags)
	}
	return res
}

// byHand makes a person enter the value.
func (b *bench) byHand() {
	b.set(sec, "retire", cty.ObjectVal(map[string]cty.Value{"on": cty.StringVal("confirmation"), "after": cty.NullVal(cty.String)}))
}

// confirms takes the nth credential as entered in every product.
func (b *bench) confirms(nth int) {
	b.Helper()
	b.edit(func(d *state.Document) {
		rotate.Confirm(d.Secret(sec).Credentials, d.Secret(sec).Credentials[nth].KeyID, b.Now())
	})
}

func TestASuccessorIsProvenAndDeliveredAndTheOldOneStays(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	old := b.creds()[0].KeyID
	b.steps = nil
	res := b.rotates(named)
	if got := b.phases(); got != "superseded current" || res.Done.Rotate != 1 {
		t.Errorf("phases %q, done %+v", got, res.Done)
	}
	if want := []string{"intend", "verify", "stage", "commit", "promote"}; !slices.Equal(b.steps, want) {
		t.Errorf("steps %v", b.steps)
	}
	if x := b.sinks[vault]; x.held.Previous != old || x.held.InUse != b.creds()[1].KeyID {
		t.Errorf("the sink holds %+v", x.held)
	}
	b.settled()
	b.later(14 * day)
	if b.rotates(due); b.phases() != "retired current" || b.sinks[vault].held.Previous != "" {
		t.Errorf("two weeks later: %s, the sink holds %+v", b.phases(), b.sinks[vault].held)
	}
	b.settled()
}

func TestARotationWithNothingDueHasNoSteps(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	if p, _ := b.plan(due); !p.Empty() {
		t.Errorf("steps %v", p.Steps)
	}
}

func TestWhatIsRevokedIsRemovedRightAfterItsSuccessorIsDelivered(t *testing.T) {
	b := newBench(t, nil)
	b.byHand()
	b.succeed()
	b.confirms(0)
	old := b.creds()[0].KeyID
	res := b.rotates(revoke)
	if got := b.phases(); got != "retired waiting" || res.Done.Rotate != 1 || res.Done.Retire != 1 {
		t.Errorf("phases %q, done %+v", got, res.Done)
	}
	if keys := b.keys(b.apps()[0]); len(keys) != 1 || keys[0] == old {
		t.Errorf("the application holds %v", keys)
	}
	b.settled()
}

func TestAnOrderToRevokeOutlivesARunThatCannotMakeTheSuccessor(t *testing.T) {
	b := newBench(t, nil)
	b.byHand()
	b.succeed()
	b.confirms(0)
	b.sinks[vault].failing = "stage"
	if res := b.try(revoke); !res.Diags.HasErrors() || b.phases() != "current" || b.creds()[0].RevokedAt.IsZero() {
		t.Fatalf("%v, phases %q", res.Diags, b.phases())
	}
	b.sinks[vault].failing = ""
	// Nobody has to name it again.
	if b.rotates(due); b.phases() != "retired waiting" {
		t.Errorf("the next run leaves %s", b.phases())
	}
	b.settled()
}

func TestARevocationThatDiesBeforeTheRemovalIsFinishedAndNotBegunAgain(t *testing.T) {
	b := newBench(t, nil)
	b.byHand()
	b.succeed()
	b.confirms(0)
	p, in := b.plan(revoke)
	p.Steps = slices.DeleteFunc(p.Steps, func(s plan.Step) bool { return s.Verb == plan.RemoveCredential })
	if res := b.carryOut(p, in); res.Diags.HasErrors() || b.phases() != "superseded waiting" {
		t.Fatalf("%v, phases %q", res.Diags, b.phases())
	}
	made := b.creds()[1].KeyID
	if b.rotates(revoke); b.phases() != "retired waiting" || b.creds()[1].KeyID != made {
		t.Errorf("the same command again leaves %s", b.phases())
	}
	b.settled()
}

func TestThePreviousValueIsBroughtBackWhereEveryProductStillUsesIt(t *testing.T) {
	b := newBench(t, nil)
	b.byHand()
	b.succeed()
	b.confirms(0)
	old := b.creds()[0].KeyID
	b.rotates(named)
	if b.phases() != "current waiting" {
		t.Fatalf("phases %q", b.phases())
	}
	b.rotates(back)
	if c := b.creds(); b.phases() != "superseded current" || c[1].KeyID != old || b.sinks[vault].held.InUse != old {
		t.Errorf("phases %q, the sink holds %+v", b.phases(), b.sinks[vault].held)
	}
	b.settled()
}

func TestAValueThatProductsHaveLeftIsBroughtBackAndWaitsForThem(t *testing.T) {
	b := newBench(t, nil)
	b.byHand()
	b.succeed()
	b.confirms(0)
	b.later(day)
	b.rotates(named)
	b.confirms(1)
	b.rotates(back)
	if got := b.phases(); got != "current waiting" {
		t.Errorf("phases %q: what the product uses must stay until it has the earlier value", got)
	}
	b.confirms(1)
	if got := b.phases(); got != "superseded current" {
		t.Errorf("once confirmed: %q", got)
	}
	b.settled()
}

func TestNothingChangesWhereThePreviousValueIsInNoSink(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	b.rotates(named)
	before, serial := b.phases(), b.doc().Serial
	b.sinks[vault].held.Previous = ""
	if res := b.try(back); !res.Diags.HasErrors() {
		t.Error("nothing is said")
	}
	// The beginning of a run is recorded, what is wanted of the secret is not.
	if b.phases() != before || b.doc().Serial > serial+2 {
		t.Errorf("phases %q instead of %q", b.phases(), before)
	}
}

func TestGoingBackGoesOnAfterADeathBetweenTwoSinks(t *testing.T) {
	b := newBench(t, nil)
	b.byHand()
	b.sinks[spare] = &box{}
	b.set(sec, "deliver_to", cty.ListVal([]cty.Value{cty.StringVal(vault.String()), cty.StringVal(spare.String())}))
	b.succeed()
	b.confirms(0)
	old := b.creds()[0].KeyID
	b.rotates(named)
	b.sinks[spare].failing = "restore"
	if res := b.try(back); !res.Diags.HasErrors() || b.phases() != "waiting delivering" {
		t.Fatalf("%v, phases %q", res.Diags, b.phases())
	}
	b.sinks[spare].failing = ""
	for _, o := range []plan.Options{back, due} {
		if b.rotates(o); b.phases() != "superseded current" || b.sinks[vault].held.InUse != old || b.sinks[spare].held.InUse != old {
			t.Errorf("phases %q, the sinks hold %+v and %+v", b.phases(), b.sinks[vault].held, b.sinks[spare].held)
		}
		if o.Back != nil {
			b.settled()
		}
	}
}

func TestARejectedValueGivesWayBeforeASuccessorPushesTheOneInUseOut(t *testing.T) {
	b := newBench(t, nil)
	b.byHand()
	b.succeed()
	b.confirms(0)
	inUse := b.creds()[0].KeyID
	b.rotates(named)
	rejected := b.creds()[1].KeyID
	b.edit(func(d *state.Document) {
		rotate.Reject(d.Secret(sec).Credentials, rejected, "it does not fit", b.Now())
	})
	b.rotates(named)
	if got := b.phases(); got != "current retired waiting" {
		t.Errorf("phases %q", got)
	}
	if x := b.sinks[vault].held; x.Previous != inUse || x.InUse != b.creds()[2].KeyID {
		t.Errorf("the sink holds %+v: the value in use can no longer be read", x)
	}
	if slices.Contains(b.keys(b.apps()[0]), rejected) {
		t.Error("the rejected secret is still there")
	}
	b.settled()
}

func TestASinkThatWasAddedGetsTheValueThereIs(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	b.sinks[spare] = &box{}
	b.set(sec, "deliver_to", cty.ListVal([]cty.Value{cty.StringVal(vault.String()), cty.StringVal(spare.String())}))
	in := b.input(plan.Options{})
	in.Readable = func(addr.Instance) bool { return true }
	p := plan.Build(in).Plan
	if res := b.carryOut(p, in); res.Diags.HasErrors() {
		t.Fatal(res.Diags)
	}
	if c := b.creds(); len(c) != 1 || b.sinks[spare].held.InUse != c[0].KeyID || len(c[0].Receipts) != 2 {
		t.Errorf("phases %q, the sink holds %+v", b.phases(), b.sinks[spare].held)
	}
	b.settled()
}

func TestWhatTheRunIsSignedInWithIsNotRemoved(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	b.rotates(named)
	b.later(14 * day)
	b.id.ClientID, b.id.SecretHint = b.doc().Application(app).ClientID, b.creds()[0].Hint
	p, in := b.plan(due)
	if len(p.Notes) != 1 || p.Summary.Retire != 0 {
		t.Errorf("retires %d, says %v", p.Summary.Retire, p.Notes)
	}
	b.carryOut(p, in)
	if b.phases() != "superseded current" {
		t.Errorf("phases %q", b.phases())
	}
	in = b.input(plan.Options{Destroy: true})
	if ds := plan.Build(in).Diags; !slices.ContainsFunc(ds, func(d diag.Diagnostic) bool { return d.Code == "MP330" }) {
		t.Errorf("the application is deleted under the run: %v", ds)
	}
}

func TestASecretThatCannotBePlannedForLeavesTheOthersAlone(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	other := addr.Instance{Type: "client_secret", Name: "other"}
	second := *b.desired[sec]
	second.Addr = other
	b.desired[other] = &second
	b.succeed() // after the first: a box has room for one delivery at a time
	in := b.input(plan.Options{SecretsOnly: true, Replace: []addr.Instance{sec, other}})
	in.Broken = map[addr.Instance]diag.Diagnostic{vault: diag.Err("MP306", "Sink cannot be used", "It is shut.")}
	if res := plan.Build(in); len(res.Plan.Failures) != 2 || !res.Plan.Empty() || res.Diags.HasErrors() {
		t.Errorf("failures %v, steps %v, errors %v", res.Plan.Failures, res.Plan.Steps, res.Diags)
	}
	in.Broken = nil
	in.Observed = map[addr.Instance]*appregistration.Observed{app: {Gone: true}}
	if res := plan.Build(in); len(res.Plan.Failures) != 2 || res.Plan.Failures[0].Code != "MP325" {
		t.Errorf("failures %v", res.Plan.Failures)
	}
}

func TestAnOrderToRevokeIsKeptWhereADeliveryIsOnlyFinished(t *testing.T) {
	b := newBench(t, nil)
	b.byHand()
	b.succeed()
	b.confirms(0)
	b.sinks[vault].failing = "commit"
	b.try(named)
	if got := b.phases(); got != "current delivering" {
		t.Fatalf("phases %q", got)
	}
	made := b.creds()[1].KeyID
	b.sinks[vault].failing = ""
	p, in := b.plan(revoke)
	p.Steps = slices.DeleteFunc(p.Steps, func(s plan.Step) bool { return s.Verb == plan.RemoveCredential })
	if res := b.carryOut(p, in); res.Diags.HasErrors() || b.phases() != "superseded waiting" {
		t.Fatalf("%v, phases %q", res.Diags, b.phases())
	}
	if b.rotates(due); b.phases() != "retired waiting" || b.creds()[1].KeyID != made {
		t.Errorf("the next run leaves %s", b.phases())
	}
	b.settled()
}
