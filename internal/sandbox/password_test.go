package sandbox

import (
	"strings"
	"testing"
	"time"
)

func TestASecretIsShownOnceAndNeverKept(t *testing.T) {
	var last []byte
	tn := open(t, Options{Changed: func(raw []byte) { last = raw }})
	op := tn.operator()
	app := op.app(Object{"passwordCredentials": []any{Object{"displayName": "first"}}})
	first := text(items(app, "passwordCredentials")[0].(map[string]any), "secretText")
	second := op.must(200, "POST", "/applications(appId='"+text(app, "appId")+"')/addPassword", Object{"passwordCredential": Object{"displayName": "second"}})
	if len(first) != 40 || text(second, "secretText") == first {
		t.Errorf("secrets %q and %q", first, second["secretText"])
	}
	r := op.do("GET", "/applications/"+text(app, "id"), nil)
	log, err := tn.steer("GET log", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{first, text(second, "secretText")} {
		for where, raw := range map[string]string{"an answer": string(r.Raw), "the snapshot": string(last), "the snapshot on demand": string(tn.Snapshot()), "the log": toJSON(t, log)} {
			if strings.Contains(raw, secret) {
				t.Errorf("a secret is in %s", where)
			}
		}
	}
	list := items(r.Doc, "passwordCredentials")
	if len(list) != 2 || list[1].(map[string]any)["secretText"] != nil || list[1].(map[string]any)["hint"] != text(second, "secretText")[:3] {
		t.Errorf("credentials %v", list)
	}
}

func TestDatesOfASecret(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	path := "/applications/" + text(op.app(Object{}), "id") + "/addPassword"
	now := tn.Time()
	for _, c := range []struct {
		name string
		cred any
		want int
		end  time.Time
	}{
		{"two years by default", Object{}, 200, now.AddDate(2, 0, 0)},
		{"no credential at all", nil, 200, now.AddDate(2, 0, 0)},
		{"as asked for", Object{"endDateTime": now.AddDate(0, 6, 0)}, 200, now.AddDate(0, 6, 0)},
		{"two years from a later start", Object{"startDateTime": now.AddDate(0, 1, 0)}, 200, now.AddDate(0, 1, 0).AddDate(2, 0, 0)},
		{"in another zone", Object{"endDateTime": "2027-04-01T09:00:00+09:00"}, 200, time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC)},
		{"an end before the start", Object{"startDateTime": now.AddDate(0, 2, 0), "endDateTime": now.AddDate(0, 1, 0)}, 400, time.Time{}},
		{"an end in the past", Object{"startDateTime": now.AddDate(-2, 0, 0), "endDateTime": now.AddDate(-1, 0, 0)}, 400, time.Time{}},
		{"no time at all", Object{"endDateTime": "soon"}, 400, time.Time{}},
		{"a value of the caller's", Object{"secretText": "mine"}, 400, time.Time{}},
		{"an unknown member", Object{"color": "red"}, 400, time.Time{}},
	} {
		r := op.do("POST", path, Object{"passwordCredential": c.cred})
		if r.Status != c.want {
			t.Errorf("%s: %d %s", c.name, r.Status, r.Raw)
			continue
		}
		if c.want == 200 && text(r.Doc, "endDateTime") != stamp(c.end) {
			t.Errorf("%s: ends %s, want %s", c.name, text(r.Doc, "endDateTime"), stamp(c.end))
		}
	}
	if r := op.do("POST", path, Object{"displayName": "x"}); r.Status != 400 {
		t.Errorf("a parameter that addPassword has not: %d", r.Status)
	}
}

func TestRemovingASecretTwiceIsAnError(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	path := "/applications/" + text(op.app(Object{}), "id")
	secret := op.must(200, "POST", path+"/addPassword", Object{})
	op.must(400, "POST", path+"/removePassword", Object{})
	op.must(400, "POST", path+"/removePassword", Object{"keyId": "x"})
	op.must(204, "POST", path+"/removePassword", Object{"keyId": strings.ToUpper(text(secret, "keyId"))})
	if r := op.do("POST", path+"/removePassword", Object{"keyId": secret["keyId"]}); r.Status != 400 || r.message() != "No credentials found to be removed." {
		t.Errorf("%d %s", r.Status, r.Raw)
	}
}

