package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Faults make a sandbox as rude as the real service can be. The JSON form is the same document.
type Faults struct {
	Rules []Rule `json:"rules,omitempty"`
	Lag   *Lag   `json:"lag,omitempty"`
	// Throttle replaces the quotas of the real service by smaller ones.
	Throttle *Throttle `json:"throttle,omitempty"`
	// ShuffleBatch answers the requests of a batch in any order, which Graph may do.
	ShuffleBatch bool `json:"shuffle_batch,omitempty"`
	// ConflictInBatch answers 409 to a second write to one application or service principal in a batch that does not
	// depend on the first.
	ConflictInBatch bool `json:"conflict_in_batch,omitempty"`
	// KeepPrincipals leaves the service principal standing when its application is deleted.
	KeepPrincipals bool `json:"keep_principals,omitempty"`
}

// Rule makes some requests go wrong. Rules are tried in order; the first whose turn it is acts.
type Rule struct {
	// Match is a method and a path template, such as "POST /applications/{id}/addPassword", or "TOKEN" for token
	// requests, or "POST /$batch" for a batch as a whole. "*" stands for any characters, in the method too. Requests
	// inside a batch match like others.
	Match string `json:"match"`
	// App limits the rule to requests of one client id.
	App string `json:"app,omitempty"`
	// Nth is the matching request, counted from 1, that the rule acts on; First is how many from the beginning; with
	// neither, every one. Probability then decides each time.
	Nth         int     `json:"nth,omitempty"`
	First       int     `json:"first,omitempty"`
	Probability float64 `json:"probability,omitempty"`
	Action      Action  `json:"action"`
}

// Action is what goes wrong.
type Action struct {
	// Status answers an error with Code, Message and Retry-After (in seconds).
	Status     int    `json:"status,omitempty"`
	Code       string `json:"code,omitempty"`
	Message    string `json:"message,omitempty"`
	RetryAfter int    `json:"retry_after,omitempty"`
	// Body replaces the error's body, as it stands; ContentType says what it is.
	Body        string `json:"body,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	// After lets the request take effect first; only its answer goes wrong.
	After bool `json:"after,omitempty"`
	// Drop breaks the connection instead of answering.
	Drop bool `json:"drop,omitempty"`
	// Garbage lets the request take effect and answers its success with a body that cannot be used: "empty", "html",
	// "truncated", "null" or "text".
	Garbage string `json:"garbage,omitempty"`
	// Delay waits first; alone, the request then goes its way.
	Delay Amount `json:"delay,omitzero"`
	// Batch spoils the answer's place in a batch: "missing", "duplicate", "foreign" (an id that was not asked for) or
	// "text" (a body that is a text). Outside a batch it does nothing.
	Batch string `json:"batch,omitempty"`
}

// ReadFaults reads the JSON form. Unknown names are errors, so that a misspelt fault does not pass for a calm server.
func ReadFaults(raw []byte) (*Faults, error) {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	var f Faults
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("read faults: %w", err)
	}
	if _, err := newPlan(&f); err != nil {
		return nil, err
	}
	return &f, nil
}

// plan is a set of faults and how often each rule has matched.
type plan struct {
	faults Faults
	seen   []int
}

func newPlan(f *Faults) (*plan, error) {
	p := &plan{}
	if f == nil {
		return p, nil
	}
	p.faults = *f
	p.faults.Rules = slices.Clone(f.Rules)
	p.seen = make([]int, len(f.Rules))
	for i, r := range f.Rules {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("read fault rule %d: %w", i+1, err)
		}
	}
	return p, nil
}

func (r Rule) check() error {
	a := r.Action
	switch {
	case r.Match == "":
		return fmt.Errorf("match is missing")
	case r.Match != "TOKEN" && r.Match != "*" && !strings.Contains(r.Match, " /"):
		return fmt.Errorf("match %q is not \"METHOD /path\" nor \"TOKEN\"", r.Match)
	case a.Garbage != "" && !slices.Contains([]string{"empty", "html", "truncated", "null", "text"}, a.Garbage):
		return fmt.Errorf("garbage %q is not known", a.Garbage)
	case a.Batch != "" && !slices.Contains([]string{"missing", "duplicate", "foreign", "text"}, a.Batch):
		return fmt.Errorf("batch %q is not known", a.Batch)
	case a.Status != 0 && (a.Status < 300 || a.Status > 599):
		return fmt.Errorf("status %d is not an error; use garbage to spoil a success", a.Status)
	case a.Status == 0 && !a.Drop && a.Garbage == "" && a.Batch == "" && a.Delay == (Amount{}):
		return fmt.Errorf("action is empty")
	}
	if _, err := path.Match(pattern(r.Match), ""); err != nil {
		return fmt.Errorf("match %q: %w", r.Match, err)
	}
	return nil
}

// pattern makes "*" match slashes too, and keeps the other signs of a glob from meaning anything.
func pattern(match string) string {
	match = strings.NewReplacer(`\`, `\\`, "[", `\[`, "?", `\?`, "/", "\x00").Replace(match)
	return match
}

func (r Rule) matches(method, template, app string) bool {
	if r.App != "" && !strings.EqualFold(r.App, app) {
		return false
	}
	name := method + " " + template
	if method == "TOKEN" {
		name = "TOKEN"
	}
	ok, err := path.Match(pattern(r.Match), strings.ReplaceAll(name, "/", "\x00"))
	return err == nil && ok
}

// pick counts a request against the rules and returns the action of the first whose turn it is.
func (p *plan) pick(method, template, app string, chance *rand.Rand) *Action {
	var found *Action
	for i, r := range p.faults.Rules {
		if !r.matches(method, template, app) {
			continue
		}
		p.seen[i]++
		n := p.seen[i]
		turn := (r.Nth == 0 && r.First == 0) || n == r.Nth || n <= r.First
		if turn && r.Probability > 0 {
			turn = chance.Float64() < r.Probability
		}
		if turn && found == nil {
			found = &p.faults.Rules[i].Action
		}
	}
	return found
}

// faultFor is called with the lock held.
func (s *Sandbox) faultFor(method, template, app string) *Action {
	return s.faults.pick(method, template, app, s.rand)
}

// before says whether the action replaces the request altogether.
func (a *Action) before() bool {
	return a != nil && !a.After && (a.Status != 0 || a.Drop)
}

// after says whether the action replaces the answer of a request that has taken effect.
func (a *Action) after() bool {
	return a != nil && !a.before() && (a.Status != 0 || a.Drop || a.Garbage != "")
}

func (a *Action) statusShown() int {
	if a.Drop {
		return 0
	}
	if a.Status != 0 {
		return a.Status
	}
	return http.StatusOK
}

// delay waits, unless the client gives up first.
func (a *Action) delay(ctx context.Context) error {
	if a == nil || a.Delay.For <= 0 {
		return nil
	}
	return wait(ctx, a.Delay.For)
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// spoil turns an answer into what the action makes of it. real is the answer that the request earned, or nil.
func (a *Action) spoil(real *answer) answer {
	out := answer{header: http.Header{}, batch: a.Batch}
	if real != nil {
		out = *real
		out.batch = a.Batch
		out.header = real.header.Clone()
		if out.header == nil {
			out.header = http.Header{}
		}
	}
	switch {
	case a.Drop:
		return answer{lost: true}
	case a.Garbage != "":
		if real != nil && real.status >= 300 {
			return *real
		}
		out.body, out.plain = nil, nil
		out.plain, out.header = garbage(a.Garbage, out.header)
		return out
	case a.Status != 0:
		return a.failure(out)
	}
	return out
}

func garbage(kind string, h http.Header) ([]byte, http.Header) {
	switch kind {
	case "html":
		h.Set("Content-Type", "text/html; charset=utf-8")
		return []byte("<html><body><h1>Service Unavailable</h1></body></html>"), h
	case "truncated":
		h.Set("Content-Type", "application/json")
		return []byte(`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#appl`), h
	case "null":
		h.Set("Content-Type", "application/json")
		return []byte("null"), h
	case "text":
		h.Set("Content-Type", "text/plain")
		return []byte("OK"), h
	}
	h.Del("Content-Type")
	return []byte{}, h
}

