package sandbox

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
)

// junk draws a JSON value of any shape.
func junk(r *rand.Rand, depth int) any {
	names := []string{"displayName", "web", "redirectUris", "tags", "api", "requiredResourceAccess", "resourceAccess", "id", "requests", "method",
		"url", "body", "headers", "dependsOn", "passwordCredential", "keyId", "@odata.id", "@odata.type", "owners@odata.bind", "appRoles", "x"}
	switch n := r.IntN(9); {
	case n == 0:
		return nil
	case n == 1:
		return r.IntN(2) == 0
	case n == 2:
		return r.IntN(1000) - 500
	case n <= 4 || depth == 0:
		texts := []string{"", "x", "GET", "POST", "/applications", "https://example.co.jp/cb", graphAppID, "2027-01-01T00:00:00Z", "#microsoft.graph.user", "\x00", "あ", "%zz", "://"}
		return texts[r.IntN(len(texts))]
	case n <= 6:
		list := []any{}
		for range r.IntN(4) {
			list = append(list, junk(r, depth-1))
		}
		return list
	default:
		doc := Object{}
		for range r.IntN(5) {
			doc[names[r.IntN(len(names))]] = junk(r, depth-1)
		}
		return doc
	}
}

func TestNoRequestMakesTheSandboxPanicOrFail(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	app := op.app(Object{})
	sp := text(op.must(201, "POST", "/servicePrincipals", Object{"appId": app["appId"]}), "id")
	id := text(app, "id")
	paths := []string{"/applications", "/applications/" + id, "/applications(uniqueName='x')", "/applications/" + id + "/addPassword",
		"/applications/" + id + "/removePassword", "/applications/" + id + "/owners/$ref", "/servicePrincipals", "/servicePrincipals/" + sp,
		"/servicePrincipals/" + sp + "/appRoleAssignments", "/oauth2PermissionGrants", "/$batch", "/directoryObjects/getByIds",
		"/applications/" + id + "/federatedIdentityCredentials", "/users", "/applications('", "/applications(='x')", "/applications()", "//", "/", "/%2F", "/$count"}
	queries := []string{"", "?$filter=", "?$filter=tags/any(t:t%20eq%20'x')", "?$filter=a/b/c%20eq%20null", "?$filter=any(x:x)", "?$filter=displayName%20in%20(", "?$select=*", "?$expand=owners(", "?$expand=((", "?$top=-1", "?%", "?$skiptoken=AAAA", "?$orderby=,", "?$filter=%27", "?$filter=not", "?$filter=startswith(", "?$filter=x/any("}
	r := rand.New(rand.NewPCG(1, 2))
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete, http.MethodPut, http.MethodHead, "BREW"}
	for range 4000 {
		method, path, query := methods[r.IntN(len(methods))], paths[r.IntN(len(paths))], queries[r.IntN(len(queries))]
		raw, err := json.Marshal(junk(r, 4))
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest(method, origin+"/v1.0"+path+query, strings.NewReader(string(raw)))
		if err != nil {
			continue // not even a request
		}
		req.Header.Set("Authorization", "Bearer "+op.token)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Prefer", "create-if-missing")
		out, err := tn.send(req)
		if err != nil || out.Status == 500 || out.Status == 0 {
			t.Fatalf("%s %s%s %s: %v %d %s", method, path, query, raw, err, out.Status, out.Raw)
		}
		// Whatever was done to it, the tenant stays one that can be saved and restored.
		if r.IntN(400) == 0 {
			if _, err := New(Options{State: tn.Snapshot()}); err != nil {
				t.Fatalf("after %s %s %s: %s", method, path, raw, err)
			}
		}
	}
}

func FuzzGraph(f *testing.F) {
	s, err := New(Options{NoQuota: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("POST", "/applications", `{"displayName":"x"}`)
	f.Add("GET", "/applications?$filter=displayName eq 'x'", "")
	f.Add("POST", "/$batch", `{"requests":[{"id":"1","method":"GET","url":"/users"}]}`)
	var op *client
	f.Fuzz(func(t *testing.T, method, path, body string) {
		tn := &tenant{Sandbox: s, t: t}
		if op == nil {
			op = tn.operator()
		}
		req, err := http.NewRequest(method, origin+"/v1.0/"+path, strings.NewReader(body))
		if err != nil {
			t.Skip("not a request that HTTP can carry")
		}
		req.Header.Set("Authorization", "Bearer "+op.token)
		req.Header.Set("Content-Type", "application/json")
		if r, err := tn.send(req); err != nil || r.Status == 500 {
			t.Errorf("%v %d %s", err, r.Status, r.Raw)
		}
	})
}
