package entra

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const wholeApp = `{"@odata.context":"x","id":"` + appObject + `","appId":"` + appClient + `","uniqueName":"mailprov-x","displayName":"メール","signInAudience":"AzureADMyOrg",
"description":null,"notes":"n","identifierUris":["api://a"],"tags":["mailprov"],"createdDateTime":"2026-01-02T03:04:05.1234567Z","isFallbackPublicClient":null,
"web":{"homePageUrl":null,"logoutUrl":"https://l","redirectUris":["https://r"],"implicitGrantSettings":{"enableAccessTokenIssuance":true,"enableIdTokenIssuance":false},"redirectUriSettings":[{"uri":"https://r","index":null}]},
"spa":{"redirectUris":["https://s"]},"publicClient":{"redirectUris":[]},
"requiredResourceAccess":[{"resourceAppId":"` + graphAPI + `","resourceAccess":[{"id":"` + roleID + `","type":"Role"}]}],
"passwordCredentials":[{"keyId":"` + keyID + `","displayName":null,"hint":"abc","secretText":null,"customKeyIdentifier":"not base64!","startDateTime":"2026-01-01T00:00:00Z","endDateTime":"2027-01-01T00:00:00Z"}],
"keyCredentials":[{"keyId":"k","displayName":"CN=x","customKeyIdentifier":"52ED9B50","endDateTime":"2028-01-01T00:00:00Z","key":null}],
"somethingNew":{"a":[1,2]},
"owners":[{"@odata.type":"#microsoft.graph.user","id":"o1","displayName":"管理者","userPrincipalName":"admin@example.co.jp"},{"@odata.type":"#microsoft.graph.servicePrincipal","id":"o2","displayName":"ci"},{"@odata.type":"#microsoft.graph.somethingNew","id":"o3"}]}`

