package sandbox

import (
	"strings"
	"testing"
)

// consenting is an operator with an application and its principal.
func consenting(t *testing.T) (tn *tenant, op *client, app, sp string) {
	t.Helper()
	tn = open(t, Options{})
	op = tn.operator()
	a := op.app(Object{})
	return tn, op, text(a, "id"), text(op.must(201, "POST", "/servicePrincipals", Object{"appId": a["appId"]}), "id")
}

const mailSend = "b633e1c5-b582-4048-a93e-9f11b44c7e96"

func TestAssignmentsOfApplicationRoles(t *testing.T) {
	tn, op, _, sp := consenting(t)
	graph, exchange := tn.Seeded().GraphPrincipalID, tn.Seeded().ExchangePrincipalID
	to := "/servicePrincipals/" + graph + "/appRoleAssignedTo"
	body := func(principal, resource, role string) Object {
		return Object{"principalId": principal, "resourceId": resource, "appRoleId": role}
	}
	a := op.must(201, "POST", to, body(sp, graph, mailSend))
	if a["principalType"] != "ServicePrincipal" || a["resourceDisplayName"] != "Microsoft Graph" {
		t.Errorf("assignment %v", a)
	}
	for name, c := range map[string]struct {
		path    string
		body    Object
		status  int
		message string
	}{
		"a second one alike":             {to, body(sp, graph, mailSend), 400, "Permission being assigned already exists on the object"},
		"a role that is none":            {to, body(sp, graph, "00000000-0000-4000-8000-000000000001"), 400, "Permission being assigned was not found on application"},
		"a scope's id":                   {to, body(sp, graph, "e383f46e-2787-4529-855e-0e479a3ffac0"), 400, "Permission being assigned was not found on application"},
		"the default role":               {to, body(sp, graph, defaultRole), 400, "Permission being assigned was not found on application"},
		"an unknown principal":           {to, body("00000000-0000-4000-8000-000000000001", graph, mailSend), 404, "Resource '"},
		"the application's id":           {to, body(text(tn.Applications()[4].Properties, "id"), graph, mailSend), 404, "Resource '"},
		"another resource":               {to, body(sp, exchange, mailSend), 400, "The value of 'resourceId'"},
		"a missing member":               {to, Object{"principalId": sp, "resourceId": graph}, 400, "A value is required"},
		"a member too many":              {to, Object{"principalId": sp, "resourceId": graph, "appRoleId": mailSend, "principalType": "User"}, 400, "Property 'principalType'"},
		"an application role for a user": {to, body(tn.Seeded().Users[0].ID, graph, mailSend), 400, "Permission being assigned was not found"},
	} {
		if r := op.do("POST", c.path, c.body); r.Status != c.status || !strings.HasPrefix(r.message(), c.message) {
			t.Errorf("%s: %d %s", name, r.Status, r.Raw)
		}
	}
	// The same role value has the same id on Exchange Online, yet is another permission.
	op.must(201, "POST", "/servicePrincipals/"+sp+"/appRoleAssignments", body(sp, exchange, mailSend))
	mine := "/servicePrincipals/" + sp + "/appRoleAssignments"
	if got := len(value(op.must(200, "GET", mine, nil))); got != 2 {
		t.Errorf("%d assignments", got)
	}
	if got := len(value(op.must(200, "GET", mine+"?$filter=resourceId eq "+graph, nil))); got != 1 {
		t.Errorf("%d assignments to Graph", got)
	}
	op.must(404, "DELETE", "/servicePrincipals/"+exchange+"/appRoleAssignedTo/"+text(a, "id"), nil)
	op.must(200, "GET", to+"/"+text(a, "id"), nil)
	op.must(204, "DELETE", to+"/"+text(a, "id"), nil)
	op.must(404, "DELETE", to+"/"+text(a, "id"), nil)
}

