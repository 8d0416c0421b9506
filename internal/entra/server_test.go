package entra

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// epoch is the time at which the test's server and client both live.
var epoch = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// reply is what the fake server answers to one request, in a batch or alone.
type reply struct {
	status int
	header map[string]string
	body   string
	drop   bool // break the connection instead; the request has been seen
}

// request is one the fake server has seen.
type request struct {
	Method, Path string
	Header       http.Header
	Body         string
	DependsOn    []string
	Batch        int // number of the $batch it came in, 0 if alone
}

// fake is a Graph that does as it is told. It is not the emulator: it exists to
// misbehave.
type fake struct {
	t   *testing.T
	srv *httptest.Server

	mu       sync.Mutex
	answer   func(request) reply
	whole    func(n int) *reply // answers the n-th batch as a whole
	reshape  func(responses []map[string]any) any
	requests []request
	http     int // HTTP requests
	batches  int
	date     time.Time
}

func newFake(t *testing.T, answer func(request) reply) *fake {
	t.Helper()
	f := &fake{t: t, answer: answer, date: epoch}
	f.srv = httptest.NewUnstartedServer(f)
	f.srv.Config.ErrorLog = log.New(io.Discard, "", 0) // broken handshakes are part of the tests
	f.srv.StartTLS()
	t.Cleanup(f.srv.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if r.Header.Get("Content-Encoding") != "" {
		f.t.Errorf("%s %s came compressed", r.Method, r.URL.Path)
	}
	if len(body) > 0 && r.ContentLength != int64(len(body)) {
		f.t.Errorf("%s %s came with Content-Length %d for %d bytes", r.Method, r.URL.Path, r.ContentLength, len(body))
	}
	f.mu.Lock()
	f.http++
	w.Header().Set("Date", f.date.Format(http.TimeFormat))
	f.mu.Unlock()
	path := strings.TrimPrefix(r.URL.RequestURI(), "/v1.0")
	if path == "/$batch" {
		f.serveBatch(w, body)
		return
	}
	f.write(w, f.one(request{Method: r.Method, Path: path, Header: r.Header, Body: string(body)}))
}

func (f *fake) one(r request) reply {
	f.mu.Lock()
	f.requests = append(f.requests, r)
	answer := f.answer
	f.mu.Unlock()
	return answer(r)
}

func (f *fake) serveBatch(w http.ResponseWriter, body []byte) {
	f.mu.Lock()
	f.batches++
	n := f.batches
	whole, reshape := f.whole, f.reshape
	f.mu.Unlock()
	var in struct{ Requests []batchRequest }
	if err := json.Unmarshal(body, &in); err != nil || len(in.Requests) == 0 || len(in.Requests) > 20 {
		f.t.Errorf("a batch of %d came (%v)", len(in.Requests), err)
	}
	if whole != nil {
		if r := whole(n); r != nil {
			f.write(w, *r)
			return
		}
	}
	failed := map[string]bool{}
	var out []map[string]any
	for _, q := range in.Requests {
		h := http.Header{}
		for k, v := range q.Headers {
			h.Set(k, v)
		}
		refused := false
		for _, d := range q.DependsOn {
			refused = refused || failed[d]
		}
		r := reply{status: http.StatusFailedDependency, body: `{"error":{"code":"FailedDependency","message":"not tried"}}`}
		if !refused {
			r = f.one(request{q.Method, q.URL, h, string(q.Body), q.DependsOn, n})
		}
		if r.drop {
			panic(http.ErrAbortHandler)
		}
		failed[q.ID] = r.status >= 300
		part := map[string]any{"id": q.ID, "status": r.status, "headers": r.header}
		if r.body != "" {
			part["body"] = json.RawMessage(r.body)
		}
		out = append(out, part)
	}
	var answer any = map[string]any{"responses": out}
	if reshape != nil {
		answer = reshape(out)
	}
	if s, ok := answer.(string); ok {
		f.write(w, reply{status: 200, body: s})
		return
	}
	b, err := json.Marshal(answer)
	if err != nil {
		b = []byte(fmt.Sprintf(`{"responses":[<html>%v</html>]}`, err))
	}
	f.write(w, reply{status: 200, body: string(b)})
}

func (f *fake) write(w http.ResponseWriter, r reply) {
	if r.drop {
		panic(http.ErrAbortHandler)
	}
	for k, v := range r.header {
		w.Header().Set(k, v)
	}
	w.WriteHeader(r.status)
	_, _ = io.WriteString(w, r.body)
}

// seen counts requests whose method and path begin like this.
func (f *fake) seen(prefix string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.requests {
		if strings.HasPrefix(r.Method+" "+r.Path, prefix) {
			n++
		}
	}
	return n
}

func (f *fake) httpRequests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.http
}

