package plan

import (
	"context"
	"slices"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"pgregory.net/rapid"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/dag"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
)

// before tells whether step a must have succeeded before step b is begun.
func before(p *Plan, a, b int) bool {
	for _, n := range p.Steps[b].Needs {
		if n == a || before(p, a, n) {
			return true
		}
	}
	return false
}

// sooner are pairs of which the first must always come before the second, of
// one application with its secret and its target.
var sooner = []struct {
	law           string
	first, second []Verb
}{
	{"nothing is done to what is not made", []Verb{CreateApplication}, []Verb{
		CreateServicePrincipal, UpdateApplication, AddOwner, CreateCredential, VerifyCredential, DeliverCredential, AssignAppRole}},
	{"a role needs whom to assign it to", []Verb{CreateServicePrincipal}, []Verb{AssignAppRole}},
	{"a secret is proven as the service principal", []Verb{CreateServicePrincipal, CreateCredential}, []Verb{VerifyCredential}},
	{"nothing unproven is delivered", []Verb{CreateCredential, VerifyCredential}, []Verb{DeliverCredential}},
	{"nothing is granted before the secret is proven", []Verb{VerifyCredential}, []Verb{AssignAppRole}},
	{"what is revoked is revoked before anything is granted", []Verb{UnassignAppRole, DeleteGrant}, []Verb{
		AssignAppRole, UpdateApplication, CreateCredential, CreateServicePrincipal, AddOwner}},
	{"an owner is gone before the state forgets about it", []Verb{RemoveOwner}, []Verb{UpdateApplication}},
	{"consent ends before its principal", []Verb{UnassignAppRole, DeleteGrant}, []Verb{DeleteServicePrincipal}},
	{"an application is deleted last", []Verb{DeleteServicePrincipal, RemoveFromSinks}, []Verb{DeleteApplication}},
}

// laws checks every plan, whatever it is for.
func laws(t interface{ Errorf(string, ...any) }, p *Plan) {
	for i, s := range p.Steps {
		if before(p, i, i) {
			t.Errorf("step %d (%s) waits for itself", i, s.Verb)
			return
		}
	}
	for _, l := range sooner {
		for i, a := range p.Steps {
			for j, b := range p.Steps {
				if slices.Contains(l.first, a.Verb) && slices.Contains(l.second, b.Verb) && !before(p, i, j) {
					t.Errorf("%s: %s does not wait for %s", l.law, b.Verb, a.Verb)
				}
			}
		}
	}
	for i, a := range p.Steps {
		grants := a.Verb == AssignAppRole || a.Verb == SetGrant && !narrows(p, a)
		for j, b := range p.Steps {
			switch {
			case a.Verb == RemoveCredential && b.Verb == DeliverCredential && !before(p, i, j) && !before(p, j, i):
				t.Errorf("a secret is removed beside the delivery of its successor")
			case grants && b.Verb == VerifyCredential && !before(p, j, i):
				t.Errorf("%s does not wait for the proof of the secret", a.Verb)
			case b.Verb == ForgetResource && a.Addr == b.Addr && i != j && !before(p, i, j):
				t.Errorf("%s is forgotten before %s", a.Addr, a.Verb)
			case a.Verb == RemoveCredential && b.Verb == DeleteApplication && !before(p, i, j):
				t.Errorf("the application goes before its secrets")
			}
		}
	}
}

// narrows tells whether a SetGrant only takes away.
func narrows(p *Plan, s Step) bool {
	for _, c := range p.Consent {
		if c.Action == "grant" && c.Permission.API == s.API && c.Permission.Kind == resource.DelegatedKind {
			return false
		}
	}
	return true
}

