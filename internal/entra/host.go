package entra

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/mailprov/mailprov/internal/secret"
)

// Token signs in for another resource than Graph, such as Azure Key Vault, in
// the client's own tenant. scope is the resource with /.default at its end. The
// token holds until the time returned.
func (c *Client) Token(ctx context.Context, scope string) (secret.Value, time.Time, error) {
	t, err := c.accessToken(ctx, scope)
	if err != nil {
		return secret.Value{}, time.Time{}, err
	}
	return secret.New(t.Token), t.ExpiresOn, nil
}

// Host sends requests to one host besides Graph and the sign-in endpoint: by
// the client's own transport, with its log, and with its guard where the client
// may only look.
type Host struct {
	client *Client
	http   *http.Client
}

// OpenHost returns the way to the origin of an address for a run that may hold a
// key of its own there and need not sign in. Of the configuration only the
// transport, the log, the user agent and ReadOnly count.
func OpenHost(cfg Config, u *url.URL) (*Host, error) {
	c := &Client{readOnly: cfg.ReadOnly, log: cfg.Log, now: cfg.Now, userAgent: firstOf(cfg.UserAgent, "mailprov"), base: cfg.Transport}
	if c.now == nil {
		c.now = time.Now
	}
	if c.base == nil {
		env := cfg.Env
		if env == nil {
			env = func(string) string { return "" }
		}
		var err error
		if c.base, err = baseTransport(env("SSL_CERT_FILE"), defaultParallelism); err != nil {
			return nil, err
		}
		c.ownTransport = true
	}
	return c.Host(u), nil
}

// Roots are the system's certificates with those of a PEM file, which is what
// SSL_CERT_FILE means here on every system; nil, the system's, without one.
func Roots(certFile string) (*x509.CertPool, error) { return rootsWith(certFile) }

// Host returns the way to the origin of an address. A request to any other is
// refused, and no redirect is followed.
func (c *Client) Host(u *url.URL) *Host {
	return &Host{client: c, http: c.chain(&guard{
		next:     &pin{next: c.base, allowed: []origin{originOf(u)}},
		readOnly: c.readOnly,
		token:    func(*url.URL) bool { return false },
	})}
}

// Do sends a request once and never repeats it. An error says what can be done
// about it.
func (h *Host) Do(r *http.Request) (*http.Response, error) {
	r.Header.Set("User-Agent", h.client.userAgent)
	resp, err := h.http.Do(r)
	if err == nil {
		return resp, nil
	}
	var where *url.Error
	if errors.As(err, &where) {
		err = where.Err // the caller knows the address
	}
	err = h.client.sendFault(err, true)
	var f *faultError
	if errors.As(err, &f) && f.final {
		return nil, finalError{f}
	}
	return nil, err
}

// finalError tells Azure's SDKs that trying again would bring the same.
type finalError struct{ *faultError }

// NonRetriable marks the error; the SDKs look for the method.
func (finalError) NonRetriable() {}

// Unwrap gives the fault.
func (e finalError) Unwrap() error { return e.faultError }
