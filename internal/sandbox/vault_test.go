package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

const kv = "https://kv-mail.vault.azure.net"

// keys calls Key Vault as one identity.
type keys struct {
	tn    *tenant
	token string
	host  string
}

func (tn *tenant) vaultAs(operator string) *keys {
	tn.t.Helper()
	o, ok := tn.Seeded().Operator(operator)
	if !ok {
		tn.t.Fatalf("no operator %s", operator)
	}
	return tn.vaultFor(o.ClientID, o.Secret, VaultAudience)
}

func (tn *tenant) vaultFor(id, secret, audience string) *keys {
	tn.t.Helper()
	r := tn.login(id, secret, audience+"/.default")
	if r.Status != http.StatusOK {
		tn.t.Fatalf("login: %d %s", r.Status, r.Raw)
	}
	return &keys{tn, text(r.Doc, "access_token"), kv}
}

func (k *keys) do(method, path, body string) reply {
	k.tn.t.Helper()
	if !strings.Contains(path, "api-version") {
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		path += sep + "api-version=7.4"
	}
	if !strings.HasPrefix(path, "http") {
		path = k.host + path
	}
	r, err := http.NewRequest(method, path, strings.NewReader(body))
	if err != nil {
		k.tn.t.Fatal(err)
	}
	if k.token != "" {
		r.Header.Set("Authorization", "Bearer "+k.token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	out, err := k.tn.send(r)
	if err != nil {
		k.tn.t.Fatal(err)
	}
	return out
}

func (k *keys) must(status int, method, path, body string) Object {
	k.tn.t.Helper()
	r := k.do(method, path, body)
	if r.Status != status {
		k.tn.t.Fatalf("%s %s: status %d, want %d\n%s", method, path, r.Status, status, r.Raw)
	}
	return r.Doc
}

func innerCode(r reply) string { return text(object(object(r.Doc, "error"), "innererror"), "code") }

// refused demands an error of Key Vault's form.
func (k *keys) refused(status int, code, wantInner, method, path, body string) string {
	k.tn.t.Helper()
	r := k.do(method, path, body)
	if r.Status != status || r.code() != code || innerCode(r) != wantInner || r.message() == "" {
		k.tn.t.Errorf("%s %s: %d %s", method, path, r.Status, r.Raw)
	}
	return r.message()
}

func versionOf(doc Object) string {
	id := text(doc, "id")
	return id[strings.LastIndex(id, "/")+1:]
}

func TestAVaultKeepsVersionsAndGivesTheNewest(t *testing.T) {
	tn := open(t, Options{})
	k := tn.vaultAs("mailprov-operator")
	one := k.must(200, "PUT", "/secrets/Mail", `{"value":"one","contentType":"text/plain","tags":{"a":"b"},"attributes":{"exp":1900000000}}`)
	a := object(one, "attributes")
	if text(one, "value") != "one" || !strings.HasPrefix(text(one, "id"), kv+"/secrets/Mail/") || len(versionOf(one)) != 32 || a["enabled"] != true ||
		fmt.Sprintf("%v %v %v", a["exp"], a["created"], a["recoveryLevel"]) != fmt.Sprintf("1900000000 %d Recoverable+Purgeable", tn.clock.Unix()) ||
		text(one, "contentType") != "text/plain" || text(object(one, "tags"), "a") != "b" {
		t.Errorf("set: %v", one)
	}
	two := k.must(200, "PUT", "/secrets/mail", `{"value":"two"}`)
	for path, want := range map[string]string{
		"/secrets/mail": "two", "/secrets/mail/": "two", "//secrets/MAIL/": "two",
		"/secrets/mail/" + versionOf(one): "one", "/secrets/Mail/" + versionOf(two): "two",
	} {
		if got := k.must(200, "GET", path, ""); text(got, "value") != want {
			t.Errorf("%s: %v", path, got)
		}
	}
	k.refused(404, "SecretNotFound", "", "GET", "/secrets/other", "")
	k.refused(404, "SecretNotFound", "", "GET", "/secrets/mail/0123456789abcdef0123456789abcdef", "")
	for _, list := range []string{"/secrets/other/versions", "/deletedsecrets"} {
		if got := k.must(200, "GET", list, ""); len(value(got)) != 0 || got["nextLink"] != nil {
			t.Errorf("%s: %v", list, got)
		}
	}
}

func TestADisabledCurrentVersionHidesTheOlderOnes(t *testing.T) {
	k := open(t, Options{}).vaultAs("mailprov-operator")
	one := k.must(200, "PUT", "/secrets/mail", `{"value":"one"}`)
	two := k.must(200, "PUT", "/secrets/mail", `{"value":"two","attributes":{"enabled":false}}`)
	k.refused(403, "Forbidden", "SecretDisabled", "GET", "/secrets/mail", "")
	k.refused(403, "Forbidden", "SecretDisabled", "GET", "/secrets/mail/"+versionOf(two), "")
	k.must(200, "GET", "/secrets/mail/"+versionOf(one), "")
	patched := k.must(200, "PATCH", "/secrets/mail/"+versionOf(two), `{"attributes":{"enabled":true},"tags":{"x":"y"},"contentType":"c"}`)
	if _, ok := patched["value"]; ok || text(object(patched, "tags"), "x") != "y" || text(patched, "contentType") != "c" {
		t.Errorf("patched: %v", patched)
	}
	if got := k.must(200, "GET", "/secrets/mail", ""); text(got, "value") != "two" {
		t.Errorf("enabled: %v", got)
	}
	k.must(200, "PATCH", "/secrets/mail/", `{"attributes":{"enabled":false}}`) // the current one
	k.refused(403, "Forbidden", "SecretDisabled", "GET", "/secrets/mail", "")
	k.refused(404, "SecretNotFound", "", "PATCH", "/secrets/other", `{"attributes":{"enabled":false}}`)
}

func TestAnExpiredSecretIsStillGivenBack(t *testing.T) {
	k := open(t, Options{}).vaultAs("mailprov-operator")
	k.must(200, "PUT", "/secrets/mail", `{"value":"one","attributes":{"exp":1}}`)
	k.must(200, "GET", "/secrets/mail", "")
}

func TestADeletedSecretHoldsItsNameUntilItIsRecoveredOrPurged(t *testing.T) {
	tn := open(t, Options{})
	k := tn.vaultAs("mailprov-operator")
	k.must(200, "PUT", "/secrets/mail", `{"value":"one","tags":{"a":"b"}}`)
	gone := k.must(200, "DELETE", "/secrets/mail", "")
	if text(gone, "recoveryId") != kv+"/deletedsecrets/mail" || fmt.Sprint(gone["deletedDate"]) != fmt.Sprint(tn.clock.Unix()) || gone["scheduledPurgeDate"] == nil || gone["value"] != nil {
		t.Errorf("deleted: %v", gone)
	}
	k.refused(404, "SecretNotFound", "", "GET", "/secrets/mail", "")
	k.refused(404, "SecretNotFound", "", "DELETE", "/secrets/mail", "")
	k.refused(409, "Conflict", "ObjectIsDeletedButRecoverable", "PUT", "/secrets/MAIL", `{"value":"two"}`)
	if got := k.must(200, "GET", "/deletedsecrets/mail", ""); text(object(got, "tags"), "a") != "b" {
		t.Errorf("get deleted: %v", got)
	}
	if list := value(k.must(200, "GET", "/deletedsecrets", "")); len(list) != 1 || text(list[0].(Object), "id") != kv+"/secrets/mail" {
		t.Errorf("list deleted: %v", list)
	}
	if list := value(k.must(200, "GET", "/secrets/mail/versions", "")); len(list) != 0 {
		t.Errorf("versions of a deleted one: %v", list)
	}
	k.must(200, "POST", "/deletedsecrets/mail/recover", "")
	k.refused(404, "SecretNotFound", "", "POST", "/deletedsecrets/mail/recover", "")
	k.must(200, "GET", "/secrets/mail", "")
	k.must(200, "PATCH", "/secrets/mail", `{"attributes":{"enabled":false}}`)
	k.must(200, "DELETE", "/secrets/mail", "")
	k.refused(403, "Forbidden", "SecretDisabled", "GET", "/deletedsecrets/mail", "")
	k.must(204, "DELETE", "/deletedsecrets/mail", "")
	k.refused(404, "SecretNotFound", "", "DELETE", "/deletedsecrets/mail", "")
	k.must(200, "PUT", "/secrets/mail", `{"value":"new"}`)
}

func TestDeletionAndRecoveryTakeAsLongAsReplicasLag(t *testing.T) {
	tn := open(t, Options{})
	k := tn.vaultAs("mailprov-operator")
	k.must(200, "PUT", "/secrets/mail", `{"value":"one"}`)
	for name, lag := range map[string]Lag{"counted": {Reads: Amount{Count: 2}}, "timed": {Reads: Amount{For: time.Minute}}} {
		t.Run(name, func(t *testing.T) {
			if err := tn.SetFaults(&Faults{Lag: &lag}); err != nil {
				t.Fatal(err)
			}
			k.must(200, "DELETE", "/secrets/mail", "")
			k.refused(404, "SecretNotFound", "", "GET", "/deletedsecrets/mail", "")
			k.refused(409, "Conflict", "ObjectIsBeingDeleted", "PUT", "/secrets/mail", `{"value":"two"}`)
			tn.clock = tn.clock.Add(time.Minute)
			k.refused(409, "Conflict", "ObjectIsDeletedButRecoverable", "PUT", "/secrets/mail", `{"value":"two"}`)
			k.must(200, "POST", "/deletedsecrets/mail/recover", "")
			k.refused(404, "SecretNotFound", "", "GET", "/secrets/mail", "")
			k.refused(409, "Conflict", "ObjectIsBeingRecovered", "PUT", "/secrets/mail", `{"value":"two"}`)
			tn.clock = tn.clock.Add(time.Minute)
			k.must(200, "GET", "/secrets/mail", "")
		})
	}
}

func TestListsOfAVaultComeInPages(t *testing.T) {
	k := open(t, Options{}).vaultAs("mailprov-operator")
	want := map[string]bool{}
	for i := range 30 {
		want[versionOf(k.must(200, "PUT", "/secrets/mail", `{"value":"x"}`))] = true
		k.must(200, "PUT", fmt.Sprintf("/secrets/s%02d", i), `{"value":"x"}`)
	}
	for path, size := range map[string]int{"/secrets/mail/versions": 25, "/secrets/mail/versions?maxresults=7": 7} {
		got := map[string]bool{}
		for next := path; next != ""; {
			page := k.must(200, "GET", next, "")
			if n := len(value(page)); n > size || n == 0 {
				t.Errorf("%s: a page of %d", path, n)
			}
			for _, i := range value(page) {
				if i.(Object)["value"] != nil {
					t.Errorf("a list shows a value")
				}
				got[versionOf(i.(Object))] = true
			}
			next = text(page, "nextLink")
			if next != "" && !strings.HasPrefix(next, kv+":443/secrets/mail/versions?") {
				t.Errorf("the next page is %s", next)
			}
		}
		if len(got) != 30 {
			t.Errorf("%s: %d versions", path, len(got))
		}
		for id := range want {
			if !got[id] {
				t.Errorf("%s: %s is missing", path, id)
			}
		}
	}
	first := k.must(200, "GET", "/secrets", "")
	second := k.must(200, "GET", text(first, "nextLink"), "")
	if len(value(first)) != 25 || len(value(second)) != 6 || second["nextLink"] != nil || text(value(first)[0].(Object), "id") != kv+"/secrets/mail" {
		t.Errorf("secrets: %d and %d, %v", len(value(first)), len(value(second)), second["nextLink"])
	}
	for _, bad := range []string{"0", "26", "x"} {
		k.refused(400, "BadParameter", "", "GET", "/secrets?maxresults="+bad, "")
	}
	k.refused(400, "BadParameter", "", "GET", "/secrets?$skiptoken=!", "")
}

func TestAVaultChallengesWhoeverBringsNoTokenForIt(t *testing.T) {
	tn := open(t, Options{})
	o := tn.Seeded().Operators[0]
	graph := tn.vaultFor(o.ClientID, o.Secret, GraphAudience)
	nobody := &keys{tn, "", kv}
	forged := &keys{tn, "a.b.c", kv}
	for name, c := range map[string]struct {
		k    *keys
		says string
	}{"no token": {nobody, "AKV10000"}, "Graph's": {graph, "AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://graph.microsoft.com."}, "a forged one": {forged, "validating token"}} {
		r := c.k.do("PUT", "/secrets/mail", `{"value":"x"}`)
		challenge := r.Header.Get("WWW-Authenticate")
		if r.Status != 401 || r.code() != "Unauthorized" || !strings.Contains(r.message(), c.says) ||
			challenge != `Bearer authorization="https://login.microsoftonline.com/`+TenantID+`", resource="https://vault.azure.net"` {
			t.Errorf("%s: %d %s, %s", name, r.Status, r.Raw, challenge)
		}
	}
	k := tn.vaultAs("mailprov-operator")
	k.refused(404, "SecretNotFound", "", "GET", "/secrets/mail", "") // nothing was set
	tn.clock = tn.clock.Add(2 * time.Hour)
	if r := k.do("GET", "/secrets/mail", ""); r.Status != 401 || !strings.Contains(r.message(), "expired") {
		t.Errorf("an old token: %d %s", r.Status, r.Raw)
	}
}

func TestEachCloudsVaultsTakeTokensForTheirOwnResource(t *testing.T) {
	tn := open(t, Options{})
	o := tn.Seeded().Operators[0]
	for _, audience := range vaultAudiences() {
		k := tn.vaultFor(o.ClientID, o.Secret, audience)
		for _, other := range vaultAudiences() {
			k.host = "https://kv-mail." + strings.TrimPrefix(other, "https://")
			want := 404
			if other != audience {
				want = 401
			}
			if r := k.do("GET", "/secrets/mail", ""); r.Status != want {
				t.Errorf("a token for %s at %s: %d", audience, k.host, r.Status)
			}
		}
	}
}

func TestRolesDecideInAVault(t *testing.T) {
	tn := open(t, Options{})
	tn.vaultAs("mailprov-operator").must(200, "PUT", "/secrets/mail", `{"value":"one"}`)
	reader := tn.vaultAs("mailprov-reader")
	for _, path := range []string{"/secrets", "/secrets/mail", "/secrets/mail/versions", "/deletedsecrets"} {
		reader.must(200, "GET", path, "")
	}
	for method, path := range map[string]string{"PUT": "/secrets/mail", "PATCH": "/secrets/mail", "DELETE": "/secrets/mail", "POST": "/deletedsecrets/mail/recover"} {
		message := reader.refused(403, "Forbidden", "ForbiddenByRbac", method, path, `{"value":"two"}`)
		if !strings.Contains(message, "Action: 'Microsoft.KeyVault/vaults/secrets/") || !strings.Contains(message, tn.mustOperator("mailprov-reader").ClientID) {
			t.Errorf("%s: %q", method, message)
		}
	}
	app := tn.operator().app(Object{})
	tn.operator().must(201, "POST", "/servicePrincipals", Object{"appId": app["appId"]})
	secret := tn.operator().must(200, "POST", "/applications/"+text(app, "id")+"/addPassword", Object{"passwordCredential": Object{}})
	stranger := tn.vaultFor(text(app, "appId"), text(secret, "secretText"), VaultAudience)
	stranger.refused(403, "Forbidden", "ForbiddenByRbac", "GET", "/secrets/mail", "")
	stranger.refused(403, "Forbidden", "ForbiddenByRbac", "GET", "/secrets", "")
	for _, o := range []string{"mailprov-applier", "mailprov-rotator"} {
		tn.vaultAs(o).must(200, "PUT", "/secrets/mail", `{"value":"two"}`)
	}
}

func (tn *tenant) mustOperator(name string) Operator {
	o, ok := tn.Seeded().Operator(name)
	if !ok {
		tn.t.Fatalf("no operator %s", name)
	}
	return o
}

func TestAVaultHoldsToItsLimits(t *testing.T) {
	k := open(t, Options{}).vaultAs("mailprov-operator")
	tags := func(n, size int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`"t%02d":"%s"`, i, strings.Repeat("x", size)))
		}
		return `{"value":"x","tags":{` + strings.Join(all, ",") + `}}`
	}
	for name, body := range map[string]string{
		"no value":            `{}`,
		"a long value":        `{"value":"` + strings.Repeat("x", maxSecretValue+1) + `"}`,
		"many tags":           tags(16, 1),
		"a long tag":          tags(1, 257),
		"a long content type": `{"value":"x","contentType":"` + strings.Repeat("x", 256) + `"}`,
		"an end before":       `{"value":"x","attributes":{"nbf":2,"exp":1}}`,
		"no JSON":             `{"value":`,
		"another type":        `{"value":1}`,
		"two objects":         `{"value":"x"}{}`,
	} {
		if message := k.refused(400, "BadParameter", "", "PUT", "/secrets/mail", body); message == "" {
			t.Errorf("%s is taken", name)
		}
	}
	for _, body := range []string{tags(15, 256), `{"value":"` + strings.Repeat("x", maxSecretValue) + `","contentType":"` + strings.Repeat("x", 255) + `"}`, `{"value":""}`} {
		k.must(200, "PUT", "/secrets/mail", body)
	}
	for _, name := range []string{"a_b", "a.b", url.PathEscape("秘密"), strings.Repeat("a", 128)} {
		k.refused(400, "BadParameter", "", "PUT", "/secrets/"+name, `{"value":"x"}`)
	}
	k.must(200, "PUT", "/secrets/"+strings.Repeat("a", 127), `{"value":"x"}`)
	k.refused(400, "BadParameter", "", "PATCH", "/secrets/mail", `{"value":"x"}`)
	k.refused(400, "BadParameter", "", "GET", "/secrets/mail?api-version=", "")
}

