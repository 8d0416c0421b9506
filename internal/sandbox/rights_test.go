package sandbox

import (
	"fmt"
	"testing"
)

// Each line is a call and the status that each seeded identity gets: operator, applier, rotator, reader. The
// application belongs to the operator.
func TestWhatACallerMayDoFollowsFromItsRolesAndOwnership(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	app := op.app(Object{"displayName": "Owned"})
	id, appID := text(app, "id"), text(app, "appId")
	sp := text(op.must(201, "POST", "/servicePrincipals", Object{"appId": appID}), "id")
	graph := tn.Seeded().GraphPrincipalID
	user := tn.Seeded().Users[0].ID
	grant := Object{"clientId": sp, "consentType": "AllPrincipals", "resourceId": graph, "scope": "Mail.Send"}
	role := Object{"principalId": sp, "resourceId": graph, "appRoleId": "b633e1c5-b582-4048-a93e-9f11b44c7e96"}
	ref := Object{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/" + user}
	names := []string{"mailprov-operator", "mailprov-applier", "mailprov-rotator", "mailprov-reader"}
	for _, c := range []struct {
		method, path string
		body         Object
		want         [4]int
	}{
		{"GET", "/applications", nil, [4]int{200, 200, 403, 200}},
		{"GET", "/applications/" + id, nil, [4]int{200, 200, 403, 200}},
		{"GET", "/applications/" + id + "/owners", nil, [4]int{200, 200, 403, 200}},
		{"GET", "/servicePrincipals/" + sp, nil, [4]int{200, 200, 403, 200}},
		{"GET", "/servicePrincipals/" + sp + "/appRoleAssignments", nil, [4]int{200, 200, 403, 200}},
		{"GET", "/oauth2PermissionGrants", nil, [4]int{200, 200, 403, 200}},
		{"GET", "/users", nil, [4]int{200, 200, 403, 200}},
		{"GET", "/users/noreply@example.co.jp", nil, [4]int{200, 200, 403, 200}},
		{"GET", "/organization", nil, [4]int{200, 200, 403, 200}},
		{"GET", "/domains", nil, [4]int{200, 200, 403, 200}},
		{"GET", "/policies/defaultAppManagementPolicy", nil, [4]int{200, 403, 403, 200}},
		{"GET", "/applications/" + id + "/appManagementPolicies", nil, [4]int{200, 403, 403, 200}},
		{"GET", "/directory/deletedItems/microsoft.graph.application", nil, [4]int{200, 200, 403, 200}},
		{"GET", "/directoryObjects/" + user, nil, [4]int{200, 200, 403, 200}},
		{"POST", "/applications", Object{"displayName": "New"}, [4]int{201, 201, 201, 403}},
		{"PATCH", "/applications/" + id, Object{"notes": "x"}, [4]int{204, 403, 403, 403}},
		{"POST", "/applications/" + id + "/addPassword", Object{}, [4]int{200, 403, 403, 403}},
		{"PATCH", "/servicePrincipals/" + sp, Object{"notes": "x"}, [4]int{204, 403, 403, 403}},
		{"POST", "/applications/" + id + "/owners/$ref", ref, [4]int{204, 403, 403, 403}},
		{"POST", "/oauth2PermissionGrants", grant, [4]int{201, 403, 403, 403}},
		{"POST", "/servicePrincipals/" + graph + "/appRoleAssignedTo", role, [4]int{201, 403, 403, 403}},
		{"DELETE", "/servicePrincipals/" + sp, nil, [4]int{204, 404, 404, 403}},
		{"DELETE", "/applications/" + id, nil, [4]int{204, 404, 404, 403}},
	} {
		var got [4]int
		for i, name := range names {
			var body any
			if c.body != nil {
				body = c.body
			}
			r := tn.as(name).do(c.method, c.path, body)
			got[i] = r.Status
			if r.Status == 403 && r.code() != "Authorization_RequestDenied" {
				t.Errorf("%s %s as %s: code %s", c.method, c.path, name, r.code())
			}
		}
		if got != c.want {
			t.Errorf("%s %s: statuses %v, want %v", c.method, c.path, got, c.want)
		}
	}
}

func TestWhoOwnsAnApplicationRotatesItsSecretWithOwnedByAlone(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	app := op.app(Object{})
	id := text(app, "id")
	rotator, _ := tn.Seeded().Operator("mailprov-rotator")
	op.must(204, "POST", "/applications/"+id+"/owners/$ref", Object{"@odata.id": origin + "/v1.0/directoryObjects/" + rotator.PrincipalID})
	r := tn.as("mailprov-rotator")
	r.must(200, "GET", "/applications/"+id, nil)
	secret := r.must(200, "POST", "/applications/"+id+"/addPassword", Object{})
	r.must(204, "POST", "/applications/"+id+"/removePassword", Object{"keyId": secret["keyId"]})
	// To change owners it would also have to read the directory.
	r.must(403, "DELETE", "/applications/"+id+"/owners/"+rotator.PrincipalID+"/$ref", nil)
	if got := len(value(r.must(200, "GET", "/servicePrincipals/"+rotator.PrincipalID+"/ownedObjects", nil))); got != 1 {
		t.Errorf("the rotator owns %d objects", got)
	}
	op.must(204, "DELETE", "/applications/"+id+"/owners/"+rotator.PrincipalID+"/$ref", nil)
	r.must(403, "GET", "/applications/"+id, nil)
}

func TestWhoCreatesOwns(t *testing.T) {
	tn := open(t, Options{})
	rotator := tn.as("mailprov-rotator")
	app := rotator.app(Object{})
	sp := rotator.must(201, "POST", "/servicePrincipals", Object{"appId": app["appId"]})
	me, _ := tn.Seeded().Operator("mailprov-rotator")
	for _, path := range []string{"/applications/" + text(app, "id"), "/servicePrincipals/" + text(sp, "id")} {
		owners := value(rotator.must(200, "GET", path+"/owners", nil))
		if len(owners) != 1 || text(owners[0].(map[string]any), "id") != me.PrincipalID {
			t.Errorf("%s: owners %v", path, owners)
		}
	}
	if app["createdByAppId"] != me.ClientID {
		t.Errorf("createdByAppId is %v", app["createdByAppId"])
	}
}

func TestGraphRefusesTokensThatAreNotForItOrNotTrue(t *testing.T) {
	tn := open(t, Options{})
	o, _ := tn.Seeded().Operator("mailprov-operator")
	good := tn.operator().token
	mail := text(tn.login(o.ClientID, o.Secret, "https://outlook.office365.com/.default").Doc, "access_token")
	for name, token := range map[string]string{"no token": "", "another audience": mail, "no JWT": "abc",
		"a changed signature": good[:len(good)-6] + "AAAAAA", "an unsigned token": "eyJhbGciOiJub25lIn0.e30."} {
		r := (&client{tn, token}).do("GET", "/organization", nil)
		if r.Status != 401 || r.code() != "InvalidAuthenticationToken" || r.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %s", name, r.Status, r.Raw)
		}
	}
	tn.Advance(2 * 60 * 60 * 1e9)
	if r := (&client{tn, good}).do("GET", "/organization", nil); r.Status != 401 {
		t.Errorf("an expired token: %d", r.Status)
	}
}