func TestDelegatedGrants(t *testing.T) {
	tn, op, app, sp := consenting(t)
	graph := tn.Seeded().GraphPrincipalID
	user := tn.Seeded().Users[0].ID
	body := func(change Object) Object {
		return merge(Object{"clientId": sp, "consentType": "AllPrincipals", "resourceId": graph, "scope": "Mail.Send"}, change, Object{})
	}
	g := op.must(201, "POST", "/oauth2PermissionGrants", body(nil))
	op.must(201, "POST", "/oauth2PermissionGrants", body(Object{"consentType": "Principal", "principalId": user}))
	for name, c := range map[string]struct {
		change Object
		status int
	}{
		"a second one alike":      {nil, 409},
		"an application's id":     {Object{"clientId": app}, 404},
		"an application's own id": {Object{"resourceId": graphAppID}, 404},
		"a user for everyone":     {Object{"principalId": user}, 400},
		"nobody for one person":   {Object{"consentType": "Principal"}, 400},
		"an unknown kind":         {Object{"consentType": "Some"}, 400},
		"a scope that is none":    {Object{"resourceId": tn.Seeded().ExchangePrincipalID, "scope": "Files.Read"}, 400},
		"an expiry":               {Object{"expiryTime": "2027-01-01T00:00:00Z"}, 400},
		"no client":               {Object{"clientId": ""}, 400},
	} {
		if r := op.do("POST", "/oauth2PermissionGrants", body(c.change)); r.Status != c.status {
			t.Errorf("%s: %d %s", name, r.Status, r.Raw)
		}
	}
	path := "/oauth2PermissionGrants/" + text(g, "id")
	op.must(204, "PATCH", path, Object{"scope": "Mail.Send User.Read offline_access openid"})
	op.must(400, "PATCH", path, Object{"scope": "Mail.Sned"})
	op.must(400, "PATCH", path, Object{"consentType": "Principal"})
	if got := text(op.must(200, "GET", path, nil), "scope"); got != "Mail.Send User.Read offline_access openid" {
		t.Errorf("scope %q", got)
	}
	for query, want := range map[string]int{
		"?$filter=clientId eq '" + sp + "'":                                    2,
		"?$filter=clientId eq '" + sp + "' and consentType eq 'AllPrincipals'": 1,
		"?$filter=resourceId eq '" + tn.Seeded().ExchangePrincipalID + "'":     0,
	} {
		if got := len(value(op.must(200, "GET", "/oauth2PermissionGrants"+query, nil))); got != want {
			t.Errorf("%s: %d grants, want %d", query, got, want)
		}
	}
	if got := len(value(op.must(200, "GET", "/servicePrincipals/"+sp+"/oauth2PermissionGrants", nil))); got != 2 {
		t.Errorf("%d grants of the principal", got)
	}
	op.must(204, "DELETE", path, nil)
	op.must(404, "GET", path, nil)
	op.must(404, "PATCH", path, Object{"scope": "x"})
}

func TestDeletingAPrincipalEndsItsConsent(t *testing.T) {
	tn, op, _, sp := consenting(t)
	graph := tn.Seeded().GraphPrincipalID
	op.must(201, "POST", "/oauth2PermissionGrants", Object{"clientId": sp, "consentType": "AllPrincipals", "resourceId": graph, "scope": "Mail.Send"})
	op.must(201, "POST", "/servicePrincipals/"+graph+"/appRoleAssignedTo", Object{"principalId": sp, "resourceId": graph, "appRoleId": mailSend})
	before := len(tn.Items(kindAssignment))
	op.must(204, "DELETE", "/servicePrincipals/"+sp, nil)
	if after := len(tn.Items(kindAssignment)); after != before-1 || len(tn.Items(kindGrant)) != 0 {
		t.Errorf("assignments %d → %d, grants %d", before, after, len(tn.Items(kindGrant)))
	}
}

func TestPrincipals(t *testing.T) {
	tn, op, app, sp := consenting(t)
	appID := text(op.must(200, "GET", "/applications/"+app, nil), "appId")
	r := op.do("POST", "/servicePrincipals", Object{"appId": appID})
	if r.Status != 409 || r.code() != "Request_MultipleObjectsWithSameKeyValue" || !strings.Contains(r.message(), appID+" is already in use") {
		t.Errorf("a second principal: %d %s", r.Status, r.Raw)
	}
	// A caller that may only touch its own takes replication for a lack of rights.
	r = tn.as("mailprov-rotator").do("POST", "/servicePrincipals", Object{"appId": "00000000-0000-4000-8000-000000000001"})
	if r.Status != 403 || !strings.HasPrefix(r.message(), "When using this permission, the backing application") {
		t.Errorf("an unknown application, OwnedBy: %d %s", r.Status, r.Raw)
	}
	op.must(204, "PATCH", "/applications/"+app, Object{"tags": []any{"mailprov"}, "identifierUris": []any{"api://" + appID}})
	op.must(204, "PATCH", "/servicePrincipals/"+sp, Object{"tags": []any{"HideApp"}, "appRoleAssignmentRequired": true})
	doc := op.must(200, "GET", "/servicePrincipals/"+sp, nil)
	if got := strings.Join(texts(items(doc, "tags")), " "); got != "mailprov HideApp" {
		t.Errorf("tags %q", got)
	}
	if got := strings.Join(texts(items(doc, "servicePrincipalNames")), " "); got != "api://"+appID+" "+appID {
		t.Errorf("names %q", got)
	}
	op.must(204, "PATCH", "/applications/"+app, Object{"tags": []any{}})
	if got := texts(items(op.must(200, "GET", "/servicePrincipals/"+sp, nil), "tags")); len(got) != 1 {
		t.Errorf("tags %q after the application lost its own", got)
	}
	for name, body := range map[string]Object{"roles": {"appRoles": []any{}}, "another application": {"appId": graphAppID}, "secrets": {"passwordCredentials": []any{}}} {
		if r := op.do("PATCH", "/servicePrincipals/"+sp, body); r.Status != 400 {
			t.Errorf("%s: %d %s", name, r.Status, r.Raw)
		}
	}
}

