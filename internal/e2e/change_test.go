package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// TestEveryAttributeChangesInPlace edits the configuration, one thing after the
// other: what is changed, added or taken out shows in the plan, then in Entra,
// and the application stays the same one.
func TestEveryAttributeChangesInPlace(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.apply()
	first, _ := tn.app()
	const f = "main.mailprov.hcl"
	for _, c := range []struct {
		name     string
		old, new string
		says     string
		holds    func(app object) bool
	}{
		{"the display name", `"Mail sender"`, `"Notices"`, `display_name\s+= "Mail sender" -> "Notices"`,
			func(a object) bool { return a.text("displayName") == "Notices" }},
		{"the description", `"Sends notices."`, `"Sends all notices."`, `description\s+= "Sends notices\." -> "Sends all notices\."`,
			func(a object) bool { return a.text("description") == "Sends all notices." }},
		{"no description", "  description      = \"Sends all notices.\"\n", "", `- description\s`,
			func(a object) bool { return a.Doc["description"] == nil }},
		{"the notes", `"Kept by IT."`, `"Kept by Sales."`, `notes\s+= "Kept by IT\." -> "Kept by Sales\."`,
			func(a object) bool { return a.text("notes") == "Kept by Sales." }},
		{"no notes", "  notes            = \"Kept by Sales.\"\n", "", `- notes\s`,
			func(a object) bool { return a.Doc["notes"] == nil }},
		{"another identifier URI", `"api://${self.client_id}"`, `"api://${self.client_id}", "https://example.co.jp/mail"`, `\+ "https://example\.co\.jp/mail"`,
			func(a object) bool { return len(a.strings("identifierUris")) == 2 }},
		{"no identifier URIs", "  identifier_uris  = [\"api://${self.client_id}\", \"https://example.co.jp/mail\"]\n", "", `identifier_uris`,
			func(a object) bool { return len(a.strings("identifierUris")) == 0 }},
		{"another owner", `data.user.hanbai.id`, `data.user.sales.id`, `owners`,
			func(a object) bool {
				return slices.Contains(a.Links, salesUser) && !slices.Contains(a.Links, hanbaiUser)
			}},
		{"no owners", "  owners           = [data.user.sales.id]\n", "", `owners`,
			func(a object) bool { return !slices.Contains(a.Links, salesUser) && len(a.Links) > 0 }},
		{"another redirect URI", `["https://app.example.co.jp/callback"]`, `["https://app.example.co.jp/callback", "https://app.example.co.jp/two"]`, `\+ "https://app\.example\.co\.jp/two"`,
			func(a object) bool { return len(a.strings("web", "redirectUris")) == 2 }},
		{"no web redirect URIs", "    redirect_uris = [\"https://app.example.co.jp/callback\", \"https://app.example.co.jp/two\"]\n", "", `web\.redirect_uris`,
			func(a object) bool { return len(a.strings("web", "redirectUris")) == 0 }},
		{"no home page", "    homepage_url  = \"https://app.example.co.jp/\"\n", "", `- web\.homepage_url`,
			func(a object) bool { return web(a)["homePageUrl"] == nil }},
		{"another log-out URL", `https://app.example.co.jp/logout`, `https://app.example.co.jp/bye`, `web\.logout_url\s+= ".*/logout" -> ".*/bye"`,
			func(a object) bool { return web(a)["logoutUrl"] == "https://app.example.co.jp/bye" }},
		{"no log-out URL", "    logout_url    = \"https://app.example.co.jp/bye\"\n", "", `- web\.logout_url`,
			func(a object) bool { return web(a)["logoutUrl"] == nil }},
		{"access tokens too", `id_token = true`, "id_token     = true\n      access_token = true", `implicit_grant\s+= ID tokens -> access tokens, ID tokens`,
			func(a object) bool { return implicit(a)["enableAccessTokenIssuance"] == true }},
		{"no implicit grant", "\n    implicit_grant {\n      id_token     = true\n      access_token = true\n    }\n", "", `implicit_grant`,
			func(a object) bool {
				return implicit(a)["enableAccessTokenIssuance"] == false && implicit(a)["enableIdTokenIssuance"] == false
			}},
		{"no single-page platform", "  single_page_application {\n    redirect_uris = [\"https://spa.example.co.jp/\"]\n  }\n", "", `single_page_application\.redirect_uris`,
			func(a object) bool { return len(a.strings("spa", "redirectUris")) == 0 }},
		{"no desktop platform", "  public_client {\n    redirect_uris = [\"http://localhost\"]\n  }\n", "", `public_client\.redirect_uris`,
			func(a object) bool { return len(a.strings("publicClient", "redirectUris")) == 0 }},
		{"another delegated permission", `["User.Read"]`, `["User.Read", "Mail.Read"]`, `\+ consent\s+Microsoft Graph\s+delegated\s+Mail\.Read\s+grant`,
			func(a object) bool { return scopesOf(tn, a) == "Mail.Read SMTP.Send User.Read" }},
		{"another application permission", `["Mail.Send"]`, `["Mail.Send", "Mail.Read"]`, `\+ consent\s+Microsoft Graph\s+application\s+Mail\.Read\s+grant`,
			func(a object) bool { return rolesOf(tn, a) == 2 }},
		{"fewer permissions of both kinds", "[\"Mail.Send\", \"Mail.Read\"]\n    delegated   = [\"User.Read\", \"Mail.Read\"]", "[\"Mail.Send\"]", `- consent\s+Microsoft Graph\s+application\s+Mail\.Read\s+revoke`,
			func(a object) bool { return scopesOf(tn, a) == "SMTP.Send" && rolesOf(tn, a) == 1 }},
		{"one API less", "  api_permissions \"office365_exchange_online\" {\n    delegated = [\"SMTP.Send\"]\n  }\n", "", `- consent\s+Office 365 Exchange Online\s+delegated\s+SMTP\.Send\s+revoke`,
			func(a object) bool { return scopesOf(tn, a) == "" && len(a.docs("requiredResourceAccess")) == 1 }},
		{"consent left to others", "admin_consent = true", "admin_consent = false", `- consent\s+Microsoft Graph\s+application\s+Mail\.Send\s+revoke`,
			func(a object) bool { return rolesOf(tn, a) == 0 && len(a.docs("requiredResourceAccess")) == 1 }},
		{"consent again", "admin_consent = false", "admin_consent = true", `\+ consent\s+Microsoft Graph\s+application\s+Mail\.Send\s+grant`,
			func(a object) bool { return rolesOf(tn, a) == 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.t, tn.t = t, t
			tn.advance(15 * time.Minute)
			p.edit(f, c.old, c.new)
			p.must(0, "fmt")
			p.pending(c.says)
			p.apply()
			p.settled()
			app, _ := tn.app()
			if app.ID != first.ID {
				t.Error("it is another application")
			}
			if !c.holds(app) {
				t.Errorf("the application is\n%s", portrait(app))
			}
			p.healthy()
		})
	}
}

