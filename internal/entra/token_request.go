package entra

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// tokenBodyLimit bounds what the sign-in endpoint may answer; discovery
// documents and key sets are the longest.
const tokenBodyLimit = 1 << 20

// tokenSender carries azidentity's requests, and our own to the token endpoint,
// through the client's transport. It is the only thing that repeats them:
// azidentity's own retries are off, since they know nothing of what the other
// workers were told.
type tokenSender struct {
	client *Client
	http   *http.Client
}

// Do implements azcore's policy.Transporter. Token requests change nothing in
// Entra, so that a lost answer is simply asked for again.
func (s *tokenSender) Do(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("read request body: %w", err)
		}
		body = b
		defer clear(body)
	}
	for try := 1; ; try++ {
		resp, err := s.once(r, body)
		again, wait := s.judge(resp, err, try)
		if !again {
			return resp, s.unreached(err)
		}
		if wait > 0 {
			if err := s.client.sleep(r.Context(), wait); err != nil {
				return nil, err
			}
		}
	}
}

func (s *tokenSender) once(r *http.Request, body []byte) (*http.Response, error) {
	c := s.client
	if err := c.tokens.wait(r.Context(), kindToken); err != nil {
		return nil, err
	}
	if err := c.tokens.acquire(r.Context()); err != nil {
		return nil, err
	}
	defer c.tokens.release()
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	q := r.Clone(ctx)
	q.Body, q.GetBody = nil, nil
	if len(body) > 0 {
		q.Body = io.NopCloser(bytes.NewReader(body))
		q.ContentLength = int64(len(body))
		q.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	c.count.token.Add(1)
	resp, err := s.http.Do(q)
	if err != nil {
		return nil, err
	}
	c.compareClock(resp.Header)
	got, err := io.ReadAll(io.LimitReader(resp.Body, tokenBodyLimit))
	_ = resp.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("read answer of the sign-in endpoint: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(got))
	resp.ContentLength = int64(len(got))
	return resp, nil
}

// unreached is the error of a request that brought no answer, with what can be
// done about it.
func (s *tokenSender) unreached(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return s.client.sendFault(err, true)
}

// tokenTries is how often a token is asked for when the endpoint fails. A run
// that cannot sign in has changed nothing yet and may as well say so soon.
const tokenTries = 4

func (s *tokenSender) judge(resp *http.Response, err error, try int) (bool, time.Duration) {
	c := s.client
	if err != nil {
		var f *faultError
		if errors.As(err, &f) && f.final || errors.Is(err, context.Canceled) {
			return false, 0
		}
		if final, _ := certificateFault(err); final {
			return false, 0
		}
		return try < tokenTries, c.jitter.backoff(try, longBackoff)
	}
	date, _ := http.ParseTime(resp.Header.Get("Date"))
	after := retryAfter(resp.Header, date)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests && try < maxThrottled,
		resp.StatusCode == http.StatusServiceUnavailable && after > 0 && try < tokenTries:
		if after <= 0 {
			after = c.jitter.backoff(try, time.Minute)
		}
		c.tokens.pause(kindToken, after)
		c.tell(Wait{What: "sign-in", Why: fmt.Sprintf("it asks us to slow down (%d), for %s", resp.StatusCode, after.Round(time.Second)), Reason: ReasonThrottled})
		return true, 0
	case resp.StatusCode >= 500 && try < tokenTries:
		return true, c.jitter.backoff(try, longBackoff)
	}
	return false, 0
}
