package entra

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// tenant is the little of a tenant that consent needs: what was made stays.
type tenant struct {
	made  bool
	posts int
	reads int
	body  string // of the object, as in a list
	first reply  // to the first POST
	acts  bool   // whether that POST takes effect
	dup   reply
	hide  int // reads that do not show it yet
}

func (n *tenant) answer(r request) reply {
	if r.Method == http.MethodGet {
		if n.reads++; n.made && n.reads > n.hide {
			return reply{status: 200, body: `{"value":[` + n.body + `]}`}
		}
		return reply{status: 200, body: `{"value":[]}`}
	}
	n.posts++
	switch {
	case n.posts == 1 && n.first.status+len(n.first.body) > 0, n.posts == 1 && n.first.drop:
		n.made = n.acts
		return n.first
	case n.made:
		return n.dup
	}
	n.made = true
	if strings.Contains(r.Path, "$ref") {
		return reply{status: 204}
	}
	return reply{status: 201, body: n.body}
}

func TestConsentAndOwnersAreReadBackAfterALostAnswer(t *testing.T) {
	assignment := `{"id":"as1","principalId":"` + clientSP + `","resourceId":"` + graphSP + `","appRoleId":"` + roleID + `"}`
	grant := `{"id":"g1","clientId":"` + clientSP + `","resourceId":"` + graphSP + `","consentType":"AllPrincipals","scope":"Mail.Send offline_access "}`
	owner := `{"@odata.type":"#microsoft.graph.user","id":"` + clientSP + `"}`
	kinds := map[string]struct {
		body string
		dup  reply
		do   func(*Client) (string, time.Time, error)
		id   string
	}{
		"app role assignment": {assignment, graphError(400, "Request_BadRequest", "Permission being assigned already exists on the object"), func(c *Client) (string, time.Time, error) {
			r, at, err := c.AssignAppRole(t.Context(), clientSP, graphSP, roleID)
			return r.ID, at, err
		}, "as1"},
		"grant": {grant, graphError(409, "Request_MultipleObjectsWithSameKeyValue", "Permission entry already exists."), func(c *Client) (string, time.Time, error) {
			g, at, err := c.CreateGrant(t.Context(), clientSP, graphSP, []string{"offline_access", "Mail.Send"})
			return g.ID, at, err
		}, "g1"},
		"owner": {owner, graphError(400, "Request_BadRequest", "One or more added object references already exist for the following modified properties: 'owners'."), func(c *Client) (string, time.Time, error) {
			at, err := c.AddOwner(t.Context(), appObject, clientSP)
			return "", at, err
		}, ""},
	}
	for kind, k := range kinds {
		for name, test := range map[string]struct {
			tenant tenant
			posts  int
		}{
			"calm":                             {tenant{}, 1},
			"it was there":                     {tenant{made: true}, 1},
			"it was there, shown late":         {tenant{made: true, hide: 3}, 1},
			"504 before acting":                {tenant{first: reply{status: 504}}, 2},
			"504 after acting":                 {tenant{first: reply{status: 504}, acts: true}, 1},
			"504 after acting, shown late":     {tenant{first: reply{status: 504}, acts: true, hide: 3}, 2},
			"connection dropped after acting":  {tenant{first: reply{drop: true}, acts: true}, 1},
			"connection dropped before acting": {tenant{first: reply{drop: true}}, 2},
			"an unreadable 200 after acting":   {tenant{first: reply{status: 200, body: "<html>"}, acts: true}, 1},
			"an empty 201 after acting":        {tenant{first: reply{status: 201, body: " "}, acts: true}, 1},
			"throttled":                        {tenant{first: reply{status: 429}}, 2},
		} {
			t.Run(kind+": "+name, func(t *testing.T) {
				n := test.tenant
				n.body, n.dup = k.body, k.dup
				f := newFake(t, n.answer)
				c, _ := f.client(t, nil)
				c.line.idle = time.Millisecond
				id, at, err := k.do(c)
				if err != nil || id != k.id || at.IsZero() {
					t.Errorf("it gave %q, %v, %v", id, at, err)
				}
				if n.posts != test.posts {
					t.Errorf("it was sent %d times, want %d", n.posts, test.posts)
				}
			})
		}
	}
}

