package directory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/rotate"
)

// Policies are the tenant's app management policies about client secrets.
type Policies struct {
	tenant entra.Policy
	custom []entra.Policy
}

// Policies reads the tenant's policy and the custom ones that take its place
// for single applications.
func (d *Directory) Policies(ctx context.Context) (Policies, error) {
	var p Policies
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { p.tenant, err = d.client.Policy(ctx); return })
	g.Go(func() (err error) { p.custom, err = d.client.CustomPolicies(ctx); return })
	return p, g.Wait()
}

// New is what holds for an application that is made now.
func (p Policies) New(now time.Time) plan.Policy {
	return limits(p.tenant, "the tenant's app management policy", now)
}

// Of is what holds for an application: an enabled policy of its own, else the
// tenant's. A rule may spare applications that were made before a date.
func (p Policies) Of(objectID string, created time.Time) plan.Policy {
	for _, c := range p.custom {
		if c.Enabled && slices.ContainsFunc(c.AppliesTo, func(id string) bool { return strings.EqualFold(id, objectID) }) {
			return limits(c, "the application's own app management policy", created)
		}
	}
	return limits(p.tenant, "the tenant's app management policy", created)
}

func limits(p entra.Policy, source string, created time.Time) plan.Policy {
	if p.Unreadable {
		return plan.Policy{Unreadable: true}
	}
	if p.DisplayName != "" {
		source += fmt.Sprintf(" (%s)", p.DisplayName)
	}
	out := plan.Policy{Source: source, Blocked: p.BlocksPasswords(created)}
	if life, ok := p.MaxLifetime(created); ok {
		out.Max = rotate.Span{N: max(1, int(life.Least.Hours())), Unit: "h"}
		if out.Max.N%24 == 0 {
			out.Max = rotate.Span{N: out.Max.N / 24, Unit: "d"}
		}
	}
	return out
}
