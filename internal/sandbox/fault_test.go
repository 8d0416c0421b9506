package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func rule(match string, nth int, a Action) *Faults {
	return &Faults{Rules: []Rule{{Match: match, Nth: nth, Action: a}}}
}

func TestAFaultBeforeTheActLeavesNothingAndOneAfterItLeavesAll(t *testing.T) {
	const match = "POST /applications"
	for _, c := range []struct {
		name   string
		action Action
		made   int
		status int // 0: the connection broke
		body   string
	}{
		{"503 before", Action{Status: 503, RetryAfter: 7}, 0, 503, "serviceNotAvailable"},
		{"503 after", Action{Status: 503, After: true}, 1, 503, "serviceNotAvailable"},
		{"429", Action{Status: 429, RetryAfter: 3}, 0, 429, "TooManyRequests"},
		{"a page of HTML", Action{Status: 502, Body: "<html>", ContentType: "text/html"}, 0, 502, "<html>"},
		{"a code and message", Action{Status: 403, Code: "Directory_QuotaExceeded", Message: "full"}, 0, 403, "Directory_QuotaExceeded"},
		{"a redirect", Action{Status: 302, Body: "x"}, 0, 302, "x"},
		{"dropped before", Action{Drop: true}, 0, 0, ""},
		{"dropped after", Action{Drop: true, After: true}, 1, 0, ""},
		{"an empty answer", Action{Garbage: "empty"}, 1, 201, ""},
		{"an HTML answer", Action{Garbage: "html"}, 1, 201, "<html>"},
		{"a truncated answer", Action{Garbage: "truncated"}, 1, 201, `{"@odata.context"`},
		{"a null answer", Action{Garbage: "null"}, 1, 201, "null"},
	} {
		tn := open(t, Options{Faults: rule(match, 1, c.action)})
		op := tn.operator()
		r, err := op.try("POST", "/applications", Object{"displayName": "x"})
		if (err != nil) != (c.status == 0) {
			t.Errorf("%s: error %v", c.name, err)
		}
		if r.Status != c.status || !strings.Contains(string(r.Raw), c.body) {
			t.Errorf("%s: %d %s", c.name, r.Status, r.Raw)
		}
		if c.action.RetryAfter > 0 && r.Header.Get("Retry-After") != fmt.Sprint(c.action.RetryAfter) {
			t.Errorf("%s: Retry-After %q", c.name, r.Header.Get("Retry-After"))
		}
		if made := len(tn.Applications()) - 4; made != c.made {
			t.Errorf("%s: %d applications made, want %d", c.name, made, c.made)
		}
		log := tn.Log()
		if last := log[len(log)-1]; last.Template != "/applications" || last.Status != c.status || !last.Fault {
			t.Errorf("%s: log %+v", c.name, last)
		}
		op.must(201, "POST", "/applications", Object{"displayName": "second"})
	}
}

