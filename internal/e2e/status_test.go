package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	ical "github.com/arran4/golang-ical"

	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/schema/schematest"
)

// reader is the seeded identity that may read everything and write nothing.
const reader = "mailprov-reader"

// report is what is looked at of a status document.
type report struct {
	Level          string
	Configurations []struct {
		Refreshed bool
		Unread    []struct{ Application, Reason string }
	}
	Secrets []struct {
		Address, Standing, Level, Reason string
		Live                             bool
		InUse                            *struct {
			KeyID         string `json:"key_id"`
			EndsLocalDate string `json:"ends_local_date"`
		} `json:"in_use"`
		DaysLeft *int `json:"days_left"`
	}
	Others []struct {
		Application, Kind, Hint string
		DisplayName             string `json:"display_name"`
		EndsLocalDate           string `json:"ends_local_date"`
	}
	Identities []struct {
		Kind, Hint, Unknown string
		SignedInAs          string `json:"signed_in_as"`
		EndsLocalDate       string `json:"ends_local_date"`
	}
}

// status runs the command for its document, which is held against the schema.
func (p *project) status(code int, args ...string) (report, result) {
	p.t.Helper()
	r := p.must(code, append([]string{"status", "-json"}, args...)...)
	schematest.Validate(p.t, "status", []byte(r.stdout))
	var out report
	if err := json.Unmarshal([]byte(r.stdout), &out); err != nil {
		p.t.Fatal(err)
	}
	return out, r
}