func TestAnApplicationIsReadWhole(t *testing.T) {
	f := newFake(t, func(request) reply { return reply{status: 200, body: wholeApp} })
	c, _ := f.client(t, nil)
	got, err := c.Application(t.Context(), appObject)
	if err != nil {
		t.Fatal(err)
	}
	day := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
	notes, logout := "n", "https://l"
	want := &Application{
		ID: appObject, AppID: appClient, UniqueName: "mailprov-x", DisplayName: "メール", SignInAudience: "AzureADMyOrg", Notes: &notes,
		IdentifierURIs: []string{"api://a"}, Tags: []string{"mailprov"},
		Web: Web{RedirectURIs: []string{"https://r"}, LogoutURL: &logout, ImplicitAccessToken: true}, SPA: []string{"https://s"}, PublicClient: []string{},
		RequiredResourceAccess: []ResourceAccess{{graphAPI, []ResourceEntry{{roleID, TypeRole}}}},
		Passwords:              []Password{{KeyID: keyID, Hint: "abc", Start: day(2026), End: day(2027)}},
		Certificates:           []Certificate{{KeyID: "k", DisplayName: "CN=x", End: day(2028)}},
		Owners: []Owner{
			{ID: "o1", Type: "user", DisplayName: "管理者", UPN: "admin@example.co.jp"},
			{ID: "o2", Type: "servicePrincipal", DisplayName: "ci"}, {ID: "o3", Type: "somethingNew"},
		},
		CreatedDateTime: time.Date(2026, 1, 2, 3, 4, 5, 123456700, time.UTC), Date: epoch,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !strings.Contains(f.last().Path, "$expand=owners") || f.httpRequests() != 1 {
		t.Errorf("%d requests, the last %s", f.httpRequests(), f.last().Path)
	}
}

func TestAnUpsertThatIsNotFoundIsAskedAgain(t *testing.T) {
	n := 0
	f := newFake(t, func(request) reply {
		if n++; n < 3 {
			return graphError(404, "Directory_ObjectNotFound", "not replicated")
		}
		return reply{status: 201, body: wholeApp}
	})
	c, _ := f.client(t, nil)
	if app, created, err := c.UpsertApplication(t.Context(), "mailprov-x", Patch{DisplayName: Set("Mail")}); err != nil || !created || app.ID != appObject {
		t.Errorf("%+v, %v, %v", app, created, err)
	}
	f.answer = func(request) reply { return graphError(404, "Request_ResourceNotFound", "no such API") }
	c, naps := f.client(t, nil)
	if _, _, err := c.UpsertApplication(t.Context(), "mailprov-x", Patch{DisplayName: Set("Mail")}); err == nil || naps.total() > absentPatience+lagBackoff {
		t.Errorf("a server that never finds it gave %v after %v", err, naps.total())
	}
}

func TestOwnersAreReadToTheEnd(t *testing.T) {
	owners := func(from, n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"@odata.type":"#microsoft.graph.user","id":"o%d"}`, from+i))
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	for name, test := range map[string]struct {
		expanded string
		total    int
		requests int
	}{
		"none":               {`,"owners":[]`, 0, 1},
		"nineteen":           {`,"owners":` + owners(0, 19), 19, 1},
		"exactly twenty":     {`,"owners":` + owners(0, 20), 25, 3},
		"no owners property": {``, 25, 3},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, nil)
			f.answer = func(r request) reply {
				switch {
				case strings.Contains(r.Path, "/owners") && strings.Contains(r.Path, "skiptoken"):
					return reply{status: 200, body: `{"value":` + owners(20, 5) + `}`}
				case strings.Contains(r.Path, "/owners"):
					return reply{status: 200, body: `{"value":` + owners(0, 20) + `,"@odata.nextLink":"` + f.srv.URL + `/v1.0/applications/` + appObject + `/owners?%24skiptoken=a%20b%3D%3D"}`}
				}
				return reply{status: 200, body: appJSON(test.expanded)}
			}
			c, _ := f.client(t, nil)
			c.line.idle = time.Millisecond
			a, err := c.Application(t.Context(), appObject)
			if err != nil || len(a.Owners) != test.total || f.httpRequests() != test.requests {
				t.Fatalf("%d owners in %d requests, %v", len(a.Owners), f.httpRequests(), err)
			}
			if test.requests == 3 && !strings.HasSuffix(f.last().Path, "$skiptoken=a%20b%3D%3D") {
				t.Errorf("the next page was asked for as %s", f.last().Path)
			}
		})
	}
}

func TestAnAnswerWithoutAnApplicationIsNoApplication(t *testing.T) {
	for _, body := range []string{`{}`, `null`, `[]`, `"x"`, `{"id":7,"appId":"x"}`, `{"id":"a"}`, appJSON(`,"web":7`), appJSON(`,"tags":"x"`), appJSON(`,"requiredResourceAccess":[{"resourceAccess":[{"id":"no guid"}]}]`), appJSON(`,"passwordCredentials":{}`), ``} {
		f := newFake(t, func(request) reply { return reply{status: 200, body: body} })
		c, _ := f.client(t, nil)
		c.line.idle = time.Millisecond
		if a, err := c.Application(t.Context(), appObject); err == nil {
			t.Errorf("%s was read as %+v", body, a)
		}
	}
}

func FuzzReadingAnswersNeverPanics(f *testing.F) {
	for _, s := range []string{wholeApp, `{}`, `[]`, `{"id":"a","appId":"b","owners":[null,{},7]}`, `{"id":"a","appRoles":[null,{"id":"x"}]}`, `{"value":[{}]}`, `{"id":"x","scope":7}`} {
		f.Add(s)
	}
	former := newFormer("https://graph.microsoft.com/v1.0")
	f.Fuzz(func(t *testing.T, s string) {
		body := []byte(s)
		if a, _, err := former.application(body, epoch); err == nil && a.ID == "" {
			t.Error("an application without an id")
		}
		_, _, _ = former.servicePrincipal(body, epoch)
		_, _ = former.api(body)
		_, _ = former.grant(body)
		_, _ = former.roleAssignment(body)
		_, _ = parsePolicy(body)
		_ = parseTokenError(body, 400)
		_ = identityOf(s)
		var p newPassword
		_ = json.Unmarshal(body, &p)
	})
}

func TestAnUpsertCreatesOrIsReadBack(t *testing.T) {
	created := false
	f := newFake(t, nil)
	f.answer = func(r request) reply {
		switch {
		case r.Method == http.MethodGet:
			return reply{status: 200, body: wholeApp}
		case created:
			return reply{status: 204}
		}
		created = true
		return reply{status: 201, body: appJSON("")}
	}
	c, _ := f.client(t, nil)
	a, isNew, err := c.UpsertApplication(t.Context(), "mailprov-x", Patch{DisplayName: Set("Mail")})
	if err != nil || !isNew || a.ID != appObject {
		t.Fatalf("the first gave %+v, %v, %v", a, isNew, err)
	}
	if r := f.last(); r.Path != "/applications(uniqueName='mailprov-x')" || r.Header.Get("Prefer") != "create-if-missing" || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("it was sent as %+v", r)
	}
	a, isNew, err = c.UpsertApplication(t.Context(), "mailprov-x", Patch{DisplayName: Set("Mail")})
	if err != nil || isNew || a.UniqueName != "mailprov-x" || !a.HasTag("mailprov") {
		t.Errorf("the second gave %+v, %v, %v", a, isNew, err)
	}
}

func TestAnUpsertWhoseAnswerWasLostMakesOneApplication(t *testing.T) {
	for name, lost := range lostReplies() {
		if name == "a redirect" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			made := 0
			f := newFake(t, nil)
			f.answer = func(r request) reply {
				switch {
				case r.Method == http.MethodGet:
					return reply{status: 200, body: wholeApp}
				case made == 0:
					made++
					return lost
				}
				return reply{status: 204}
			}
			c, _ := f.client(t, nil)
			c.line.idle = time.Millisecond
			a, _, err := c.UpsertApplication(t.Context(), "mailprov-x", Patch{DisplayName: Set("Mail")})
			if err != nil || a.ID != appObject {
				t.Errorf("it gave %v", err)
			}
		})
	}
}

func TestALiteralInAKeyOrFilterCannotEndIt(t *testing.T) {
	f := newFake(t, func(request) reply { return graphError(404, "x", "y") })
	c, _ := f.client(t, nil)
	c.line.idle = time.Millisecond
	_, _ = c.ApplicationByUniqueName(t.Context(), "a'b/?#&x=')")
	if got := withoutQuery(f.last().Path); got != "/applications(uniqueName='a%27%27b%2F%3F%23%26x%3D%27%27%29')" {
		t.Errorf("the key was sent as %s", got)
	}
	_, _ = c.ApplicationsByTag(t.Context(), "it's & more")
	if got := f.last().Path; !strings.Contains(got, "$filter=tags%2Fany%28t%3At%20eq%20%27it%27%27s%20%26%20more%27%29") {
		t.Errorf("the filter was sent as %s", got)
	}
	_, _ = c.User(t.Context(), "a/../b?x@example.co.jp")
	if got := withoutQuery(f.last().Path); got != "/users/a%2F..%2Fb%3Fx%40example.co.jp" {
		t.Errorf("the user was sent as %s", got)
	}
}

func TestPagesAreFollowedUnchangedAndEnd(t *testing.T) {
	f := newFake(t, nil)
	f.answer = func(r request) reply {
		return reply{status: 200, body: `{"value":[` + appJSON("") + `],"@odata.nextLink":"` + f.srv.URL + `/v1.0/applications?$skiptoken=same"}`}
	}
	c, _ := f.client(t, nil)
	c.line.idle = time.Millisecond
	if _, err := c.ApplicationsByTag(t.Context(), "mailprov"); err == nil || f.httpRequests() > 3 {
		t.Errorf("pages that go round gave %v after %d requests", err, f.httpRequests())
	}
	f.answer = func(r request) reply {
		if strings.Contains(r.Path, "skiptoken=2") {
			return reply{status: 200, body: `{"value":[` + appJSON("") + `]}`}
		}
		return reply{status: 200, body: `{"value":[` + appJSON("") + `,` + appJSON("") + `],"@odata.nextLink":"` + f.srv.URL + `/v1.0/applications?$skiptoken=2"}`}
	}
	if list, err := c.ApplicationsByTag(t.Context(), "mailprov"); err != nil || len(list) != 3 {
		t.Errorf("%d applications, %v", len(list), err)
	}
}

func TestAllPermissionsOfAServicePrincipalAreRead(t *testing.T) {
	assignments := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"id":"as%d","principalId":"%s","resourceId":"%s","appRoleId":"%s"}`, i, clientSP, graphSP, roleID))
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	for n, requests := range map[int]int{3: 1, 20: 2} {
		f := newFake(t, func(r request) reply {
			if strings.Contains(r.Path, "/appRoleAssignments") {
				return reply{status: 200, body: `{"value":` + assignments(21) + `}`}
			}
			return reply{status: 200, body: `{"id":"` + clientSP + `","appId":"` + appClient + `","accountEnabled":false,"appRoleAssignments":` + assignments(n) + `}`}
		})
		c, _ := f.client(t, nil)
		sp, err := c.ServicePrincipal(t.Context(), clientSP)
		if err != nil || f.httpRequests() != requests || sp.Enabled {
			t.Fatalf("%d requests, %+v, %v", f.httpRequests(), sp, err)
		}
		if want := map[int]int{3: 3, 20: 21}[n]; len(sp.RoleAssignments) != want || sp.RoleAssignments[0].RoleID != roleID {
			t.Errorf("%d assignments, want %d", len(sp.RoleAssignments), want)
		}
	}
}

