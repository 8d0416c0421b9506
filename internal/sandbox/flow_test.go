package sandbox

import (
	"fmt"
	"testing"
)

func TestAnApplicationIsMadeConsentedUsedAndDeleted(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	upsert := "Prefer: create-if-missing"
	app := op.must(201, "PATCH", "/applications(uniqueName='mailprov-x')", Object{"displayName": "Proself mail", "signInAudience": "AzureADMyOrg",
		"web": Object{"redirectUris": []any{"https://files.example.co.jp/cb"}}}, upsert)
	id, appID := text(app, "id"), text(app, "appId")
	sp := text(op.must(201, "PATCH", "/servicePrincipals(appId='"+appID+"')", Object{"displayName": "Proself mail"}, upsert), "id")
	op.must(204, "PATCH", "/servicePrincipals(appId='"+appID+"')", Object{"notes": "x"}, upsert)
	op.must(204, "PATCH", "/applications(uniqueName='mailprov-x')", Object{"displayName": "Proself mail 2"}, upsert)
	if got := text(op.must(200, "GET", "/servicePrincipals/"+sp, nil), "displayName"); got != "Proself mail 2" {
		t.Errorf("the principal's name is %q after a rename", got)
	}

	secret := op.must(200, "POST", "/applications/"+id+"/addPassword", Object{"passwordCredential": Object{"displayName": "m"}})
	value1 := text(secret, "secretText")
	if len(value1) != 40 || text(secret, "hint") != value1[:3] {
		t.Errorf("secret %q with hint %q", value1, text(secret, "hint"))
	}

	graph := op.must(200, "GET", "/servicePrincipals(appId='"+graphAppID+"')?$select=id,appRoles", nil)
	var role string
	for _, r := range items(graph, "appRoles") {
		if text(r.(map[string]any), "value") == "Mail.Send" {
			role = text(r.(map[string]any), "id")
		}
	}
	gid := text(graph, "id")
	a := op.must(201, "POST", "/servicePrincipals/"+gid+"/appRoleAssignedTo", Object{"principalId": sp, "resourceId": gid, "appRoleId": role})
	g := op.must(201, "POST", "/oauth2PermissionGrants", Object{"clientId": sp, "consentType": "AllPrincipals", "resourceId": gid, "scope": "Mail.Send offline_access"})

	r := tn.login(appID, value1, GraphAudience+"/.default")
	if r.Status != 200 {
		t.Fatalf("login: %s", r.Raw)
	}
	if got := fmt.Sprint(tn.claims(text(r.Doc, "access_token")).Roles); got != "[Mail.Send]" {
		t.Errorf("roles %s", got)
	}

	op.must(204, "DELETE", "/servicePrincipals/"+gid+"/appRoleAssignedTo/"+text(a, "id"), nil)
	op.must(204, "DELETE", "/oauth2PermissionGrants/"+text(g, "id"), nil)
	op.must(204, "POST", "/applications/"+id+"/removePassword", Object{"keyId": secret["keyId"]})
	if r := tn.login(appID, value1, GraphAudience+"/.default"); fmt.Sprint(r.Doc["error_codes"]) != "[7000215]" {
		t.Errorf("a removed secret: %s", r.Raw)
	}
	op.must(204, "DELETE", "/applications/"+id, nil)
	op.must(404, "GET", "/applications/"+id, nil)
	op.must(404, "GET", "/servicePrincipals/"+sp, nil)
	op.must(400, "PATCH", "/applications(uniqueName='mailprov-x')", Object{"displayName": "again"}, upsert)
	op.must(204, "DELETE", "/directory/deletedItems/"+id, nil)
	op.must(201, "PATCH", "/applications(uniqueName='mailprov-x')", Object{"displayName": "again"}, upsert)
}

func TestABatchAnswersEachRequestByItself(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	out := op.must(200, "POST", "/$batch", Object{"requests": []any{
		Object{"id": "a", "method": "POST", "url": "/applications", "headers": Object{"Content-Type": "application/json"}, "body": Object{"displayName": "A"}},
		Object{"id": "b", "method": "GET", "url": "/users/noreply@example.co.jp?$select=id", "dependsOn": []any{"a"}},
		Object{"id": "c", "method": "GET", "url": "/applications/c1000000-0000-4000-8000-000000009999"},
		Object{"id": "d", "method": "GET", "url": "/organization", "dependsOn": []any{"c"}},
	}})
	got := map[string]string{}
	for _, r := range items(out, "responses") {
		doc := r.(map[string]any)
		got[text(doc, "id")] = fmt.Sprint(doc["status"])
	}
	if fmt.Sprint(got) != "map[a:201 b:200 c:404 d:424]" {
		t.Errorf("statuses %v", got)
	}
	if st := tn.Stats(); st.GraphHTTP != 1 || st.GraphInner != 4 {
		t.Errorf("stats %+v", st)
	}
}
