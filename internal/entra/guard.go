package entra

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// guard refuses, for a client that may only look, every request that could
// write. It stands below everything that makes requests, so that no bug above
// it can write.
type guard struct {
	next     http.RoundTripper
	readOnly bool
	batch    string              // path of Graph's $batch
	token    func(*url.URL) bool // tells the addresses that do no more than sign in
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if g.readOnly && !g.onlyLooks(r) {
		closeBody(r)
		return nil, &faultError{final: true, err: fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, ErrReadOnly)}
	}
	return g.next.RoundTrip(r)
}

func (g *guard) onlyLooks(r *http.Request) bool {
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Http-Method") {
			return false
		}
	}
	switch {
	case r.Method == http.MethodGet:
		return true
	case r.Method != http.MethodPost:
		return false
	case g.token(r.URL):
		return true
	case r.URL.Path == g.batch && r.GetBody != nil:
		body, err := r.GetBody()
		if err != nil {
			return false
		}
		defer body.Close()
		return batchOnlyReads(body)
	}
	return false
}

func batchOnlyReads(body io.Reader) bool {
	var b struct {
		Requests []struct {
			Method string `json:"method"`
		} `json:"requests"`
	}
	if err := json.NewDecoder(body).Decode(&b); err != nil || len(b.Requests) == 0 {
		return false
	}
	for _, r := range b.Requests {
		if r.Method != http.MethodGet {
			return false
		}
	}
	return true
}
