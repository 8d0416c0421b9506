package sandbox

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func many(n int, item func(int) any) []any {
	out := []any{}
	for i := range n {
		out = append(out, item(i))
	}
	return out
}

func redirects(uris ...any) Object { return Object{"web": Object{"redirectUris": uris}} }

func TestWhatTheServiceRefusesInAnApplication(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	mail := Object{"id": "b633e1c5-b582-4048-a93e-9f11b44c7e96", "type": "Role"}
	resource := func(id string, access ...any) Object { return Object{"resourceAppId": id, "resourceAccess": access} }
	guid := func(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }
	for _, c := range []struct {
		name string
		body any
	}{
		{"no display name", Object{"displayName": nil}},
		{"an empty display name", Object{"displayName": ""}},
		{"a display name of 121 characters", Object{"displayName": strings.Repeat("あ", 121)}},
		{"a display name of 91 characters with a personal audience", Object{"displayName": strings.Repeat("a", 91), "signInAudience": audienceBoth}},
		{"notes of 1025 characters", Object{"notes": strings.Repeat("n", 1025)}},
		{"a description of 1025 characters", Object{"description": strings.Repeat("n", 1025)}},
		{"an unknown audience", Object{"signInAudience": "Everyone"}},
		{"an unknown property", Object{"colour": "red"}},
		{"an unknown property of a complex one", Object{"web": Object{"redirectUrls": []any{}}}},
		{"a text where a list is", Object{"tags": "mailprov"}},
		{"a list where a text is", Object{"notes": []any{}}},
		{"a number where a text is", Object{"notes": 3}},
		{"a text where a boolean is", Object{"isFallbackPublicClient": "true"}},
		{"null for a list", Object{"tags": nil}},
		{"null in a list", Object{"tags": []any{nil}}},
		{"a list where an object is", Object{"web": []any{}}},
		{"an id that is no GUID", Object{"requiredResourceAccess": []any{resource(graphAppID, Object{"id": "x", "type": "Role"})}}},
		{"an annotation", Object{"displayName@foo.bar": "x"}},
		{"the type of something else", Object{"@odata.type": "#microsoft.graph.user"}},
		{"a property that the service sets", Object{"appId": guid(1)}},
		{"another such property", Object{"createdDateTime": "2026-01-01T00:00:00Z"}},
		{"a tag with a space", Object{"tags": []any{"a b"}}},
		{"a tag twice", Object{"tags": []any{"a", "a"}}},
		{"an empty tag", Object{"tags": []any{""}}},
		{"a tag of 257 characters", Object{"tags": []any{strings.Repeat("t", 257)}}},
		{"a redirect URI over http", redirects("http://files.example.co.jp/cb")},
		{"a redirect URI with a fragment", redirects("https://files.example.co.jp/cb#x")},
		{"a relative redirect URI", redirects("/cb")},
		{"a redirect URI with a space", redirects("https://files.example.co.jp/c b")},
		{"a redirect URI with a forbidden character", redirects("https://files.example.co.jp/cb(1)")},
		{"a redirect URI of 257 characters", redirects("https://files.example.co.jp/" + strings.Repeat("x", 230))},
		{"257 redirect URIs", redirects(many(257, func(i int) any { return fmt.Sprintf("https://example.co.jp/%d", i) })...)},
		{"a redirect URI twice", redirects("https://example.co.jp/cb", "https://example.co.jp/cb")},
		{"a redirect URI on two platforms", Object{"web": Object{"redirectUris": []any{"https://example.co.jp/cb"}}, "spa": Object{"redirectUris": []any{"https://example.co.jp/cb"}}}},
		{"an IPv6 loopback redirect URI", redirects("http://[::1]/cb")},
		{"a custom scheme on the web platform", redirects("myapp://cb")},
		{"a query in a redirect URI with a personal audience", Object{"signInAudience": audienceBoth, "web": Object{"redirectUris": []any{"https://example.co.jp/cb?a=b"}}}},
		{"a resource twice", Object{"requiredResourceAccess": []any{resource(graphAppID, mail), resource(graphAppID, mail)}}},
		{"a permission twice", Object{"requiredResourceAccess": []any{resource(graphAppID, mail, mail)}}},
		{"a permission of an unknown type", Object{"requiredResourceAccess": []any{resource(graphAppID, Object{"id": guid(1), "type": "Delegated"})}}},
		{"a resource without permissions", Object{"requiredResourceAccess": []any{resource(graphAppID)}}},
		{"51 resources", Object{"requiredResourceAccess": many(51, func(i int) any { return resource(guid(i), mail) })}},
		{"401 permissions", Object{"requiredResourceAccess": []any{resource(graphAppID, many(401, func(i int) any { return Object{"id": guid(i), "type": "Role"} })...)}}},
		{"31 permissions of one resource with a personal audience", Object{"signInAudience": audienceBoth, "requiredResourceAccess": []any{resource(graphAppID, many(31, func(i int) any { return Object{"id": guid(i), "type": "Role"} })...)}}},
		{"an identifier URI of a foreign domain", Object{"identifierUris": []any{"https://example.net/x"}}},
		{"an identifier URI without tenant, domain or application", Object{"identifierUris": []any{"api://mail"}}},
		{"an identifier URI with a wildcard", Object{"identifierUris": []any{"https://*.example.co.jp"}}},
		{"an identifier URI with a space", Object{"identifierUris": []any{"https://example.co.jp/a b"}}},
		{"a relative identifier URI", Object{"identifierUris": []any{"mail"}}},
		{"an identifier URI of 256 characters", Object{"identifierUris": []any{"https://example.co.jp/" + strings.Repeat("x", 234)}}},
		{"51 identifier URIs with a personal audience", Object{"signInAudience": audienceBoth, "identifierUris": many(51, func(i int) any { return fmt.Sprintf("https://example.co.jp/%d", i) })}},
		{"an identifier URI twice", Object{"identifierUris": []any{"https://example.co.jp/x", "https://example.co.jp/x"}}},
		{"an identifier URI that Microsoft Graph has", Object{"identifierUris": []any{GraphAudience}}},
		{"a personal audience with tokens of version 1", Object{"signInAudience": audiencePersonal, "api": Object{"requestedAccessTokenVersion": 1}}},
		{"tokens of version 3", Object{"api": Object{"requestedAccessTokenVersion": 3}}},
		{"two roles with one id", Object{"appRoles": []any{Object{"id": guid(1), "displayName": "a", "value": "a", "allowedMemberTypes": []any{"User"}, "isEnabled": true}, Object{"id": guid(1), "displayName": "b", "value": "b", "allowedMemberTypes": []any{"User"}, "isEnabled": true}}}},
		{"broken JSON", `{"displayName": `},
		{"two JSON values", `{"displayName":"a"} {}`},
		{"a list as body", `[]`},
		{"no body", ``},
	} {
		body := c.body
		if doc, ok := body.(Object); ok {
			if _, given := doc["displayName"]; !given {
				doc["displayName"] = "App"
			}
		}
		if r := op.do("POST", "/applications", body); r.Status != 400 {
			t.Errorf("%s: status %d, want 400: %s", c.name, r.Status, r.Raw)
		}
	}
	if n := len(tn.Applications()); n != len(tn.Seeded().Operators) {
		t.Errorf("refused requests made %d applications", n-len(tn.Seeded().Operators))
	}
}