func TestPermissionsOfAnAPI(t *testing.T) {
	f := newFake(t, func(request) reply {
		return reply{status: 200, body: `{"id":"` + graphSP + `","appId":"` + graphAPI + `","displayName":"Microsoft Graph",
"appRoles":[{"id":"` + roleID + `","value":"Mail.Send","displayName":"Send mail","allowedMemberTypes":["Application"],"isEnabled":true},{"id":"` + keyID + `","value":"User","allowedMemberTypes":["User"],"isEnabled":true}],
"oauth2PermissionScopes":[{"id":"` + keyID + `","value":"Mail.Send","adminConsentDisplayName":"Send","type":"User","isEnabled":false},{"id":"` + keyID + `","value":"X","type":"Admin","isEnabled":true}]}`}
	})
	c, _ := f.client(t, nil)
	got, err := c.API(t.Context(), graphAPI)
	want := API{
		ID: graphSP, AppID: graphAPI, DisplayName: "Microsoft Graph",
		Roles:  []Permission{{ID: roleID, Value: "Mail.Send", DisplayName: "Send mail", Enabled: true, AdminConsentRequired: true}},
		Scopes: []Permission{{ID: keyID, Value: "Mail.Send", DisplayName: "Send"}, {ID: keyID, Value: "X", Enabled: true, AdminConsentRequired: true}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	f.answer = func(request) reply { return graphError(404, "Request_ResourceNotFound", "no") }
	if _, err := c.API(t.Context(), "x"); !errors.Is(err, ErrGone) {
		t.Errorf("an API that is not there gave %v", err)
	}
}