func TestFaultsInsideABatchConcernTheirRequestOnly(t *testing.T) {
	batch := batchOf(write("a", "POST", "/applications", Object{"displayName": "x"}), get("b", "/organization"))
	for _, c := range []struct {
		name   string
		action Action
		made   int
		want   string // ids and statuses of the answers
	}{
		{"throttled", Action{Status: 429, RetryAfter: 2}, 0, "a:429 b:200"},
		{"failed after the act", Action{Status: 500, After: true}, 1, "a:500 b:200"},
		{"no answer", Action{Batch: "missing"}, 1, "b:200"},
		{"two answers", Action{Batch: "duplicate"}, 1, "a:201 a:201 b:200"},
		{"an answer to something else", Action{Batch: "foreign"}, 1, "no-such-request:201 b:200"},
		{"a text for a body", Action{Batch: "text"}, 1, "a:201 b:200"},
		{"an empty success", Action{Garbage: "empty"}, 1, "a:201 b:200"},
	} {
		tn := open(t, Options{Faults: rule("POST /applications", 1, c.action)})
		doc := tn.operator().must(200, "POST", "/$batch", batch)
		var got []string
		for _, item := range items(doc, "responses") {
			r := item.(map[string]any)
			got = append(got, fmt.Sprintf("%s:%v", text(r, "id"), r["status"]))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
		if c.action.RetryAfter > 0 && object(inner(doc)["a"], "headers")["Retry-After"] != "2" {
			t.Errorf("%s: headers %v", c.name, inner(doc)["a"])
		}
		if c.action.Batch == "text" && text(inner(doc)["a"], "body") == "" {
			t.Errorf("%s: body %v", c.name, inner(doc)["a"]["body"])
		}
		if made := len(tn.Applications()) - 4; made != c.made {
			t.Errorf("%s: %d made", c.name, made)
		}
	}
	tn := open(t, Options{Faults: rule("POST /applications", 1, Action{Drop: true, After: true})})
	if _, err := tn.operator().try("POST", "/$batch", batch); err == nil || len(tn.Applications()) != 5 {
		t.Errorf("a drop inside a batch: error %v", err)
	}
	tn = open(t, Options{Faults: rule("POST /$batch", 1, Action{Status: 504, After: true})})
	if r := tn.operator().do("POST", "/$batch", batch); r.Status != 504 || len(tn.Applications()) != 5 {
		t.Errorf("a batch lost as a whole: %d", r.Status)
	}
}

func TestWhichRequestARuleActsOn(t *testing.T) {
	for _, c := range []struct {
		rule Rule
		want string
	}{
		{Rule{Match: "GET /organization"}, "xxxx"},
		{Rule{Match: "GET /organization", Nth: 2}, ".x.."},
		{Rule{Match: "GET /organization", First: 3}, "xxx."},
		{Rule{Match: "* /organization", Nth: 4}, "...x"},
		{Rule{Match: "GET /org*", Nth: 1}, "x..."},
		{Rule{Match: "*", First: 2}, "xx.."},
		{Rule{Match: "POST /organization"}, "...."},
		{Rule{Match: "GET /organization", App: "c1000000-0000-4000-8000-000000000002"}, "...."},
		{Rule{Match: "GET /organization", Probability: 0.5}, "varies"},
	} {
		c.rule.Action = Action{Status: 503}
		run := func() string {
			tn := open(t, Options{Seed: 7})
			op := tn.operator()
			if err := tn.SetFaults(&Faults{Rules: []Rule{c.rule}}); err != nil {
				t.Fatal(err)
			}
			got := ""
			for range 4 {
				if op.do("GET", "/organization", nil).Status == 503 {
					got += "x"
				} else {
					got += "."
				}
			}
			return got
		}
		got := run()
		if c.want == "varies" {
			if again := run(); again != got {
				t.Errorf("%+v: %s, then %s from the same seed", c.rule, got, again)
			}
			continue
		}
		if got != c.want {
			t.Errorf("%+v: %s, want %s", c.rule, got, c.want)
		}
	}
}

func TestTemplatesNameKeysByKind(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	app := op.app(Object{"uniqueName": "mailprov-t"})
	tn.ResetStats()
	op.must(200, "GET", "/applications/"+text(app, "id"), nil)
	op.must(200, "GET", "/applications('"+text(app, "id")+"')", nil)
	op.must(200, "GET", "/applications(appId='"+text(app, "appId")+"')", nil)
	op.must(200, "POST", "/applications(uniqueName='mailprov-t')/addPassword", Object{})
	op.do("DELETE", "/applications/"+text(app, "id")+"/owners/x/$ref", nil)
	var got []string
	for _, e := range tn.Log() {
		got = append(got, e.Method+" "+e.Template)
	}
	want := "GET /applications/{id}; GET /applications/{id}; GET /applications(appId='{appId}'); " +
		"POST /applications(uniqueName='{uniqueName}')/addPassword; DELETE /applications/{id}/owners/{id}/$ref"
	if strings.Join(got, "; ") != want {
		t.Errorf("%s", strings.Join(got, "; "))
	}
	if n := tn.Stats().Routes["GET /applications/{id}"]; n != 2 {
		t.Errorf("counted %d", n)
	}
}

func TestFaultsOfTheTokenEndpoint(t *testing.T) {
	o := seeded().Operators[0]
	for name, c := range map[string]struct {
		action Action
		status int
		body   string
	}{
		"unavailable": {Action{Status: 503}, 503, "temporarily_unavailable"},
		"a code":      {Action{Status: 400, Code: "AADSTS53003", Message: "Blocked."}, 400, "AADSTS53003: Blocked."},
		"garbage":     {Action{Garbage: "html"}, 200, "<html>"},
	} {
		tn := open(t, Options{Faults: rule("TOKEN", 1, c.action)})
		if r := tn.login(o.ClientID, o.Secret, GraphAudience+"/.default"); r.Status != c.status || !strings.Contains(string(r.Raw), c.body) {
			t.Errorf("%s: %d %s", name, r.Status, r.Raw)
		}
		tn.operator()
	}
}

func TestFaultDocuments(t *testing.T) {
	f, err := ReadFaults([]byte(`{"rules":[{"match":"POST /applications/{id}/addPassword","first":2,"action":{"status":503,"after":true,"retry_after":1,"delay":"1ms"}}],
		"lag":{"reads":"5s","secrets":3},"throttle":{"units":50,"unit_window":"10s"},"shuffle_batch":true,"conflict_in_batch":true,"keep_principals":true}`))
	if err != nil || f.Lag.Reads.For != 5*time.Second || f.Lag.Secrets.Count != 3 || f.Rules[0].Action.Delay.For != time.Millisecond {
		t.Errorf("%+v %v", f, err)
	}
	for name, raw := range map[string]string{
		"an unknown name":      `{"rulez":[]}`,
		"no match":             `{"rules":[{"action":{"status":500}}]}`,
		"no path in the match": `{"rules":[{"match":"applications","action":{"status":500}}]}`,
		"no action":            `{"rules":[{"match":"GET /users","action":{}}]}`,
		"a success as fault":   `{"rules":[{"match":"GET /users","action":{"status":200}}]}`,
		"unknown garbage":      `{"rules":[{"match":"GET /users","action":{"garbage":"pdf"}}]}`,
		"an unknown spoiling":  `{"rules":[{"match":"GET /users","action":{"batch":"late"}}]}`,
		"a lag that is none":   `{"lag":{"reads":"soon"}}`,
		"a negative lag":       `{"lag":{"reads":-1}}`,
		"no JSON":              `rules:`,
	} {
		if _, err := ReadFaults([]byte(raw)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestARudeSandboxIsRudeInTheSameWayTwiceAndStillHonest(t *testing.T) {
	run := func() string {
		tn := open(t, Options{Seed: 3})
		op := tn.operator()
		if err := tn.SetFaults(Rude()); err != nil {
			t.Fatal(err)
		}
		out := ""
		for i := range 200 {
			r := op.do("PATCH", fmt.Sprintf("/applications(uniqueName='mailprov-%d')", i%40), Object{"displayName": "x"}, "Prefer: create-if-missing")
			out += fmt.Sprint(r.Status, " ")
		}
		if made := len(tn.Applications()) - 4; made != 40 {
			t.Errorf("%d applications of 40 names", made)
		}
		return out
	}
	first := run()
	if again := run(); again != first {
		t.Errorf("two runs of one seed differ:\n%s\n%s", first, again)
	}
	for _, status := range []string{"201", "204", "429", "504"} {
		if !strings.Contains(first, status) {
			t.Errorf("no %s in 200 requests: %s", status, first)
		}
	}
}
