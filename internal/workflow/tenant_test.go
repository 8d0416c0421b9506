package workflow

import (
	"testing"

	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/state"
)

const (
	tenantA = "11111111-1111-4111-8111-111111111111"
	tenantB = "22222222-2222-4222-8222-222222222222"
)

func TestARunStopsInAnyTenantButItsOwn(t *testing.T) {
	for name, c := range map[string]struct {
		configured string
		answers    string // the tenant that answers, which has the domain example.co.jp
		token      string
		state      string
		stops      bool
	}{
		"the tenant by its id":                   {tenantA, tenantA, tenantA, tenantA, false},
		"the tenant by a domain of its":          {"Example.co.jp", tenantA, tenantA, tenantA, false},
		"a first run, by a domain":               {"example.co.jp", tenantA, tenantA, "example.co.jp", false},
		"a token that does not say its tenant":   {"example.co.jp", tenantA, "", tenantA, false},
		"a token of another tenant":              {tenantA, tenantA, tenantB, tenantA, true},
		"a token of another tenant, by a domain": {"example.co.jp", tenantA, tenantB, tenantA, true},
		"another tenant than configured":         {tenantA, tenantB, "", tenantA, true},
		"a domain the tenant does not have":      {"example.com", tenantA, tenantA, tenantA, true},
		"a domain that moved to another tenant":  {"example.co.jp", tenantB, tenantB, tenantA, true},
	} {
		p := &Project{Config: &lang.Config{}}
		p.Config.Settings.Tenant.ID = c.configured
		id := entra.Identity{TenantID: c.token}
		v := &view{tenant: plan.Tenant{ID: c.answers}, domains: []string{"example.co.jp"}}
		ds := append(p.guardTenant(id), p.guardDomain(v, &state.Document{TenantID: c.state})...)
		ds = append(ds, p.guardToken(id, c.answers)...)
		if ds.HasErrors() != c.stops {
			t.Errorf("%s: %v", name, ds)
		}
	}
}