func TestStepsComeInAnOrderThatCanBeInterruptedAnywhere(t *testing.T) {
	names := []string{"Mail.Send", "Mail.Read", "Mail.ReadWrite", "offline_access"}
	subset := func(t *rapid.T, label string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !rapid.Bool().Draw(t, label+" "+n) })
	}
	phases := []state.Phase{"", state.Intended, state.Created, state.Verified, state.Delivering, state.Waiting, state.Superseded, state.Abandoned}
	rapid.Check(t, func(rt *rapid.T) {
		w := fresh()
		w.app.Attrs = with(w.app.Attrs, set(pick(rt, "owner before")...), "owners")
		if rapid.Bool().Draw(rt, "applied") {
			w.record(t)
			for _, kind := range []resource.Kind{resource.ApplicationKind, resource.DelegatedKind} {
				for _, n := range subset(rt, "granted "+string(kind)) {
					if p := (resource.Permission{API: "microsoft_graph", Kind: kind, Value: n}); !w.seen().Granted()[p] {
						grantTo(w.seen(), p)
					}
				}
			}
			if phase := rapid.SampledFrom(phases).Draw(rt, "second credential"); phase != "" {
				w.add(&state.Credential{Marker: "m2", Phase: phase, KeyID: "key2", EndsAt: now.Add(90 * days)})
			}
			switch rapid.SampledFrom([]string{"", "due", "no principal", "gone", "key gone"}).Draw(rt, "tenant") {
			case "due":
				w.Now = made.Add(70 * days)
			case "no principal":
				w.seen().ServicePrincipalID, w.seen().Grants, w.seen().Assignments = "", nil, nil
			case "gone":
				w.Observed[appAddr] = &appregistration.Observed{Gone: true, Attrs: appregistration.Schema().Defaults()}
			case "key gone":
				w.seen().Credentials = nil
			}
		}
		w.app.Attrs = with(w.app.Attrs, set(pick(rt, "owner after")...), "owners")
		w.app.Attrs = with(w.app.Attrs, cty.BoolVal(rapid.Bool().Draw(rt, "consent")), "admin_consent")
		if d, a := subset(rt, "delegated"), subset(rt, "application"); len(d)+len(a) > 0 {
			w.app.Attrs = with(w.app.Attrs, perms(d, a), "api_permissions")
		}
		w.Options.SkipGrant = rapid.Bool().Draw(rt, "skip")
		switch rapid.SampledFrom([]string{"", "secret", "all", "destroy"}).Draw(rt, "removed") {
		case "secret":
			w.leave(w.secret, w.target)
		case "all":
			w.leave(w.app, w.secret, w.target)
		case "destroy":
			w.Options.Destroy = true
		}
		res := Build(w.Input)
		if res.Diags.HasErrors() {
			rt.Fatalf("the plan fails: %v", res.Diags)
		}
		laws(rt, res.Plan)
		again := Build(w.Input)
		if !slices.EqualFunc(res.Plan.Steps, again.Plan.Steps, sameStep) {
			rt.Errorf("the same input gives two plans:\n%+v\n%+v", res.Plan.Steps, again.Plan.Steps)
		}
	})
}

func pick(t *rapid.T, label string) []string {
	return rapid.SampledFrom([][]string{nil, {alice}, {bob}, {alice, bob}}).Draw(t, label)
}

func sameStep(a, b Step) bool {
	return a.Verb == b.Verb && a.Addr == b.Addr && a.Permission == b.Permission && a.ID == b.ID && a.KeyID == b.KeyID && a.Marker == b.Marker &&
		slices.Equal(a.Scopes, b.Scopes) && slices.Equal(a.Paths, b.Paths) && slices.Equal(a.Needs, b.Needs)
}

