package sandbox

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

func get(id, url string, dependsOn ...any) Object {
	return Object{"id": id, "method": "GET", "url": url, "dependsOn": dependsOn}
}

func write(id, method, url string, body Object, dependsOn ...any) Object {
	return Object{"id": id, "method": method, "url": url, "headers": Object{"Content-Type": "application/json"}, "body": body, "dependsOn": dependsOn}
}

func batchOf(steps ...any) Object { return Object{"requests": steps} }

// inner gathers a batch's answers by id.
func inner(doc Object) map[string]Object {
	out := map[string]Object{}
	for _, r := range items(doc, "responses") {
		out[text(r.(map[string]any), "id")] = r.(map[string]any)
	}
	return out
}

func TestABatchEnvelopeIsCheckedAsAWhole(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	for name, body := range map[string]any{
		"no requests":             Object{"requests": []any{}},
		"no list of requests":     Object{"requests": Object{}},
		"something else":          Object{"requests": []any{get("1", "/users")}, "more": 1},
		"21 requests":             Object{"requests": many(21, func(i int) any { return get(fmt.Sprint(i), "/users") })},
		"one id twice":            batchOf(get("1", "/users"), get("1", "/organization")),
		"no id":                   batchOf(Object{"method": "GET", "url": "/users"}),
		"a number as id":          batchOf(Object{"id": 1, "method": "GET", "url": "/users"}),
		"no method":               batchOf(Object{"id": "1", "url": "/users"}),
		"no url":                  batchOf(Object{"id": "1", "method": "GET"}),
		"an absolute url":         batchOf(get("1", "https://graph.microsoft.com/v1.0/users")),
		"a body without its type": batchOf(Object{"id": "1", "method": "POST", "url": "/applications", "body": Object{"displayName": "x"}}),
		"an unknown dependency":   batchOf(get("1", "/users", "2")),
		"a dependency on itself":  batchOf(get("1", "/users", "1")),
		"a cycle of dependencies": batchOf(get("1", "/users", "2"), get("2", "/users", "1")),
		"a text as headers":       batchOf(Object{"id": "1", "method": "GET", "url": "/users", "headers": "x"}),
		"broken JSON":             `{"requests": [`,
	} {
		if r := op.do("POST", "/$batch", body); r.Status != 400 {
			t.Errorf("%s: %d %s", name, r.Status, r.Raw)
		}
	}
	if r := op.do("GET", "/$batch", nil); r.Status != 405 {
		t.Errorf("GET: %d", r.Status)
	}
	if r := op.do("POST", "/$batch", "x", "Content-Type: text/plain"); r.Status != 415 {
		t.Errorf("a text: %d", r.Status)
	}
}

func TestRequestsInABatchHaveTheirOwnFate(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	id := text(op.app(Object{}), "id")
	got := inner(op.must(200, "POST", "/$batch", batchOf(
		write("last", "PATCH", "/applications/"+id, Object{"notes": "2"}, "first"),
		write("first", "PATCH", "applications/"+id, Object{"notes": "1"}),
		get("nested", "/$batch"),
		get("versioned", "/v1.0/users"),
		get("encoded", "/applications?$filter=appId%20eq%20'c1000000-0000-4000-8000-000000000001'&$select=id"),
		Object{"id": "counted", "method": "GET", "url": "/applications/$count", "headers": Object{"ConsistencyLevel": "eventual"}},
		get("unmodelled", "/groups"),
		write("refused", "POST", "/applications", Object{"colour": "red"}),
		write("after a refusal", "POST", "/applications", Object{"displayName": "never"}, "refused"),
		Object{"id": "put", "method": "PUT", "url": "/users", "body": nil},
	)))
	for name, want := range map[string]int{"last": 204, "first": 204, "nested": 400, "versioned": 400, "encoded": 200, "counted": 200,
		"unmodelled": 501, "refused": 400, "after a refusal": 424, "put": 405} {
		if fmt.Sprint(got[name]["status"]) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %d", name, got[name], want)
		}
	}
	if _, has := got["last"]["body"]; has {
		t.Errorf("a 204 has a body: %v", got["last"])
	}
	if body := text(got["counted"], "body"); body != base64.StdEncoding.EncodeToString([]byte("5")) {
		t.Errorf("a text in a batch is %q", body)
	}
	if notes := op.must(200, "GET", "/applications/"+id, nil)["notes"]; notes != "2" {
		t.Errorf("the dependent write came first: %v", notes)
	}
	if headers := object(got["encoded"], "headers"); headers["x-ms-resource-unit"] != "1" || !strings.HasPrefix(text(headers, "Content-Type"), "application/json") {
		t.Errorf("headers %v", headers)
	}
	if n := len(tn.Applications()); n != 5 {
		t.Errorf("%d applications", n)
	}
}

func TestABatchSeesTheCallersRights(t *testing.T) {
	tn := open(t, Options{})
	got := inner(tn.as("mailprov-reader").must(200, "POST", "/$batch", batchOf(
		write("write", "POST", "/applications", Object{"displayName": "x"}), get("read", "/applications"))))
	if fmt.Sprintf("%v %v", got["write"]["status"], got["read"]["status"]) != "403 200" {
		t.Errorf("write %v, read %v", got["write"]["status"], got["read"]["status"])
	}
	if r := (&client{tn, "x"}).do("POST", "/$batch", batchOf(get("1", "/users"))); r.Status != 401 {
		t.Errorf("without a token: %d", r.Status)
	}
}

func TestTwoWritesToOneObjectInABatchMayConflict(t *testing.T) {
	tn := open(t, Options{Faults: &Faults{ConflictInBatch: true}})
	op := tn.operator()
	a := op.app(Object{})
	path := "/applications/" + text(a, "id")
	other := "/applications/" + text(op.app(Object{}), "id")
	got := inner(op.must(200, "POST", "/$batch", batchOf(
		write("1", "PATCH", path, Object{"notes": "1"}),
		write("2", "POST", path+"/addPassword", Object{}),
		write("3", "PATCH", path, Object{"notes": "3"}, "1"),
		write("4", "PATCH", other, Object{"notes": "4"}),
		get("5", path))))
	var statuses []string
	for _, id := range []string{"1", "2", "3", "4", "5"} {
		statuses = append(statuses, fmt.Sprint(got[id]["status"]))
	}
	if strings.Join(statuses, " ") != "204 409 204 204 200" || text(object(object(got["2"], "body"), "error"), "code") != "Directory_ConcurrencyViolation" {
		t.Errorf("statuses %v", statuses)
	}
}

func TestAnswersOfABatchMayComeInAnyOrder(t *testing.T) {
	orders := map[string]bool{}
	for seed := range int64(8) {
		tn := open(t, Options{Seed: seed, Faults: &Faults{ShuffleBatch: true}})
		doc := tn.operator().must(200, "POST", "/$batch", batchOf(get("1", "/users"), get("2", "/domains"), get("3", "/organization")))
		order := ""
		for _, r := range items(doc, "responses") {
			order += text(r.(map[string]any), "id")
		}
		orders[order] = true
	}
	if len(orders) < 2 {
		t.Errorf("always the order %v", orders)
	}
}
