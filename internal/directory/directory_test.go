package directory_test

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/directory"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/sandbox"
)

// place is a tenant with one application in it. Whatever is slept, it ages.
type place struct {
	*testing.T
	*directory.Directory
	tenant *sandbox.Sandbox
	mu     sync.Mutex
	now    time.Time
	slept  time.Duration
	made   directory.Created
	sp     string
}

func (p *place) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *place) Sleep(ctx context.Context, d time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now, p.slept = p.now.Add(d), p.slept+d
	return ctx.Err()
}

func object(written map[string]cty.Value) cty.Value {
	vals := appregistration.Schema().Defaults().AsValueMap()
	vals["display_name"] = cty.StringVal("Mail")
	maps.Copy(vals, written)
	return cty.ObjectVal(vals)
}

func open(t *testing.T, faults *sandbox.Faults) *place {
	t.Helper()
	p := &place{T: t, now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	var err error
	if p.tenant, err = sandbox.New(sandbox.Options{Now: p.Now, Seed: 1, Faults: faults}); err != nil {
		t.Fatal(err)
	}
	op, _ := p.tenant.Seeded().Operator("mailprov-operator")
	env := map[string]string{"AZURE_CLIENT_ID": op.ClientID, "AZURE_CLIENT_SECRET": op.Secret}
	c, err := entra.Open(t.Context(), entra.Config{
		TenantID: p.tenant.Seeded().TenantID, Env: func(k string) string { return env[k] }, Automation: true,
		Transport: p.tenant.RoundTripper(), Now: p.Now, Sleep: p.Sleep, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Directory = directory.New(c, directory.Options{Now: p.Now, Sleep: p.Sleep})
	if _, err := p.APIs(t.Context(), resource.NamedAPIs()); err != nil {
		t.Fatal(err)
	}
	return p
}

// make creates the application and its service principal.
func (p *place) make(attrs cty.Value) {
	p.Helper()
	var err error
	if p.made, err = p.Create(p.Context(), "mailprov-x", attrs, []string{"mailprov"}); err != nil {
		p.Fatal(err)
	}
	sp, err := p.Client().UpsertServicePrincipal(entra.WithWritten(p.Context(), p.now), p.made.ClientID, nil)
	if err != nil {
		p.Fatal(err)
	}
	p.sp = sp.ID
}

func (p *place) known() directory.Known {
	return directory.Known{ObjectID: p.made.ObjectID, ServicePrincipalID: p.sp, UniqueName: "mailprov-x", WrittenAt: p.made.Date}
}

func (p *place) read(k directory.Known) *appregistration.Observed {
	p.Helper()
	o, err := p.Read(p.Context(), k)
	if err != nil {
		p.Fatal(err)
	}
	return o
}

func api(delegated, application []string) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"delegated": resource.StringSet(delegated), "application": resource.StringSet(application)})
}

func inner(block string, written map[string]cty.Value) cty.Value {
	vals := appregistration.Schema().Defaults().GetAttr(block).AsValueMap()
	maps.Copy(vals, written)
	return cty.ObjectVal(vals)
}

// full is an application with every attribute that Graph keeps.
func full() cty.Value {
	return object(map[string]cty.Value{
		"sign_in_audience": cty.StringVal("AzureADMultipleOrgs"), "description": cty.StringVal("described"), "notes": cty.StringVal("noted"),
		"identifier_uris": resource.StringSet([]string{"https://example.co.jp/mail"}),
		"web": inner("web", map[string]cty.Value{
			"redirect_uris": resource.StringSet([]string{"https://a.example.co.jp/cb", "https://b.example.co.jp/cb"}),
			"homepage_url":  cty.StringVal("https://a.example.co.jp"), "logout_url": cty.StringVal("https://a.example.co.jp/out"),
			"implicit_grant": cty.ObjectVal(map[string]cty.Value{"access_token": cty.True, "id_token": cty.True}),
		}),
		"single_page_application": inner("single_page_application", map[string]cty.Value{"redirect_uris": resource.StringSet([]string{"https://a.example.co.jp/spa"})}),
		"public_client":           inner("public_client", map[string]cty.Value{"redirect_uris": resource.StringSet([]string{"http://localhost"})}),
		"api_permissions": cty.MapVal(map[string]cty.Value{
			"microsoft_graph": api([]string{"Mail.Send", "offline_access"}, []string{"Mail.Send"}), "office365_exchange_online": api(nil, []string{"full_access_as_app"}),
		}),
	})
}

