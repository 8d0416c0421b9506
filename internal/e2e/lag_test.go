package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/state"
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
				p, _, seeded := s.stage(t)
				p.tenant.faults(f)
				r := p.run("apply", "-auto-approve")
				if r.code != 0 && name != "now and then, with other woes" {
					t.Errorf("lag alone makes the run fail: %s", r)
				}
				if name == "half a minute" && !strings.Contains(r.stderr, "replicated") {
					t.Errorf("a long wait does not say what for: %s", r)
				}
				p.tenant.calm()
				p.provenSinks()
				p.finish(seeded)
			})
		}
	}
}

// TestALostSecretThatTurnsUpLateIsHunted loses the answer to addPassword while
// Graph does not show the new secret for longer than anyone looks for it. It
// stays in the state as abandoned and is removed when it turns up.
func TestALostSecretThatTurnsUpLateIsHunted(t *testing.T) {
	t.Parallel()
	s := scenarios()[0]
	p, _, seeded := s.stage(t)
	// The application is there before Graph begins to lag.
	p.tenant.faults(&sandbox.Faults{Rules: []sandbox.Rule{{Match: addPassword, Action: sandbox.Action{Status: 403, Code: "Authorization_RequestDenied"}}}})
	p.must(1, "apply", "-auto-approve")
	p.tenant.faults(&sandbox.Faults{
		Lag:   &sandbox.Lag{Reads: sandbox.Amount{For: 3 * time.Minute}},
		Rules: []sandbox.Rule{{Match: addPassword, First: 1, Action: sandbox.Action{Drop: true, After: true}}},
	})
	r := p.run("apply", "-auto-approve")
	abandoned := 0
	for _, c := range p.state().Secrets[0].Credentials {
		if c.Phase == state.Abandoned {
			abandoned++
		}
	}
	if abandoned != 1 {
		t.Fatalf("the state lists %d abandoned credentials, want 1: %s", abandoned, r)
	}
	p.provenSinks()
	p.tenant.calm()
	p.tenant.advance(15 * time.Minute)
	app, _ := p.tenant.app()
	if n := len(app.docs("passwordCredentials")); n < 1 {
		t.Fatal("the lost secret does not exist, so this proves nothing")
	}
	p.finish(seeded)
	for _, c := range p.state().Secrets[0].Credentials {
		if c.Phase == state.Abandoned {
			t.Errorf("%s is still listed as abandoned", c.Marker)
		}
	}
}

const addPassword = "POST /applications/{id}/addPassword"
