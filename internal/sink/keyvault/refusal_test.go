package keyvault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/sinktest"
)

func TestARefusalSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct{ body, do string }{
		"a role is missing":      {`{"error":{"code":"Forbidden","message":"Caller is not authorized to perform action on resource.\r\nIf role","innererror":{"code":"ForbiddenByRbac"}}}`, "Key Vault Secrets Officer"},
		"no access policy":       {`{"error":{"code":"Forbidden","message":"Access denied. Caller was not found on any access policy.","innererror":{"code":"AccessDenied"}}}`, "Get, List, Set, Delete and Recover"},
		"a policy without it":    {`{"error":{"code":"Forbidden","message":"The user, group or application does not have secrets set permission","innererror":{"code":"ForbiddenByPolicy"}}}`, "access policies"},
		"the firewall":           {`{"error":{"code":"Forbidden","message":"Client address is not authorized and caller is not a trusted service.","innererror":{"code":"ForbiddenByFirewall"}}}`, "firewall"},
		"no private endpoint":    {`{"error":{"code":"Forbidden","message":"Public network access is disabled","innererror":{"code":"ForbiddenByConnection"}}}`, "private endpoint"},
		"without an inner code":  {`{"error":{"code":"Forbidden","message":"No."}}`, "Key Vault Secrets Officer"},
		"a page of a proxy":      {`<html>Forbidden</html>`, "firewall"},
		"something that is null": {`null`, "firewall"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, &sandbox.Faults{Rules: []sandbox.Rule{{Match: "PUT /secrets/{name}", Action: sandbox.Action{Status: 403, Body: c.body, ContentType: "application/json"}}}})
			s := b.open(nil)
			err := sinktest.Deliver(t.Context(), s, item("k1"), "value-of-k1")
			var refused *sink.RefusedError
			if !errors.As(err, &refused) || !strings.Contains(refused.Do, c.do) || refused.What != "set secrets" || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, %+v", err, refused)
			}
		})
	}
}

func TestAnIdentityThatMayOnlyReadIsRefusedAndTold(t *testing.T) {
	b := newBox(t, nil)
	deliver(t, b.open(nil), "k1")
	s := b.open(func(c *Config) { c.Reach = b.reach("mailprov-reader", direct) })
	var refused *sink.RefusedError
	if err := sinktest.Deliver(t.Context(), s, item("k2"), "value-of-k2"); !errors.As(err, &refused) || !strings.Contains(refused.Do, "Key Vault Secrets Officer") {
		t.Errorf("deliver: %v", err)
	}
	if v, err := s.Read(t.Context(), item("k1"), sink.InUse); err != nil || string(v.Reveal()) != "value-of-k1" {
		t.Errorf("read: %v", err)
	}
	must(t, s.Check(t.Context(), item("k2")))
	if got := len(b.secrets()); got != 2 {
		t.Errorf("there are %d secrets", got)
	}
}

func TestACheckThatCannotLookSaysSoAndNoMore(t *testing.T) {
	for name, reach := range map[string]func(context.Context, *url.URL) (Access, error){
		"no way":   nil,
		"no host":  func(context.Context, *url.URL) (Access, error) { return Access{}, errors.New("no such host") },
		"no right": newBox(t, &sandbox.Faults{Rules: []sandbox.Rule{{Match: "GET /*", Action: sandbox.Action{Status: 403}}}}).reach("mailprov-operator", direct),
	} {
		s := newBox(t, nil).open(func(c *Config) { c.Reach = reach })
		var unseen *sink.UnseenError
		if err := s.Check(t.Context(), item("k1")); !errors.As(err, &unseen) || !strings.Contains(err.Error(), "kv-mail") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAVaultGetsNoTokenForAnythingElse(t *testing.T) {
	for name, challenge := range map[string]string{
		"Graph":               `Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://graph.microsoft.com"`,
		"its own name":        `Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://kv-mail.vault.azure.net"`,
		"another cloud":       `Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.cn"`,
		"another tenant":      `Bearer authorization="https://login.microsoftonline.com/other", resource="https://vault.azure.net"`,
		"nothing in words":    `Bearer`,
		"a host that was let": `Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://graph.microsoft.com"`,
	} {
		t.Run(name, func(t *testing.T) {
			asked := false
			c := newBox(t, nil).config()
			if strings.HasPrefix(name, "a host") {
				c.Vault, c.AllowHosts = "https://vault.example:8443", []string{"vault.example:8443"}
			}
			c.Reach = func(context.Context, *url.URL) (Access, error) {
				return Access{TenantID: "tenant", Send: doer(func(*http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": {challenge}}, Body: io.NopCloser(strings.NewReader(""))}, nil
				}), Token: func(context.Context, string) (secret.Value, time.Time, error) {
					asked = true
					return secret.New("a-token"), time.Now().Add(time.Hour), nil
				}}, nil
			}
			s, err := New(c)
			must(t, err)
			if _, err := s.Holds(t.Context(), item("k1")); err == nil || asked {
				t.Errorf("%v; asked for a token: %v", err, asked)
			}
		})
	}
}

type doer func(*http.Request) (*http.Response, error)

func (f doer) Do(r *http.Request) (*http.Response, error) { return f(r) }

func TestNoErrorHoldsTheValue(t *testing.T) {
	// The worst of servers answers with what it was sent.
	b := newBox(t, nil)
	echo := func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPut && r.Header.Get("Authorization") != "" {
				raw, err := io.ReadAll(r.Body)
				return &http.Response{StatusCode: 400, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(raw)))}, err
			}
			return next.RoundTrip(r)
		})
	}
	s := b.open(func(c *Config) { c.Reach = b.reach("mailprov-operator", echo) })
	err := sinktest.Deliver(t.Context(), s, item("k1"), "canary-canary-canary")
	if err == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "canary") {
		t.Errorf("%v", err)
	}
}

func TestAThrottledSetIsRepeatedAfterTheTimeAsked(t *testing.T) {
	b := newBox(t, &sandbox.Faults{Rules: []sandbox.Rule{{Match: "* /*", First: 12, Probability: 0.5, Action: sandbox.Action{Status: 429}}}})
	deliver(t, b.open(nil), "k1")
	throttled := 0
	for _, e := range b.Log() {
		if e.Status == http.StatusTooManyRequests && e.Method == http.MethodPut {
			throttled++
		}
	}
	if throttled == 0 {
		t.Error("no request was throttled")
	}
	if all := b.secrets(); len(all["proself"]) != 1 || len(all["proself-staged"]) != 1 {
		t.Errorf("there is %+v", all)
	}
}

func TestOpeningASinkAsksNothing(t *testing.T) {
	b := newBox(t, nil)
	s := b.open(func(c *Config) {
		c.Reach = func(context.Context, *url.URL) (Access, error) {
			t.Error("the vault was reached")
			return Access{}, errors.New("no")
		}
	})
	if s.Where(item("").Secret) == "" || len(s.Readers()) != 1 || !strings.Contains(s.Readers()[0], "kv-mail") {
		t.Errorf("%q, %v", s.Where(item("").Secret), s.Readers())
	}
}
