package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

const maxBatch = 20

// step is one request of a batch.
type step struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batch answers POST /$batch: the envelope is checked as a whole, then each request has its own fate.
func (s *Sandbox) batch(c *call, r *http.Request) answer {
	c.template = "/$batch"
	if c.method != http.MethodPost {
		return c.fail(&problem{Status: http.StatusMethodNotAllowed, Code: "Request_BadRequest", Message: "Specified HTTP method is not allowed for the request target."})
	}
	s.mu.Lock()
	act := s.faultFor(c.method, c.template, c.who.appID)
	s.mu.Unlock()
	if act.delay(r.Context()) != nil {
		return answer{lost: true}
	}
	if act.before() {
		return s.noteBatch(c, c.finish(act.spoil(nil)), true)
	}
	steps, err := c.envelope()
	if err != nil {
		return c.fail(asProblem(err))
	}
	out := s.steps(c, steps, r)
	if act.after() && !out.lost {
		return s.noteBatch(c, c.finish(act.spoil(&out)), true)
	}
	return s.noteBatch(c, out, false)
}

// noteBatch logs the batch itself; the requests inside it have logged themselves.
func (s *Sandbox) noteBatch(c *call, out answer, fault bool) answer {
	status := out.status
	if out.lost {
		status = 0
	}
	s.note(Entry{Time: c.now, Method: c.method, Template: c.template, Status: status, AppID: c.who.appID, Fault: fault})
	return out
}

// envelope reads and checks the batch's own document.
func (c *call) envelope() ([]step, error) {
	doc, err := c.jsonBody()
	if err != nil {
		return nil, err
	}
	if _, ok := doc["requests"].([]any); !ok {
		return nil, malformed("Invalid batch payload format.")
	}
	for name := range doc {
		if name != "requests" {
			return nil, malformed("Invalid batch payload format.")
		}
	}
	var body struct {
		Requests []step `json:"requests"`
	}
	if err := json.Unmarshal(c.body, &body); err != nil {
		return nil, malformed("Invalid batch payload format.")
	}
	steps := body.Requests
	if len(steps) == 0 {
		return nil, malformed("Invalid batch payload format.")
	}
	if len(steps) > maxBatch {
		return nil, malformed("Number of batch request steps exceeds the maximum value of %d.", maxBatch)
	}
	place := map[string]int{}
	for i, st := range steps {
		switch {
		case st.ID == "" || st.Method == "" || st.URL == "":
			return nil, malformed("Invalid batch payload format.")
		case strings.Contains(st.URL, "://"):
			return nil, malformed("Request Id : %s has an invalid url: it must be relative to the version.", st.ID)
		}
		if _, twice := place[st.ID]; twice {
			return nil, malformed("Request Id : %s has to be unique in a batch.", st.ID)
		}
		place[st.ID] = i
		hasBody := len(st.Body) > 0 && string(st.Body) != "null"
		if hasBody && !strings.EqualFold(st.Method, http.MethodGet) && header(st.Headers).Get("Content-Type") == "" {
			return nil, malformed("Write requests (excluding DELETE) must contain the Content-Type header declaration.")
		}
	}
	for _, st := range steps {
		for _, on := range st.DependsOn {
			if _, ok := place[on]; !ok || on == st.ID {
				return nil, malformed("Request Id : %s depends on '%s', which is not another request of the batch.", st.ID, on)
			}
		}
	}
	if cyclic(steps, place) {
		return nil, malformed("The dependsOn properties of the batch form a cycle.")
	}
	return steps, nil
}

func cyclic(steps []step, place map[string]int) bool {
	state := make([]int, len(steps))
	var visit func(int) bool
	visit = func(i int) bool {
		if state[i] == 1 {
			return true
		}
		if state[i] == 2 {
			return false
		}
		state[i] = 1
		for _, on := range steps[i].DependsOn {
			if visit(place[on]) {
				return true
			}
		}
		state[i] = 2
		return false
	}
	for i := range steps {
		if visit(i) {
			return true
		}
	}
	return false
}

// steps runs the requests in an order that their dependencies allow, and gathers the answers.
func (s *Sandbox) steps(c *call, steps []step, r *http.Request) answer {
	status := map[string]int{}
	written := map[string][]string{} // object → ids of the steps that wrote to it
	responses := make([]any, 0, len(steps))
	for len(status) < len(steps) {
		for _, st := range steps {
			if _, done := status[st.ID]; done || !ready(st, status) {
				continue
			}
			out, inner := s.step(c, st, steps, status, written, r)
			if out.lost {
				return answer{lost: true}
			}
			status[st.ID] = out.status
			responses = append(responses, inner.place(st.ID, out)...)
		}
	}
	s.mu.Lock()
	if s.faults.faults.ShuffleBatch {
		s.rand.Shuffle(len(responses), func(i, j int) { responses[i], responses[j] = responses[j], responses[i] })
	}
	s.mu.Unlock()
	return answer{status: http.StatusOK, body: Object{"responses": responses}, header: http.Header{"Content-Type": {"application/json"}}}
}