// An application of personal accounts takes two secrets: what was replaced long
// ago must make room, or no successor could ever be made.
func TestWhatWasReplacedGoesBeforeASuccessorIsMadeAndWhatIsRevokedAfterItsDelivery(t *testing.T) {
	w := applied(t)
	w.Now = made.Add(70 * days)
	w.add(&state.Credential{Marker: "m0", Phase: state.Superseded, KeyID: "key0", SupersededAt: made, EndsAt: now.Add(90 * days)})
	w.Options.Replace, w.Options.Revoke = []addr.Instance{secretAddr}, true
	p := w.build(t)
	step := func(verb Verb, key string) int {
		i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Verb == verb && (key == "" || s.KeyID == key) })
		if i < 0 {
			t.Fatalf("no step %s %s among %+v", verb, key, p.Steps)
		}
		return i
	}
	if !before(p, step(RemoveCredential, "key0"), step(CreateCredential, "")) {
		t.Errorf("what was replaced stays in the way: %+v", p.Steps)
	}
	w.Prior.Secrets[0].Credentials[1].SupersededAt = w.Now.Add(-days)
	if p = w.build(t); !before(p, step(DeliverCredential, ""), step(RemoveCredential, "key0")) {
		t.Errorf("what is kept for its overlap goes before there is a successor: %+v", p.Steps)
	}
	if !before(p, step(DeliverCredential, ""), step(RemoveCredential, "key1")) {
		t.Errorf("what is in use goes before its successor is delivered: %+v", p.Steps)
	}
}

func TestWhatIsDependedOnIsMadeFirstAndDeletedLast(t *testing.T) {
	other := addr.Instance{Type: "app_registration", Name: "other"}
	w := fresh()
	i := *w.app
	i.Addr, i.DependsOn = other, []addr.Instance{appAddr}
	w.Desired = append(w.Desired, &i)
	p := w.build(t)
	first := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Verb == CreateApplication && s.Addr == appAddr })
	last := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Verb == CreateApplication && s.Addr == other })
	if !before(p, first, last) {
		t.Errorf("%s does not wait for %s", other, appAddr)
	}

	w = applied(t)
	w.Options.Destroy = true
	second := *w.Prior.Applications[0]
	second.Address, second.UniqueName, second.DependsOn = other, "mailprov-y", []addr.Instance{appAddr}
	w.Prior.Applications = append(w.Prior.Applications, &second)
	w.Observed[other] = w.seen().Clone()
	p = w.build(t)
	first = slices.IndexFunc(p.Steps, func(s Step) bool { return s.Verb == ForgetResource && s.Addr == other })
	last = slices.IndexFunc(p.Steps, func(s Step) bool { return s.Verb == DeleteApplication && s.Addr == appAddr })
	if first < 0 || last < 0 || !before(p, first, last) {
		t.Errorf("%s is deleted before %s, which depends on it", appAddr, other)
	}
}

func TestExplicitDependenciesNeverWaitForThemselves(t *testing.T) {
	other := addr.Instance{Type: "app_registration", Name: "other"}
	for name, change := range map[string]func(w *world, other *resource.Instance){
		"a secret on its own application": func(w *world, _ *resource.Instance) { w.secret.DependsOn = []addr.Instance{appAddr} },
		"a secret on an application that depends on its own": func(w *world, o *resource.Instance) {
			o.DependsOn, w.secret.DependsOn = []addr.Instance{appAddr}, []addr.Instance{other}
		},
		"a secret on an application that refers to its own": func(w *world, o *resource.Instance) {
			o.Refs, w.secret.DependsOn = []addr.Instance{appAddr}, []addr.Instance{other}
			o.Attrs = with(o.Attrs, cty.UnknownVal(cty.String), "notes")
		},
		"an application on the target of another": func(_ *world, o *resource.Instance) { o.DependsOn = []addr.Instance{targetAddr} },
	} {
		t.Run(name, func(t *testing.T) {
			w := fresh()
			o := *w.app
			o.Addr = other
			w.Desired = append(w.Desired, &o)
			change(w, &o)
			p := w.build(t)
			needs := make([][]int, len(p.Steps))
			for i, s := range p.Steps {
				needs[i] = s.Needs
			}
			if _, err := dag.Walk(t.Context(), needs, 0, nil, func(context.Context, int) error { return nil }); err != nil {
				t.Error(err)
			}
		})
	}
}
