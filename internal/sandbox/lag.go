package sandbox

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"
)

// Amount is how long something lags: for a time, or for a number of requests. In JSON "5s" or 3.
type Amount struct {
	For   time.Duration
	Count int
}

// UnmarshalJSON reads "5s" or 3.
func (a *Amount) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return fmt.Errorf("read lag: %q is neither a duration such as \"5s\" nor a count", text)
		}
		*a = Amount{For: d}
		return nil
	}
	var n int
	if err := json.Unmarshal(raw, &n); err != nil || n < 0 {
		return fmt.Errorf("read lag: %s is neither a duration such as \"5s\" nor a count", raw)
	}
	*a = Amount{Count: n}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (a Amount) MarshalJSON() ([]byte, error) {
	if a.For > 0 {
		return json.Marshal(a.For.String())
	}
	return json.Marshal(a.Count)
}

// Lag is how far the replicas behind Graph and the token endpoint trail behind a write.
type Lag struct {
	// Reads is how long, or for how many looks at an object, Graph shows it as it was before a write: 404 for a new
	// one, the old values for a changed one, the object itself for a deleted one. References to an object that is
	// not seen yet fail as they do at Microsoft.
	Reads Amount `json:"reads,omitzero"`
	// Secrets is how long the token endpoint refuses a new secret (AADSTS7000215).
	Secrets Amount `json:"secrets,omitzero"`
	// Apps is how long the token endpoint does not know a new application (AADSTS700016) or its service principal
	// (AADSTS7000229).
	Apps Amount `json:"apps,omitzero"`
	// Probability, if set, is the chance that a look during the lag hits a replica that trails; otherwise all do.
	Probability float64 `json:"probability,omitempty"`
}

// replicas decides which version of an object an answer shows.
type replicas struct {
	lag  Lag
	now  func() time.Time
	rand *rand.Rand
}

func (p *replicas) supersede(r *record) {
	if p == nil {
		return
	}
	switch {
	case p.lag.Reads.Count > 0:
		if r.stale == 0 {
			r.past = []version{r.now}
		}
		r.stale = p.lag.Reads.Count
	case p.lag.Reads.For > 0:
		old := r.now
		old.until = p.now()
		r.past = append(r.past, old)
	default:
		r.past, r.stale = nil, 0
	}
}

// see is the version that the replica asked this time shows. It counts as one look.
func (p *replicas) see(r *record) version {
	if p == nil || len(r.past) == 0 {
		return r.now
	}
	if p.lag.Reads.Count > 0 || r.stale > 0 {
		if r.stale == 0 {
			r.past = nil
			return r.now
		}
		if p.trails() {
			r.stale--
			return r.past[0]
		}
		return r.now
	}
	limit := p.now().Add(-p.lag.Reads.For)
	for len(r.past) > 0 && !r.past[0].until.After(limit) {
		r.past = r.past[1:]
	}
	if len(r.past) == 0 {
		r.past = nil
		return r.now
	}
	if p.trails() {
		return r.past[0]
	}
	return r.now
}

func (p *replicas) trails() bool {
	return p.lag.Probability == 0 || p.rand.Float64() < p.lag.Probability
}

// see is what the replica asked this time shows of an object; false if it shows none, or a deleted one.
func (d *directory) see(r *record) (version, bool) {
	if r == nil {
		return version{}, false
	}
	v := d.lag.see(r)
	return v, v.doc != nil && !v.deleted
}

// fresh tracks what the token endpoint does not know yet.
type fresh struct {
	since map[string]time.Time
	asked map[string]int
}

func newFresh() *fresh { return &fresh{since: map[string]time.Time{}, asked: map[string]int{}} }

func (f *fresh) add(id string, at time.Time) { f.since[id] = at }

// hidden says whether something new is still unknown; each call counts as one request.
func (f *fresh) hidden(id string, a Amount, now time.Time) bool {
	at, ok := f.since[id]
	if !ok {
		return false
	}
	if a.Count > f.asked[id] {
		f.asked[id]++
		return true
	}
	if a.For > 0 && now.Before(at.Add(a.For)) {
		return true
	}
	if a.Count > 0 || a.For > 0 {
		delete(f.since, id)
		delete(f.asked, id)
	}
	return false
}
