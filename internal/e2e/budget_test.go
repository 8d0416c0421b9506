package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// TestRequestsStayWithinTheBudget counts HTTP requests: they grow with a
// twentieth of what there is to ask, not with the number of objects. A round
// trip takes as long as one to a real tenant. Nothing else runs beside it:
// batches fill with what comes within a moment.
func TestRequestsStayWithinTheBudget(t *testing.T) {
	for _, n := range []int{1, 20, 100} {
		for _, owners := range []bool{false, true} {
			name := fmt.Sprintf("%d applications", n)
			if owners {
				name += " with owners"
			}
			t.Run(name, func(t *testing.T) { withinBudget(t, n, owners) })
		}
	}
}

func withinBudget(t *testing.T, n int, owners bool) {
	plan, create := 3+ceil(3*n), 6+ceil(8*n)
	if owners {
		plan += ceil(n)
		create += 3 * ceil(n) // adding owners is one write more for each application
	}
	made, planned := measure(t, n, owners)
	t.Logf("create: %d requests to Graph with %d in batches, %d to sign in and verify; plan: %d with %d, %d to sign in",
		made.GraphHTTP, made.GraphInner, made.Login+made.TokenRequests, planned.GraphHTTP, planned.GraphInner, planned.Login+planned.TokenRequests)
	atMost(t, "requests to Graph for a plan", planned.GraphHTTP, plan)
	atMost(t, "requests to sign in for a plan", planned.Login+planned.TokenRequests, 2)
	atMost(t, "requests to Graph to create", made.GraphHTTP, create)
	atMost(t, "requests to sign in and verify", made.Login+made.TokenRequests, 2+n)
}

// measure counts the requests of a first apply and of the empty plan after it.
func measure(t *testing.T, n int, owners bool) (made, planned sandbox.Stats) {
	t.Helper()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true, Latency: 100 * time.Millisecond}, nil)
	config := bare(n)
	if owners {
		config["main.mailprov.hcl"] = withOwners(config["main.mailprov.hcl"])
	}
	p := newProject(t, tn, config)
	tn.resetStats()
	p.apply()
	made = tn.stats()
	tn.resetStats()
	p.settled()
	return made, tn.stats()
}

func ceil(parts int) int { return (parts + 19) / 20 }

func atMost(t *testing.T, what string, got, most int) {
	t.Helper()
	if got > most {
		t.Errorf("%d %s, want at most %d", got, what, most)
	}
}

// withOwners gives every application an owner.
func withOwners(config string) string {
	return strings.ReplaceAll(config, "  api_permissions", "  owners = [data.user.hanbai.id]\n\n  api_permissions") + `
data "user" "hanbai" {
  user_principal_name = "hanbai@example.co.jp"
}
`
}