func (a *Action) failure(out answer) answer {
	out.status, out.body, out.plain = a.Status, nil, nil
	if a.RetryAfter > 0 {
		out.header.Set("Retry-After", strconv.Itoa(a.RetryAfter))
	}
	if a.Body != "" || a.ContentType != "" {
		out.plain = []byte(a.Body)
		if a.ContentType != "" {
			out.header.Set("Content-Type", a.ContentType)
		}
		return out
	}
	code, message := a.Code, a.Message
	if code == "" {
		code = codeFor(a.Status)
	}
	if message == "" {
		message = http.StatusText(a.Status)
	}
	out.err = &problem{Status: a.Status, Code: code, Message: message}
	return out
}

func codeFor(status int) string {
	switch status {
	case http.StatusTooManyRequests:
		return "TooManyRequests"
	case http.StatusServiceUnavailable:
		return "serviceNotAvailable"
	case http.StatusGatewayTimeout, http.StatusBadGateway:
		return "UnknownError"
	case http.StatusConflict:
		return "Directory_ConcurrencyViolation"
	case http.StatusUnauthorized:
		return "InvalidAuthenticationToken"
	case http.StatusForbidden:
		return "Authorization_RequestDenied"
	case http.StatusNotFound:
		return "Request_ResourceNotFound"
	case http.StatusBadRequest:
		return "Request_BadRequest"
	}
	return "InternalServerError"
}

// write sends a spoiled token answer.
func (a *Action) write(w http.ResponseWriter, s *Sandbox) {
	out := a.spoil(&answer{status: http.StatusOK})
	if out.lost {
		panic(http.ErrAbortHandler)
	}
	for name, values := range out.header {
		w.Header()[name] = values
	}
	if out.err != nil {
		if code, err := strconv.Atoi(strings.TrimPrefix(a.Code, "AADSTS")); err == nil {
			s.denyTo(w, &denial{a.Status, oauthError(a.Status), code, out.err.Message})
			return
		}
		writeJSON(w, a.Status, map[string]any{"error": "temporarily_unavailable", "error_description": out.err.Message})
		return
	}
	w.WriteHeader(out.status)
	_, _ = w.Write(out.plain) // a client that has gone away is its own business
}

func oauthError(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "invalid_client"
	case status >= 500:
		return "temporarily_unavailable"
	}
	return "invalid_request"
}