func TestRolesInATokenAreThoseOfTheMomentItWasIssued(t *testing.T) {
	tn := open(t, Options{})
	reader := tn.as("mailprov-reader")
	o, _ := tn.Seeded().Operator("mailprov-reader")
	err := tn.Mutate(func(truth *Truth) error {
		for _, a := range truth.Items(kindAssignment) {
			if a.Properties["principalId"] == o.PrincipalID {
				if err := truth.Delete(a.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	reader.must(200, "GET", "/applications", nil)
	if roles := tn.claims(tn.as("mailprov-reader").token).Roles; len(roles) != 0 {
		t.Errorf("a new token still has %v", roles)
	}
	tn.as("mailprov-reader").must(403, "GET", "/applications", nil)
}

func TestErrorsAreShapedLikeGraphs(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	for _, c := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/applications/c1000000-0000-4000-8000-00000000aaaa", 404, "Request_ResourceNotFound"},
		{"GET", "/applications/not-a-guid", 400, "Request_BadRequest"},
		{"GET", "/applications(appId='not-a-guid')", 400, "Request_BadRequest"},
		{"GET", "/applications(tags='x')", 400, "BadRequest"},
		{"GET", "/applications(uniqueName='nobody')", 404, "Request_ResourceNotFound"},
		{"GET", "/users/nobody@example.co.jp", 404, "Request_ResourceNotFound"},
		{"GET", "/applications/a0000000-0000-4000-8000-000000000001/nonsense", 400, "BadRequest"},
		{"GET", "/groups", 501, "NotImplemented"},
		{"GET", "/applications/delta()", 501, "NotImplemented"},
		{"POST", "/applications/a0000000-0000-4000-8000-000000000001/addKey", 501, "NotImplemented"},
		{"PATCH", "/policies/defaultAppManagementPolicy", 501, "NotImplemented"},
		{"POST", "/users", 501, "NotImplemented"},
		{"POST", "/users/noreply@example.co.jp/sendMail", 501, "NotImplemented"},
		{"GET", "/applications/a0000000-0000-4000-8000-000000000001/logo", 501, "NotImplemented"},
		{"PUT", "/applications", 405, "Request_BadRequest"},
		{"DELETE", "/applications", 405, "Request_BadRequest"},
		{"GET", "/me", 400, "BadRequest"},
		{"GET", "/directory/deletedItems", 400, "Request_BadRequest"},
	} {
		r := op.do(c.method, c.path, nil)
		if r.Status != c.status || r.code() != c.code {
			t.Errorf("%s %s: %d %s, want %d %s: %s", c.method, c.path, r.Status, r.code(), c.status, c.code, r.message())
		}
		if r.Header.Get("request-id") == "" {
			t.Errorf("%s %s: no request-id", c.method, c.path)
		}
	}
	if r := op.do("GET", origin+"/beta/applications", nil); r.Status != 501 {
		t.Errorf("beta: %d", r.Status)
	}
	if r := op.do("GET", "/organization", nil, "client-request-id: mine"); r.Header.Get("client-request-id") != "mine" {
		t.Errorf("client-request-id is %q", fmt.Sprint(r.Header))
	}
}

func TestSomePropertiesNeedMoreThanOwnershipAtCreation(t *testing.T) {
	tn := open(t, Options{})
	mapped := Object{"acceptMappedClaims": true}
	rotator := tn.as("mailprov-rotator")
	if r := rotator.do("POST", "/applications", Object{"displayName": "x", "api": mapped}); r.Status != 403 {
		t.Errorf("at creation: %d %s", r.Status, r.Raw)
	}
	if r := rotator.do("POST", "/applications", Object{"displayName": "x", "owners@odata.bind": []any{origin + "/v1.0/users/" + tn.Seeded().Users[0].ID}}); r.Status != 403 {
		t.Errorf("naming another owner: %d %s", r.Status, r.Raw)
	}
	rotator.must(204, "PATCH", "/applications/"+text(rotator.app(Object{}), "id"), Object{"api": mapped})
}
