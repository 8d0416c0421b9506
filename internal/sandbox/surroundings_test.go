package sandbox

import (
	"fmt"
	"net/url"
	"testing"
	"time"
)

func TestTheSurroundingsOfApplicationsCanBeRead(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	var policy string
	if err := tn.Mutate(func(truth *Truth) (err error) {
		policy, err = truth.AddPolicy(Object{"displayName": "short secrets", "isEnabled": true, "restrictions": Object{"passwordCredentials": []any{}}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/organization/" + tn.Seeded().TenantID:          "Example K.K.",
		"/policies/appManagementPolicies/" + policy:      "short secrets",
		"/users/" + tn.Seeded().Users[0].ID:              "管理者",
		"/users('noreply@example.co.jp')":                "No Reply",
		"/servicePrincipals(appId='" + graphAppID + "')": "Microsoft Graph",
	} {
		if got := text(op.must(200, "GET", path, nil), "displayName"); got != want {
			t.Errorf("%s is %q", path, got)
		}
	}
	if got := op.must(200, "GET", "/domains/example.co.jp", nil); got["isDefault"] != true {
		t.Errorf("the default domain: %v", got)
	}
	op.must(404, "GET", "/domains/example.net", nil)
	if n := len(value(op.must(200, "GET", "/policies/appManagementPolicies", nil))); n != 1 {
		t.Errorf("%d policies", n)
	}
	if n := len(value(op.must(200, "GET", "/policies/appManagementPolicies/"+policy+"/appliesTo", nil))); n != 0 {
		t.Errorf("a policy that nobody is under applies to %d", n)
	}
	admin, _ := tn.Seeded().User("ADMIN@example.co.jp")
	if n := len(value(op.must(200, "GET", "/users?$filter="+url.QueryEscape("userPrincipalName eq 'admin@example.co.jp' or id eq '"+admin.ID+"'"), nil))); n != 1 {
		t.Errorf("%d users", n)
	}
}

func TestATenantIsBuiltByHand(t *testing.T) {
	tn := open(t, Options{})
	var id, appID string
	step := func(format string, args ...any) map[string]any {
		t.Helper()
		out, err := tn.steer("POST mutate", []byte(fmt.Sprintf(format, args...)))
		if err != nil {
			t.Fatal(err)
		}
		doc, _ := out.(map[string]any)
		return doc
	}
	made := step(`{"op":"add_application","patch":{"displayName":"By hand","api":{"requestedAccessTokenVersion":2}},"owners":[%q]}`, tn.Seeded().Users[0].ID)
	id, appID = made["id"].(string), made["app_id"].(string)
	sp := step(`{"op":"add_principal","client_id":%q}`, appID)["id"].(string)
	secret := step(`{"op":"add_password","id":%q,"display_name":"x","end":"2027-01-01T00:00:00Z"}`, id)
	step(`{"op":"assign","principal":%q,"resource":%q,"role":%q}`, sp, tn.Seeded().GraphPrincipalID, mailSend)
	step(`{"op":"set_owners","id":%q,"owners":[]}`, sp)
	r := tn.login(appID, secret["secret"].(string), GraphAudience+"/.default")
	if r.Status != 200 || fmt.Sprint(tn.claims(text(r.Doc, "access_token")).Roles) != "[Mail.Send]" {
		t.Errorf("sign-in: %s", r.Raw)
	}
	err := tn.Mutate(func(truth *Truth) error {
		app, ok := truth.Application(appID)
		principal, ok2 := truth.Principal(appID)
		again, ok3 := truth.Item(id)
		if !ok || !ok2 || !ok3 || app.ID != id || principal.ID != sp || again.Kind != kindApplication || len(app.Owners) != 1 {
			t.Errorf("application %+v, principal %+v", app, principal)
		}
		return truth.Patch(id, Object{"api": Object{"requestedAccessTokenVersion": 1}, "appRoles": []Object{}})
	})
	if err != nil {
		t.Fatal(err)
	}
	step(`{"op":"remove_password","id":%q,"key_id":%q}`, id, secret["key_id"])
	step(`{"op":"delete","id":%q}`, sp)
	step(`{"op":"delete","id":%q}`, id)
	step(`{"op":"delete","id":%q}`, id)
	if n := len(tn.DeletedApplications()); n != 0 {
		t.Errorf("%d applications in the recycle bin after the second deletion", n)
	}
}

func TestApplicationsForPersonalAccountsAreWrittenSixtyTimesAMinute(t *testing.T) {
	tn := &tenant{t: t, clock: time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)}
	tn.with(Options{Now: func() time.Time { return tn.clock }})
	op := tn.operator()
	for range 60 {
		op.app(Object{"signInAudience": audienceBoth})
	}
	if r := op.do("POST", "/applications", Object{"displayName": "x", "signInAudience": audienceBoth}); r.Status != 429 {
		t.Errorf("the sixty-first: %d", r.Status)
	}
	op.app(Object{})
	tn.Advance(time.Minute)
	app := op.app(Object{"signInAudience": audienceBoth})
	op.must(204, "PATCH", "/applications(appId='"+text(app, "appId")+"')", Object{"notes": "x"})
}

func TestLagIsWrittenAsItIsRead(t *testing.T) {
	for in, want := range map[string]string{`{"reads":"5s","secrets":3}`: `{"reads":"5s","secrets":3}`, `{"probability":0.5}`: `{"probability":0.5}`} {
		var l Lag
		if err := strict([]byte(in), &l); err != nil || toJSON(t, l) != want {
			t.Errorf("%s becomes %s, %v", in, toJSON(t, l), err)
		}
	}
}
