package plan

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/state"
)

var (
	appAddr    = addr.Instance{Type: "app_registration", Name: "mail"}
	secretAddr = addr.Instance{Type: "client_secret", Name: "mail"}
	targetAddr = addr.Instance{Type: "mail_target", Name: "mail"}
	sinkAddr   = addr.Instance{Type: "sink", Name: "team"}
	spareAddr  = addr.Instance{Type: "sink", Name: "spare"}
	now        = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	made       = now.Add(-24 * time.Hour)
)

const (
	runner   = "11111111-0000-4000-8000-000000000001"
	operator = "11111111-0000-4000-8000-000000000002"
	alice    = "22222222-0000-4000-8000-000000000001"
	bob      = "22222222-0000-4000-8000-000000000002"
)

// world is one configuration with its state and its tenant, for a test to
// change before it plans.
type world struct {
	Input
	app, secret, target *resource.Instance
}

func set(ss ...string) cty.Value { return resource.StringSet(ss) }

func list(ss ...string) cty.Value {
	var vals []cty.Value
	for _, s := range ss {
		vals = append(vals, cty.StringVal(s))
	}
	return cty.ListVal(vals)
}

func object(s resource.Schema, written map[string]cty.Value) cty.Value {
	vals := s.Defaults().AsValueMap()
	maps.Copy(vals, written)
	return cty.ObjectVal(vals)
}

// with is a value with one attribute changed, at any depth.
func with(v, to cty.Value, path ...string) cty.Value {
	if len(path) == 0 {
		return to
	}
	vals := v.AsValueMap()
	vals[path[0]] = with(vals[path[0]], to, path[1:]...)
	return cty.ObjectVal(vals)
}

func perms(delegated, application []string) cty.Value {
	return cty.MapVal(map[string]cty.Value{"microsoft_graph": cty.ObjectVal(map[string]cty.Value{"delegated": set(delegated...), "application": set(application...)})})
}

// fresh is a configuration of which nothing has been applied yet.
func fresh() *world {
	w := &world{
		app: &resource.Instance{Addr: appAddr, Attrs: object(appregistration.Schema(), map[string]cty.Value{
			"display_name": cty.StringVal("Mail"), "admin_consent": cty.True, "api_permissions": perms([]string{"Mail.Send"}, []string{"Mail.Send"}),
		})},
		secret: &resource.Instance{Addr: secretAddr, Refs: []addr.Instance{appAddr, sinkAddr}, Attrs: object(clientsecret.Schema(), map[string]cty.Value{
			"app": cty.StringVal(appAddr.String()), "deliver_to": list(sinkAddr.String()), "lifetime": cty.StringVal("90d"), "rotate_before": cty.StringVal("30d"),
		})},
		target: &resource.Instance{Addr: targetAddr, Label: "product", Refs: []addr.Instance{secretAddr}, Attrs: object(mailtarget.Schema(nil), map[string]cty.Value{
			"secret": cty.StringVal(secretAddr.String()),
		})},
	}
	graph := resource.MicrosoftGraph
	known := map[string]PermissionInfo{}
	for _, name := range []string{"Mail.Send", "Mail.Read", "Mail.ReadWrite", "offline_access", "openid"} {
		known[name] = PermissionInfo{ID: name, Enabled: true}
	}
	w.Input = Input{
		Name: "test", Tenant: Tenant{ID: "t", DefaultDomain: "example.co.jp"},
		Desired: []*resource.Instance{w.app, w.secret, w.target},
		Sinks:   map[addr.Instance]Sink{sinkAddr: {Kind: "sealed", Readers: []string{"admin"}}, spareAddr: {Kind: "sealed", Readers: []string{"admin"}}},
		Targets: map[addr.Instance]Target{targetAddr: {
			Product: "product", Needs: map[resource.Permission]bool{
				{API: graph.Name, Kind: resource.DelegatedKind, Value: "Mail.Send"}: true, {API: graph.Name, Kind: resource.ApplicationKind, Value: "Mail.Send"}: true,
			},
		}},
		Prior: state.New("test", "t", "lineage", "v"), Observed: map[addr.Instance]*appregistration.Observed{},
		APIs: map[string]API{graph.Name: {API: graph, ServicePrincipalID: "graph", Permissions: map[resource.Kind]map[string]PermissionInfo{
			resource.DelegatedKind: known, resource.ApplicationKind: known,
		}}},
		Identity: Identity{Name: "runner", ObjectID: runner}, Now: now,
	}
	return w
}

// applied is a configuration that has been applied as a whole, a day ago.
func applied(t *testing.T) *world {
	t.Helper()
	w := fresh()
	w.record(t)
	return w
}

