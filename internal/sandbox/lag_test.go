package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func lagging(t *testing.T, l Lag) (*tenant, *client) {
	t.Helper()
	tn := open(t, Options{})
	op := tn.operator()
	if err := tn.SetFaults(&Faults{Lag: &l}); err != nil {
		t.Fatal(err)
	}
	return tn, op
}

func TestANewObjectIsNotFoundUntilReplicasHaveIt(t *testing.T) {
	tn, op := lagging(t, Lag{Reads: Amount{For: 5 * time.Second}})
	path := "/applications/" + text(op.app(Object{"tags": []any{"mine"}}), "id")
	list := "/applications?$filter=tags/any(t:t%20eq%20'mine')"
	op.must(404, "GET", path, nil)
	op.must(404, "PATCH", path, Object{"notes": "x"})
	op.must(404, "POST", path+"/addPassword", Object{})
	if n := len(value(op.must(200, "GET", list, nil))); n != 0 {
		t.Errorf("listed %d", n)
	}
	tn.Advance(5 * time.Second)
	op.must(200, "GET", path, nil)
	if n := len(value(op.must(200, "GET", list, nil))); n != 1 {
		t.Errorf("listed %d", n)
	}
}

func TestAChangeAndADeletionShowLater(t *testing.T) {
	tn, op := lagging(t, Lag{Reads: Amount{For: 5 * time.Second}})
	id := text(op.app(Object{"notes": "1"}), "id")
	path := "/applications/" + id
	tn.Advance(time.Minute)
	op.must(204, "PATCH", path, Object{"notes": "2"})
	tn.Advance(2 * time.Second)
	op.must(204, "PATCH", path, Object{"notes": "3"})
	notes := func() any { return op.must(200, "GET", path, nil)["notes"] }
	if got := notes(); got != "1" {
		t.Errorf("two seconds after the first change: %v", got)
	}
	tn.Advance(3 * time.Second)
	if got := notes(); got != "2" {
		t.Errorf("five seconds after the first change: %v", got)
	}
	tn.Advance(2 * time.Second)
	if got := notes(); got != "3" {
		t.Errorf("five seconds after the second change: %v", got)
	}
	op.must(204, "DELETE", path, nil)
	op.must(200, "GET", path, nil)
	op.must(404, "DELETE", path, nil)
	tn.Advance(5 * time.Second)
	op.must(404, "GET", path, nil)
}

func TestLagCanBeCountedInLooks(t *testing.T) {
	_, op := lagging(t, Lag{Reads: Amount{Count: 2}})
	path := "/applications/" + text(op.app(Object{}), "id")
	op.must(404, "GET", path, nil)
	op.must(404, "GET", path, nil)
	op.must(200, "GET", path, nil)
	op.must(204, "PATCH", path, Object{"notes": "new"})
	var seen []string
	for range 4 {
		seen = append(seen, fmt.Sprint(op.must(200, "GET", path, nil)["notes"]))
	}
	if strings.Join(seen, " ") != "<nil> <nil> new new" {
		t.Errorf("seen %v", seen)
	}
}

func TestReplicasMayDisagree(t *testing.T) {
	_, op := lagging(t, Lag{Reads: Amount{For: time.Minute}, Probability: 0.5})
	path := "/applications/" + text(op.app(Object{}), "id")
	seen := map[int]bool{}
	for range 30 {
		seen[op.do("GET", path, nil).Status] = true
	}
	if !seen[200] || !seen[404] {
		t.Errorf("statuses %v", seen)
	}
}

func TestReferencesToWhatReplicasDoNotHaveFailAsAtMicrosoft(t *testing.T) {
	tn, op := lagging(t, Lag{Reads: Amount{For: 5 * time.Second}})
	graph := tn.Seeded().GraphPrincipalID
	app := op.app(Object{})
	r := op.do("POST", "/servicePrincipals", Object{"appId": app["appId"]})
	if r.Status != 403 || !strings.HasPrefix(r.message(), "When using this permission, the backing application") {
		t.Errorf("a principal of a new application: %d %s", r.Status, r.Raw)
	}
	tn.Advance(time.Minute)
	sp := text(op.must(201, "POST", "/servicePrincipals", Object{"appId": app["appId"]}), "id")
	role := Object{"principalId": sp, "resourceId": graph, "appRoleId": mailSend}
	if r := op.do("POST", "/servicePrincipals/"+graph+"/appRoleAssignedTo", role); r.Status != 400 || r.message() != "Not a valid reference update." {
		t.Errorf("a role for a new principal: %d %s", r.Status, r.Raw)
	}
	if r := op.do("POST", "/servicePrincipals/"+sp+"/appRoleAssignments", role); r.Status != 404 {
		t.Errorf("a role under a new principal: %d %s", r.Status, r.Raw)
	}
	grant := Object{"clientId": sp, "consentType": "AllPrincipals", "resourceId": graph, "scope": "Mail.Send"}
	if r := op.do("POST", "/oauth2PermissionGrants", grant); r.Status != 400 || !strings.Contains(r.message(), "does not exist or one of its queried reference-property objects are not present") {
		t.Errorf("a grant to a new principal: %d %s", r.Status, r.Raw)
	}
	tn.Advance(time.Minute)
	id := text(op.must(201, "POST", "/oauth2PermissionGrants", grant), "id")
	op.must(409, "POST", "/oauth2PermissionGrants", grant)
	tn.Advance(time.Minute)
	op.must(204, "DELETE", "/oauth2PermissionGrants/"+id, nil)
	if n := len(value(op.must(200, "GET", "/servicePrincipals/"+sp+"/oauth2PermissionGrants", nil))); n != 1 {
		t.Errorf("a deleted grant is gone at once")
	}
	op.must(201, "POST", "/oauth2PermissionGrants", grant)
}