func TestWhatTheServiceAcceptsInAnApplication(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	for name, body := range map[string]Object{
		"localhost over http":           redirects("http://localhost:8080/cb", "http://127.0.0.1/cb"),
		"a native scheme":               {"publicClient": Object{"redirectUris": []any{"myapp://cb", "urn:ietf:wg:oauth:2.0:oob"}}},
		"a query for organisations":     redirects("https://example.co.jp/cb?a=b"),
		"an identifier of the tenant":   {"identifierUris": []any{"api://" + tn.Seeded().TenantID + "/x"}},
		"a verified domain":             {"identifierUris": []any{"https://example.co.jp/y", "https://sub.example.com/z", "api://mail.example.com/q"}},
		"any identifier with v2 tokens": {"identifierUris": []any{"api://whatever"}, "api": Object{"requestedAccessTokenVersion": 2}},
		"its own type":                  {"@odata.type": "#microsoft.graph.application"},
		"a Japanese name":               {"displayName": strings.Repeat("楽", 120)},
		"a personal audience":           {"signInAudience": audienceBoth},
	} {
		if body["displayName"] == nil {
			body["displayName"] = name
		}
		if r := op.do("POST", "/applications", body); r.Status != 201 {
			t.Errorf("%s: %d %s", name, r.Status, r.Raw)
		}
	}
}

