package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/state"
)

// rotator is the seeded identity that holds Application.ReadWrite.OwnedBy alone.
const rotator = "mailprov-rotator"

// owned makes the rotator an owner of every application of a configuration.
func owned(files map[string]string) map[string]string {
	files["main.mailprov.hcl"] = strings.Replace(files["main.mailprov.hcl"], `id = "example.co.jp"`,
		`id = "example.co.jp"`+"\n  operators = [\""+operator(rotator).PrincipalID+"\"]", 1)
	return files
}

func TestWhoOwnsTheApplicationsRotatesWithOneRightAndTouchesNothingElse(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, owned(full()))
	p.apply()
	p.must(0, "confirm", "mail_target.notices")
	before := tn.truth()
	p.as(rotator)
	tn.resetStats()
	p.must(0, "rotate", "client_secret.mail", "-auto-approve")
	for _, e := range tn.log() {
		route := e.Method + " " + e.Template
		if !slices.Contains([]string{
			"TOKEN", "POST /$batch", "GET /applications/{id}", "GET /policies/defaultAppManagementPolicy",
			"POST /applications/{id}/addPassword", "GET /applications(appId='{appId}')", "GET /policies/appManagementPolicies",
		}, strings.TrimPrefix(route, "POST TOKEN")) && e.Template != "TOKEN" && !strings.HasPrefix(e.Template, "LOGIN") {
			t.Errorf("a rotation asks %s", route)
		}
	}
	p.must(0, "confirm", "mail_target.notices")
	tn.advance(25 * time.Hour)
	if r := p.must(0, "rotate", "-due", "-auto-approve"); !strings.Contains(r.stdout, "Secrets: 0 rotated, 1 retired.") {
		t.Error(r)
	}
	p.healthy()
	p.untouchedBut(before, "passwordCredentials")
}

// untouchedBut demands that nothing in the tenant is other than before, but for
// one property of our application.
func (p *project) untouchedBut(before truth, property string) {
	p.t.Helper()
	strip := func(list truth) truth {
		for _, o := range list {
			if o.Kind == "application" {
				delete(o.Doc, property)
			}
		}
		return list
	}
	want, got := fmt.Sprint(strip(before)), fmt.Sprint(strip(p.tenant.truth()))
	if want != got {
		p.t.Errorf("the tenant was\n%s\nand is\n%s", want, got)
	}
}

func TestOneSecretThatFailsDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, owned(bare(3)))
	p.apply()
	tn.faults(&sandbox.Faults{Rules: []sandbox.Rule{{Match: "POST /applications/{id}/addPassword", Nth: 2,
		Action: sandbox.Action{Status: 400, Code: "Request_BadRequest", Message: "Not today."}}}})
	p.as(rotator)
	r := p.must(1, "rotate", "client_secret.a001", "client_secret.a002", "client_secret.a003", "-auto-approve")
	if !strings.Contains(r.stdout, "Secrets: 2 rotated, 1 failed.") || !strings.Contains(r.stderr, "Not today.") {
		t.Error(r)
	}
	left := ""
	for _, s := range p.state().Secrets {
		switch creds := s.Credentials; {
		case len(creds) == 2 && creds[0].Phase == state.Superseded && creds[1].Phase == state.Current:
		case len(creds) == 1 && creds[0].Phase == state.Current && left == "":
			left = s.Address.String()
		default:
			t.Errorf("%s: %+v", s.Address, creds)
		}
	}
	tn.faults(&sandbox.Faults{Rules: []sandbox.Rule{{Match: "POST /applications/{id}/addPassword", Action: sandbox.Action{Status: 400, Code: "Request_BadRequest"}}}})
	r = p.must(1, "rotate", left, "-auto-approve", "-json")
	if !strings.Contains(r.stdout, `"type":"apply_errored"`) || !strings.Contains(r.stdout, `"failed":1`) || r.stderr != "" {
		t.Error(r)
	}
}

func TestAnApplicationThatIsNotOwnedIsSaidAndTheOthersAreRotated(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, owned(bare(2)))
	p.apply()
	d := p.state()
	tn.mutate(doc{"op": "set_owners", "id": d.Application(d.Secrets[1].App).ObjectID, "owners": []string{operator("mailprov-operator").PrincipalID}})
	p.as(rotator)
	r := p.must(1, "rotate", "client_secret.a001", "client_secret.a002", "-auto-approve")
	if !strings.Contains(r.stderr, "MP402") || !strings.Contains(r.stderr, "client_secret.a002") || !strings.Contains(r.stdout, "Secrets: 1 rotated, 1 failed.") {
		t.Error(r)
	}
}

