package entra

import "sync/atomic"

// Stats counts what a client has sent.
type Stats struct {
	GraphRequests int64 // HTTP requests to Graph; a $batch is one
	Parts         int64 // requests inside batches and alone
	TokenRequests int64 // HTTP requests to the sign-in endpoint
	RoundTrips    int64 // times the line to Graph went from idle to busy: what latency is multiplied by
}

type counters struct {
	graph, parts, token, trips atomic.Int64
}

// Stats returns what was sent so far.
func (c *Client) Stats() Stats {
	return Stats{
		GraphRequests: c.count.graph.Load(),
		Parts:         c.count.parts.Load(),
		TokenRequests: c.count.token.Load(),
		RoundTrips:    c.count.trips.Load(),
	}
}
