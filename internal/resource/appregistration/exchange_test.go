package appregistration

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
)

const clientID = "aaaaaaaa-0000-0000-0000-000000000001"

// Exchange takes 64 characters for the name of a management scope.
func TestEveryRoleHasAScopeOfItsOwnThatExchangeTakes(t *testing.T) {
	names := map[string]string{}
	for _, r := range ApplicationRoles() {
		scope := r.ScopeName(clientID)
		if len(scope) > 64 || names[scope] != "" || !strings.Contains(scope, clientID) {
			t.Errorf("%s: scope %q (%d characters), also of %q", r.Name, scope, len(scope), names[scope])
		}
		names[scope] = r.Name
		if found, ok := ApplicationRoleByName(r.Name); !ok || found.Short != r.Short || len(r.Rights) == 0 || !strings.HasPrefix(r.Name, "Application ") {
			t.Errorf("%+v is found as %+v", r, found)
		}
	}
	if _, ok := ApplicationRoleByName("Mail.Send"); ok {
		t.Error("a role is found by the name of a permission")
	}
}

func TestARoleIsDefeatedByWhatGivesItsRightsOverEveryMailbox(t *testing.T) {
	app := func(api resource.API, value string) resource.Permission {
		return resource.Permission{API: api.Name, Kind: resource.ApplicationKind, Value: value}
	}
	graph, exchange := resource.MicrosoftGraph, resource.ExchangeOnline
	for _, r := range ApplicationRoles() {
		for _, right := range r.Rights {
			if !r.DefeatedBy(right) {
				t.Errorf("%s is not defeated by %s, which it gives itself", r.Name, right.Value)
			}
			right.Kind = resource.DelegatedKind
			if r.DefeatedBy(right) {
				t.Errorf("%s is defeated by the delegated %s, which needs a user", r.Name, right.Value)
			}
		}
	}
	for _, c := range []struct {
		role string
		p    resource.Permission
		want bool
	}{
		{"Application Mail.Send", app(graph, "Mail.ReadWrite"), false},
		{"Application Mail.Send", app(graph, "User.Read.All"), false},
		{"Application Mail.Send", app(exchange, "Mail.Send"), true}, // the same role id on both
		{"Application Mail.Send", app(exchange, "full_access_as_app"), true},
		{"Application Mail.Send", app(exchange, "SMTP.SendAsApp"), false}, // needs a right on the mailbox besides
		{"Application Mail.Read", app(graph, "Mail.ReadWrite"), true},
		{"Application Mail.Read", app(graph, "Mail.ReadBasic.All"), false},
		{"Application Mail.Read", app(graph, "Mail-Advanced.ReadWrite.All"), true},
		{"Application Mail.Read", app(graph, "MailboxItem.Read.All"), true},
		{"Application Mail.Read", app(graph, "MailboxSettings.Read"), false},
		{"Application Mail.ReadBasic", app(graph, "Mail.Read"), true},
		{"Application Mail.ReadWrite", app(graph, "Mail.Read"), false},
		{"Application MailboxItem.Export", app(graph, "MailboxItem.ImportExport.All"), true},
		{"Application Mail Full Access", app(graph, "Mail.Send"), true},
		{"Application Exchange Full Access", app(graph, "Calendars.ReadWrite"), true},
		{"Application SMTP.SendAsApp", app(exchange, "SMTP.SendAsApp"), true},
		{"Application Mail.Send", resource.Permission{API: "11111111-0000-4000-8000-000000000001", Kind: resource.ApplicationKind, Value: "Mail.Send"}, false},
	} {
		role, ok := ApplicationRoleByName(c.role)
		if !ok {
			t.Fatalf("no role %s", c.role)
		}
		if got := role.DefeatedBy(c.p); got != c.want {
			t.Errorf("%s defeated by %s of %s: %t", c.role, c.p.Value, c.p.API, got)
		}
	}
}