func TestWhatAVaultDoesNotModelIsSaid(t *testing.T) {
	k := open(t, Options{}).vaultAs("mailprov-operator")
	k.must(200, "PUT", "/secrets/mail", `{"value":"x"}`)
	for path, method := range map[string]string{
		"/keys": "GET", "/certificates/mail": "GET", "/secrets/mail/backup": "POST", "/secrets/restore": "POST", "/storage": "GET", "/": "GET",
		"/secrets/mail?api-version=2025-07-01": "GET", "/secrets/mail?outContentType=x": "GET", "/secrets/mail?maxresults=5": "GET", "/secrets/mail/a/b": "GET",
	} {
		if r := k.do(method, path, ""); r.Status != 501 || !strings.Contains(r.message(), "does not model") {
			t.Errorf("%s %s: %d %s", method, path, r.Status, r.Raw)
		}
	}
	if r := k.do("PUT", "/secrets/mail", `{"value":"x","managed":true}`); r.Status != 501 {
		t.Errorf("an unknown property: %d %s", r.Status, r.Raw)
	}
	if r := k.do("PUT", "/secrets", `{"value":"x"}`); r.Status != 405 || r.Header.Get("Allow") != "GET" {
		t.Errorf("PUT on a collection: %d %s", r.Status, r.Raw)
	}
}

