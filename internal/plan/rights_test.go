package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/right"
)

func TestTheTokenIsComparedWithWhatTheStepsNeed(t *testing.T) {
	all := []string{right.AppsOwned, right.Assign, right.Grants, right.DirectoryRead}
	for _, c := range []struct {
		name    string
		world   *world
		without string
		owner   bool
		missing []string // the beginnings of the lines
	}{
		{"everything is there", fresh(), "", true, nil},
		{"applications cannot be written", fresh(), right.AppsOwned, true, []string{right.AppsOwned + ", to create applications, create and delete service principals, add and remove client secrets: app_registration.mail, client_secret.mail; a Privileged Role Administrator"}},
		{"application permissions cannot be granted", fresh(), right.Assign, true, []string{right.Assign + ", to grant and revoke application permissions: app_registration.mail; a Privileged"}},
		{"what is granted cannot be read", fresh(), right.DirectoryRead, true, []string{right.AppsRead + ", to grant and revoke application permissions"}},
		{"delegated permissions cannot be granted", fresh(), right.Grants, true, []string{right.Grants + ", to grant and revoke delegated permissions"}},
		{"owners cannot be looked up", withOwner(fresh()), right.DirectoryRead, true, []string{right.AppsRead, right.DirectoryRead + ", to change owners"}},
		{"an application of others cannot get a first secret", func() *world { w := applied(t); w.Prior.Secrets = nil; return w }(), "", false, []string{"ownership of app_registration.mail (runner is not an owner"}},
		{"an application of others cannot get another secret", func() *world { w := applied(t); w.Now = made.Add(70 * days); return w }(), "", false, []string{"ownership of app_registration.mail (runner is not an owner"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.world.Identity.Known, c.world.Identity.Roles = true, map[string]bool{}
			for _, r := range all {
				c.world.Identity.Roles[r] = r != c.without
			}
			if !c.owner {
				c.world.seen().Owners = nil
			}
			linesBeginWith(t, c.world.build(t).Missing, c.missing)
		})
	}
}

func withOwner(w *world) *world {
	w.Operators = []string{"an-operator"}
	return w
}

func linesBeginWith(t *testing.T, got []Lack, want []string) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(l Lack, begin string) bool { return strings.HasPrefix(l.Text().String(), begin) }) {
		var lines []string
		for _, l := range got {
			lines = append(lines, l.Text().String())
		}
		t.Errorf("missing: %q, want %q", lines, want)
	}
}

func TestAPersonNeedsAPermissionOfTheProgramAndADirectoryRole(t *testing.T) {
	scopes := []string{right.AppsAll, right.Assign, right.Grants}
	consent := func(roles ...string) string { return "the directory role " + strings.Join(roles, " or ") }
	for _, c := range []struct {
		name    string
		scopes  []string
		roles   []string
		known   bool
		missing []string
	}{
		{"a Global Administrator may do everything", scopes, []string{right.GlobalAdministrator.ID}, true, nil},
		{"Microsoft's own tools may do what their user may", []string{right.AsUser}, []string{right.GlobalAdministrator.ID}, true, nil},
		{"of a person whose roles are not told nothing is concluded from them", scopes, nil, false, nil},
		{"an Application Administrator cannot grant what belongs to Microsoft Graph", scopes, []string{right.ApplicationAdministrator.ID}, true, []string{consent("Privileged Role Administrator", "Global Administrator")}},
		{"a member may make applications, and consent to nothing", scopes, []string{"b79fbf4d-3ef9-4689-8143-76b194e85509"}, true, []string{
			consent("Cloud Application Administrator"), consent("Privileged Role Administrator", "Global Administrator"),
		}},
		{"a program that may write applications alone", []string{right.AppsAll}, []string{right.GlobalAdministrator.ID}, true, []string{
			"the delegated permission " + right.Assign, "the delegated permission " + right.Grants,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := fresh()
			w.Identity.IsUser, w.Identity.Known, w.Identity.Scopes = true, true, map[string]bool{}
			for _, s := range c.scopes {
				w.Identity.Scopes[s] = true
			}
			w.Identity.DirectoryRoles, w.Identity.DirectoryRolesKnown = c.roles, c.known
			linesBeginWith(t, w.build(t).Missing, c.missing)
		})
	}
	t.Run("a member may change what is theirs, and nothing else", func(t *testing.T) {
		for _, owner := range []bool{true, false} {
			w := applied(t)
			w.Now = made.Add(70 * days)
			w.Identity.IsUser, w.Identity.Known, w.Identity.Scopes = true, true, map[string]bool{right.AppsAll: true}
			w.Identity.DirectoryRoles, w.Identity.DirectoryRolesKnown = []string{"b79fbf4d-3ef9-4689-8143-76b194e85509"}, true
			want := []string(nil)
			if !owner {
				w.seen().Owners, want = nil, []string{consent("Cloud Application Administrator")}
			} else {
				w.seen().Owners = []appregistration.Owner{{ID: w.Identity.ObjectID}}
			}
			linesBeginWith(t, w.build(t).Missing, want)
		}
	})
}

// Every verb is either a call that a rule is known for, or changes nothing in
// the tenant.
func TestEveryVerbThatWritesHasARule(t *testing.T) {
	local := []Verb{VerifyCredential, DeliverCredential, ResumeDelivery, CopyValue, BringBack, RemoveFromSinks, Record, ForgetResource}
	for _, v := range []Verb{
		CreateApplication, UpdateApplication, DeleteApplication, CreateServicePrincipal, DeleteServicePrincipal, AddOwner, RemoveOwner,
		AssignAppRole, UnassignAppRole, SetGrant, DeleteGrant, CreateCredential, VerifyCredential, DeliverCredential, ResumeDelivery,
		CopyValue, BringBack, RemoveCredential, RemoveFromSinks, Record, ForgetResource,
	} {
		call, writes := callOf(v)
		if quiet := slices.Contains(local, v); writes == quiet {
			t.Errorf("%s: a rule %t, though its writing Entra is %t", v, writes, !quiet)
		}
		if writes && right.Of(call).Call != call {
			t.Errorf("%s has no rule", v)
		}
	}
}
