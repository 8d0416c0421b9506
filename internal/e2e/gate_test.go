package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// gate stands before the sandbox, counts the writes of the program, also those
// inside batches, and can make one of them the last that a process ever sends:
// the process dies before the write is carried out, or after it and before its
// answer.
type gate struct {
	next http.Handler

	mu    sync.Mutex
	seen  int
	stop  int // the write to stop at, counted from 1; 0: none
	after bool
	kill  func() // ends the process and returns when it is dead
	hit   string // the write that was stopped
}

func newGate() *gate { return &gate{} }

func (g *gate) wrap(next http.Handler) http.Handler {
	g.next = next
	return g
}

// arm makes the nth write from now on the last of the process that kill ends.
func (g *gate) arm(nth int, after bool, kill func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen, g.stop, g.after, g.kill, g.hit = 0, nth, after, kill, ""
}

func (g *gate) disarm() { g.arm(0, false, nil) }

// count is how many writes came since the gate was armed, and the one stopped.
func (g *gate) count() (seen int, hit string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seen, g.hit
}

// part is one request of a batch, of which all but what is looked at is kept as
// it came.
type part struct {
	method, url string
	raw         json.RawMessage
}

func (p part) writes() bool { return p.method != http.MethodGet }

// ServeHTTP implements http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sandbox/") {
		g.next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the process broke off
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	parts := partsOf(r, body)
	at, kill := g.pass(parts)
	if kill == nil {
		g.next.ServeHTTP(w, r)
		return
	}
	if len(parts) > 1 || strings.HasSuffix(r.URL.Path, "$batch") {
		g.carryOut(r, batchOf(parts[:at]))
	} else if at > 0 {
		g.carryOut(r, body)
	}
	kill()
	panic(http.ErrAbortHandler)
}

// pass counts the writes of a request. If the one to stop at is among them, it
// returns how many parts still are to be carried out, and kill.
func (g *gate) pass(parts []part) (carriedOut int, kill func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, p := range parts {
		if !p.writes() {
			continue
		}
		g.seen++
		if g.seen != g.stop {
			continue
		}
		g.hit, kill, carriedOut = p.method+" "+p.url, g.kill, i
		if g.after {
			carriedOut++
		}
	}
	return carriedOut, kill
}

// carryOut lets a request take effect; its answer goes nowhere.
func (g *gate) carryOut(r *http.Request, body []byte) {
	in := r.Clone(r.Context())
	in.Body, in.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	g.next.ServeHTTP(httptest.NewRecorder(), in)
}

// partsOf are the requests in a request: those of a batch, or itself. Asking
// for a token with a new secret counts as a write, since it is a step of the
// secret's life; signing in does not.
func partsOf(r *http.Request, body []byte) []part {
	switch {
	case strings.HasSuffix(r.URL.Path, "/$batch"):
		var in struct {
			Requests []json.RawMessage `json:"requests"`
		}
		_ = json.Unmarshal(body, &in) // what is no batch has no parts
		var out []part
		for _, raw := range in.Requests {
			var p struct{ Method, URL string }
			_ = json.Unmarshal(raw, &p)
			out = append(out, part{p.Method, p.URL, raw})
		}
		return out
	case strings.HasSuffix(r.URL.Path, "/token"):
		if bytes.Contains(body, []byte(operator("mailprov-operator").ClientID)) {
			return nil
		}
		return []part{{method: r.Method, url: "/token"}}
	}
	return []part{{method: r.Method, url: strings.TrimPrefix(r.URL.Path, "/v1.0")}}
}

func batchOf(parts []part) []byte {
	list := []json.RawMessage{}
	for _, p := range parts {
		list = append(list, p.raw)
	}
	raw, _ := json.Marshal(map[string]any{"requests": list})
	return raw
}
