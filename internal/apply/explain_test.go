package apply_test

import (
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/sandbox"
)

func TestAFailureSaysWhetherAProductCanHaveTheSecretAlready(t *testing.T) {
	b := newBench(t, &sandbox.Faults{Rules: []sandbox.Rule{{
		Match: "POST /servicePrincipals/{id}/appRoleAssignedTo", Action: sandbox.Action{Status: 403, Code: "Authorization_RequestDenied", Message: "Insufficient privileges"},
	}}})
	for _, want := range []string{
		"No product uses it yet", // made by the very run that failed
		"Mail still works",       // made before: it may have been entered since
	} {
		res := b.fail("MP402")
		for _, d := range res.Diags {
			if d.Code == "MP402" && !strings.HasPrefix(d.Mail, want) {
				t.Errorf("it says %q, want %q", d.Mail, want)
			}
			if strings.Count(strings.ReplaceAll(d.Detail, "request-id", "request id"), "request id") > 1 {
				t.Errorf("the request id stands twice in %q", d.Detail)
			}
		}
	}
}