func TestOwners(t *testing.T) {
	tn, op, app, _ := consenting(t)
	path := "/applications/" + app + "/owners"
	user := tn.Seeded().Users[0].ID
	ref := func(id string) Object {
		return Object{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/" + id}
	}
	op.must(204, "POST", path+"/$ref", ref(user))
	r := op.do("POST", path+"/$ref", ref(user))
	if r.Status != 400 || !strings.HasPrefix(r.message(), "One or more added object references already exist") {
		t.Errorf("the same owner again: %d %s", r.Status, r.Raw)
	}
	op.must(404, "POST", path+"/$ref", ref("00000000-0000-4000-8000-000000000001"))
	op.must(400, "POST", path+"/$ref", ref(app))
	op.must(400, "POST", path+"/$ref", Object{"@odata.id": user})
	op.must(400, "POST", path+"/$ref", Object{"id": user})
	list := value(op.must(200, "GET", path+"?$select=id,userPrincipalName", nil))
	if len(list) != 2 || list[1].(map[string]any)["userPrincipalName"] != "admin@example.co.jp" || list[1].(map[string]any)["@odata.type"] != "#microsoft.graph.user" {
		t.Errorf("owners %v", list)
	}
	if got := len(value(op.must(200, "GET", path+"/$ref", nil))); got != 2 {
		t.Errorf("%d references", got)
	}
	for cast, want := range map[string]int{"microsoft.graph.user": 1, "graph.servicePrincipal": 1, "graph.group": -1} {
		r := op.do("GET", path+"/"+cast, nil)
		if want < 0 && r.Status != 501 || want >= 0 && len(value(r.Doc)) != want {
			t.Errorf("owners as %s: %d %s", cast, r.Status, r.Raw)
		}
	}
	op.must(204, "DELETE", path+"/"+user+"/$ref", nil)
	op.must(404, "DELETE", path+"/"+user+"/$ref", nil)

	bound := op.app(Object{"owners@odata.bind": []any{origin + "/v1.0/directoryObjects/" + user}})
	if got := len(value(op.must(200, "GET", "/applications/"+text(bound, "id")+"/owners", nil))); got != 2 {
		t.Errorf("%d owners after binding one", got)
	}
}

func TestFederatedCredentials(t *testing.T) {
	_, op, app, _ := consenting(t)
	path := "/applications/" + app + "/federatedIdentityCredentials"
	body := Object{"name": "ci-main", "issuer": "https://ci.example", "subject": "repo:a/b", "audiences": []any{"api://AzureADTokenExchange"}}
	f := op.must(201, "POST", path, body)
	op.must(409, "POST", path, body)
	op.must(400, "POST", path, Object{"name": "x", "issuer": "https://ci.example", "subject": "s", "audiences": []any{"a"}})
	op.must(400, "POST", path, Object{"name": "two-audiences", "issuer": "https://ci.example", "subject": "s", "audiences": []any{"a", "b"}})
	op.must(200, "GET", path+"/"+text(f, "id"), nil)
	op.must(200, "GET", path+"(name='ci-main')", nil)
	op.must(204, "PATCH", path+"/"+text(f, "id"), Object{"subject": "repo:a/c"})
	op.must(201, "PATCH", path+"(name='ci-two')", Object{"issuer": "https://ci.example", "subject": "repo:a/d", "audiences": []any{"a"}}, "Prefer: create-if-missing")
	if got := len(value(op.must(200, "GET", path, nil))); got != 2 {
		t.Errorf("%d credentials", got)
	}
	op.must(204, "DELETE", path+"/ci-main", nil)
	op.must(404, "GET", path+"/ci-main", nil)
}