// asked are the requests that a run made, without signing in.
func (tn *tenant) asked() []string {
	var out []string
	for _, e := range tn.log() {
		if !strings.HasPrefix(e.Template, "LOGIN") && !strings.HasPrefix(e.Template, "TOKEN") {
			out = append(out, e.Method+" "+e.Template)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestWhoMayReadSeesWhereEverythingStandsAndChangesNothing(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.apply()
	p.must(0, "confirm", "mail_target.notices")
	tn.advance(15 * time.Minute)
	app, _ := tn.app()
	theirs := tn.mutate(doc{"op": "add_password", "id": app.ID, "display_name": "made by hand", "end": "2027-05-01T00:00:00Z"})
	tn.mutate(doc{"id": app.ID, "patch": doc{"keyCredentials": []any{doc{
		"keyId": "cccccccc-0000-4000-8000-000000000001", "displayName": "CN=theirs", "type": "AsymmetricX509Cert", "usage": "Verify",
		"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2027-06-01T00:00:00Z", "customKeyIdentifier": "AAAA",
	}}}})
	before, stored := fmt.Sprint(tn.truth()), read(t, filepath.Join(p.dir, "mailprov.state.json"))
	p.as(reader)
	tn.resetStats()
	got, r := p.status(0, "-check")
	if want := []string{"GET /applications(appId='{appId}')", "GET /applications/{id}", "POST /$batch"}; !slices.Equal(tn.asked(), want) {
		t.Errorf("it asked %q, want %q", tn.asked(), want)
	}
	if s := got.Secrets; len(s) != 1 || s[0].Standing != "ok" || !s[0].Live || s[0].InUse == nil || s[0].InUse.EndsLocalDate != "2027-02-18" || *s[0].DaysLeft != 89 {
		t.Errorf("%+v\n%s", s, r)
	}
	if o := got.Others; len(o) != 2 || o[0].DisplayName != "made by hand" || o[0].Kind != "secret" || o[0].Hint != textOf(theirs, "secret")[:3] || o[0].EndsLocalDate != "2027-05-01" ||
		o[1].DisplayName != "CN=theirs" || o[1].Kind != "certificate" || o[1].EndsLocalDate != "2027-06-01" {
		t.Errorf("%+v", o)
	}
	if i := got.Identities; len(i) != 1 || i[0].Kind != "secret" || i[0].Hint != "sbx" || i[0].EndsLocalDate != "2299-12-31" || i[0].SignedInAs != reader {
		t.Errorf("%+v", i)
	}
	if strings.Contains(r.stdout+r.stderr, textOf(theirs, "secret")) || strings.Contains(r.stdout+r.stderr, operator(reader).Secret) {
		t.Error("a secret shows")
	}
	text := p.must(0, "status")
	for _, want := range []string{"client_secret.mail", "Made by others (not ours, never touched):", `made by hand`, "CN=theirs"} {
		if !strings.Contains(text.stdout, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if fmt.Sprint(tn.truth()) != before || read(t, filepath.Join(p.dir, "mailprov.state.json")) != stored {
		t.Error("something has changed")
	}
}

func TestWhatMayNotBeReadIsNamedAndTakenFromTheState(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, bare(2))
	p.apply()
	apps := tn.truth().ours()
	tn.mutate(doc{"op": "set_owners", "id": apps[0].ID, "owners": []string{operator(rotator).PrincipalID}})
	tn.advance(15 * time.Minute)
	p.as(rotator)
	got, r := p.status(0)
	live := 0
	for _, s := range got.Secrets {
		if s.Standing != "ok" || s.InUse == nil || *s.DaysLeft != 179 {
			t.Errorf("%+v", s)
		}
		if s.Live {
			live++
		}
	}
	if len(got.Secrets) != 2 || live != 1 || len(got.Configurations[0].Unread) != 1 || !strings.Contains(got.Configurations[0].Unread[0].Reason, "403") {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(r.stderr, "MP820") || !strings.Contains(r.stderr, "Application.Read.All") {
		t.Error(r)
	}
	if i := got.Identities; len(i) != 1 || i[0].EndsLocalDate != "" || !strings.Contains(i[0].Unknown, "Application.Read.All") {
		t.Errorf("%+v", i)
	}
	if text := p.must(0, "status"); !strings.Contains(text.stdout, "ok: dates of the state") || !strings.Contains(text.stdout, "Not read from Entra, so taken from the state:") {
		t.Error(text)
	}
}

func TestAStatusOfTheStateAloneAsksNobody(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, bare(2))
	p.apply()
	for _, name := range []string{"AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"} {
		delete(p.env, name)
	}
	p.env["MAILPROV_GRAPH_ENDPOINT"], p.env["MAILPROV_LOGIN_ENDPOINT"] = "https://127.0.0.1:1", "https://127.0.0.1:1"
	tn.resetStats()
	got, _ := p.status(0, "-refresh=false", "-check")
	if len(got.Secrets) != 2 || got.Secrets[0].Live || got.Configurations[0].Refreshed || len(got.Identities) != 0 {
		t.Errorf("%+v", got)
	}
	if s := tn.stats(); s.GraphHTTP+s.TokenRequests+s.Login != 0 {
		t.Errorf("%+v", s)
	}
	p.must(1, "status") // without a tenant to ask, asking fails
}

func TestASecretRemovedInThePortalIsMissed(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.apply()
	p.must(0, "confirm", "mail_target.notices")
	tn.advance(15 * time.Minute)
	got, _ := p.status(0, "-check")
	app, _ := tn.app()
	tn.mutate(doc{"op": "remove_password", "id": app.ID, "key_id": got.Secrets[0].InUse.KeyID})
	p.as(reader)
	got, _ = p.status(2, "-check")
	if s := got.Secrets[0]; s.Standing != "gone" || s.Level != "error" || s.InUse != nil || !strings.Contains(s.Reason, "gone from Entra") {
		t.Errorf("%+v", s)
	}
	if r := p.must(2, "status", "-check"); !strings.Contains(r.stdout, "mail has stopped") {
		t.Error(r)
	}
	tn.mutate(doc{"op": "delete", "id": app.ID})
	got, _ = p.status(2, "-check")
	if s := got.Secrets[0]; s.Standing != "gone" || s.Reason != "its application is gone from Entra" {
		t.Errorf("%+v", s)
	}
}

func TestRequestsOfAStatusStayWithinTheBudget(t *testing.T) {
	for _, n := range []int{1, 19, 39, 100} {
		t.Run(fmt.Sprintf("%d applications", n), func(t *testing.T) {
			tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true, Latency: 100 * time.Millisecond}, nil)
			p := newProject(t, tn, bare(n))
			p.apply()
			tn.advance(15 * time.Minute)
			p.as(reader)
			tn.resetStats()
			got, _ := p.status(0)
			s := tn.stats()
			if len(got.Secrets) != n {
				t.Errorf("%d secrets", len(got.Secrets))
			}
			// One part of a batch for every application, and one for the run's own.
			atMost(t, "requests to Graph", s.GraphHTTP, ceil(n+1))
			atMost(t, "requests to sign in", s.Login+s.TokenRequests, 2)
		})
	}
}

// calendar is what the events of a calendar say, and the day they begin, by their
// ids.
func (p *project) calendar() map[string]string {
	p.t.Helper()
	c, err := ical.ParseCalendar(strings.NewReader(p.must(0, "status", "-format=ics").stdout))
	if err != nil {
		p.t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range c.Events() {
		out[e.Id()] = e.GetProperty(ical.ComponentPropertySummary).Value + " " + e.GetProperty(ical.ComponentPropertyDtStart).Value
	}
	return out
}

func TestACalendarFollowsARotation(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.apply()
	p.must(0, "confirm", "mail_target.notices")
	find := func(events map[string]string, begins string) (id, day string) {
		t.Helper()
		for id, e := range events {
			if strings.HasPrefix(e, begins) {
				return id, e[len(e)-8:]
			}
		}
		return "", ""
	}
	before := p.calendar()
	end, endDay := find(before, "Secret ends:")
	switchID, switchDay := find(before, "Not replaced in time?")
	if endDay != "20270218" || switchDay != "20270126" { // due on 19 January, 30 days before
		t.Errorf("%v", before)
	}
	tn.advance(61 * 24 * time.Hour)
	p.must(0, "rotate", "-due", "-auto-approve")
	during := p.calendar()
	if during[end] != before[end] {
		t.Errorf("what mail runs on ends %s, and did %s", during[end], before[end])
	}
	if _, day := find(during, "Not replaced in time?"); during[switchID] == before[switchID] || day != "20270328" {
		t.Errorf("the switch did not move: %v", during)
	}
	wait, waitDay := find(during, "Waiting for IT:")
	if waitDay != "20270120" {
		t.Errorf("%v", during)
	}
	p.must(0, "confirm", "mail_target.notices")
	after := p.calendar()
	if _, still := after[wait]; still || after[end][len(after[end])-8:] != "20270420" {
		t.Errorf("after the confirmation: %v", after)
	}
}

func TestReportsOfTwoTenantsBecomeOne(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.apply()
	q := newProject(t, tn, bare(1))
	q.apply()
	dir := t.TempDir()
	_, a := p.status(0)
	_, b := q.status(0)
	for name, text := range map[string]string{"a.json": a.stdout, "b.json": strings.ReplaceAll(b.stdout, sandbox.TenantID, "22222222-3333-4444-5555-666666666666")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	q.dir = dir // where no configuration is
	got, r := q.status(2, "-check", "-merge", "a.json", "b.json")
	if len(got.Secrets) != 2 || got.Secrets[0].Address != "client_secret.mail" || got.Secrets[0].Standing != "waiting" || got.Secrets[1].Standing != "ok" || len(got.Configurations) != 2 || len(got.Identities) != 2 {
		t.Errorf("%+v\n%s", got, r)
	}
	if text := q.must(0, "status", "-merge", "a.json", "b.json"); strings.Count(text.stdout, "22222222-3333-4444-5555-666666666666") < 2 {
		t.Error(text)
	}
}