func TestFaultRulesAndTheLogKnowAVault(t *testing.T) {
	tn := open(t, Options{})
	k := tn.vaultAs("mailprov-operator")
	if err := tn.SetFaults(&Faults{Rules: []Rule{
		{Match: "PUT /secrets/{name}", Nth: 1, Action: Action{Status: 503, RetryAfter: 7}},
		{Match: "PUT /secrets/{name}", Nth: 2, Action: Action{Status: 500, After: true}},
		{Match: "PUT /secrets/{name}", Nth: 3, Action: Action{Garbage: "html"}},
		{Match: "GET /secrets/{name}/versions", Action: Action{Drop: true}},
	}}); err != nil {
		t.Fatal(err)
	}
	tn.ResetStats()
	if r := k.do("PUT", "/secrets/mail", `{"value":"x"}`); r.Status != 503 || r.Header.Get("Retry-After") != "7" || r.code() == "" {
		t.Errorf("first: %d %s", r.Status, r.Raw)
	}
	k.refused(404, "SecretNotFound", "", "GET", "/secrets/mail", "")
	if r := k.do("PUT", "/secrets/mail", `{"value":"x"}`); r.Status != 500 {
		t.Errorf("second: %d %s", r.Status, r.Raw)
	}
	k.must(200, "GET", "/secrets/mail", "")
	if r := k.do("PUT", "/secrets/mail", `{"value":"x"}`); r.Status != 200 || !strings.Contains(string(r.Raw), "<html>") {
		t.Errorf("third: %d %s", r.Status, r.Raw)
	}
	req, _ := http.NewRequest("GET", kv+"/secrets/mail/versions?api-version=7.4", nil)
	req.Header.Set("Authorization", "Bearer "+k.token)
	if _, err := tn.send(req); err == nil {
		t.Error("the connection was not broken")
	}
	st := tn.Stats()
	if st.VaultHTTP != 6 || st.GraphHTTP != 0 || st.Routes["PUT /secrets/{name}"] != 3 || st.Routes["GET /secrets/{name}/versions"] != 1 {
		t.Errorf("%+v", st)
	}
	for _, e := range tn.Log() {
		if strings.Contains(e.Template, "mail") || e.AppID == "" {
			t.Errorf("logged: %+v", e)
		}
	}
}