// TestTheAudienceChangesInPlace changes who can sign in, for an application
// whose product does not care.
func TestTheAudienceChangesInPlace(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, bare(1))
	p.apply()
	audience := func(want string) {
		t.Helper()
		p.apply()
		p.settled()
		if app, _ := tn.app(); app.text("signInAudience") != want {
			t.Errorf("the audience is %s, want %s", app.text("signInAudience"), want)
		}
	}
	audience("AzureADMyOrg")
	p.edit("main.mailprov.hcl", `display_name = "App 001"`, "display_name = \"App 001\"\n  sign_in_audience = \"AzureADMultipleOrgs\"")
	p.pending(`sign_in_audience\s+= "AzureADMyOrg" -> "AzureADMultipleOrgs"`, `! MP103`)
	audience("AzureADMultipleOrgs")
	tn.advance(15 * time.Minute)
	p.edit("main.mailprov.hcl", `sign_in_audience = "AzureADMultipleOrgs"`, "")
	p.pending(`sign_in_audience\s+= "AzureADMultipleOrgs" -> "AzureADMyOrg"`)
	audience("AzureADMyOrg")
}

const salesUser = "d0000000-0000-4000-8000-000000000005"

func web(app object) doc {
	w, _ := app.Doc["web"].(doc)
	return w
}