func TestAPatchMergesObjectsReplacesListsAndClearsWithNull(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	app := op.app(Object{"notes": "old", "tags": []any{"a"}, "web": Object{"homePageUrl": "https://example.co.jp", "redirectUris": []any{"https://example.co.jp/1"},
		"implicitGrantSettings": Object{"enableIdTokenIssuance": true}}})
	path := "/applications/" + text(app, "id")
	read := func() Object { return op.must(200, "GET", path, nil) }
	for _, step := range []struct {
		name  string
		patch Object
		field string
		want  any
	}{
		{"a member keeps its siblings", Object{"web": Object{"redirectUris": []any{"https://example.co.jp/2"}}}, "web", Object{
			"homePageUrl": "https://example.co.jp", "logoutUrl": nil, "redirectUris": []any{"https://example.co.jp/2"},
			"redirectUriSettings":   []any{Object{"uri": "https://example.co.jp/2", "index": nil}},
			"implicitGrantSettings": Object{"enableIdTokenIssuance": true, "enableAccessTokenIssuance": false}}},
		{"a list is replaced", Object{"tags": []any{"b", "c"}}, "tags", []any{"b", "c"}},
		{"an empty list empties", Object{"tags": []any{}}, "tags", []any{}},
		{"null clears a text", Object{"notes": nil}, "notes", nil},
		{"null clears a member to its default", Object{"web": Object{"implicitGrantSettings": nil, "homePageUrl": nil}}, "web", Object{
			"homePageUrl": nil, "logoutUrl": nil, "redirectUris": []any{"https://example.co.jp/2"},
			"redirectUriSettings":   []any{Object{"uri": "https://example.co.jp/2", "index": nil}},
			"implicitGrantSettings": Object{"enableIdTokenIssuance": false, "enableAccessTokenIssuance": false}}},
		{"null clears an object to its default", Object{"web": nil}, "web", applicationDefaults()["web"]},
	} {
		op.must(204, "PATCH", path, step.patch)
		if got := read()[step.field]; !reflect.DeepEqual(got, step.want) {
			t.Errorf("%s: %s is %v, want %v", step.name, step.field, got, step.want)
		}
	}
}

func TestUniqueNamesAreForeverAndIdentifiersAreUnique(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	upsert := "Prefer: create-if-missing"
	op.must(404, "PATCH", "/applications(uniqueName='a')", Object{"displayName": "x"})
	app := op.must(201, "PATCH", "/applications(uniqueName='a')", Object{"displayName": "x", "identifierUris": []any{"https://example.co.jp/api"}}, upsert)
	path := "/applications/" + text(app, "id")
	for name, r := range map[string]reply{
		"another with the name":          op.do("POST", "/applications", Object{"displayName": "y", "uniqueName": "a"}),
		"another with the identifier":    op.do("POST", "/applications", Object{"displayName": "y", "identifierUris": []any{"https://example.co.jp/api"}}),
		"a change of the name":           op.do("PATCH", path, Object{"uniqueName": "b"}),
		"an upsert without display name": op.do("PATCH", "/applications(uniqueName='b')", Object{}, upsert),
		"an upsert of two names":         op.do("PATCH", "/applications(uniqueName='b')", Object{"displayName": "z", "uniqueName": "c"}, upsert),
	} {
		if r.Status != 400 {
			t.Errorf("%s: %d %s", name, r.Status, r.Raw)
		}
	}
	op.must(204, "DELETE", path, nil)
	for what, body := range map[string]Object{"uniqueName": {"displayName": "y", "uniqueName": "a"}, "identifierUris": {"displayName": "y", "identifierUris": []any{"https://example.co.jp/api"}}} {
		r := op.do("POST", "/applications", body)
		if r.Status != 400 || r.message() != "Another object with the same value for property "+what+" already exists." {
			t.Errorf("a deleted application does not hold its %s: %d %s", what, r.Status, r.message())
		}
	}
	tn.Advance(keepDeleted + time.Second)
	tn.operator().must(201, "PATCH", "/applications(uniqueName='a')", Object{"displayName": "y"}, upsert)
}

