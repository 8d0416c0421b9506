package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// People have the client id at hand, and Graph wants the service principal's
// object id: either may stand in tenant.operators.
func TestAnOperatorIsNamedByEitherOfItsIDs(t *testing.T) {
	t.Parallel()
	rotator := operator("mailprov-rotator")
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	block := func(id string) string { return "id = \"example.co.jp\"\n  operators = [\"" + id + "\"]" }
	p.edit("main.mailprov.hcl", `id = "example.co.jp"`, block("99999999-0000-4000-8000-000000000000"))
	if r := p.must(1, "plan"); !strings.Contains(r.stderr, "MP410") || !strings.Contains(r.stderr, "99999999-0000-4000-8000-000000000000") {
		t.Errorf("it does not say that nobody has this id: %s", r)
	}
	p.edit("main.mailprov.hcl", block("99999999-0000-4000-8000-000000000000"), block(rotator.ClientID))
	p.apply()
	if app, _ := tn.app(); !slices.Contains(app.Links, rotator.PrincipalID) {
		t.Errorf("the application belongs to %q", app.Links)
	}
	tn.advance(15 * time.Minute)
	p.settled()
	p.must(0, "drift")
	p.edit("main.mailprov.hcl", block(rotator.ClientID), block(rotator.PrincipalID))
	p.settled()

	// An operator that was taken away is missed under either id.
	app, _ := tn.app()
	tn.mutate(doc{"op": "set_owners", "id": app.ID, "owners": slices.DeleteFunc(slices.Clone(app.Links), func(id string) bool { return id == rotator.PrincipalID })})
	p.must(2, "drift")
	p.edit("main.mailprov.hcl", block(rotator.PrincipalID), block(rotator.ClientID))
	p.must(2, "drift")
}
