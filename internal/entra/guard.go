package entra

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// guard refuses, for a client that may only look, every request that could
// write. It stands below everything that makes requests, so that no bug above
// it can write.
//
// What it lets through it can name: a plain GET, a request for a token, and a
// $batch whose parts are all plain GETs. It judges the bytes that are sent, not
// what a caller says of them, and whatever two servers might read in two ways is
// refused.
type guard struct {
	next     http.RoundTripper
	readOnly bool
	graph    *url.URL            // Graph's root; nil on the way to any other host
	token    func(*url.URL) bool // tells the addresses that do no more than sign in
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if !g.readOnly {
		return g.next.RoundTrip(r)
	}
	looks, err := g.look(r)
	if err != nil {
		closeBody(r)
		return nil, &faultError{final: true, err: fmt.Errorf("%s %s: %w: %w", r.Method, r.URL.Path, ErrReadOnly, err)}
	}
	return g.next.RoundTrip(looks)
}

// look returns the request to be sent in the place of one that does no more
// than look, or why it might do more.
func (g *guard) look(r *http.Request) (*http.Request, error) {
	if err := sameMethod(r.Header, r.URL.RawQuery); err != nil {
		return nil, err
	}
	switch {
	case r.Method == http.MethodGet:
		return r, g.readsOnly(r)
	case r.Method != http.MethodPost:
		return nil, errors.New("only GET looks")
	case g.token(r.URL):
		return r, nil
	case g.isBatch(r.URL):
		return onlyReads(r)
	}
	return nil, errors.New("only GET looks")
}

// readsOnly checks a GET.
func (g *guard) readsOnly(r *http.Request) error {
	if r.Body != nil && r.Body != http.NoBody || r.ContentLength > 0 || len(r.TransferEncoding) > 0 {
		return errors.New("a GET with a body")
	}
	if g.graph == nil || originOf(r.URL) != originOf(g.graph) {
		return nil
	}
	return lookingPath(r.URL)
}

// isBatch tells Graph's $batch: at its root and nowhere else, spelled as it is.
func (g *guard) isBatch(u *url.URL) bool {
	return g.graph != nil && originOf(u) == originOf(g.graph) && u.EscapedPath() == g.graph.EscapedPath()+"/$batch" &&
		u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
}

// onlyReads checks a batch, and returns it with the very bytes that were
// checked.
func onlyReads(r *http.Request) (*http.Request, error) {
	if len(r.Header.Values("Content-Encoding")) > 0 || len(r.TransferEncoding) > 0 {
		return nil, errors.New("a batch in an encoding")
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(kind), "application/json") || len(r.Header.Values("Content-Type")) != 1 {
		return nil, errors.New("a batch that is no JSON")
	}
	if r.Body == nil {
		return nil, errors.New("a batch without a body")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, batchLimit+1))
	if err != nil {
		return nil, fmt.Errorf("read the batch: %w", err)
	}
	if err := readingBatch(body); err != nil {
		return nil, err
	}
	_ = r.Body.Close()
	sent := r.WithContext(r.Context())
	sent.Body, sent.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	sent.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return sent, nil
}
