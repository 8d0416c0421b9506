package apply_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/apply"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/directory"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
)

var (
	app   = addr.Instance{Type: "app_registration", Name: "mail"}
	sec   = addr.Instance{Type: "client_secret", Name: "mail"}
	vault = addr.Instance{Type: "sink", Name: "vault"}
	spare = addr.Instance{Type: "sink", Name: "spare"}
)

const day = 24 * time.Hour

// bench is one configuration, its state, its sinks and its tenant. Whatever a
// run sleeps, the tenant ages.
type bench struct {
	*testing.T
	tenant  *sandbox.Sandbox
	now     time.Time
	mu      sync.Mutex
	dir     *directory.Directory
	id      plan.Identity
	lock    *memory
	desired map[addr.Instance]*resource.Instance
	sinks   map[addr.Instance]*box
	skip    bool // -consent=skip
	steps   []string
	drawn   int
}

func newBench(t *testing.T, faults *sandbox.Faults) *bench {
	t.Helper()
	b := &bench{
		T: t, now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), lock: &memory{},
		sinks: map[addr.Instance]*box{vault: {}},
	}
	var err error
	if b.tenant, err = sandbox.New(sandbox.Options{Now: b.Now, Seed: 1, Faults: faults}); err != nil {
		t.Fatal(err)
	}
	b.signIn()
	b.desired = map[addr.Instance]*resource.Instance{
		app: {Addr: app, Attrs: object(appregistration.Schema(), map[string]cty.Value{
			"display_name": cty.StringVal("Mail"), "admin_consent": cty.True, "notes": cty.StringVal("by IT"),
			"api_permissions": cty.MapVal(map[string]cty.Value{"microsoft_graph": cty.ObjectVal(map[string]cty.Value{
				"delegated": resource.StringSet([]string{"Mail.Send"}), "application": resource.StringSet([]string{"Mail.Send"}),
			})}),
		})},
		sec: {Addr: sec, Refs: []addr.Instance{app, vault}, Attrs: object(clientsecret.Schema(), map[string]cty.Value{
			"app": cty.StringVal(app.String()), "deliver_to": cty.ListVal([]cty.Value{cty.StringVal(vault.String())}),
		})},
	}
	return b
}

