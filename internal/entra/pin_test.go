package entra

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

func TestNothingIsSentToAnotherOrigin(t *testing.T) {
	next := roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}}, nil
	})
	graph, _ := url.Parse("https://graph.microsoft.com/v1.0")
	p := &pin{next: next, allowed: []origin{originOf(graph)}}
	for address, allowed := range map[string]bool{
		"https://graph.microsoft.com/v1.0/users":      true,
		"https://GRAPH.microsoft.com:443/beta":        true,
		"http://graph.microsoft.com/v1.0":             false,
		"https://graph.microsoft.com:8443/v1.0":       false,
		"https://graph.microsoft.com.example/v1.0":    false,
		"https://graph.microsoft.com@evil.example/x":  false,
		"https://login.microsoftonline.com/":          false,
		"https://evil.example/graph.microsoft.com":    false,
		"https://sub.graph.microsoft.com/v1.0/$batch": false,
	} {
		r, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := p.RoundTrip(r)
		if (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
		if resp != nil {
			resp.Body.Close()
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestARedirectIsAnErrorAndIsNotFollowed(t *testing.T) {
	var elsewhere atomic.Int64
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 304, 307, 308} {
		f := newFake(t, func(request) reply {
			return reply{status: status, header: map[string]string{"Location": other.URL + "/take"}}
		})
		c, n := f.client(t, nil)
		_, err := c.User(t.Context(), "u1")
		if err == nil || errors.As(err, new(*LostAnswer)) || !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%d: a read gave %v", status, err)
		}
		_, err = c.PatchApplication(t.Context(), appObject, Patch{Notes: Set("x")})
		if !errors.As(err, new(*LostAnswer)) {
			t.Errorf("%d: a write gave %v", status, err)
		}
		if f.httpRequests() != 2 || len(n.all) != 0 {
			t.Errorf("%d: %d requests and %d waits", status, f.httpRequests(), len(n.all))
		}
	}
	if elsewhere.Load() != 0 {
		t.Errorf("%d requests went to the other server", elsewhere.Load())
	}
}

func TestANextPageElsewhereIsAnError(t *testing.T) {
	f := newFake(t, nil)
	f.answer = func(r request) reply {
		return reply{status: 200, body: `{"value":[],"@odata.nextLink":"https://evil.example/v1.0/servicePrincipals/x/oauth2PermissionGrants?$skiptoken=1"}`}
	}
	c, _ := f.client(t, nil)
	if _, err := c.Grants(t.Context(), clientSP); err == nil || !strings.Contains(err.Error(), "evil.example") {
		t.Errorf("it gave %v", err)
	}
}

func TestAClientThatMayOnlyLookSendsNoWrite(t *testing.T) {
	f := newFake(t, okUser)
	c, _ := f.client(t, func(cfg *Config) { cfg.ReadOnly = true })
	ctx := t.Context()
	for name, do := range map[string]func() error{
		"upsert":            func() error { _, _, err := c.UpsertApplication(ctx, "n", Patch{}); return err },
		"patch":             func() error { _, err := c.PatchApplication(ctx, appObject, Patch{}); return err },
		"delete":            func() error { _, err := c.DeleteApplication(ctx, appObject); return err },
		"add password":      func() error { _, _, _, err := c.AddPassword(ctx, appObject, "m", nil, epoch); return err },
		"remove password":   func() error { _, err := c.RemovePassword(ctx, appObject, keyID); return err },
		"service principal": func() error { _, err := c.UpsertServicePrincipal(ctx, appClient, nil); return err },
		"assign":            func() error { _, _, err := c.AssignAppRole(ctx, clientSP, graphSP, roleID); return err },
		"grant":             func() error { _, _, err := c.CreateGrant(ctx, clientSP, graphSP, []string{"Mail.Send"}); return err },
		"owner":             func() error { _, err := c.AddOwner(ctx, appObject, clientSP); return err },
	} {
		if err := do(); !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s gave %v", name, err)
		}
	}
	inParallel(3, func(i int) {
		if _, err := c.User(ctx, "u"); err != nil {
			t.Errorf("a batch of reads gave %v", err)
		}
	})
	if f.httpRequests() != 1 {
		t.Errorf("%d requests arrived, want the batch of reads", f.httpRequests())
	}
}

func TestTheGuardRefusesWhatSlippedPastEverythingAbove(t *testing.T) {
	f := newFake(t, okUser)
	c, _ := f.client(t, func(cfg *Config) { cfg.ReadOnly = true })
	batch := func(methods ...string) []byte {
		var calls []*call
		for _, m := range methods {
			calls = append(calls, &call{method: m, path: "/x"})
		}
		b, err := encodeBatch(calls, false)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, test := range map[string]struct {
		method, path string
		body         []byte
		allowed      bool
	}{
		"GET":                       {"GET", "/x", nil, true},
		"PATCH":                     {"PATCH", "/x", []byte(`{}`), false},
		"DELETE":                    {"DELETE", "/x", nil, false},
		"PUT":                       {"PUT", "/x", []byte(`{}`), false},
		"POST":                      {"POST", "/x", []byte(`{}`), false},
		"a POST that ends in token": {"POST", "/x/oauth2/v2.0/token", []byte(`{}`), false},
		"a batch of GETs":           {"POST", "/$batch", batch("GET", "GET"), true},
		"a batch with a POST":       {"POST", "/$batch", batch("GET", "POST"), false},
		"a batch with a get":        {"POST", "/$batch", batch("get"), false},
		"an empty batch":            {"POST", "/$batch", []byte(`{"requests":[]}`), false},
		"a batch that is none":      {"POST", "/$batch", []byte(`hello`), false},
		"a batch elsewhere":         {"POST", "/x/$batch", batch("GET"), false},
	} {
		_, err := c.send(t.Context(), test.method, test.path, nil, test.body)
		if test.allowed == errors.Is(err, ErrReadOnly) {
			t.Errorf("%s gave %v", name, err)
		}
	}
	if _, err := c.send(t.Context(), "GET", "/x", map[string]string{"X-HTTP-Method-Override": "DELETE"}, nil); !errors.Is(err, ErrReadOnly) {
		t.Errorf("a GET that says it is a DELETE gave %v", err)
	}
}