func TestWhatIsWrittenReadsBackAsTheConfigurationSaysIt(t *testing.T) {
	p := open(t, nil)
	p.make(full())
	if o := p.read(p.known()); len(resource.Diff(full(), o.Attrs)) != 0 || o.ClientID != p.made.ClientID || o.ServicePrincipalID != p.sp {
		t.Errorf("differs: %+v", resource.Diff(full(), o.Attrs))
	}
}

func TestEveryAttributeIsWrittenAloneAndCleared(t *testing.T) {
	p := open(t, nil)
	plain := object(nil)
	p.make(plain)
	at := plain
	for _, c := range resource.Diff(plain, full()) {
		for _, want := range []cty.Value{full(), plain} {
			if _, err := p.Update(t.Context(), p.made.ObjectID, want, []string{c.Path}, nil); err != nil {
				t.Fatalf("%s: %v", c.Path, err)
			}
			got := p.read(p.known()).Attrs
			for _, left := range resource.Diff(got, at) {
				if resource.TopLevel(left.Path) != resource.TopLevel(c.Path) {
					t.Errorf("%s: %s changed too", c.Path, left.Path)
				}
			}
			for _, left := range resource.Diff(got, want) {
				if left.Path == c.Path {
					t.Errorf("%s is %#v", c.Path, left.Before)
				}
			}
		}
	}
	if left := resource.Diff(plain, p.read(p.known()).Attrs); len(left) != 0 {
		t.Errorf("not cleared: %+v", left)
	}
}