// An application can keep its own secret fresh. The one a run is signed in with
// stays, whatever is ordered: the run could not go on without it.
func TestTheCredentialARunIsSignedInWithIsNeverRemoved(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, bare(1))
	p.edit("main.mailprov.hcl", `["Mail.Send"]`, `["Application.ReadWrite.OwnedBy", "Directory.Read.All", "Application.Read.All"]`)
	p.apply()
	app, principal := tn.app()
	tn.mutate(doc{"op": "set_owners", "id": app.ID, "owners": []string{principal.ID}})
	first := p.unseal("a001")
	p.env["AZURE_CLIENT_ID"], p.env["AZURE_CLIENT_SECRET"] = app.text("appId"), first
	r := p.must(0, "rotate", "client_secret.a001", "-revoke-now", "-auto-approve")
	if !tn.works(app.text("appId"), first) || !tn.works(app.text("appId"), p.unseal("a001")) {
		t.Errorf("not both secrets are taken: %s", r)
	}
	if !strings.Contains(r.stdout, first[:3]+"… is what this run is signed in with and stays") || !strings.Contains(r.stderr, "signed in with a secret of "+app.text("appId")+" that ends on 2027-05-19") {
		t.Error(r)
	}
	p.env["AZURE_CLIENT_SECRET"] = p.unseal("a001")
	tn.advance(15 * 24 * time.Hour)
	p.must(0, "rotate", "-due", "-auto-approve")
	if tn.works(app.text("appId"), first) {
		t.Error("signed in with its successor, the old one is not removed")
	}
	if r := p.must(1, "destroy", "-auto-approve"); !strings.Contains(r.stderr, "MP330") {
		t.Error(r)
	}
	tn.advance(140 * 24 * time.Hour)
	if r := p.must(0, "rotate", "-due", "-dry-run"); !strings.Contains(r.stderr, "MP332") {
		t.Errorf("nothing is said of what ends in a month: %s", r)
	}
}

// A rule of the tenant spares applications made before it, and one of the
// application's own takes its place: what is refused is refused in the plan,
// with the longest lifetime that is allowed.
func TestTheLimitsOnSecretsAreThoseOfEachApplication(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, bare(2))
	p.edit("main.mailprov.hcl", `app = app_registration.a001`, "app = app_registration.a001\n  lifetime = \"365d\"\n  rotate_before = \"60d\"")
	p.apply()
	lifetime := func(from time.Time, most string) doc {
		return doc{"passwordCredentials": []any{doc{"restrictionType": "passwordLifetime", "state": "enabled", "maxLifetime": most,
			"restrictForAppsCreatedAfterDateTime": from.Format(time.RFC3339)}}}
	}
	var tenant string
	for _, o := range tn.truth() {
		if o.Kind == "tenantAppManagementPolicy" {
			tenant = o.ID
		}
	}
	tn.mutate(doc{"id": tenant, "patch": doc{"isEnabled": true, "applicationRestrictions": lifetime(tn.clock.now().Add(time.Hour), "P90D")}})
	p.must(0, "rotate", "client_secret.a001", "-auto-approve")

	own := p.state().Application(p.state().Secrets[0].App)
	tn.mutate(doc{"op": "add_policy", "owners": []string{own.ObjectID}, "patch": doc{"displayName": "short", "isEnabled": true, "restrictions": lifetime(morning.Add(-time.Hour), "P200D")}})
	r := p.must(1, "rotate", "client_secret.a001", "client_secret.a002", "-auto-approve")
	if !strings.Contains(r.stderr, `365d is longer than 200d`) || !strings.Contains(r.stderr, `lifetime = "200d"`) || !strings.Contains(r.stdout, "Secrets: 1 rotated, 1 failed.") {
		t.Error(r)
	}
	// Who may not read policies is told by Entra.
	p.edit("main.mailprov.hcl", `id = "example.co.jp"`, "id = \"example.co.jp\"\n  operators = [\""+operator(rotator).PrincipalID+"\"]")
	tn.mutate(doc{"op": "set_owners", "id": own.ObjectID, "owners": []string{operator(rotator).PrincipalID}})
	p.as(rotator)
	r = p.must(1, "rotate", "client_secret.a001", "-auto-approve")
	if !strings.Contains(r.stderr, "MP407") || !strings.Contains(r.stderr, "write a shorter lifetime") || !strings.Contains(r.stderr, "Mail still works") {
		t.Error(r)
	}
}

// TestRequestsOfARotation counts what a rotation of one and of a hundred
// secrets asks.
func TestRequestsOfARotation(t *testing.T) {
	for _, n := range []int{1, 100} {
		t.Run(fmt.Sprintf("%d secrets", n), func(t *testing.T) {
			tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true, Latency: 100 * time.Millisecond}, nil)
			p := newProject(t, tn, bare(n))
			p.apply()
			tn.advance(130 * 24 * time.Hour)
			tn.resetStats()
			began := time.Now()
			p.must(0, "rotate", "-due", "-auto-approve")
			took, s := time.Since(began), tn.stats()
			t.Logf("%d to Graph with %d in batches, %d to sign in and verify, %.1f s", s.GraphHTTP, s.GraphInner, s.Login+s.TokenRequests, took.Seconds())
			// Read, add the password, confirm: three requests a secret, in
			// batches of twenty; and the tenant's policy.
			atMost(t, "requests to Graph", s.GraphHTTP, 3+ceil(3*n))
			atMost(t, "requests to sign in and verify", s.Login+s.TokenRequests, 2+n)
		})
	}
}