func ready(st step, status map[string]int) bool {
	return !slices.ContainsFunc(st.DependsOn, func(on string) bool { _, done := status[on]; return !done })
}

// step runs one request.
func (s *Sandbox) step(c *call, st step, all []step, status map[string]int, written map[string][]string, r *http.Request) (answer, *call) {
	path, query, _ := strings.Cut(st.URL, "?")
	inner := &call{
		s: s, method: strings.ToUpper(st.Method), header: header(st.Headers), body: st.Body, who: c.who, origin: c.origin,
		now: s.clock(), id: uuid.NewString(), inner: true, rawQuery: query, rawPath: "/" + strings.TrimLeft(path, "/"),
	}
	inner.template = inner.rawPath
	if string(st.Body) == "null" {
		inner.body = nil
	}
	s.count(func(st *Stats) { st.GraphInner++ })
	for _, on := range st.DependsOn {
		if code := status[on]; code >= 400 {
			return inner.fail(&problem{Status: http.StatusFailedDependency, Code: "FailedDependency",
				Message: "The request was not executed because the request it depends on failed."}), inner
		}
	}
	if strings.HasPrefix(inner.rawPath, "/$batch") || strings.HasPrefix(inner.rawPath, "/v1.0/") || strings.HasPrefix(inner.rawPath, "/beta/") {
		return inner.fail(malformed("Resource not found for the segment '%s'.", strings.Split(inner.rawPath, "/")[1])), inner
	}
	if p := s.conflict(inner, st, all, written); p != nil {
		return inner.fail(p), inner
	}
	return s.one(inner, r), inner
}

// conflict refuses a second write to one object in a batch that does not wait for the first, where the faults say so.
func (s *Sandbox) conflict(inner *call, st step, all []step, written map[string][]string) *problem {
	s.mu.Lock()
	on := s.faults.faults.ConflictInBatch
	s.mu.Unlock()
	if !on || inner.method == http.MethodGet {
		return nil
	}
	probe := *inner
	if _, p := probe.route(); p != nil || len(probe.keys) == 0 {
		return nil
	}
	collection, _, _ := strings.Cut(strings.Trim(probe.template, "/"), "/")
	collection, _, _ = strings.Cut(collection, "(")
	if collection != "applications" && collection != "servicePrincipals" {
		return nil
	}
	target := collection + "/" + strings.ToLower(probe.keys[0].Key)
	for _, earlier := range written[target] {
		if !dependsOn(st.ID, earlier, all) {
			return &problem{Status: http.StatusConflict, Code: "Directory_ConcurrencyViolation",
				Message: "Error due to concurrent requests being made to the tenant. Please wait briefly and retry."}
		}
	}
	written[target] = append(written[target], st.ID)
	return nil
}

func dependsOn(id, on string, all []step) bool {
	for _, st := range all {
		if st.ID != id {
			continue
		}
		for _, d := range st.DependsOn {
			if d == on || dependsOn(d, on, all) {
				return true
			}
		}
	}
	return false
}

// place writes an answer into the batch, unless a fault spoils its place.
func (c *call) place(id string, out answer) []any {
	entry := Object{"id": id, "status": out.status}
	headers := Object{"Cache-Control": "no-store, no-cache", "request-id": c.id}
	for name, values := range out.header {
		headers[displayHeader(name)] = strings.Join(values, ", ")
	}
	switch {
	case out.body != nil:
		if headers["Content-Type"] == nil {
			headers["Content-Type"] = "application/json"
		}
		entry["body"] = out.body
	case len(out.plain) > 0:
		var v any
		if json.Unmarshal(out.plain, &v) == nil && strings.Contains(fmt.Sprint(headers["Content-Type"]), "json") {
			entry["body"] = v
		} else {
			// Bodies that are not JSON travel as base64.
			entry["body"] = base64.StdEncoding.EncodeToString(out.plain)
		}
	}
	entry["headers"] = headers
	switch out.batch {
	case "missing":
		return nil
	case "duplicate":
		return []any{entry, entry}
	case "foreign":
		entry["id"] = "no-such-request"
	case "text":
		entry["body"] = "The service is busy."
	}
	return []any{entry}
}

// displayHeader undoes Go's canonical form where clients expect Microsoft's.
func displayHeader(name string) string {
	if strings.HasPrefix(name, "X-Ms-") {
		return strings.ToLower(name)
	}
	return name
}

func header(h map[string]string) http.Header {
	out := http.Header{}
	for name, value := range h {
		out.Set(name, value)
	}
	return out
}