func TestSecretsAreNeverPatched(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	path := "/applications/" + text(op.app(Object{}), "id")
	op.must(200, "POST", path+"/addPassword", Object{})
	op.must(400, "PATCH", path, Object{"passwordCredentials": []any{}})
}

func TestAPersonalAudienceHasTwoSecretsAtMost(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	path := "/applications/" + text(op.app(Object{"signInAudience": audienceBoth}), "id") + "/addPassword"
	op.must(200, "POST", path, Object{})
	op.must(200, "POST", path, Object{})
	op.must(400, "POST", path, Object{})
}

func TestAManagementPolicyLimitsSecrets(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	app := op.app(Object{})
	path := "/applications/" + text(app, "id") + "/addPassword"
	lifetime := func(kind, state, limit string) []any {
		rule := Object{"restrictionType": kind, "state": state, "maxLifetime": nil, "restrictForAppsCreatedAfterDateTime": "2020-01-01T00:00:00Z"}
		if limit != "" {
			rule["maxLifetime"] = limit
		}
		return []any{rule}
	}
	set := func(rules []any, enabled bool) {
		t.Helper()
		if err := tn.Mutate(func(truth *Truth) error {
			return truth.Patch("00000000-0000-0000-0000-000000000000", Object{"isEnabled": enabled, "applicationRestrictions": Object{"passwordCredentials": rules}})
		}); err != nil {
			t.Fatal(err)
		}
	}
	long := Object{"passwordCredential": Object{"endDateTime": tn.Time().AddDate(1, 0, 0)}}
	short := Object{"passwordCredential": Object{"endDateTime": tn.Time().AddDate(0, 0, 180)}}

	set(lifetime("passwordLifetime", "enabled", "P180D"), false)
	op.must(200, "POST", path, long)
	set(lifetime("passwordLifetime", "enabled", "P180D"), true)
	op.must(200, "POST", path, short)
	r := op.do("POST", path, long)
	if r.Status != 400 || r.code() != "CredentialInvalidLifetimeAsPerAppPolicy" || !strings.HasPrefix(r.message(), "Credential lifetime exceeds the max value allowed as per assigned policy '") {
		t.Errorf("too long: %d %s", r.Status, r.Raw)
	}
	d, _ := object(r.Doc, "error")["details"].([]any)
	if len(d) != 1 || text(d[0].(map[string]any), "code") != "InvalidKeyEndDate" || text(d[0].(map[string]any), "target") != "EndDate" {
		t.Errorf("details %v", d)
	}
	set(lifetime("passwordLifetime", "disabled", "P180D"), true)
	op.must(200, "POST", path, long)
	set(lifetime("passwordAddition", "enabled", ""), true)
	if r := op.do("POST", path, short); r.Status != 400 || !strings.HasPrefix(r.message(), "Credential type not allowed as per assigned policy") {
		t.Errorf("blocked: %d %s", r.Status, r.Raw)
	}
	// A policy of the application's own replaces the tenant's.
	if err := tn.Mutate(func(truth *Truth) error {
		_, err := truth.AddPolicy(Object{"displayName": "exempt", "isEnabled": true, "restrictions": Object{"passwordCredentials": lifetime("passwordAddition", "disabled", "")}}, text(app, "id"))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	op.must(200, "POST", path, long)
	own := value(op.must(200, "GET", "/applications/"+text(app, "id")+"/appManagementPolicies", nil))
	if len(own) != 1 {
		t.Fatalf("%d policies of the application", len(own))
	}
	under := value(op.must(200, "GET", "/policies/appManagementPolicies/"+text(own[0].(map[string]any), "id")+"/appliesTo", nil))
	if len(under) != 1 || text(under[0].(map[string]any), "id") != text(app, "id") || text(under[0].(map[string]any), "@odata.type") != "#microsoft.graph.application" {
		t.Errorf("the policy applies to %v", under)
	}
}
