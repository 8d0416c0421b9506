package sandbox

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Throttle sets the quotas of one application in the tenant; zero values are those of a small tenant at Microsoft:
// 3,500 resource units in 10 s, 3,000 writes in 150 s.
type Throttle struct {
	Units       int    `json:"units,omitempty"`
	UnitWindow  Amount `json:"unit_window,omitzero"`
	Writes      int    `json:"writes,omitempty"`
	WriteWindow Amount `json:"write_window,omitzero"`
	// NoRetryAfter leaves the Retry-After header out, as the identity endpoints have been seen to.
	NoRetryAfter bool `json:"no_retry_after,omitempty"`
}

// window is a budget that refills when its time is over.
type window struct {
	limit int
	every time.Duration
	used  map[string]int
	since map[string]time.Time
}

func newWindow(limit int, every time.Duration) *window {
	return &window{limit: limit, every: every, used: map[string]int{}, since: map[string]time.Time{}}
}

// take spends a cost, or says how long to wait. share is the part of the budget that is spent.
func (w *window) take(who string, cost int, now time.Time) (share float64, pause time.Duration, ok bool) {
	start, running := w.since[who]
	if !running || now.Sub(start) >= w.every || now.Before(start) {
		w.since[who], w.used[who] = now, 0
		start = now
	}
	if w.used[who]+cost > w.limit && w.used[who] > 0 {
		return 1, start.Add(w.every).Sub(now), false
	}
	w.used[who] += cost
	return float64(w.used[who]) / float64(w.limit), 0, true
}

// quota is the accounting of the identity and access services.
type quota struct {
	units, writes, personal *window
	silent                  bool
}

func newQuota() *quota {
	q := &quota{}
	q.limit(nil)
	return q
}

func (q *quota) limit(t *Throttle) {
	units, unitWindow, writes, writeWindow := 3500, 10*time.Second, 3000, 150*time.Second
	q.silent = false
	if t != nil {
		q.silent = t.NoRetryAfter
		if t.Units > 0 {
			units = t.Units
		}
		if t.UnitWindow.For > 0 {
			unitWindow = t.UnitWindow.For
		}
		if t.Writes > 0 {
			writes = t.Writes
		}
		if t.WriteWindow.For > 0 {
			writeWindow = t.WriteWindow.For
		}
	}
	q.units, q.writes = newWindow(units, unitWindow), newWindow(writes, writeWindow)
	q.personal = newWindow(60, time.Minute)
}

// cost is what a request takes of the resource units.
func (c *call) cost() int {
	if c.method != http.MethodGet {
		return 1
	}
	n := 1
	switch {
	case strings.HasPrefix(c.template, "/applications"), strings.HasPrefix(c.template, "/oauth2PermissionGrants"),
		strings.HasPrefix(c.template, "/users"), strings.HasSuffix(c.template, "/appRoleAssignments"):
		n = 2
	}
	if len(c.query.Select) > 0 {
		n--
	}
	if len(c.query.Expand) > 0 {
		n++
	}
	if c.query.Top > 0 && c.query.Top < 20 {
		n--
	}
	return max(n, 1)
}

// charge accounts a request and refuses it when a quota is used up. The returned headers go into the answer.
func (s *Sandbox) charge(c *call) (http.Header, *problem) {
	cost := c.cost()
	h := http.Header{"X-Ms-Resource-Unit": {strconv.Itoa(cost)}}
	if s.options.NoQuota {
		return h, nil
	}
	if p := s.spend(h, c, s.quota.units, c.who.appID, cost, "ResourceUnitLimitExceeded"); p != nil {
		return h, p
	}
	if c.method == http.MethodGet {
		return h, nil
	}
	if p := s.spend(h, c, s.quota.writes, c.who.appID, 1, "WriteLimitExceeded"); p != nil {
		return h, p
	}
	if strings.HasPrefix(c.template, "/applications") && s.personalAudience(c) {
		return h, s.spend(h, c, s.quota.personal, c.who.appID, 1, "WriteLimitExceeded")
	}
	return h, nil
}

func (s *Sandbox) spend(h http.Header, c *call, w *window, who string, cost int, why string) *problem {
	share, pause, ok := w.take(who, cost, c.now)
	if share >= 0.8 {
		h.Set("X-Ms-Throttle-Limit-Percentage", fmt.Sprintf("%.2f", share))
	}
	if ok {
		return nil
	}
	scope := "Tenant_Application/Read/"
	if c.method != http.MethodGet {
		scope = "Tenant_Application/ReadWrite/"
	}
	h.Set("X-Ms-Throttle-Scope", scope+c.who.appID+"/"+s.seed.TenantID)
	h.Set("X-Ms-Throttle-Information", why)
	if !s.quota.silent {
		h.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(pause.Seconds())))))
	}
	return &problem{Status: http.StatusTooManyRequests, Code: "TooManyRequests", Message: "Too Many Requests"}
}

// personalAudience says whether a write concerns an application that personal accounts may use; those have a limit of
// their own.
func (s *Sandbox) personalAudience(c *call) bool {
	if strings.Contains(string(c.body), "PersonalMicrosoftAccount") {
		return true
	}
	if len(c.keys) == 0 {
		return false
	}
	var r *record
	switch k := c.keys[0]; k.Alias {
	case "":
		r = s.dir.byID(k.Key, kindApplication)
	default:
		r = s.dir.find(kindApplication, k.Alias, k.Key)
	}
	return r != nil && r.live() && personal(text(r.now.doc, "signInAudience"))
}

func personal(audience string) bool { return strings.HasSuffix(audience, "PersonalMicrosoftAccount") }