func TestAGrantWithOtherScopesIsNotOurs(t *testing.T) {
	n := tenant{made: true, body: `{"id":"g1","resourceId":"` + graphSP + `","consentType":"AllPrincipals","scope":"Mail.ReadWrite"}`, dup: graphError(409, "Request_MultipleObjectsWithSameKeyValue", "Permission entry already exists.")}
	f := newFake(t, n.answer)
	c, _ := f.client(t, nil)
	c.line.idle = time.Millisecond
	_, _, err := c.CreateGrant(t.Context(), clientSP, graphSP, []string{"Mail.Send"})
	var d *DiffersError
	if !errors.As(err, &d) || d.Have != "Mail.ReadWrite" || n.posts != 1 {
		t.Errorf("it gave %v after %d writes", err, n.posts)
	}
}

func TestAGrantToOneUserIsNotTheTenantWideOne(t *testing.T) {
	f := newFake(t, func(r request) reply {
		return reply{status: 200, body: `{"value":[{"id":"g1","resourceId":"` + graphSP + `","consentType":"Principal","principalId":"u","scope":"Mail.Send"}]}`}
	})
	c, _ := f.client(t, nil)
	list, err := c.Grants(t.Context(), clientSP)
	if err != nil || len(list) != 1 || list[0].TenantWide() || list[0].PrincipalID != "u" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestWhatWritesOfConsentHold(t *testing.T) {
	f := newFake(t, func(r request) reply {
		if strings.Contains(r.Path, "Grants") {
			return reply{status: 201, body: `{"id":"g1"}`}
		}
		return reply{status: 201, body: `{"id":"as1"}`}
	})
	c, _ := f.client(t, nil)
	c.line.idle = time.Millisecond
	check := func(wantPath string, fields map[string]string) {
		t.Helper()
		r := f.last()
		if r.Method+" "+r.Path != wantPath {
			t.Errorf("sent %s %s, want %s", r.Method, r.Path, wantPath)
		}
		got := fieldsOf([]byte(r.Body))
		if len(got) != len(fields) {
			t.Errorf("sent %s", r.Body)
		}
		for k, v := range fields {
			if stringOf(got[k]) != v {
				t.Errorf("%s is %s, want %s", k, got[k], v)
			}
		}
	}
	_, _, err := c.AssignAppRole(t.Context(), clientSP, graphSP, roleID)
	check("POST /servicePrincipals/"+graphSP+"/appRoleAssignedTo", map[string]string{"principalId": clientSP, "resourceId": graphSP, "appRoleId": roleID})
	_, _, err2 := c.CreateGrant(t.Context(), clientSP, graphSP, []string{"A", "B"})
	check("POST /oauth2PermissionGrants", map[string]string{"clientId": clientSP, "resourceId": graphSP, "consentType": "AllPrincipals", "scope": "A B"})
	f.answer = func(request) reply { return reply{status: 204} }
	_, err3 := c.UpdateGrant(t.Context(), "g/1", []string{"A"})
	check("PATCH /oauth2PermissionGrants/g%2F1", map[string]string{"scope": "A"})
	_, err4 := c.AddOwner(t.Context(), appObject, clientSP)
	check("POST /applications/"+appObject+"/owners/$ref", map[string]string{"@odata.id": f.srv.URL + "/v1.0/directoryObjects/" + clientSP})
	_, err5 := c.RemoveOwner(t.Context(), appObject, clientSP)
	check("DELETE /applications/"+appObject+"/owners/"+clientSP+"/$ref", nil)
	_, err6 := c.RemovePassword(t.Context(), appObject, keyID)
	check("POST /applications/"+appObject+"/removePassword", map[string]string{"keyId": keyID})
	if err := errors.Join(err, err2, err3, err4, err5, err6); err != nil {
		t.Error(err)
	}
}

func TestAnEmptyIDNeverAddressesACollection(t *testing.T) {
	f := newFake(t, func(request) reply { return reply{status: 204} })
	c, _ := f.client(t, nil)
	for _, id := range []string{"", ".", ".."} {
		if _, err := c.DeleteApplication(t.Context(), id); err == nil {
			t.Errorf("%q was deleted", id)
		}
	}
	if f.httpRequests() != 0 {
		t.Errorf("%d requests arrived", f.httpRequests())
	}
}
