package sandbox

import (
	"bytes"
	"strings"
	"testing"
)

func TestATenantSurvivesItsSnapshot(t *testing.T) {
	var saved [][]byte
	tn := open(t, Options{Changed: func(raw []byte) { saved = append(saved, raw) }})
	op := tn.operator()
	app := op.app(Object{"displayName": "Kept", "uniqueName": "mailprov-k"})
	sp := text(op.must(201, "POST", "/servicePrincipals", Object{"appId": app["appId"]}), "id")
	secret := text(op.must(200, "POST", "/applications/"+text(app, "id")+"/addPassword", Object{}), "secretText")
	graph := tn.Seeded().GraphPrincipalID
	op.must(201, "POST", "/servicePrincipals/"+graph+"/appRoleAssignedTo", Object{"principalId": sp, "resourceId": graph, "appRoleId": mailSend})
	gone := op.app(Object{"displayName": "Gone"})
	op.must(204, "DELETE", "/applications/"+text(gone, "id"), nil)
	if len(saved) != 6 {
		t.Fatalf("%d snapshots after six writes", len(saved))
	}
	last := saved[5]
	if !bytes.Equal(last, tn.Snapshot()) {
		t.Error("the snapshot on demand differs from the last one handed out")
	}
	if len(last) > 100_000 {
		t.Errorf("a snapshot of six applications has %d bytes", len(last))
	}

	again := open(t, Options{State: last})
	if !bytes.Equal(again.Snapshot(), last) {
		t.Error("a snapshot of the restored tenant differs")
	}
	r := again.login(text(app, "appId"), secret, GraphAudience+"/.default")
	if r.Status != 200 || strings.Join(again.claims(text(r.Doc, "access_token")).Roles, " ") != "Mail.Send" {
		t.Errorf("the secret: %d %s", r.Status, r.Raw)
	}
	op = again.operator()
	op.must(200, "GET", "/applications(uniqueName='mailprov-k')", nil)
	op.must(200, "GET", "/directory/deletedItems/"+text(gone, "id"), nil)
	if n := len(items(op.must(200, "GET", "/servicePrincipals/"+graph+"?$select=appRoles", nil), "appRoles")); n != 716 {
		t.Errorf("Microsoft Graph publishes %d roles after the restore", n)
	}
}

func TestReadsAndRefusalsMakeNoSnapshot(t *testing.T) {
	n := 0
	tn := open(t, Options{Changed: func([]byte) { n++ }})
	op := tn.operator()
	op.must(200, "GET", "/applications", nil)
	op.must(400, "POST", "/applications", Object{})
	op.must(204, "PATCH", "/applications/"+text(op.app(Object{}), "id"), Object{"notes": "x"})
	if n != 2 {
		t.Errorf("%d snapshots after two writes", n)
	}
}

func TestAStateThatIsNoneIsRefused(t *testing.T) {
	for name, raw := range map[string]string{
		"no JSON":           `{`,
		"something else":    `{}`,
		"another version":   `{"version":2,"tenant_id":"11111111-2222-3333-4444-555555555555"}`,
		"another tenant":    `{"version":1,"tenant_id":"x"}`,
		"an empty tenant":   `{"version":1,"tenant_id":"11111111-2222-3333-4444-555555555555","objects":[]}`,
		"an unknown kind":   `{"version":1,"tenant_id":"11111111-2222-3333-4444-555555555555","objects":[{"kind":"x","id":"1","doc":{"id":"1"}}]}`,
		"an object of null": `{"version":1,"tenant_id":"11111111-2222-3333-4444-555555555555","objects":[null]}`,
	} {
		if _, err := New(Options{State: []byte(raw)}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestWhatIsSeeded(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	for name, want := range map[string][2]int{graphAppID: {716, 807}, exchangeAppID: {24, 52}} {
		doc := op.must(200, "GET", "/servicePrincipals(appId='"+name+"')", nil)
		if got := [2]int{len(items(doc, "appRoles")), len(items(doc, "oauth2PermissionScopes"))}; got != want {
			t.Errorf("%s publishes %v, want %v", name, got, want)
		}
	}
	org := value(op.must(200, "GET", "/organization", nil))[0].(map[string]any)
	if org["displayName"] != "Example K.K." || org["id"] != "11111111-2222-3333-4444-555555555555" || len(items(org, "verifiedDomains")) != 3 {
		t.Errorf("organization %v", org)
	}
	for _, o := range tn.Seeded().Operators {
		if len(o.Secret) != 40 {
			t.Errorf("%s has a secret of %d characters", o.Name, len(o.Secret))
		}
		if got := strings.Join(tn.claims(tn.as(o.Name).token).Roles, " "); len(strings.Fields(got)) != len(o.Permissions) {
			t.Errorf("%s has the roles %s", o.Name, got)
		}
	}
	if !bytes.Equal(tn.Snapshot()[:2000], open(t, Options{}).Snapshot()[:2000]) {
		t.Error("two new tenants differ")
	}
}

func TestChangesByHand(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	app := op.app(Object{})
	id := text(app, "id")
	sp := text(op.must(201, "POST", "/servicePrincipals", Object{"appId": app["appId"]}), "id")
	var key string
	err := tn.Mutate(func(truth *Truth) error {
		if err := truth.Patch(id, Object{"notes": "by hand", "web": Object{"redirectUris": []string{"http://anything"}}}); err != nil {
			return err
		}
		var err error
		if key, _, err = truth.AddPassword(id, "by hand", tn.Time().AddDate(1, 0, 0)); err != nil {
			return err
		}
		_, err = truth.Grant(sp, tn.Seeded().GraphPrincipalID, "", "Mail.Send offline_access")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	doc := op.must(200, "GET", "/applications/"+id, nil)
	if doc["notes"] != "by hand" || texts(items(object(doc, "web"), "redirectUris"))[0] != "http://anything" {
		t.Errorf("application %v", doc)
	}
	if cred := items(doc, "passwordCredentials")[0].(map[string]any); cred["keyId"] != key {
		t.Errorf("credential %v", cred)
	}
	for name, change := range map[string]func(*Truth) error{
		"an unknown property": func(truth *Truth) error { return truth.Patch(id, Object{"colour": "red"}) },
		"a wrong type":        func(truth *Truth) error { return truth.Patch(id, Object{"tags": "x"}) },
		"an unknown object":   func(truth *Truth) error { return truth.Delete("x") },
		"an unknown key":      func(truth *Truth) error { return truth.RemovePassword(id, "x") },
	} {
		if tn.Mutate(change) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := tn.Mutate(func(truth *Truth) error { return truth.Delete(id) }); err != nil {
		t.Fatal(err)
	}
	if len(tn.DeletedApplications()) != 1 {
		t.Error("an application deleted by hand is not in the recycle bin")
	}
}