func TestConsentIsReadByNameAndGrantsToOnePersonAreOnlyCounted(t *testing.T) {
	p := open(t, nil)
	p.make(object(nil))
	ctx := entra.WithWritten(t.Context(), p.now)
	send := resource.Permission{API: "microsoft_graph", Kind: resource.ApplicationKind, Value: "Mail.Send"}
	if _, _, err := p.AssignAppRole(ctx, p.sp, send); err != nil {
		t.Fatal(err)
	}
	g, _, err := p.SetGrant(ctx, p.sp, "office365_exchange_online", "", []string{"SMTP.Send", "SMTP.Send", "IMAP.AccessAsUser.All"})
	if err != nil || len(g.Scopes) != 2 {
		t.Fatalf("%+v, %v", g, err)
	}
	user, _ := p.tenant.Seeded().User("admin@example.co.jp")
	if err := p.tenant.Mutate(func(tr *sandbox.Truth) error {
		_, err := tr.Grant(p.sp, p.tenant.Seeded().GraphPrincipalID, user.ID, "Mail.Read")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	o := p.read(p.known())
	want := map[resource.Permission]bool{send: true}
	for _, s := range []string{"SMTP.Send", "IMAP.AccessAsUser.All"} {
		want[resource.Permission{API: "office365_exchange_online", Kind: resource.DelegatedKind, Value: s}] = true
	}
	if !maps.Equal(o.Granted(), want) || o.UserGrants != 1 {
		t.Errorf("granted %v, to single users %d", o.Granted(), o.UserGrants)
	}
	if _, _, err := p.SetGrant(ctx, p.sp, "office365_exchange_online", g.ID, []string{"SMTP.Send"}); err != nil {
		t.Fatal(err)
	}
	if o := p.read(p.known()); len(o.Grants) != 1 || len(o.Grants[0].Scopes) != 1 {
		t.Errorf("grants %+v", o.Grants)
	}
}

func TestAGrantMadeMeanwhileIsSetToWhatIsWanted(t *testing.T) {
	p := open(t, nil)
	p.make(object(nil))
	if err := p.tenant.Mutate(func(tr *sandbox.Truth) error {
		_, err := tr.Grant(p.sp, p.tenant.Seeded().ExchangePrincipalID, "", "POP.AccessAsUser.All")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.SetGrant(entra.WithWritten(t.Context(), p.now), p.sp, "office365_exchange_online", "", []string{"SMTP.Send"}); err != nil {
		t.Fatal(err)
	}
	if o := p.read(p.known()); len(o.Grants) != 1 || len(o.Grants[0].Scopes) != 1 || o.Grants[0].Scopes[0] != "SMTP.Send" {
		t.Errorf("grants %+v", o.Grants)
	}
}

func TestAnOldReplicasAnswerIsNotBelieved(t *testing.T) {
	p := open(t, nil)
	p.make(object(nil))
	before := p.read(p.known())
	if err := p.tenant.SetFaults(&sandbox.Faults{Lag: &sandbox.Lag{Reads: sandbox.Amount{For: 15 * time.Second}}}); err != nil {
		t.Fatal(err)
	}
	at, err := p.Update(t.Context(), p.made.ObjectID, object(map[string]cty.Value{"notes": cty.StringVal("new")}), []string{"notes"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	k := p.known()
	k.WrittenAt = at
	after := before.Clone()
	after.Attrs = object(map[string]cty.Value{"notes": cty.StringVal("new")})
	k.Expected, _ = after.Encode()
	k.Previous, _ = before.Encode()
	if got := resource.Text(p.read(k).Attrs.GetAttr("notes")); got != "new" {
		t.Errorf("notes are %q", got)
	}
	if p.slept < 10*time.Second || p.slept > 2*time.Minute {
		t.Errorf("it waited %s", p.slept)
	}
}

func TestWaitingForAnOldReplicaEnds(t *testing.T) {
	for _, c := range []struct {
		name  string
		seen  bool
		since time.Duration
		least time.Duration
		most  time.Duration
	}{
		{"a write seen before is taken for drift soon", true, 0, 15 * time.Second, 25 * time.Second},
		{"one never seen gets ten minutes", false, 0, 9 * time.Minute, 11 * time.Minute},
		{"one of five minutes ago the other five", false, 5 * time.Minute, 4 * time.Minute, 6 * time.Minute},
		{"one long ago none at all", false, time.Hour, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := open(t, nil)
			p.make(object(nil))
			before := p.read(p.known())
			after := before.Clone()
			after.Attrs = object(map[string]cty.Value{"notes": cty.StringVal("put back by hand since")})
			k := p.known()
			k.Seen, k.WrittenAt = c.seen, p.now.Add(-c.since)
			k.Expected, _ = after.Encode()
			k.Previous, _ = before.Encode()
			p.slept = 0
			if o := p.read(k); !o.Attrs.GetAttr("notes").IsNull() || p.slept < c.least || p.slept > c.most {
				t.Errorf("it waited %s", p.slept)
			}
		})
	}
}

func TestADeletionIsBelievedOnceItIsProven(t *testing.T) {
	p := open(t, nil)
	p.make(object(nil))
	k := p.known()
	k.Expected, _ = p.read(k).Encode()
	if err := p.tenant.Mutate(func(tr *sandbox.Truth) error { return tr.Delete(p.made.ObjectID) }); err != nil {
		t.Fatal(err)
	}
	p.slept = 0
	if o := p.read(k); !o.Gone || p.slept > time.Minute {
		t.Errorf("gone: %t, after %s", o.Gone, p.slept)
	}
}

func TestAnApplicationIsFoundByTheNameDrawnForIt(t *testing.T) {
	p := open(t, nil)
	p.make(object(nil))
	if o := p.read(directory.Known{UniqueName: "mailprov-x"}); o.ObjectID != p.made.ObjectID || o.ServicePrincipalID != p.sp {
		t.Errorf("found %+v", o)
	}
	again, err := p.Create(t.Context(), "mailprov-x", object(nil), []string{"mailprov"})
	if err != nil || again.New || again.ObjectID != p.made.ObjectID {
		t.Errorf("made a second time: %+v, %v", again, err)
	}
	if o := p.read(directory.Known{UniqueName: "mailprov-y"}); !o.Gone {
		t.Errorf("found %+v", o)
	}
}

func TestWhatIsNotInTheTenantIsSaid(t *testing.T) {
	p := open(t, nil)
	apis, err := p.APIs(t.Context(), []string{"99999999-0000-4000-8000-000000000001", "nonsense"})
	if err != nil || !apis["99999999-0000-4000-8000-000000000001"].Missing || apis["microsoft_graph"].Missing {
		t.Errorf("%v", err)
	}
	if _, ok := apis["nonsense"]; ok {
		t.Error("a name that is no API was resolved")
	}
	for _, q := range []directory.Query{
		{Kind: "user", By: "user_principal_name", Value: "nobody@example.co.jp"}, {Kind: "user", By: "mail", Value: "nobody@example.co.jp"},
		{Kind: "application", By: "client_id", Value: "99999999-0000-4000-8000-000000000001"}, {Kind: "application", By: "display_name", Value: "none"},
		{Kind: "service_principal", By: "display_name", Value: "none"},
	} {
		if _, err := p.Look(t.Context(), q); !errors.As(err, new(*directory.NotFoundError)) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	for _, by := range []string{"user_principal_name", "mail"} {
		found, err := p.Look(t.Context(), directory.Query{Kind: "user", By: by, Value: "admin@example.co.jp"})
		if err != nil || resource.Text(found["user_principal_name"]) != "admin@example.co.jp" || resource.Text(found["id"]) == "" {
			t.Errorf("by %s: %v, %v", by, found, err)
		}
	}
	unknown := resource.Permission{API: "microsoft_graph", Kind: resource.ApplicationKind, Value: "Mail.Sent"}
	if _, _, err := p.AssignAppRole(t.Context(), "x", unknown); err == nil {
		t.Error("a permission that does not exist was assigned")
	}
}