func TestARoleMustBeDisabledBeforeItGoes(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	role := Object{"id": "00000000-0000-4000-8000-000000000001", "displayName": "r", "value": "r", "allowedMemberTypes": []any{"Application"}, "isEnabled": true}
	path := "/applications/" + text(op.app(Object{"appRoles": []any{role}}), "id")
	if r := op.do("PATCH", path, Object{"appRoles": []any{}}); r.Status != 400 || !strings.HasPrefix(r.message(), errMustDisable) {
		t.Errorf("an enabled role went: %d %s", r.Status, r.Raw)
	}
	role["isEnabled"] = false
	op.must(204, "PATCH", path, Object{"appRoles": []any{role}})
	op.must(204, "PATCH", path, Object{"appRoles": []any{}})
}

func TestRestoringAnApplicationDoesNotRestoreItsPrincipal(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	app := op.app(Object{})
	sp := text(op.must(201, "POST", "/servicePrincipals", Object{"appId": app["appId"]}), "id")
	id := text(app, "id")
	op.must(204, "DELETE", "/applications/"+id, nil)
	if got := len(value(op.must(200, "GET", "/directory/deletedItems/microsoft.graph.application", nil))); got != 1 {
		t.Errorf("%d deleted applications", got)
	}
	if got := len(value(op.must(200, "GET", "/directory/deletedItems/graph.application?$filter=displayName%20eq%20'App'", nil))); got != 1 {
		t.Errorf("%d deleted applications by the short cast", got)
	}
	op.must(200, "GET", "/directory/deletedItems/"+id, nil)
	op.must(200, "POST", "/directory/deletedItems/"+id+"/restore", nil)
	op.must(200, "GET", "/applications/"+id, nil)
	op.must(404, "GET", "/servicePrincipals/"+sp, nil)
	op.must(200, "POST", "/directory/deletedItems/"+sp+"/restore", nil)
	op.must(200, "GET", "/servicePrincipals/"+sp, nil)
	op.must(404, "POST", "/directory/deletedItems/"+id+"/restore", nil)
}

func TestAPrincipalMayOutliveItsApplicationWhereTheFaultsSaySo(t *testing.T) {
	tn := open(t, Options{Faults: &Faults{KeepPrincipals: true}})
	op := tn.operator()
	app := op.app(Object{})
	sp := text(op.must(201, "POST", "/servicePrincipals", Object{"appId": app["appId"]}), "id")
	op.must(204, "DELETE", "/applications/"+text(app, "id"), nil)
	op.must(200, "GET", "/servicePrincipals/"+sp, nil)
	op.must(204, "DELETE", "/servicePrincipals/"+sp, nil)
}

func TestMediaTypes(t *testing.T) {
	op := open(t, Options{}).operator()
	for header, want := range map[string]int{
		"Content-Type: application/json; charset=utf-8":         201,
		"Content-Type: application/json;odata.metadata=minimal": 201,
		"Content-Type: text/plain":                              415,
		"Content-Type: ":                                        400,
		"Content-Encoding: gzip":                                415,
	} {
		if r := op.do("POST", "/applications", Object{"displayName": "x"}, header); r.Status != want {
			t.Errorf("%s: %d, want %d", header, r.Status, want)
		}
	}
	if r := op.do("POST", "/applications", `{"displayName":"`+strings.Repeat("x", maxBody)+`"}`); r.Status != 413 {
		t.Errorf("a body of four megabytes: %d", r.Status)
	}
}