func (f *fake) last() request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests[len(f.requests)-1]
}

// staticToken signs in without asking anybody.
type staticToken struct{ token string }

func (s staticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: s.token, ExpiresOn: epoch.Add(time.Hour)}, nil
}

// naps records what a client slept for instead of sleeping.
type naps struct {
	mu   sync.Mutex
	all  []time.Duration
	wait []Wait
}

func (n *naps) sleep(ctx context.Context, d time.Duration) error {
	n.mu.Lock()
	n.all = append(n.all, d)
	n.mu.Unlock()
	return ctx.Err()
}

func (n *naps) progress(w Wait) {
	n.mu.Lock()
	n.wait = append(n.wait, w)
	n.mu.Unlock()
}

func (n *naps) longest() time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	var most time.Duration
	for _, d := range n.all {
		most = max(most, d)
	}
	return most
}

func (n *naps) total() time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	var sum time.Duration
	for _, d := range n.all {
		sum += d
	}
	return sum
}

// client opens a client of the fake. It gathers for longer than in earnest, so
// that the tests do not depend on how busy the machine is.
func (f *fake) client(t *testing.T, change func(*Config)) (*Client, *naps) {
	t.Helper()
	n := &naps{}
	cfg := Config{
		TenantID: "11111111-2222-3333-4444-555555555555", GraphEndpoint: f.srv.URL, LoginEndpoint: f.srv.URL,
		Credential: staticToken{"token"}, Transport: trusting(f.srv), Now: func() time.Time { return epoch },
		Sleep: n.sleep, Progress: n.progress, Seed: 1,
	}
	if change != nil {
		change(&cfg)
	}
	c, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.line.idle, c.line.most = 50*time.Millisecond, 2*time.Second
	return c, n
}

func trusting(srv *httptest.Server) *http.Transport {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, MinVersion: tls.VersionTLS12}}
}

const (
	appObject = "aaaaaaaa-0000-4000-8000-000000000001"
	appClient = "bbbbbbbb-0000-4000-8000-000000000001"
	keyID     = "cccccccc-0000-4000-8000-000000000001"
	clientSP  = "dddddddd-0000-4000-8000-000000000001"
	graphSP   = "eeeeeeee-0000-4000-8000-000000000001"
	roleID    = "ffffffff-0000-4000-8000-000000000001"
	canary    = "abc8Q~canary-value-that-must-not-show~1"
)

func appJSON(extra string) string {
	return `{"id":"` + appObject + `","appId":"` + appClient + `","displayName":"Mail"` + extra + `}`
}

func passwordBody() string {
	return `{"keyId":"` + keyID + `","displayName":"marker","hint":"abc","startDateTime":"2026-11-21T09:00:00Z","endDateTime":"2027-05-20T09:00:00.1234567Z","secretText":"` + canary + `"}`
}

func graphError(status int, code, message string) reply {
	b, _ := json.Marshal(map[string]any{"error": map[string]any{"code": code, "message": message, "innerError": map[string]any{"request-id": "req-1"}}})
	return reply{status: status, body: string(b)}
}

// inParallel runs f n times at once and returns when all are done.
func inParallel(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			f(i)
		}()
	}
	wg.Wait()
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
