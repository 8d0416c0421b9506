package entra

import (
	"net/http"
	"time"
)

// Skew is how far the clock of this machine is ahead of the servers', by the
// last answer of any; false before the first. Headers tell whole seconds, so
// that less than two mean nothing.
func (c *Client) Skew() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.skew, c.dated
}

// compareClock takes the server's time from an answer.
func (c *Client) compareClock(h http.Header) {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skew, c.dated = c.now().Sub(at).Truncate(time.Second), true
}

// Endpoints are the roots of Graph and of the sign-in endpoint that this client
// speaks to.
func (c *Client) Endpoints() (graph, login string) { return c.graph.String(), c.login.String() }
