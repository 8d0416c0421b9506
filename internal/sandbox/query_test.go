package sandbox

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestWhatCanBeFiltered(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	op.app(Object{"displayName": "O'Neil's mail", "uniqueName": "mailprov-one", "tags": []any{"mailprov", "mailprov:n=example"}, "notes": "kept", "identifierUris": []any{"https://example.co.jp/one"}})
	op.app(Object{"displayName": "Other", "tags": []any{"mailprov"}})
	advanced := "ConsistencyLevel: eventual"
	or := func(n int) string {
		return strings.Join(strings.Split(strings.TrimSuffix(strings.Repeat("appId eq 'x'|", n), "|"), "|"), " or ")
	}
	list := func(n int) string { return "appId in (" + strings.TrimSuffix(strings.Repeat("'x',", n), ",") + ")" }
	for _, c := range []struct {
		filter   string
		advanced bool
		want     int // matches, or an error's status
		code     string
	}{
		{"displayName eq 'O''Neil''s mail'", false, 1, ""},
		{"displayName eq 'o''neil''s MAIL'", false, 1, ""},
		{"startsWith(displayName,'O')", false, 2, ""},
		{"startswith(displayName,'O') eq true", false, 2, ""},
		{"uniqueName eq 'mailprov-one'", false, 1, ""},
		{"uniqueName eq 'mailprov-two'", false, 0, ""},
		{"tags/any(t:t eq 'mailprov')", false, 2, ""},
		{"tags/any(t: startsWith(t, 'mailprov:n='))", false, 1, ""},
		{"tags/any(t:t eq 'mailprov') and tags/any(t:t eq 'mailprov:n=example')", false, 1, ""},
		{"identifierUris/any(u:u eq 'https://example.co.jp/one')", false, 1, ""},
		{"appId in ('c1000000-0000-4000-8000-000000000001','c1000000-0000-4000-8000-000000000002')", false, 2, ""},
		{"createdDateTime ge 2026-01-01T00:00:00Z", false, 2, ""},
		{"createdDateTime le 2026-01-01T00:00:00Z", false, 4, ""},
		{"signInAudience eq 'AzureADMyOrg' and (displayName eq 'Other' or uniqueName eq 'mailprov-one')", false, 2, ""},
		{list(15), false, 0, ""},
		{list(16), false, 400, "Request_BadRequest"},
		{or(15), false, 0, ""},
		{or(16), false, 400, "Request_BadRequest"},
		{"displayName eq 'a' or (displayName eq 'b' and (displayName eq 'c' or (displayName eq 'd' and displayName eq 'e')))", false, 400, "Request_BadRequest"},
		{"notes eq 'kept'", false, 400, "Request_UnsupportedQuery"},
		{"notes eq 'kept'", true, 1, ""},
		{"displayName ne 'Other'", false, 400, "Request_UnsupportedQuery"},
		{"displayName ne 'Other'", true, 5, ""},
		{"not(displayName eq 'Other')", false, 400, "Request_UnsupportedQuery"},
		{"not(displayName eq 'Other')", true, 5, ""},
		{"endsWith(displayName,'mail')", false, 400, "Request_UnsupportedQuery"},
		{"endsWith(displayName,'mail')", true, 1, ""},
		{"contains(displayName,'mail')", true, 400, "Request_UnsupportedQuery"},
		{"passwordCredentials/any(p:p/displayName eq 'x')", true, 400, "Request_UnsupportedQuery"},
		{"colour eq 'red'", false, 400, "Request_UnsupportedQuery"},
		{"requiredResourceAccess/any(r:r/resourceAppId eq 'x')", false, 400, "Request_UnsupportedQuery"},
		{"requiredResourceAccess/any(r:r/resourceAppId eq 'x')", true, 0, ""},
		{"displayName eq 'x", false, 400, "BadRequest"},
		{"displayName like 'x'", false, 400, "BadRequest"},
		{"displayName", false, 400, "BadRequest"},
		{"", false, 400, "BadRequest"},
		{"(displayName eq 'x'", false, 400, "BadRequest"},
		{strings.Repeat("(", 5000), false, 400, "BadRequest"},
	} {
		var headers []string
		query := "?$filter=" + url.QueryEscape(c.filter)
		if c.advanced {
			headers, query = append(headers, advanced), query+"&$count=true"
		}
		r := op.do("GET", "/applications"+query, nil, headers...)
		if c.want >= 400 {
			if r.Status != c.want || r.code() != c.code {
				t.Errorf("%.80s (advanced %v): %d %s %s", c.filter, c.advanced, r.Status, r.code(), r.message())
			}
			continue
		}
		if r.Status != 200 || len(value(r.Doc)) != c.want {
			t.Errorf("%.80s (advanced %v): %d, %d matches, want %d: %s", c.filter, c.advanced, r.Status, len(value(r.Doc)), c.want, r.message())
		}
	}
}

