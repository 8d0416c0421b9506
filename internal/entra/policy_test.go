package entra

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLifetimesOfPoliciesAreRead(t *testing.T) {
	const day = 24 * time.Hour
	for s, want := range map[string]time.Duration{
		"P90D": 90 * day, "P4DT12H30M5S": 4*day + 12*time.Hour + 30*time.Minute + 5*time.Second, "P1Y": 365 * day, "P6M": 168 * day, "P2W": 14 * day,
		"PT1H": time.Hour, "PT0.5S": 0, "P9999Y": maxLifetime,
	} {
		if got, err := parseLifetime(s); err != nil || got != want {
			t.Errorf("%s is %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "P", "PT", "90D", "P-1D", "P1.5D", "p90d", "P90D ", "P99999999999999999999D"} {
		if got, err := parseLifetime(s); err == nil {
			t.Errorf("%q was read as %v", s, got)
		}
	}
}

func TestThePolicyThatHoldsForAnApplication(t *testing.T) {
	const body = `{"id":"p","isEnabled":true,"applicationRestrictions":{"passwordCredentials":[
{"restrictionType":"passwordLifetime","maxLifetime":"P180D","restrictForAppsCreatedAfterDateTime":"2020-01-01T00:00:00Z","state":"enabled"},
{"restrictionType":"passwordLifetime","maxLifetime":"P90D","restrictForAppsCreatedAfterDateTime":"2026-01-01T00:00:00Z"},
{"restrictionType":"passwordLifetime","maxLifetime":"P1D","state":"disabled"},
{"restrictionType":"passwordAddition","restrictForAppsCreatedAfterDateTime":"2026-06-01T00:00:00Z","state":"enabled"}]},
"servicePrincipalRestrictions":{"passwordCredentials":[{"restrictionType":"passwordLifetime","maxLifetime":"P1D"}]}}`
	f := newFake(t, func(request) reply { return reply{status: 200, body: body} })
	c, _ := f.client(t, nil)
	p, err := c.Policy(t.Context())
	if err != nil || p.Unreadable {
		t.Fatal(p, err)
	}
	year := func(y, m int) time.Time { return time.Date(y, time.Month(m), 2, 0, 0, 0, 0, time.UTC) }
	for _, test := range []struct {
		created time.Time
		iso     string
		blocks  bool
	}{{year(2019, 1), "", false}, {year(2025, 1), "P180D", false}, {year(2026, 2), "P90D", false}, {year(2026, 7), "P90D", true}} {
		l, ok := p.MaxLifetime(test.created)
		if l.ISO != test.iso || ok != (test.iso != "") || p.BlocksPasswords(test.created) != test.blocks {
			t.Errorf("created %v: %v, blocks %v", test.created, l, p.BlocksPasswords(test.created))
		}
	}
	p.Enabled = false
	if _, ok := p.MaxLifetime(year(2026, 7)); ok || p.BlocksPasswords(year(2026, 7)) {
		t.Error("a policy that is switched off restricts")
	}
}

func TestAPolicyThatMayNotBeReadIsNoError(t *testing.T) {
	f := newFake(t, func(request) reply { return graphError(403, "Authorization_RequestDenied", "Insufficient privileges") })
	c, _ := f.client(t, nil)
	p, err := c.Policy(t.Context())
	if err != nil || !p.Unreadable {
		t.Errorf("%+v, %v", p, err)
	}
	if list, err := c.CustomPolicies(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	f.answer = func(r request) reply {
		if strings.HasSuffix(r.Path, "/appliesTo") {
			return reply{status: 200, body: `{"value":[{"@odata.type":"#microsoft.graph.application","id":"` + appObject + `"}]}`}
		}
		return reply{status: 200, body: `{"value":[{"id":"q","isEnabled":true,"restrictions":{"passwordCredentials":[{"restrictionType":"passwordAddition","state":"disabled"}]}}]}`}
	}
	if list, err := c.CustomPolicies(t.Context()); err != nil || len(list) != 1 || list[0].BlocksPasswords(epoch) || list[0].ID != "q" || !slices.Equal(list[0].AppliesTo, []string{appObject}) {
		t.Errorf("%+v, %v", list, err)
	}
	f.answer = func(request) reply { return graphError(401, "InvalidAuthenticationToken", "expired") }
	if _, err := c.Policy(t.Context()); err == nil {
		t.Error("a 401 counts as an unreadable policy")
	}
}
