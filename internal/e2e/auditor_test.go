package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// auditor stands before the sandbox. It learns every secret that is handed out
// with its key id, so that tests can tell what lies in a sink, and has each
// removal of a secret judged at the moment it is asked for.
type auditor struct {
	next  http.Handler
	judge func(keyID string) error // nil: none

	mu       sync.Mutex
	values   map[string]string // by key id
	spoils   bool              // hands out values that do not work
	findings []string
}

func newAuditor(known map[string]string) *auditor {
	a := &auditor{values: map[string]string{}}
	maps.Copy(a.values, known)
	return a
}

func (a *auditor) wrap(next http.Handler) http.Handler {
	a.next = next
	return a
}

// ServeHTTP implements http.Handler.
func (a *auditor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sandbox/") {
		a.next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the process broke off
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	a.removals(r, body)
	answer := httptest.NewRecorder()
	a.next.ServeHTTP(answer, r)
	out := a.learn(answer.Body.Bytes())
	maps.Copy(w.Header(), answer.Header())
	w.Header().Del("Content-Length")
	w.WriteHeader(answer.Code)
	_, _ = w.Write(out) // a client that has gone away is its own business
}

// removals has the removals in a request judged.
func (a *auditor) removals(r *http.Request, body []byte) {
	if a.judge == nil || !bytes.Contains(body, []byte("keyId")) {
		return
	}
	for _, p := range partsOf(r, body) {
		if !strings.HasSuffix(p.url, "/removePassword") {
			continue
		}
		in := struct {
			KeyID string `json:"keyId"`
			Body  struct {
				KeyID string `json:"keyId"`
			} `json:"body"`
		}{}
		raw := p.raw
		if raw == nil {
			raw = body
		}
		if err := json.Unmarshal(raw, &in); err != nil {
			a.find("a removal cannot be read: %v", err)
			continue
		}
		if err := a.judge(in.KeyID + in.Body.KeyID); err != nil {
			a.find("%v", err)
		}
	}
}

func (a *auditor) find(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.findings = append(a.findings, fmt.Sprintf(format, args...))
}

// spoil hands out values that do not work, or no longer does.
func (a *auditor) spoil(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.spoils = on
}

// found returns what was found since the last call.
func (a *auditor) found() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := a.findings
	a.findings = nil
	return out
}

// learn notes the secrets in an answer, and returns what is handed on.
func (a *auditor) learn(body []byte) []byte {
	if !bytes.Contains(body, []byte(`"secretText":"`)) {
		return body
	}
	var v any
	if json.Unmarshal(body, &v) != nil {
		return body
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	each(v, func(o doc) {
		if value := textOf(o, "secretText"); value != "" {
			if a.spoils {
				value = "no" + value[2:]
				o["secretText"] = value
			}
			a.values[textOf(o, "keyId")] = value
		}
	})
	if !a.spoils {
		return body
	}
	out, err := json.Marshal(v)
	if err != nil {
		panic(err) // it was JSON a moment ago
	}
	return out
}

// each calls f with every object inside a JSON value.
func each(v any, f func(doc)) {
	switch x := v.(type) {
	case doc:
		f(x)
		for _, item := range x {
			each(item, f)
		}
	case []any:
		for _, item := range x {
			each(item, f)
		}
	}
}

// known are the values handed out so far, by key id.
func (a *auditor) known() map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.values)
}

// keyOf is the key id of a value; empty if the sandbox never handed it out.
func (a *auditor) keyOf(value string) string {
	for id, v := range a.known() {
		if v == value {
			return id
		}
	}
	return ""
}