func TestAVaultComesBackFromASnapshot(t *testing.T) {
	tn := open(t, Options{})
	k := tn.vaultAs("mailprov-operator")
	one := k.must(200, "PUT", "/secrets/Mail", `{"value":"one","contentType":"c","tags":{"a":"b"},"attributes":{"enabled":false,"exp":1900000000}}`)
	k.must(200, "PUT", "/secrets/gone", `{"value":"x"}`)
	k.must(200, "DELETE", "/secrets/gone", "")
	again := open(t, Options{State: tn.Snapshot()})
	l := again.vaultAs("mailprov-operator")
	l.refused(409, "Conflict", "ObjectIsDeletedButRecoverable", "PUT", "/secrets/gone", `{"value":"y"}`)
	l.must(200, "PATCH", "/secrets/mail", `{"attributes":{"enabled":true}}`)
	if got := l.must(200, "GET", "/secrets/mail/"+versionOf(one), ""); text(got, "value") != "one" || text(object(got, "tags"), "a") != "b" ||
		text(got, "contentType") != "c" || fmt.Sprint(object(got, "attributes")["exp"]) != "1900000000" {
		t.Errorf("after a restart: %v", got)
	}
	if string(again.Snapshot()) == string(tn.Snapshot()) {
		t.Error("an enabled version is not in the snapshot")
	}
}