func TestAnUpsertIsDecidedOnTheNewestData(t *testing.T) {
	_, op := lagging(t, Lag{Reads: Amount{For: time.Minute}})
	path := "/applications(uniqueName='mailprov-u')"
	op.must(201, "PATCH", path, Object{"displayName": "x"}, "Prefer: create-if-missing")
	op.must(404, "GET", path, nil)
	op.must(204, "PATCH", path, Object{"displayName": "y"}, "Prefer: create-if-missing")
}

func TestNewSecretsAndApplicationsAreUnknownToTheTokenEndpointForAWhile(t *testing.T) {
	tn, op := lagging(t, Lag{Secrets: Amount{Count: 2}, Apps: Amount{For: 10 * time.Second}})
	app := op.app(Object{})
	op.must(201, "POST", "/servicePrincipals", Object{"appId": app["appId"]})
	secret := text(op.must(200, "POST", "/applications/"+text(app, "id")+"/addPassword", Object{}), "secretText")
	login := func() string {
		r := tn.login(text(app, "appId"), secret, GraphAudience+"/.default")
		return fmt.Sprint(r.Status, r.Doc["error_codes"])
	}
	if got := login(); got != "400 [700016]" {
		t.Errorf("a new application: %s", got)
	}
	tn.Advance(10 * time.Second)
	for i, want := range []string{"401 [7000215]", "401 [7000215]", "200 <nil>", "200 <nil>"} {
		if got := login(); got != want {
			t.Errorf("attempt %d: %s, want %s", i+1, got, want)
		}
	}
}

func TestQuotasThrottleByApplication(t *testing.T) {
	tn := &tenant{t: t, clock: time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)}
	tn.with(Options{Now: func() time.Time { return tn.clock }, Faults: &Faults{Throttle: &Throttle{Units: 10, Writes: 3}}})
	op := tn.operator()
	var statuses []int
	var last reply
	for range 6 { // two units each
		last = op.do("GET", "/applications", nil)
		statuses = append(statuses, last.Status)
	}
	if fmt.Sprint(statuses) != "[200 200 200 200 200 429]" || last.Header.Get("Retry-After") != "10" || last.code() != "TooManyRequests" || last.Header.Get("x-ms-throttle-information") != "ResourceUnitLimitExceeded" {
		t.Errorf("%v %v %s", statuses, last.Header, last.Raw)
	}
	tn.as("mailprov-reader").must(200, "GET", "/applications", nil)
	got := inner(op.do("POST", "/$batch", batchOf(get("1", "/organization"), get("2", "/organization"))).Doc)
	if fmt.Sprint(got["1"]["status"]) != "429" || object(got["1"], "headers")["Retry-After"] != "10" {
		t.Errorf("inside a batch: %v", got["1"])
	}
	tn.Advance(10 * time.Second)
	for range 3 {
		op.must(201, "POST", "/applications", Object{"displayName": "x"})
	}
	r := op.do("POST", "/applications", Object{"displayName": "x"})
	if r.Status != 429 || r.Header.Get("x-ms-throttle-information") != "WriteLimitExceeded" {
		t.Errorf("the fourth write: %d %v", r.Status, r.Header)
	}
	tn.Advance(150 * time.Second)
	var shares []string
	for range 5 {
		shares = append(shares, op.do("GET", "/applications", nil).Header.Get("x-ms-throttle-limit-percentage"))
	}
	if strings.Join(shares, ",") != ",,,0.80,1.00" {
		t.Errorf("shares %v", shares)
	}
}

func TestWhatRequestsCost(t *testing.T) {
	op := open(t, Options{}).operator()
	for path, want := range map[string]string{
		"/applications":                   "2",
		"/applications?$select=id":        "1",
		"/applications?$expand=owners":    "3",
		"/applications?$top=5":            "1",
		"/applications?$top=5&$select=id": "1",
		"/oauth2PermissionGrants":         "2",
		"/users/noreply@example.co.jp":    "2",
		"/organization":                   "1",
		"/servicePrincipals?$select=id":   "1",
		"/servicePrincipals/5a000000-0000-4000-8000-000000000003/appRoleAssignments": "2",
	} {
		if got := op.do("GET", path, nil).Header.Get("x-ms-resource-unit"); got != want {
			t.Errorf("%s costs %s, want %s", path, got, want)
		}
	}
}

func TestOnlyWritesAfterTheLagBeganAreLate(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	app := op.app(Object{})
	op.must(201, "POST", "/servicePrincipals", Object{"appId": app["appId"]})
	secret := text(op.must(200, "POST", "/applications/"+text(app, "id")+"/addPassword", Object{}), "secretText")
	slow := Amount{Count: 5}
	if err := tn.SetFaults(&Faults{Lag: &Lag{Reads: slow, Secrets: slow, Apps: slow}}); err != nil {
		t.Fatal(err)
	}
	op.must(200, "GET", "/applications/"+text(app, "id"), nil)
	if r := tn.login(text(app, "appId"), secret, GraphAudience+"/.default"); r.Status != 200 {
		t.Errorf("a secret made before: %s", r.Raw)
	}
	op.must(204, "DELETE", "/applications/"+text(app, "id"), nil)
	op.must(200, "GET", "/applications/"+text(app, "id"), nil)
	if err := tn.SetFaults(nil); err != nil {
		t.Fatal(err)
	}
	op.must(404, "GET", "/applications/"+text(app, "id"), nil)
}
