package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const origin = "https://sandbox.test"

// tenant is a sandbox under test with a client for each identity.
type tenant struct {
	*Sandbox
	t     *testing.T
	clock time.Time
}

func open(t *testing.T, o Options) *tenant {
	t.Helper()
	tn := &tenant{t: t, clock: time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)}
	if o.Now == nil {
		o.Now = func() time.Time { return tn.clock }
	}
	o.NoQuota = true
	return tn.with(o)
}

func (tn *tenant) with(o Options) *tenant {
	s, err := New(o)
	if err != nil {
		tn.t.Fatal(err)
	}
	tn.Sandbox = s
	return tn
}

// reply is an answer, read.
type reply struct {
	Status int
	Header http.Header
	Raw    []byte
	Doc    Object
}

func (r reply) code() string    { return text(object(r.Doc, "error"), "code") }
func (r reply) message() string { return text(object(r.Doc, "error"), "message") }

// login asks for a token and returns the whole answer.
func (tn *tenant) login(clientID, secret, scope string) reply {
	tn.t.Helper()
	return tn.form(tn.Seeded().TenantID, url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}, "scope": {scope}})
}

func (tn *tenant) form(name string, form url.Values) reply {
	tn.t.Helper()
	req, err := http.NewRequest(http.MethodPost, origin+"/"+name+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		tn.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	out, err := tn.send(req)
	if err != nil {
		tn.t.Fatal(err)
	}
	return out
}

func (tn *tenant) send(req *http.Request) (reply, error) {
	resp, err := tn.RoundTripper().RoundTrip(req)
	if err != nil {
		return reply{}, err
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		tn.t.Fatal(err)
	}
	out := reply{Status: resp.StatusCode, Header: resp.Header, Raw: raw}
	if v, err := decode(raw); err == nil {
		out.Doc, _ = v.(map[string]any)
	}
	if strings.HasPrefix(req.URL.Path, "/v1.0/") {
		tn.conform(req.Method+" "+req.URL.Path, out)
	}
	return out, nil
}

// client calls Graph as one identity.
type client struct {
	tn    *tenant
	token string
}

func (tn *tenant) as(operator string) *client {
	tn.t.Helper()
	o, ok := tn.Seeded().Operator(operator)
	if !ok {
		tn.t.Fatalf("no operator %s", operator)
	}
	return tn.client(o.ClientID, o.Secret)
}

func (tn *tenant) operator() *client { return tn.as("mailprov-operator") }

func (tn *tenant) client(id, secret string) *client {
	tn.t.Helper()
	r := tn.login(id, secret, GraphAudience+"/.default")
	if r.Status != http.StatusOK {
		tn.t.Fatalf("login: %d %s", r.Status, r.Raw)
	}
	return &client{tn, text(r.Doc, "access_token")}
}

// do sends a request; header lines are "Name: value".
func (c *client) do(method, path string, body any, headers ...string) reply {
	c.tn.t.Helper()
	r, err := c.try(method, path, body, headers...)
	if err != nil {
		c.tn.t.Fatalf("%s %s: %s", method, path, err)
	}
	return r
}

func (c *client) try(method, path string, body any, headers ...string) (reply, error) {
	c.tn.t.Helper()
	var in io.Reader
	if body != nil {
		raw, isText := body.(string)
		if !isText {
			b, err := json.Marshal(body)
			if err != nil {
				c.tn.t.Fatal(err)
			}
			raw = string(b)
		}
		in = bytes.NewReader([]byte(raw))
	}
	if !strings.HasPrefix(path, "http") {
		path = origin + "/v1.0" + path
	}
	req, err := http.NewRequest(method, path, in)
	if err != nil {
		c.tn.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	return c.tn.send(req)
}

// must sends a request that has to be answered with a status.
func (c *client) must(status int, method, path string, body any, headers ...string) Object {
	c.tn.t.Helper()
	r := c.do(method, path, body, headers...)
	if r.Status != status {
		c.tn.t.Fatalf("%s %s: status %d, want %d\n%s", method, path, r.Status, status, r.Raw)
	}
	return r.Doc
}

// app makes an application.
func (c *client) app(properties Object) Object {
	c.tn.t.Helper()
	if properties["displayName"] == nil {
		properties["displayName"] = "App"
	}
	return c.must(http.StatusCreated, http.MethodPost, "/applications", properties)
}

func value(doc Object) []any { return items(doc, "value") }

// claims reads a token.
func (tn *tenant) claims(token string) claims {
	tn.t.Helper()
	tn.mu.Lock()
	defer tn.mu.Unlock()
	c, p := tn.verify(token)
	if p != nil {
		tn.t.Fatalf("token: %s", p.Message)
	}
	return c
}

func strictKeys(raw []byte, into any) error { return json.Unmarshal(raw, into) }

func toJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