func TestASnapshotFromBeforeThereWereVaultsGetsTheirPrincipal(t *testing.T) {
	tn := open(t, Options{})
	var old map[string]any
	if err := json.Unmarshal(tn.Snapshot(), &old); err != nil {
		t.Fatal(err)
	}
	old["objects"] = slices.DeleteFunc(items(old, "objects"), func(o any) bool { return text(o.(Object), "id") == vaultPrincipalID })
	again := open(t, Options{State: []byte(toJSON(t, old))})
	again.vaultAs("mailprov-operator").must(200, "PUT", "/secrets/mail", `{"value":"x"}`)
	for _, damaged := range []string{`{"v":{"mail":null}}`, `{"v":{"mail":{"name":"mail","versions":[]}}}`, `{"v":{"mail":{"name":"mail","versions":[null]}}}`, `{"v":{"mail":{"name":"other","versions":[{"id":"1"}]}}}`, `[]`} {
		state := strings.TrimSuffix(string(tn.Snapshot()), "}") + `,"vaults":` + damaged + `}`
		if _, err := New(Options{State: []byte(state)}); err == nil {
			t.Errorf("%s is taken", damaged)
		}
	}
}

func TestOnItsOwnAddressTheSandboxIsOneVault(t *testing.T) {
	tn := open(t, Options{})
	k := tn.vaultAs("mailprov-operator")
	k.host = origin
	k.must(200, "PUT", "/secrets/mail", `{"value":"x"}`)
	k.host = kv
	k.refused(404, "SecretNotFound", "", "GET", "/secrets/mail", "")
	k.host, k.token = origin, ""
	r := k.do("GET", "/secrets/mail", "")
	if want := `Bearer authorization="` + origin + `/` + TenantID + `", resource="https://vault.azure.net"`; r.Header.Get("WWW-Authenticate") != want {
		t.Errorf("challenge: %s", r.Header.Get("WWW-Authenticate"))
	}
}