func implicit(app object) doc {
	i, _ := web(app)["implicitGrantSettings"].(doc)
	return i
}

// scopesOf lists what an application is granted tenant-wide for users.
func scopesOf(tn *tenant, app object) string {
	tr := tn.truth()
	sp, _ := tr.principal(app.text("appId"))
	var out []string
	for _, g := range tr.grants(sp.ID) {
		if g.text("consentType") == "AllPrincipals" {
			out = append(out, strings.Fields(g.text("scope"))...)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// rolesOf counts the application permissions that are granted.
func rolesOf(tn *tenant, app object) int {
	tr := tn.truth()
	sp, _ := tr.principal(app.text("appId"))
	return len(tr.assignments(sp.ID))
}

// TestWhatOthersMadeIsReportedAndNeverTouched puts a secret, a certificate and a
// consent of a single user on an application of ours, and a scope that nobody
// declared into its tenant-wide grant.
func TestWhatOthersMadeIsReportedAndNeverTouched(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	d := products()[2] // its product signs in
	p := newProject(t, tn, files(t, d))
	p.apply()
	p.must(0, "confirm", "mail_target."+d.target)
	tn.advance(15 * time.Minute)
	app, sp := tn.app()
	theirs := tn.mutate(doc{"op": "add_password", "id": app.ID, "display_name": "made by hand", "end": "2027-05-01T00:00:00Z"})
	tn.mutate(doc{"id": app.ID, "patch": doc{"keyCredentials": []any{doc{
		"keyId": "cccccccc-0000-4000-8000-000000000001", "displayName": "CN=theirs", "type": "AsymmetricX509Cert", "usage": "Verify",
		"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2027-06-01T00:00:00Z", "customKeyIdentifier": "AAAA",
	}}}})
	user := tn.mutate(doc{"op": "grant", "principal": sp.ID, "resource": graphPrincipal, "user": salesUser, "scope": "Mail.Read"})
	p.settled()
	p.edit(d.file, `"楽楽販売 メール送信"`, `"楽楽販売"`)
	p.pending(`1 made by hand \("made by hand" ends 2027-05-01\)`, `1 certificate`, `1 grant to single users, left alone`)
	p.apply()
	p.settled()
	check := func() {
		t.Helper()
		app, _ := tn.app()
		if n := len(app.docs("passwordCredentials")); n != 2 {
			t.Errorf("the application has %d secrets, want ours and theirs", n)
		}
		if n := len(app.docs("keyCredentials")); n != 1 {
			t.Errorf("the application has %d certificates, want theirs", n)
		}
		if !tn.works(app.text("appId"), textOf(theirs, "secret")) {
			t.Error("their secret works no more")
		}
		if !slices.ContainsFunc(tn.truth(), func(o object) bool { return o.ID == textOf(user, "id") && o.text("scope") == "Mail.Read" }) {
			t.Error("the consent of a single user is gone")
		}
	}
	check()
	// A scope nobody declared, as the product may have asked for at its sign-in.
	tn.advance(15 * time.Minute)
	tn.mutate(doc{"op": "grant", "principal": sp.ID, "resource": graphPrincipal, "scope": "SMTP.Send offline_access Mail.ReadWrite"})
	p.pending(`- consent\s+Microsoft Graph\s+delegated\s+Mail\.ReadWrite\s+revoke`, `! MP110 .*Mail\.ReadWrite`)
	p.apply()
	p.settled()
	if got := scopesOf(tn, app); got != "SMTP.Send offline_access" {
		t.Errorf("granted is %q", got)
	}
	check()
}
