package e2e

import (
	"regexp"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// TestVerifyFindsWhatMailNoLongerRestsOn takes away, one after the other, what a
// product needs. Verify says which, and fails; it writes nothing.
func TestVerifyFindsWhatMailNoLongerRestsOn(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.apply()
	for _, c := range []struct {
		name string
		hand func(app, principal object)
		says string
	}{
		{"nothing", nil, "✓ Microsoft Graph application Mail\\.Send: granted for the whole tenant"},
		{"its consent", func(_, principal object) {
			for _, a := range tn.truth().assignments(principal.ID) {
				tn.mutate(doc{"op": "delete", "id": a.ID})
			}
		}, `✗ Microsoft Graph application Mail\.Send: requested, but not granted`},
		{"the permission", func(app, _ object) {
			tn.mutate(doc{"id": app.ID, "patch": doc{"requiredResourceAccess": []any{}}})
		}, `✗ MP7\d\d: .*Mail\.Send`},
		{"the permission and its consent", func(app, principal object) {
			for _, a := range tn.truth().assignments(principal.ID) {
				tn.mutate(doc{"op": "delete", "id": a.ID})
			}
			tn.mutate(doc{"id": app.ID, "patch": doc{"requiredResourceAccess": []any{}}})
		}, `✗ Microsoft Graph application Mail\.Send: not a permission of the application`},
		{"the secret", func(app, _ object) {
			for _, c := range app.docs("passwordCredentials") {
				tn.mutate(doc{"op": "remove_password", "id": app.ID, "key_id": c["keyId"]})
			}
		}, `✗ client_secret\.mail .*AADSTS7000215`},
		{"the application", func(app, _ object) { tn.mutate(doc{"op": "delete", "id": app.ID}) }, `✗ .*: Entra has no such application`},
	} {
		code := 0
		app, principal := tn.app()
		tn.advance(15 * time.Minute)
		if c.hand != nil {
			c.hand(app, principal)
			code = 1
		}
		before := p.state().Serial
		r := p.must(code, "verify")
		if c.says != "" && !regexp.MustCompile(c.says).MatchString(r.stdout) {
			t.Errorf("without %s verify does not say %q:\n%s", c.name, c.says, r)
		}
		if p.state().Serial != before {
			t.Errorf("without %s verify wrote the state", c.name)
		}
		if code == 1 {
			p.apply()
		}
	}
}
