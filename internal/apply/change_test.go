package apply_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/state"
)

func TestAnOwnerWhoIsNoLongerWantedIsRemovedWhereverTheRunDies(t *testing.T) {
	for write := 1; write <= 6; write++ {
		b := newBench(t, nil)
		alice, _ := b.tenant.Seeded().User("admin@example.co.jp")
		b.set(app, "owners", resource.StringSet([]string{alice.ID}))
		b.succeed()
		b.set(app, "owners", cty.SetValEmpty(cty.String))
		b.note("changed")
		b.faults(&sandbox.Faults{Rules: []sandbox.Rule{{Match: "DELETE /*/owners*", Action: sandbox.Action{Delay: sandbox.Amount{For: time.Millisecond}, Status: 503}}}})
		b.lock.before = b.lock.dieAt(write)
		b.try(plan.Options{})
		b.lock.before = nil
		b.faults(nil)
		b.succeed()
		if owners := b.apps()[0].Owners; slices.Contains(owners, alice.ID) {
			t.Errorf("dead at write %d: the owner is still there", write)
		}
		b.settled()
	}
}

func TestALateAttributeIsWrittenOnceTheClientIDIsKnown(t *testing.T) {
	b := newBench(t, nil)
	b.set(app, "identifier_uris", cty.UnknownVal(cty.Set(cty.String)))
	b.succeed()
	made := b.apps()[0]
	if uris, _ := made.Properties["identifierUris"].([]any); len(uris) != 1 || uris[0] != "api://"+made.AppID {
		t.Errorf("identifier URIs are %v", made.Properties["identifierUris"])
	}
	b.set(app, "identifier_uris", resource.StringSet([]string{"api://" + made.AppID}))
	b.settled()
}

func TestAPlainBlockThatBecomesManyKeepsWhatWasMade(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	i := *b.desired[app]
	i.Addr = addr.Instance{Type: "app_registration", Name: "mail", Key: "tokyo"}
	b.desired = map[addr.Instance]*resource.Instance{i.Addr: &i}
	if res := b.try(plan.Options{AllowReplace: []addr.Instance{app}}); res.Diags.HasErrors() {
		t.Fatal(res.Diags)
	}
	d := b.doc()
	if len(d.Applications) != 1 || d.Applications[0].Address != i.Addr || len(b.apps()) != 1 {
		t.Errorf("the state lists %v, the tenant has %d", d.Addresses(), len(b.apps()))
	}
}

func TestDestroyLeavesNothingOfOursAndEverythingOfOthers(t *testing.T) {
	b := newBench(t, nil)
	before := len(b.tenant.Applications())
	b.succeed()
	res := b.try(plan.Options{Destroy: true})
	if res.Diags.HasErrors() || res.Done.Destroy != 2 {
		t.Fatalf("done %+v, %v", res.Done, res.Diags)
	}
	if d := b.doc(); !d.Empty() || len(b.tenant.Applications()) != before || b.sinks[vault].held.InUse != "" {
		t.Errorf("left: %v, %d applications, %+v", d.Addresses(), len(b.tenant.Applications())-before, b.sinks[vault].held)
	}
	for _, kind := range []string{"oAuth2PermissionGrant"} {
		if n := len(b.tenant.Items(kind)); n != 0 {
			t.Errorf("%d of %s are left", n, kind)
		}
	}
}

// A sink's files of one secret are read, changed and written back; two at once
// would undo one another.
func TestTheCredentialsOfOneSecretAreDroppedFromASinkOneAfterTheOther(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	b.later(130 * day)
	b.succeed()
	var inside, most atomic.Int32
	second := make(chan struct{})
	b.sinks[vault].visit = func() {
		n := inside.Add(1)
		defer inside.Add(-1)
		if n > 1 {
			most.Store(n)
			close(second)
		}
		select {
		case <-second:
		case <-time.After(100 * time.Millisecond): // enough for one that does not wait its turn
		}
	}
	if res := b.try(plan.Options{Destroy: true}); res.Diags.HasErrors() {
		t.Fatal(res.Diags)
	}
	if most.Load() > 1 {
		t.Error("two credentials of a secret were dropped from its sink at once")
	}
}

func TestADestroyThatDiesAnywhereIsFinishedByTheNext(t *testing.T) {
	for write := 1; write <= 10; write++ {
		b := newBench(t, nil)
		b.succeed()
		b.lock.before = b.lock.dieAt(b.lock.writes + write)
		b.try(plan.Options{Destroy: true})
		b.lock.before = nil
		if a := b.doc().Application(app); write > 1 && a != nil && !a.Deleting {
			t.Errorf("dead at write %d: the state does not say that it is being deleted", write)
		}
		if res := b.try(plan.Options{Destroy: true}); res.Diags.HasErrors() {
			t.Fatalf("dead at write %d: %v", write, res.Diags)
		}
		if !b.doc().Empty() || len(b.apps()) != 0 {
			t.Errorf("dead at write %d: left %v, %d applications", write, b.doc().Addresses(), len(b.apps()))
		}
	}
}

func TestConsentThatIsSkippedIsLeftToOthersAndNothingItReplacesIsRevoked(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	grants := len(b.tenant.Items("oAuth2PermissionGrant"))
	b.set(app, "api_permissions", cty.MapVal(map[string]cty.Value{"microsoft_graph": cty.ObjectVal(map[string]cty.Value{
		"delegated": resource.StringSet([]string{"Mail.Read"}), "application": cty.SetValEmpty(cty.String),
	})}))
	b.skip = true
	b.succeed()
	if n := len(b.tenant.Items("oAuth2PermissionGrant")); n != grants {
		t.Errorf("%d grants, before %d", n, grants)
	}
	b.settled()
	b.skip = false
	b.succeed()
	g := b.tenant.Items("oAuth2PermissionGrant")
	if len(g) != 1 || g[0].Properties["scope"] != "Mail.Read" {
		t.Errorf("grants are %+v", g)
	}
	b.settled()
}

func TestAFailureSaysWhatWorksAndWhatToDo(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	b.later(130 * day)
	b.sinks[vault].failing = "stage"
	res := b.fail("MP301")
	i := slices.IndexFunc(res.Diags, func(d diag.Diagnostic) bool { return d.Code == "MP301" })
	if d := res.Diags[i]; d.Mail == "" || d.Do == "" || d.Address != sec.String() {
		t.Errorf("it says %+v", d)
	}
	if res.Done.Rotate != 0 {
		t.Errorf("done: %+v", res.Done)
	}
}

// dieAt refuses one write of the state and all that follow.
func (m *memory) dieAt(write int) func(int, *state.Document) error {
	return func(n int, _ *state.Document) error {
		if n >= write {
			return errDead
		}
		return nil
	}
}
