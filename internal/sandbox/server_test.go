package sandbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// trusting is a client that trusts a server's authority and nothing else.
func trusting(t *testing.T, srv *Server) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(srv.CAPEM) {
		t.Fatal("the authority is no certificate")
	}
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func serveIt(t *testing.T, s *Sandbox) (*Server, *http.Client) {
	t.Helper()
	srv, err := s.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return srv, trusting(t, srv)
}

func exchange(t *testing.T, c *http.Client, method, url, body string, headers ...string) (int, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw), err
}

func TestTheSandboxServesHTTPSOnLoopback(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	srv, c := serveIt(t, s)
	o := s.Seeded().Operators[0]
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {o.ClientID}, "client_secret": {o.Secret}, "scope": {srv.URL + "/.default"}}
	status, raw, err := exchange(t, c, "POST", srv.URL+"/example.co.jp/oauth2/v2.0/token", form.Encode(), "Content-Type: application/x-www-form-urlencoded")
	if err != nil || status != 200 {
		t.Fatalf("token: %d %s %v", status, raw, err)
	}
	var token struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(raw), &token); err != nil {
		t.Fatal(err)
	}
	bearer := "Authorization: Bearer " + token.Access
	if status, raw, err = exchange(t, c, "GET", srv.URL+"/v1.0/organization", "", bearer); err != nil || status != 200 || !strings.Contains(raw, "Example K.K.") {
		t.Errorf("organization: %d %s %v", status, raw, err)
	}
	local := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	if status, _, err = exchange(t, c, "GET", local+"/v1.0/organization", "", bearer); err != nil || status != 200 {
		t.Errorf("by the name localhost: %d %v", status, err)
	}
	if _, _, err = exchange(t, &http.Client{}, "GET", srv.URL+"/v1.0/organization", "", bearer); err == nil {
		t.Error("a client without the authority is served")
	}
	if err := s.SetFaults(rule("POST /applications", 1, Action{Drop: true, After: true})); err != nil {
		t.Fatal(err)
	}
	if _, _, err := exchange(t, c, "POST", srv.URL+"/v1.0/applications", `{"displayName":"x"}`, bearer, "Content-Type: application/json"); err == nil {
		t.Error("a dropped connection answers")
	}
	if n := len(s.Applications()); n != 5 {
		t.Errorf("%d applications after a lost answer", n)
	}
}

func TestOnlyLoopbackIsServed(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, listen := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "[::]:0", "example.co.jp:443", "nonsense"} {
		if srv, err := s.Serve(t.Context(), listen); err == nil {
			_ = srv.Close()
			t.Errorf("%s is served", listen)
		}
	}
}

func TestTheServerEndsWithItsContext(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	srv, err := s.Serve(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := srv.Wait(); err != nil {
		t.Error(err)
	}
}

func TestTheControlPort(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	srv, c := serveIt(t, s)
	key := controlHeader + ": " + srv.ControlKey
	at := srv.URL + controlPrefix
	for _, header := range []string{"X-Other: x", controlHeader + ": wrong"} {
		if status, _, err := exchange(t, c, "GET", at+"truth", "", header); err != nil || status != 403 {
			t.Errorf("%s: %d %v", header, status, err)
		}
	}
	app := s.Seeded().Operators[3].ObjectID
	for _, step := range []struct {
		method, what, body string
		status             int
		answer             string
	}{
		{"GET", "truth", "", 200, `"tenant_id":"11111111-2222-3333-4444-555555555555"`},
		{"GET", "log", "", 200, "[]"},
		{"GET", "stats", "", 200, `"graph_http":0`},
		{"POST", "reset-stats", "", 200, "{}"},
		{"POST", "clock", `{"set":"2030-01-01T00:00:00Z"}`, 200, `"2030-01-01T00:00:00Z"`},
		{"POST", "clock", `{"advance":"24h"}`, 200, `"2030-01-02T00:00:00Z"`},
		{"POST", "clock", `{"run":true}`, 200, `"now"`},
		{"POST", "clock", `{"advance":"soon"}`, 400, "error"},
		{"POST", "faults", `{"rules":[{"match":"GET /users","action":{"status":503}}]}`, 200, "{}"},
		{"POST", "faults", `{"rules":[{}]}`, 400, "match is missing"},
		{"POST", "faults", ``, 200, "{}"},
		{"POST", "mutate", `{"id":"` + app + `","patch":{"notes":"by hand"}}`, 200, "{}"},
		{"POST", "mutate", `{"id":"` + app + `","patch":{"colour":"red"}}`, 400, "Invalid property 'colour'."},
		{"POST", "mutate", `{"op":"add_password","id":"` + app + `","display_name":"x"}`, 200, `"key_id"`},
		{"POST", "mutate", `{"op":"add_application","patch":{"displayName":"x"}}`, 200, `"app_id"`},
		{"POST", "mutate", `{"op":"grant","principal":"` + s.Seeded().Operators[3].PrincipalID + `","resource":"` + s.Seeded().GraphPrincipalID + `","scope":"Mail.Send"}`, 200, `"id"`},
		{"POST", "mutate", `{"op":"explode"}`, 400, "not known"},
		{"POST", "mutate", `x`, 400, "error"},
		{"GET", "nothing", "", 400, "not known"},
	} {
		status, raw, err := exchange(t, c, step.method, at+step.what, step.body, key)
		if err != nil || status != step.status || !strings.Contains(raw, step.answer) {
			t.Errorf("%s %s %s: %d %.300s %v", step.method, step.what, step.body, status, raw, err)
		}
	}
	for _, a := range s.Applications() {
		if a.ID == app && a.Properties["notes"] != "by hand" {
			t.Errorf("notes %v", a.Properties["notes"])
		}
	}
}

func TestRequestsAreServedSideBySide(t *testing.T) {
	tn := open(t, Options{Latency: 200 * time.Millisecond})
	op := tn.operator()
	begin := time.Now()
	done := make(chan int)
	for range 10 {
		go func() {
			req, _ := http.NewRequest(http.MethodPost, origin+"/v1.0/applications", bytes.NewReader([]byte(`{"displayName":"x"}`)))
			req.Header.Set("Authorization", "Bearer "+op.token)
			req.Header.Set("Content-Type", "application/json")
			resp, err := tn.RoundTripper().RoundTrip(req)
			if err != nil {
				done <- 0
				return
			}
			done <- resp.StatusCode
		}()
	}
	for range 10 {
		if status := <-done; status != 201 {
			t.Errorf("status %d", status)
		}
	}
	if took := time.Since(begin); took > 1500*time.Millisecond {
		t.Errorf("ten requests of 200 ms took %s", took)
	}
	if n := len(tn.Applications()); n != 14 {
		t.Errorf("%d applications", n)
	}
}
