package entra

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// levelTrace is one below slog's debug: MAILPROV_LOG=trace.
const levelTrace = slog.LevelDebug - 4

// requestLog writes one line a request: what, to whom, how it ended. Bodies are
// never logged at any level, since a body may hold a secret; of headers only
// those that help Microsoft's support and say nothing.
type requestLog struct {
	next http.RoundTripper
	log  *slog.Logger
	now  func() time.Time
}

// RoundTrip implements http.RoundTripper.
func (l *requestLog) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := context.WithoutCancel(r.Context())
	if l.log == nil || !l.log.Enabled(ctx, slog.LevelDebug) {
		return l.next.RoundTrip(r)
	}
	begin := l.now()
	resp, err := l.next.RoundTrip(r)
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("host", r.URL.Host), slog.String("path", r.URL.Path),
		slog.Duration("took", l.now().Sub(begin)),
	}
	if r.ContentLength > 0 {
		attrs = append(attrs, slog.Int64("sent_bytes", r.ContentLength))
	}
	if err != nil {
		l.log.LogAttrs(ctx, slog.LevelDebug, "request failed", append(attrs, slog.String("error", err.Error()))...)
		return nil, err
	}
	attrs = append(attrs, slog.Int("status", resp.StatusCode))
	for _, h := range []string{"Request-Id", "Client-Request-Id", "Retry-After", "X-Ms-Throttle-Limit-Percentage", "X-Ms-Resource-Unit"} {
		if v := resp.Header.Get(h); v != "" {
			attrs = append(attrs, slog.String(h, v))
		}
	}
	l.log.LogAttrs(ctx, slog.LevelDebug, "request", attrs...)
	return resp, nil
}

// logParts writes what a batch held, at trace level.
func (c *Client) logParts(ops []*op) {
	ctx := context.Background()
	if c.log == nil || !c.log.Enabled(ctx, levelTrace) {
		return
	}
	for i, o := range ops {
		c.log.LogAttrs(ctx, levelTrace, "batch part", slog.Int("id", i+1),
			slog.String("method", o.call.method), slog.String("path", withoutQuery(o.call.path)))
	}
}
