package entra

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/google/uuid"
)

// bodyLimit bounds a good answer: twenty pages of 999 applications fit.
const bodyLimit = 256 << 20

// send makes one HTTP request to Graph and reads the whole answer. Its error is
// always a *faultError.
func (c *Client) send(ctx context.Context, method, path string, header map[string]string, body []byte) (*answer, error) {
	token, err := c.token(ctx)
	if err != nil {
		return nil, &faultError{final: true, err: err}
	}
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body) // NewRequest then sets Content-Length and GetBody
	}
	var wrote atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }})
	r, err := http.NewRequestWithContext(traced, method, c.graph.String()+path, reader)
	if err != nil {
		return nil, &faultError{final: true, err: fmt.Errorf("make request: %w", err)}
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", c.userAgent)
	r.Header.Set("Client-Request-Id", uuid.NewString())
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	c.count.graph.Add(1)
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, c.sendFault(err, wrote.Load())
	}
	c.compareClock(resp.Header)
	return readAnswer(resp)
}

// readAnswer reads the body whole; one that breaks off is a fault, since the
// rest may be what matters.
func readAnswer(resp *http.Response) (*answer, error) {
	defer resp.Body.Close()
	limit := int64(bodyLimit)
	if resp.StatusCode >= 300 {
		limit = errorBodyLimit
	}
	a := &answer{status: resp.StatusCode, header: resp.Header}
	if t, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		a.date = t
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	if err != nil && a.status < 300 {
		clear(body)
		return nil, &faultError{sent: true, err: fmt.Errorf("read answer: %w", err)}
	}
	a.body = body
	return a, nil
}

// sendFault says whether a request that brought no answer can have reached the
// server. Where that cannot be known it can.
func (c *Client) sendFault(err error, wrote bool) error {
	var f *faultError
	if errors.As(err, &f) {
		return f
	}
	if final, why := certificateFault(err); final {
		return &faultError{final: true, err: fmt.Errorf("%s: %w", why, err)}
	}
	sent := true
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns), errors.As(err, &op) && op.Op == "dial":
		sent = false
	case c.ownTransport:
		sent = wrote
	}
	return &faultError{sent: sent, err: err}
}

func certificateFault(err error) (bool, string) {
	var unknown x509.UnknownAuthorityError
	var verify *tls.CertificateVerificationError
	var host x509.HostnameError
	switch {
	case errors.As(err, &unknown):
		return true, "trust the server's certificate (SSL_CERT_FILE adds a root)"
	case errors.As(err, &host), errors.As(err, &verify):
		return true, "check the server's certificate"
	}
	return false, ""
}
