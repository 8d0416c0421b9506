package entra

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// vaultHost is a client's way to a host of its own, and what arrives there.
func vaultHost(t *testing.T, change func(*Config), answer func(*http.Request) (*http.Response, error)) (*Host, *[]*http.Request) {
	t.Helper()
	var seen []*http.Request
	cfg := Config{
		TenantID: "t", Credential: staticToken{"a-token"}, UserAgent: "mailprov/test",
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			seen = append(seen, r)
			return answer(r)
		}),
	}
	if change != nil {
		change(&cfg)
	}
	c, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse("https://kv-mail.vault.azure.net")
	if err != nil {
		t.Fatal(err)
	}
	return c.Host(u), &seen
}

func fine(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}}, nil
}

func TestAHostIsReachedAndNoOther(t *testing.T) {
	h, seen := vaultHost(t, nil, fine)
	for address, allowed := range map[string]bool{
		"https://kv-mail.vault.azure.net/secrets/x":       true,
		"https://KV-MAIL.vault.azure.net:443/secrets/x":   true,
		"https://kv-other.vault.azure.net/secrets/x":      false,
		"https://kv-mail.vault.azure.net:8443/secrets/x":  false,
		"http://kv-mail.vault.azure.net/secrets/x":        false,
		"https://graph.microsoft.com/v1.0/applications":   false,
		"https://login.microsoftonline.com/t/oauth2/v2.0": false,
	} {
		r, err := http.NewRequest(http.MethodPut, address, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := h.Do(r)
		if (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil {
			resp.Body.Close()
		} else if !isFinal(err) {
			t.Errorf("%s: the error invites another try: %v", address, err)
		}
	}
	if len(*seen) != 2 {
		t.Errorf("%d requests were sent", len(*seen))
	}
	for _, r := range *seen {
		if got := r.Header.Get("User-Agent"); got != "mailprov/test" {
			t.Errorf("sent by %q", got)
		}
	}
}

// isFinal tells what Azure's SDKs ask of an error.
func isFinal(err error) bool {
	var f interface {
		error
		NonRetriable()
	}
	return errors.As(err, &f)
}

func TestAHostOnlyLooksWhereItsClientDoes(t *testing.T) {
	h, seen := vaultHost(t, func(c *Config) { c.ReadOnly = true }, fine)
	for method, allowed := range map[string]bool{"GET": true, "PUT": false, "PATCH": false, "POST": false, "DELETE": false} {
		for _, path := range []string{"/secrets/x", "/t/oauth2/v2.0/token", "/v1.0/$batch"} {
			body := io.Reader(strings.NewReader(`{"requests":[{"method":"GET","url":"/me"}]}`))
			if method == http.MethodGet {
				body = nil
			}
			r, err := http.NewRequest(method, "https://kv-mail.vault.azure.net"+path, body)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := h.Do(r)
			switch {
			case allowed && err != nil, !allowed && (!errors.Is(err, ErrReadOnly) || !isFinal(err)):
				t.Errorf("%s %s: %v", method, path, err)
			case err == nil:
				resp.Body.Close()
			}
		}
	}
	if len(*seen) != 3 {
		t.Errorf("%d requests were sent", len(*seen))
	}
}

func TestAHostThatSendsElsewhereIsNotFollowed(t *testing.T) {
	h, seen := vaultHost(t, nil, func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 307, Body: http.NoBody, Header: http.Header{"Location": {"https://evil.example/"}}}, nil
	})
	r, err := http.NewRequest(http.MethodGet, "https://kv-mail.vault.azure.net/secrets/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Do(r); err == nil || !strings.Contains(err.Error(), "redirect") || strings.Contains(err.Error(), "/secrets/x") {
		t.Errorf("%v", err)
	}
	if len(*seen) != 1 {
		t.Errorf("%d requests were sent", len(*seen))
	}
}

func TestATokenForAnotherResourceIsAskedForByItsScope(t *testing.T) {
	l := newLogin(t, func(int) reply { return tokenReply() })
	c := l.client(t, &naps{}, nil)
	v, until, err := c.Token(t.Context(), "https://vault.azure.net/.default")
	if err != nil || v.Empty() || until.IsZero() {
		t.Fatal(err)
	}
	if c.Me().ClientID != "" {
		t.Error("a token for a vault says who signed in to Graph")
	}
	found := false
	for _, body := range l.tokens {
		found = found || strings.Contains(body, url.QueryEscape("https://vault.azure.net/.default"))
	}
	if !found {
		t.Error("no request names the vault's resource")
	}
	refusing := newLogin(t, func(int) reply { return aadsts("7000222", "The provided client secret keys are expired.") })
	var refused *SignInError
	if _, _, err := refusing.client(t, &naps{}, nil).Token(t.Context(), "https://vault.azure.net/.default"); !errors.As(err, &refused) || refused.Code != 7000222 {
		t.Errorf("%v", err)
	}
}