func TestQueryOptionsThatTheDirectoryRefuses(t *testing.T) {
	op := open(t, Options{}).operator()
	for _, c := range []struct {
		path   string
		header string
		want   int
	}{
		{"/applications?$count=true", "", 400},
		{"/applications?$count=true", "ConsistencyLevel: eventual", 200},
		{"/applications/$count", "", 400},
		{"/applications/$count", "ConsistencyLevel: eventual", 200},
		{"/applications?$search=\"displayName:x\"", "", 400},
		{"/applications?$search=\"displayName:x\"", "ConsistencyLevel: eventual", 501},
		{"/applications?$top=1000", "", 400},
		{"/applications?$top=0", "", 400},
		{"/applications?$top=x", "", 400},
		{"/applications?$skip=3", "", 400},
		{"/applications?$colour=red", "", 400},
		{"/applications?colour=red", "", 200},
		{"/applications?$select=id&$select=appId", "", 400},
		{"/applications?$select=colour", "", 400},
		{"/applications?$select=id,", "", 400},
		{"/applications?$expand=owners,appManagementPolicies", "", 400},
		{"/applications?$expand=colour", "", 400},
		{"/applications?$expand=owners($top=3)", "", 400},
		{"/applications?$expand=owners($select=id)", "", 200},
		{"/applications?$expand=owners&$count=true", "ConsistencyLevel: eventual", 400},
		{"/servicePrincipals?$select=id&$expand=oauth2PermissionGrants", "", 400},
		{"/applications?$orderby=displayName", "", 200},
		{"/applications?$orderby=createdDateTime", "", 400},
		{"/applications?$orderby=displayName&$filter=startsWith(displayName,'m')", "", 400},
		{"/applications?$orderby=displayName+desc&$count=true&$filter=startsWith(displayName,'m')", "ConsistencyLevel: eventual", 200},
		{"/applications?$skiptoken=nonsense", "", 400},
		{"/applications?%24top=1", "", 200},
	} {
		var headers []string
		if c.header != "" {
			headers = append(headers, c.header)
		}
		if r := op.do("GET", strings.ReplaceAll(c.path, "\"", "%22"), nil, headers...); r.Status != c.want {
			t.Errorf("%s [%s]: %d, want %d: %s", c.path, c.header, r.Status, c.want, r.message())
		}
	}
}

func TestPagesShowEverythingOnce(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	for i := range 250 {
		op.app(Object{"displayName": fmt.Sprintf("App %03d", i), "tags": []any{"mailprov"}})
	}
	for query, pages := range map[string]int{"": 3, "&$top=999": 1, "&$top=50": 5, "&$expand=owners&$top=999": 3, "&$orderby=displayName&$count=true": 3} {
		next, seen, count := "/applications?$filter=tags/any(t:t%20eq%20'mailprov')&$select=id"+query, map[string]bool{}, 0
		for next != "" {
			doc := op.must(200, "GET", next, nil, "ConsistencyLevel: eventual")
			for _, item := range value(doc) {
				id := text(item.(map[string]any), "id")
				if seen[id] {
					t.Errorf("%s: %s twice", query, id)
				}
				seen[id] = true
			}
			next = text(doc, "@odata.nextLink")
			count++
		}
		if len(seen) != 250 || count != pages {
			t.Errorf("%s: %d objects on %d pages, want 250 on %d", query, len(seen), count, pages)
		}
	}
}

func TestAPageTokenSurvivesDeletions(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	var ids []string
	for range 6 {
		ids = append(ids, text(op.app(Object{"tags": []any{"x"}}), "id"))
	}
	first := op.must(200, "GET", "/applications?$filter=tags/any(t:t%20eq%20'x')&$top=3", nil)
	op.must(204, "DELETE", "/applications/"+ids[0], nil)
	second := op.must(200, "GET", text(first, "@odata.nextLink"), nil)
	if got := len(value(second)); got != 3 {
		t.Errorf("%d objects on the second page after a deletion on the first", got)
	}
}

func TestExpandShowsTwentyAtMostAndNoLinkToTheRest(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	id := text(op.app(Object{}), "id")
	owners := []string{}
	for range 25 {
		a := op.app(Object{})
		owners = append(owners, text(op.must(201, "POST", "/servicePrincipals", Object{"appId": a["appId"]}), "id"))
	}
	if err := tn.Mutate(func(truth *Truth) error { return truth.SetOwners(id, owners...) }); err != nil {
		t.Fatal(err)
	}
	doc := op.must(200, "GET", "/applications/"+id+"?$expand=owners($select=id)", nil)
	if got := len(items(doc, "owners")); got != 20 {
		t.Errorf("%d owners expanded", got)
	}
	for name := range doc {
		if strings.HasPrefix(name, "owners@") {
			t.Errorf("there is a member %s", name)
		}
	}
	if got := len(value(op.must(200, "GET", "/applications/"+id+"/owners", nil))); got != 25 {
		t.Errorf("%d owners listed", got)
	}
}

func TestSelectShowsWhatWasSelectedAndNothingMore(t *testing.T) {
	op := open(t, Options{}).operator()
	doc := op.must(200, "GET", "/applications(appId='c1000000-0000-4000-8000-000000000001')?$select=displayName,passwordCredentials", nil)
	delete(doc, "@odata.context")
	if len(doc) != 2 {
		t.Errorf("%v", doc)
	}
	user := op.must(200, "GET", "/users/noreply@example.co.jp", nil)
	if user["accountEnabled"] != nil || user["mail"] != "noreply@example.co.jp" {
		t.Errorf("a user shows by default %v", user)
	}
	if got := op.must(200, "GET", "/users(userPrincipalName='noreply@example.co.jp')?$select=accountEnabled", nil); got["accountEnabled"] != true {
		t.Errorf("%v", got)
	}
}

func TestDirectoryObjects(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	user := tn.Seeded().Users[1].ID
	if got := text(op.must(200, "GET", "/directoryObjects/"+user, nil), "@odata.type"); got != "#microsoft.graph.user" {
		t.Errorf("type %q", got)
	}
	doc := op.must(200, "POST", "/directoryObjects/getByIds", Object{"ids": []any{user, tn.Seeded().GraphPrincipalID, "00000000-0000-4000-8000-000000000001"}, "types": []any{"user"}})
	if got := len(value(doc)); got != 1 {
		t.Errorf("%d objects by id", got)
	}
}