// signIn opens the connection: tokens live by the real clock, so that a run on
// another day needs a new one.
func (b *bench) signIn() {
	b.Helper()
	op, _ := b.tenant.Seeded().Operator("mailprov-operator")
	env := map[string]string{"AZURE_CLIENT_ID": op.ClientID, "AZURE_CLIENT_SECRET": op.Secret}
	client, err := entra.Open(b.Context(), entra.Config{
		TenantID: b.tenant.Seeded().TenantID, Env: func(k string) string { return env[k] }, Automation: true,
		Transport: b.tenant.RoundTripper(), Now: b.Now, Sleep: b.Sleep, Seed: 1,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.id = plan.Identity{Name: op.Name, ObjectID: op.PrincipalID, ClientID: op.ClientID}
	b.dir = directory.New(client, directory.Options{Now: b.Now, Sleep: b.Sleep})
}

// later lets time pass between two runs.
func (b *bench) later(d time.Duration) {
	b.Helper()
	b.mu.Lock()
	b.now = b.now.Add(d)
	b.mu.Unlock()
	b.signIn()
}

// object is a body with some attributes written and the rest by default.
func object(s resource.Schema, written map[string]cty.Value) cty.Value {
	vals := s.Defaults().AsValueMap()
	maps.Copy(vals, written)
	return cty.ObjectVal(vals)
}

// set writes an attribute of a desired instance.
func (b *bench) set(a addr.Instance, name string, v cty.Value) {
	i := *b.desired[a]
	vals := i.Attrs.AsValueMap()
	vals[name] = v
	i.Attrs = cty.ObjectVal(vals)
	b.desired[a] = &i
}

// note changes the application's notes.
func (b *bench) note(text string) { b.set(app, "notes", cty.StringVal(text)) }

func (b *bench) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) Sleep(ctx context.Context, d time.Duration) error {
	b.mu.Lock()
	b.now = b.now.Add(d)
	b.mu.Unlock()
	return ctx.Err()
}

// Emit keeps the steps of the secrets' lives.
func (b *bench) Emit(e event.Event) {
	if e.Type == event.RotateStep {
		b.mu.Lock()
		b.steps = append(b.steps, e.Step)
		b.mu.Unlock()
	}
}

// doc is the state as the store holds it, which is all that a killed run leaves.
func (b *bench) doc() *state.Document {
	b.Helper()
	if b.lock.stored == nil {
		return state.New("bench", b.tenant.Seeded().TenantID, "lineage", "test")
	}
	d, err := state.Decode(b.lock.stored)
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// input is what a plan is made from.
func (b *bench) input(o plan.Options) plan.Input {
	b.Helper()
	in := plan.Input{
		Name: "bench", Prior: b.doc(), Observed: map[addr.Instance]*appregistration.Observed{}, Identity: b.id,
		Now: b.Now(), Options: o, Sinks: map[addr.Instance]plan.Sink{},
	}
	in.Options.SkipGrant = b.skip
	var err error
	if in.APIs, err = b.dir.APIs(b.Context(), resource.NamedAPIs()); err != nil {
		b.Fatal(err)
	}
	for _, a := range in.Prior.Applications {
		if in.Observed[a.Address], err = b.dir.Read(b.Context(), apply.KnownOf(a)); err != nil {
			b.Fatal(err)
		}
	}
	in.Desired = slices.SortedFunc(maps.Values(b.desired), func(x, y *resource.Instance) int { return addr.Compare(x.Addr, y.Addr) })
	for a := range b.sinks {
		in.Sinks[a] = plan.Sink{Kind: "box", Readers: []string{"admin"}}
	}
	return in
}

func (b *bench) plan(o plan.Options) (*plan.Plan, plan.Input) {
	b.Helper()
	in := b.input(o)
	res := plan.Build(in)
	if res.Diags.HasErrors() {
		b.Fatalf("the plan fails: %v", res.Diags)
	}
	return res.Plan, in
}

func (b *bench) try(o plan.Options) apply.Result {
	b.Helper()
	p, in := b.plan(o)
	return b.carryOut(p, in)
}

func (b *bench) carryOut(p *plan.Plan, in plan.Input) apply.Result {
	b.Helper()
	sinks := map[addr.Instance]sink.Sink{}
	for a, s := range b.sinks {
		sinks[a] = s
	}
	return apply.Run(b.Context(), apply.Config{
		Directory: b.dir, Lock: b.lock, State: in.Prior.Clone(), Plan: p, Observed: in.Observed, Sinks: sinks,
		Evaluate: b.evaluate, Finish: func(*state.Document) diag.Diagnostics { return nil },
		Events: b, Now: b.Now, Sleep: b.Sleep, Draw: b.draw, Version: "test",
	})
}

// evaluate gives an application the URI that holds its client id.
func (b *bench) evaluate(a addr.Instance, d *state.Document) (*resource.Instance, diag.Diagnostics) {
	i := *b.desired[a]
	vals := i.Attrs.AsValueMap()
	if st := d.Application(a); st != nil && !vals["identifier_uris"].IsWhollyKnown() {
		vals["identifier_uris"] = resource.StringSet([]string{"api://" + st.ClientID})
	}
	i.Attrs = cty.ObjectVal(vals)
	return &i, nil
}

func (b *bench) draw() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drawn++
	return fmt.Sprintf("drawn%04d", b.drawn)
}

// succeed applies and wants no error.
func (b *bench) succeed() apply.Result {
	b.Helper()
	res := b.try(plan.Options{})
	if res.Diags.HasErrors() {
		b.Fatalf("the apply fails: %v", res.Diags)
	}
	return res
}

// fail applies and wants the error with this code.
func (b *bench) fail(code string) apply.Result {
	b.Helper()
	res := b.try(plan.Options{})
	if !slices.ContainsFunc(res.Diags, func(d diag.Diagnostic) bool { return d.Code == code && d.Severity == diag.Error }) {
		b.Fatalf("no %s among %v", code, res.Diags)
	}
	return res
}

// settled wants a plan without anything to do, one application, and no secret
// on it but those that the state lists as living.
func (b *bench) settled() {
	b.Helper()
	b.faults(nil)
	if p, _ := b.plan(plan.Options{}); !p.Empty() {
		b.Errorf("a second plan is not empty: %+v", p.Steps)
	}
	apps := b.apps()
	if len(apps) != 1 {
		b.Fatalf("%d applications were made", len(apps))
	}
	listed := map[string]bool{}
	for _, c := range b.creds() {
		if c.Phase != state.Retired && c.Phase != state.Abandoned {
			listed[c.KeyID] = true
		}
	}
	there := b.keys(apps[0])
	if len(there) != len(listed) {
		b.Errorf("the application holds %d secrets, the state lists %v", len(there), listed)
	}
	for _, k := range there {
		if !listed[k] {
			b.Errorf("the state does not know the secret %s", k)
		}
	}
}

func (b *bench) faults(f *sandbox.Faults) {
	b.Helper()
	if err := b.tenant.SetFaults(f); err != nil {
		b.Fatal(err)
	}
}

// apps are the applications of ours that live.
func (b *bench) apps() []sandbox.Application {
	var out []sandbox.Application
	for _, a := range b.tenant.Applications() {
		if strings.HasPrefix(fmt.Sprint(a.Properties["uniqueName"]), "mailprov-") {
			out = append(out, a)
		}
	}
	return out
}

func (b *bench) keys(a sandbox.Application) []string {
	var out []string
	list, _ := a.Properties["passwordCredentials"].([]any)
	for _, c := range list {
		out = append(out, fmt.Sprint(c.(map[string]any)["keyId"]))
	}
	return out
}

func (b *bench) creds() []*state.Credential {
	b.Helper()
	s := b.doc().Secret(sec)
	if s == nil {
		return nil
	}
	return s.Credentials
}

// phases are those of the secret's credentials, oldest first.
func (b *bench) phases() string {
	b.Helper()
	var out []string
	for _, c := range b.creds() {
		out = append(out, string(c.Phase))
	}
	return strings.Join(out, " ")
}

// mutate changes the tenant by hand.
func (b *bench) mutate(f func(*sandbox.Truth) error) {
	b.Helper()
	if err := b.tenant.Mutate(f); err != nil {
		b.Fatal(err)
	}
}

// memory is a store in memory that can refuse to be written.
type memory struct {
	mu     sync.Mutex
	stored []byte
	serial uint64
	writes int
	lost   <-chan struct{}
	before func(write int, d *state.Document) error // may refuse a write
}

func (m *memory) Holder() store.Holder         { return store.Holder{ID: "test"} }
func (m *memory) Lost() <-chan struct{}        { return m.lost }
func (m *memory) Unlock(context.Context) error { return nil }

func (m *memory) Write(_ context.Context, b store.Blob, expected uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if expected != m.serial {
		return &store.ConflictError{Expected: expected, Found: m.serial}
	}
	d, err := state.Decode(b.Bytes)
	if err != nil {
		return err
	}
	m.writes++
	if m.before != nil {
		if err := m.before(m.writes, d); err != nil {
			return err
		}
	}
	m.stored, m.serial = b.Bytes, b.Serial
	return nil
}

// box is a sink in memory that can fail at what it is told to.
type box struct {
	mu       sync.Mutex
	held     sink.Contents
	values   map[string]string // by key id
	failing  string            // stage, commit, retire
	closed   bool              // nothing can be read
	commits  int
	discards int
	// visit, if set, is called while a credential is dropped.
	visit func()
}

var (
	errBox  = errors.New("the box is shut")
	errDead = errors.New("the run is dead")
)

func (x *box) enter(doing string) (func(), error) {
	x.mu.Lock()
	if x.failing == doing {
		x.mu.Unlock()
		return func() {}, errBox
	}
	return x.mu.Unlock, nil
}

func (x *box) receipt() sink.Receipt {
	return sink.Receipt{Kind: "box", Where: "memory", Readers: []string{"admin"}}
}

func (x *box) Stage(_ context.Context, item sink.Item, v secret.Value) (sink.Receipt, error) {
	leave, err := x.enter("stage")
	defer leave()
	if err != nil {
		return x.receipt(), err
	}
	if x.values == nil {
		x.values = map[string]string{}
	}
	x.held.Staged, x.values[item.KeyID] = item.KeyID, string(v.Reveal())
	return x.receipt(), nil
}

func (x *box) Commit(_ context.Context, item sink.Item) (sink.Receipt, error) {
	leave, err := x.enter("commit")
	defer leave()
	switch {
	case err != nil:
		return x.receipt(), err
	case x.held.InUse == item.KeyID:
		return x.receipt(), nil
	case x.held.Staged != item.KeyID:
		return x.receipt(), sink.ErrNotStaged
	}
	x.held = sink.Contents{InUse: item.KeyID, Previous: x.held.InUse}
	x.commits++
	return x.receipt(), nil
}

func (x *box) Discard(_ context.Context, item sink.Item) error {
	leave, err := x.enter("discard")
	defer leave()
	if err == nil && x.held.Staged == item.KeyID {
		x.held.Staged = ""
		x.discards++
	}
	return err
}

func (x *box) Restore(_ context.Context, item sink.Item) (sink.Receipt, error) {
	leave, err := x.enter("restore")
	defer leave()
	switch {
	case err != nil:
		return x.receipt(), err
	case x.held.InUse == item.KeyID:
		return x.receipt(), nil
	case x.held.Previous != item.KeyID:
		return x.receipt(), sink.ErrAbsent
	}
	x.held.InUse, x.held.Previous = x.held.Previous, x.held.InUse
	return x.receipt(), nil
}

func (x *box) Where(addr.Instance) string { return "memory" }

func (x *box) Retire(_ context.Context, item sink.Item) error {
	if x.visit != nil {
		x.visit()
	}
	leave, err := x.enter("retire")
	defer leave()
	if err == nil && x.held.Previous == item.KeyID {
		x.held.Previous = ""
	}
	return err
}

func (x *box) Remove(context.Context, sink.Item) error {
	leave, err := x.enter("remove")
	defer leave()
	if err == nil {
		x.held = sink.Contents{}
	}
	return err
}

func (x *box) Holds(context.Context, sink.Item) (sink.Contents, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.held, nil
}

func (x *box) Read(_ context.Context, item sink.Item, _ sink.Slot) (secret.Value, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return secret.Value{}, sink.ErrUnreadable
	}
	return secret.New(x.values[item.KeyID]), nil
}

func (x *box) Readers() []string { return []string{"admin"} }
func (x *box) Durable() bool     { return true }
func (x *box) Plaintext() bool   { return false }
