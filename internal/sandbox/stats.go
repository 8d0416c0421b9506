package sandbox

import (
	"maps"
	"slices"
	"time"
)

// Entry is one request, without anything secret: no body, no query, no key.
type Entry struct {
	Time     time.Time `json:"time"`
	Method   string    `json:"method"`
	Template string    `json:"template"` // the path with keys replaced by their names; TOKEN for token requests
	Status   int       `json:"status"`   // 0: the connection was broken
	AppID    string    `json:"app_id,omitempty"`
	Inner    bool      `json:"inner,omitempty"` // inside a $batch
	Fault    bool      `json:"fault,omitempty"` // a fault rule answered
}

// Stats counts requests since the start or the last reset.
type Stats struct {
	GraphHTTP     int            `json:"graph_http"`     // HTTP requests to Graph, a batch being one
	GraphInner    int            `json:"graph_inner"`    // requests inside batches
	TokenRequests int            `json:"token_requests"` // to oauth2/v2.0/token
	Login         int            `json:"login"`          // discovery and keys
	VaultHTTP     int            `json:"vault_http"`     // HTTP requests to Key Vault, those without a token too
	Routes        map[string]int `json:"routes"`         // by method and path template, inside batches or not
}

// Stats returns a copy of the counters.
func (s *Sandbox) Stats() Stats {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	out := s.stats
	out.Routes = maps.Clone(s.stats.Routes)
	return out
}

// ResetStats sets the counters to zero and empties the log.
func (s *Sandbox) ResetStats() {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	s.stats = Stats{Routes: map[string]int{}}
	s.log = nil
}

// Log returns the requests so far, in the order in which they were answered.
func (s *Sandbox) Log() []Entry {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	return slices.Clone(s.log)
}

func (s *Sandbox) count(change func(*Stats)) {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	change(&s.stats)
}

func (s *Sandbox) note(e Entry) {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	s.log = append(s.log, e)
	if e.Template != "TOKEN" {
		s.stats.Routes[e.Method+" "+e.Template]++
	}
}