// limited is an application with exchange_role blocks: role, then mailboxes.
func limited(asked []string, blocks map[string][]string) cty.Value {
	vals := map[string]cty.Value{"display_name": cty.StringVal("x")}
	roles := map[string]cty.Value{}
	for name, mailboxes := range blocks {
		roles[name] = cty.ObjectVal(map[string]cty.Value{"mailboxes": resource.StringSet(mailboxes)})
	}
	vals["exchange_role"] = cty.MapVal(roles)
	if len(asked) > 0 {
		vals["api_permissions"] = cty.MapVal(map[string]cty.Value{
			"microsoft_graph": cty.ObjectVal(map[string]cty.Value{"application": resource.StringSet(asked), "delegated": noTexts}),
		})
	}
	return object(vals)
}

func TestExchangeRolesAreCheckedByThemselvesAndAgainstPermissions(t *testing.T) {
	one := []string{"noreply@example.co.jp"}
	for _, c := range []struct {
		name  string
		attrs cty.Value
		want  []string
	}{
		{"a role over a mailbox", limited(nil, map[string][]string{"Application Mail.Send": one}), nil},
		{"an address with a quote", limited(nil, map[string][]string{"Application Mail.Send": {"o'brien@example.co.jp"}}), nil},
		{"beside a permission for something else", limited([]string{"User.Read.All"}, map[string][]string{"Application Mail.Send": one}), nil},
		{"beside the permission it stands for", limited([]string{"Mail.Send"}, map[string][]string{"Application Mail.Send": one}), []string{"MP111"}},
		{"beside a permission that gives more", limited([]string{"Mail.ReadWrite"}, map[string][]string{"Application Mail.Read": one}), []string{"MP111"}},
		{"a role that does not exist", limited(nil, map[string][]string{"Application Mail.Sent": one}), []string{"MP640"}},
		{"a permission's name", limited(nil, map[string][]string{"Mail.Send": one}), []string{"MP640"}},
		{"no mailbox", limited(nil, map[string][]string{"Application Mail.Send": nil}), []string{"MP641"}},
		{"no address", limited(nil, map[string][]string{"Application Mail.Send": {"noreply"}}), []string{"MP642"}},
		{"an address that would end its line", limited(nil, map[string][]string{"Application Mail.Send": {"a@example.co.jp\n"}}), []string{"MP642"}},
		{"an address that would end its string", limited(nil, map[string][]string{"Application Mail.Send": {"a\u2019@example.co.jp"}}), []string{"MP642"}},
		{"two roles over one mailbox", limited(nil, map[string][]string{"Application Mail.Send": one, "Application Mail.Read": one}), nil},
	} {
		if got := codes(c.attrs); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAMistypedRoleGetsTheRightOne(t *testing.T) {
	for typed, want := range map[string]string{"Mail.Send": "Application Mail.Send", "Application Mail.Snd": "Application Mail.Send", "application mailboxsettings.read": "Application MailboxSettings.Read"} {
		ds := Validate(&resource.Instance{Addr: addr.Instance{Type: Name, Name: "x"}, Attrs: limited(nil, map[string][]string{typed: {"a@example.co.jp"}})})
		if len(ds) != 1 || ds[0].Do != fmt.Sprintf("Did you mean %q?", want) {
			t.Errorf("%s: %+v", typed, ds)
		}
	}
}

func TestMailboxRolesAreReadInAStableOrder(t *testing.T) {
	got := MailboxRoles(limited(nil, map[string][]string{"Application Mail.Send": {"b@example.co.jp", "a@example.co.jp"}, "Application Mail.Read": {"c@example.co.jp"}}))
	if fmt.Sprint(got) != "[{Application Mail.Read [c@example.co.jp]} {Application Mail.Send [a@example.co.jp b@example.co.jp]}]" {
		t.Errorf("%v", got)
	}
	if got := MailboxRoles(Schema().Defaults()); len(got) != 0 {
		t.Errorf("an application without blocks has %v", got)
	}
	if got := MailboxRoles(cty.NilVal); got != nil {
		t.Errorf("nothing has %v", got)
	}
}
