package entra

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

// Timeouts of one HTTP request. A write whose answer takes longer counts as
// lost; Graph itself gives up after about a minute.
const (
	dialTimeout    = 15 * time.Second
	headerTimeout  = 100 * time.Second
	requestTimeout = 2 * time.Minute
)

// baseTransport is the transport of a client that was given none: proxy from
// the environment, the system's roots and those of SSL_CERT_FILE.
func baseTransport(certFile string, parallel int) (*http.Transport, error) {
	roots, err := rootsWith(certFile)
	if err != nil {
		return nil, err
	}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: headerTimeout,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   parallel + 2,
		ForceAttemptHTTP2:     true,
	}, nil
}

// rootsWith adds a PEM file to the system's roots. Go itself reads
// SSL_CERT_FILE on some systems only, and there instead of the system's file.
func rootsWith(certFile string) (*x509.CertPool, error) {
	if certFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(certFile)
	if err != nil {
		return nil, fmt.Errorf("read SSL_CERT_FILE: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read SSL_CERT_FILE: %s holds no PEM certificate", certFile)
	}
	return roots, nil
}

// httpClient is the way to Graph and to the sign-in endpoint. extra are origins
// that only some ways of signing in need, such as the managed identity endpoint.
func (c *Client) httpClient(extra ...origin) *http.Client {
	return c.chain(&guard{
		next:     &pin{next: c.base, allowed: append([]origin{originOf(c.graph), originOf(c.login)}, extra...)},
		readOnly: c.readOnly,
		graph:    c.graph,
		token:    func(u *url.URL) bool { return c.signsIn(u, extra) },
	})
}

// chain puts the log above what stands before the network.
func (c *Client) chain(g *guard) *http.Client {
	return &http.Client{
		Transport: &requestLog{next: g, log: c.log, now: c.now},
		// The pin turns redirects into errors; this is for a base transport
		// that would hand one through after it.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