// record makes the state and the tenant what they are after an apply.
func (w *world) record(t *testing.T) {
	t.Helper()
	encode := func(i *resource.Instance) []byte {
		b, err := resource.EncodeAttrs(i.Attrs)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	attrs := w.app.Attrs.AsValueMap()
	for _, name := range []string{"admin_consent", "owners", "owners_exclusive"} {
		attrs[name] = appregistration.Schema().Defaults().GetAttr(name)
	}
	seen := &appregistration.Observed{
		ObjectID: "object", ClientID: "client", UniqueName: "mailprov-x", ServicePrincipalID: "principal",
		Attrs: cty.ObjectVal(attrs), Tags: Tags("test", "lineage", appAddr),
		Owners:      []appregistration.Owner{{ID: runner, Kind: "servicePrincipal"}},
		Credentials: []appregistration.Credential{{KeyID: "key1", DisplayName: "mail (mailprov m1)", Start: made, End: made.Add(90 * 24 * time.Hour)}},
	}
	for _, id := range append(resource.Strings(w.app.Attrs.GetAttr("owners")), w.Operators...) {
		seen.Owners = append(seen.Owners, appregistration.Owner{ID: id, Kind: "user"})
	}
	if resource.True(w.app.Attrs.GetAttr("admin_consent")) {
		for p := range appregistration.Requested(w.app.Attrs) {
			grantTo(seen, p)
		}
	}
	w.Observed[appAddr] = seen
	w.Prior.Applications = []*state.Application{{
		Address: appAddr, UniqueName: "mailprov-x", ObjectID: "object", ClientID: "client", ServicePrincipalID: "principal",
		Attributes: encode(w.app), WrittenAt: made, Seen: true, PreventDestroy: w.app.Lifecycle.PreventDestroy,
	}}
	w.Prior.Secrets = []*state.Secret{{Address: secretAddr, App: appAddr, Attributes: encode(w.secret), DependsOn: []addr.Instance{appAddr}, Credentials: []*state.Credential{{
		Marker: "m1", Phase: state.Current, KeyID: "key1", CreatedAt: made, EndsAt: made.Add(90 * 24 * time.Hour),
		Receipts: []state.SinkReceipt{{Sink: sinkAddr, Kind: "sealed", Readers: []string{"admin"}, Committed: true}},
	}}}}
	w.Prior.Targets = []*state.Target{{Address: targetAddr, Product: "product", Secret: secretAddr, Attributes: encode(w.target), DependsOn: []addr.Instance{secretAddr}}}
}

// grantTo is what an administrator does to an application.
func grantTo(o *appregistration.Observed, p resource.Permission) {
	if p.Kind == resource.ApplicationKind {
		o.Assignments = append(o.Assignments, appregistration.Assignment{ID: "a-" + p.Value, API: p.API, Permission: p.Value})
		return
	}
	for i := range o.Grants {
		if o.Grants[i].API == p.API {
			o.Grants[i].Scopes = append(o.Grants[i].Scopes, p.Value)
			return
		}
	}
	o.Grants = append(o.Grants, appregistration.Grant{ID: "g-" + p.API, API: p.API, Scopes: []string{p.Value}})
}

func (w *world) seen() *appregistration.Observed { return w.Observed[appAddr] }
func (w *world) cred() *state.Credential         { return w.Prior.Secrets[0].Credentials[0] }

// add lists one more credential of the secret, in the state and in the tenant.
func (w *world) add(c *state.Credential) {
	w.Prior.Secrets[0].Credentials = append(w.Prior.Secrets[0].Credentials, c)
	if c.KeyID != "" {
		w.seen().Credentials = append(w.seen().Credentials, appregistration.Credential{KeyID: c.KeyID, DisplayName: "mail (mailprov " + c.Marker + ")", End: c.EndsAt})
	}
}

// leave takes instances out of the configuration.
func (w *world) leave(gone ...*resource.Instance) {
	w.Desired = slices.DeleteFunc(slices.Clone(w.Desired), func(i *resource.Instance) bool { return slices.Contains(gone, i) })
}

func (w *world) build(t *testing.T) *Plan {
	t.Helper()
	res := Build(w.Input)
	if res.Diags.HasErrors() {
		t.Fatalf("the plan fails: %v", res.Diags)
	}
	return res.Plan
}

// refuse wants the plan to fail with one code.
func (w *world) refuse(t *testing.T, code string) {
	t.Helper()
	for _, d := range Build(w.Input).Diags {
		if d.Code == code {
			return
		}
	}
	t.Errorf("no %s among %v", code, Build(w.Input).Diags)
}

func changeOf(t *testing.T, p *Plan, a addr.Instance) *Change {
	t.Helper()
	for _, c := range p.Changes {
		if c.Addr == a {
			return c
		}
	}
	t.Fatalf("the plan says nothing of %s", a)
	return nil
}

// verbs are what the steps of an instance do, in the plan's order.
func verbs(p *Plan, a addr.Instance) []Verb {
	var out []Verb
	for _, s := range p.Steps {
		if s.Addr == a {
			out = append(out, s.Verb)
		}
	}
	return out
}
