package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/failpoint"
	"github.com/mailprov/mailprov/internal/sandbox"
)

// TestReplicasThatLagAreWaitedOut makes Graph show the tenant as it was, and
// the token endpoint refuse what is new, for a number of looks and for a time.
func TestReplicasThatLagAreWaitedOut(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]*sandbox.Faults{
		"three looks at each object":    {Lag: &sandbox.Lag{Reads: sandbox.Amount{Count: 3}, Secrets: sandbox.Amount{Count: 3}, Apps: sandbox.Amount{Count: 2}}},
		"half a minute":                 {Lag: &sandbox.Lag{Reads: sandbox.Amount{For: 30 * time.Second}, Secrets: sandbox.Amount{For: 40 * time.Second}, Apps: sandbox.Amount{For: 20 * time.Second}}},
		"now and then, with other woes": sandbox.Rude(),
	} {
		for _, s := range scenarios() {
			t.Run(s.name+" under "+name, func(t *testing.T) {
				t.Parallel()
				w := worldOf(t, s)
				a := w.begin(t)
				a.tenant.faults(f)
				r := a.perform(failpoint.Plan{})
				if r.code != 0 && name != "now and then, with other woes" {
					t.Errorf("lag alone makes the run fail: %s", r)
				}
				if name == "half a minute" && slices.Contains(w.routes, addPassword) && !strings.Contains(r.stderr, "replicated") {
					t.Errorf("a long wait does not say what for: %s", r)
				}
				a.tenant.calm()
				a.ran(r)
				a.finish()
			})
		}
	}
}
