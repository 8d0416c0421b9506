package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// TestHandMadeChangesAreShownAndUndone changes, one after the other, whatever a
// hand in the portal can change on an application of ours. A plan names each,
// an apply takes it back, and then there is nothing to do.
func TestHandMadeChangesAreShownAndUndone(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.apply()
	p.settled()
	p.findsNoDrift()
	box := func(change ...doc) func(*testing.T, object, object) {
		return func(_ *testing.T, app, _ object) {
			for _, c := range change {
				if c["id"] == nil {
					c["id"] = app.ID
				}
				tn.mutate(c)
			}
		}
	}
	patch := func(change doc) func(*testing.T, object, object) { return box(doc{"patch": change}) }
	for _, c := range []struct {
		name string
		hand func(t *testing.T, app, principal object)
		says string
	}{
		{"the display name is changed", patch(doc{"displayName": "Somebody else"}), `display_name\s.*"Somebody else".*"Mail sender"`},
		{"the audience is widened", patch(doc{"signInAudience": "AzureADMultipleOrgs"}), `sign_in_audience\s.*"AzureADMultipleOrgs".*"AzureADMyOrg"`},
		{"the notes are changed", patch(doc{"notes": "x"}), `notes\s.*"x".*"Kept by IT\."`},
		{"the notes are cleared", patch(doc{"notes": nil}), `notes\s.*"Kept by IT\."`},
		{"the description is changed", patch(doc{"description": "x"}), `description\s.*"x".*"Sends notices\."`},
		{"the identifier URI is removed", patch(doc{"identifierUris": []string{}}), `identifier_uris`},
		{"a web redirect URI is added", patch(doc{"web": doc{"redirectUris": []string{"https://app.example.co.jp/callback", "https://evil.example.com/"}}}), `https://evil\.example\.com/`},
		{"the web redirect URI is removed", patch(doc{"web": doc{"redirectUris": []string{}}}), `web\.redirect_uris`},
		{"the home page is changed", patch(doc{"web": doc{"homePageUrl": "https://evil.example.com/"}}), `homepage_url`},
		{"the log-out URL is removed", patch(doc{"web": doc{"logoutUrl": nil}}), `logout_url`},
		{"access tokens are switched on", patch(doc{"web": doc{"implicitGrantSettings": doc{"enableAccessTokenIssuance": true}}}), `implicit_grant = access tokens, ID tokens -> ID tokens`},
		{"ID tokens are switched off", patch(doc{"web": doc{"implicitGrantSettings": doc{"enableIdTokenIssuance": false}}}), `implicit_grant = .*-> ID tokens`},
		{"a single-page redirect URI is added", patch(doc{"spa": doc{"redirectUris": []string{"https://spa.example.co.jp/", "https://evil.example.com/"}}}), `single_page_application\.redirect_uris`},
		{"the desktop redirect URI is removed", patch(doc{"publicClient": doc{"redirectUris": []string{}}}), `public_client\.redirect_uris`},
		{"all requested permissions are removed", patch(doc{"requiredResourceAccess": []any{}}), `api_permissions.*Mail\.Send|Mail\.Send`},
		{"a permission is requested", func(t *testing.T, app, _ object) {
			access := app.docs("requiredResourceAccess")
			for _, r := range access {
				if r["resourceAppId"] == "00000003-0000-0000-c000-000000000000" {
					r["resourceAccess"] = append(r["resourceAccess"].([]any), doc{"id": mailReadRole, "type": "Role"})
				}
			}
			tn.mutate(doc{"id": app.ID, "patch": doc{"requiredResourceAccess": access}})
		}, `Mail\.Read`},
		{"an application permission is granted", func(t *testing.T, _, sp object) {
			tn.mutate(doc{"op": "assign", "principal": sp.ID, "resource": graphPrincipal, "role": mailReadRole})
		}, `Mail\.Read\s.*revoke`},
		{"an application permission is revoked", func(t *testing.T, _, sp object) {
			for _, a := range tn.truth().assignments(sp.ID) {
				tn.mutate(doc{"op": "delete", "id": a.ID})
			}
		}, `Mail\.Send\s.*grant`},
		{"a delegated permission is granted", func(t *testing.T, _, sp object) {
			tn.mutate(doc{"op": "grant", "principal": sp.ID, "resource": graphPrincipal, "scope": "User.Read Mail.ReadWrite"})
		}, `Mail\.ReadWrite\s.*revoke`},
		{"a delegated permission is revoked", func(t *testing.T, _, sp object) {
			for _, g := range tn.truth().grants(sp.ID) {
				if g.text("scope") == "SMTP.Send" {
					tn.mutate(doc{"op": "delete", "id": g.ID})
				}
			}
		}, `SMTP\.Send\s.*grant`},
		{"the service principal is deleted", func(t *testing.T, _, sp object) {
			tn.mutate(doc{"op": "delete", "id": sp.ID})
		}, `service_principal_id|service principal`},
		{"the owner is removed", func(t *testing.T, app, _ object) {
			tn.mutate(doc{"op": "set_owners", "id": app.ID, "owners": slices.DeleteFunc(slices.Clone(app.Links), func(id string) bool { return id == hanbaiUser })})
		}, `owners`},
		{"our tags are removed", patch(doc{"tags": []string{"theirs"}}), `tags`},
		{"the password is removed", func(t *testing.T, app, _ object) {
			for _, c := range app.docs("passwordCredentials") {
				tn.mutate(doc{"op": "remove_password", "id": app.ID, "key_id": c["keyId"]})
			}
		}, `client_secret\.mail`},
		{"the application is deleted", func(t *testing.T, app, _ object) {
			tn.mutate(doc{"op": "delete", "id": app.ID})
		}, `app_registration\.mail`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.t, tn.t = t, t
			before, sp := tn.app()
			want := portrait(before)
			tn.advance(15 * time.Minute)
			c.hand(t, before, sp)
			p.findsDrift()
			p.pending(c.says)
			p.apply()
			p.settled()
			p.findsNoDrift()
			after, _ := tn.app()
			got := portrait(after)
			if strings.Contains(c.name, "tags") {
				want = strings.Replace(want, "]\nowners", " theirs]\nowners", 1)
			}
			if after.text("appId") == before.text("appId") && want != got {
				t.Errorf("the application was\n%s\nand is\n%s", want, got)
			}
			p.healthy()
		})
	}
}
