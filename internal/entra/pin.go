package entra

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// origin is a scheme, a host and a port.
type origin struct{ scheme, host, port string }

func originOf(u *url.URL) origin {
	o := origin{strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()}
	if o.port == "" {
		switch o.scheme {
		case "https":
			o.port = "443"
		case "http":
			o.port = "80"
		}
	}
	return o
}

// pin lets requests through to known origins only, and no answer that sends us
// elsewhere. Bearer tokens and client secrets travel in these requests, so that
// one wrong host is a leak.
type pin struct {
	next    http.RoundTripper
	allowed []origin
}

// redirectError is an answer that points elsewhere: neither Graph nor the
// sign-in endpoint ever gives one, proxies and captive portals do.
type redirectError struct {
	status int
	from   string
	to     string
}

func (e *redirectError) Error() string {
	return fmt.Sprintf("%s answered with a redirect (%d) to %s, which is not followed: a proxy or a captive portal may be in the way", e.from, e.status, e.to)
}

// RoundTrip implements http.RoundTripper.
func (p *pin) RoundTrip(r *http.Request) (*http.Response, error) {
	if !p.allows(r.URL) {
		closeBody(r)
		return nil, &faultError{final: true, err: fmt.Errorf("refuse to send to %s://%s: it is none of this run's endpoints", r.URL.Scheme, r.URL.Host)}
	}
	resp, err := p.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		_, _ = io.CopyN(io.Discard, resp.Body, errorBodyLimit)
		_ = resp.Body.Close()
		to := "an unnamed place"
		if u, err := url.Parse(resp.Header.Get("Location")); err == nil && u.Host != "" {
			to = u.Scheme + "://" + u.Host
		}
		return nil, &faultError{sent: true, final: true, err: &redirectError{resp.StatusCode, r.URL.Host, to}}
	}
	return resp, nil
}

func (p *pin) allows(u *url.URL) bool {
	o := originOf(u)
	for _, a := range p.allowed {
		if a == o {
			return true
		}
	}
	return false
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}
