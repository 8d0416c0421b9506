package apply_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/state"
)

// refused is a fault that refuses one kind of request for good.
func refused(match string, status int) *sandbox.Faults {
	return &sandbox.Faults{Rules: []sandbox.Rule{{
		Match: match, Action: sandbox.Action{Status: status, Code: "Authorization_RequestDenied", Message: "Insufficient privileges"},
	}}}
}

func TestAFailureSaysWhetherAProductCanHaveTheSecretAlready(t *testing.T) {
	b := newBench(t, refused("POST /servicePrincipals/{id}/appRoleAssignedTo", 403))
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

// said is the failure of the bench's secret, with ids and hints left out.
func said(t *testing.T, ds diag.Diagnostics) diag.Diagnostic {
	t.Helper()
	i := slices.IndexFunc(ds, func(d diag.Diagnostic) bool { return d.Severity == diag.Error && d.Address == sec.String() })
	if i < 0 {
		t.Fatalf("nothing failed for %s: %v", sec, ds)
	}
	d := ds[i]
	d.Left = someKey.ReplaceAllString(d.Left, "(…)")
	return d
}

var someKey = regexp.MustCompile(`\([^()]{3}…, key [0-9a-f]{8}…\)`)

func TestAFailedStepOfASecretSaysInThisOrderWhatAPersonAtNightAsks(t *testing.T) {
	const (
		made, due  = 0, 130*day - time.Hour // of 180 days; it is due 60 days before the end
		works      = "Mail still works: whoever has it uses the old secret, valid until 2027-05-20 (50 days)."
		rotate     = "mailprov rotate client_secret.mail"
		unsettled  = "Run it again; it goes on where this run stopped:\n    "
		writable   = "Make sink.vault writable, then\n    "
		rightAgain = "Give it the right (mailprov explain MP402 lists what each step needs), or sign in with another identity, then\n    "
	)
	for name, c := range map[string]struct {
		later  time.Duration
		first  func(*bench) // what goes wrong in the first run already
		change func(*bench)
		want   diag.Diagnostic
	}{
		"a sink that cannot be written": {due, nil, func(b *bench) { b.sinks[vault].failing = "stage" }, diag.Diagnostic{
			Code: "MP301", Outcome: "not rotated", Left: "The new secret (…) was removed again; nothing of it is left.",
			Mail: works, When: diag.Morning, Do: writable + rotate,
		}},
		"a sink that fails in the middle": {due, nil, func(b *bench) { b.sinks[vault].failing = "commit" }, diag.Diagnostic{
			Code: "MP301", Outcome: "not rotated", Left: "The new secret (…) is on its way into the sinks; nothing is rolled back, and the next run goes on with it.",
			Mail: works, When: diag.Morning, Do: writable + rotate,
		}},
		"and the new secret cannot be removed again": {due, nil, func(b *bench) {
			b.sinks[vault].failing = "stage"
			b.faults(refused("POST /applications/{id}/removePassword", 403))
		}, diag.Diagnostic{
			Code: "MP301", Outcome: "not rotated", Left: "The new secret (…) may still be there; nobody has its value, and later runs remove it as soon as they see it.",
			Mail: works, When: diag.Morning, Do: writable + rotate,
		}},
		"a secret that is not taken": {due, nil, func(b *bench) { b.faults(&sandbox.Faults{Lag: &sandbox.Lag{Secrets: sandbox.Amount{Count: 1000}}}) }, diag.Diagnostic{
			Code: "MP303", Outcome: "not rotated", Left: "The new secret was removed again; nothing of it is left, and no sink was touched.",
			Mail: works, When: diag.Morning, Do: unsettled + rotate,
		}},
		"a right that is missing": {due, nil, func(b *bench) { b.faults(refused("POST /applications/{id}/addPassword", 403)) }, diag.Diagnostic{
			Code: "MP402", Outcome: "not rotated", Left: "No new secret was made.", Mail: works, When: diag.Morning, Do: rightAgain + rotate,
		}},
		"two days before the end": {178*day - time.Hour, nil, func(b *bench) { b.sinks[vault].failing = "stage" }, diag.Diagnostic{
			Code: "MP301", Outcome: "not rotated", Left: "The new secret (…) was removed again; nothing of it is left.",
			Mail: "Mail still works: whoever has it uses the old secret, valid until 2027-05-20 (2 days).", When: diag.Tonight, Do: writable + rotate,
		}},
		"a day before that": {177*day - time.Hour, nil, func(b *bench) { b.sinks[vault].failing = "stage" }, diag.Diagnostic{
			Code: "MP301", Outcome: "not rotated", Left: "The new secret (…) was removed again; nothing of it is left.",
			Mail: "Mail still works: whoever has it uses the old secret, valid until 2027-05-20 (3 days).", When: diag.Morning, Do: writable + rotate,
		}},
		"after the end": {181 * day, nil, func(b *bench) { b.sinks[vault].failing = "stage" }, diag.Diagnostic{
			Code: "MP301", Outcome: "not rotated", Left: "The new secret (…) was removed again; nothing of it is left.",
			Mail: "Mail does not work: the secret that whoever has it uses ended on 2027-05-20.", When: diag.Tonight, Do: writable + rotate,
		}},
		"removed by hand": {day, nil, func(b *bench) {
			id, key := b.apps()[0].ID, b.creds()[0].KeyID
			b.mutate(func(tr *sandbox.Truth) error { return tr.RemovePassword(id, key) })
			b.later(time.Hour)
			b.sinks[vault].failing = "stage"
		}, diag.Diagnostic{
			Code: "MP301", Outcome: "not rotated", Left: "The new secret (…) was removed again; nothing of it is left.",
			Mail: "Mail does not work: the secret that whoever has it uses is gone from Entra.", When: diag.Tonight, Do: writable + rotate,
		}},
		"a delivery that cannot be resumed": {day, func(b *bench) { b.sinks[vault].failing = "commit" }, nil, diag.Diagnostic{
			Code: "MP301", Outcome: "not delivered", Left: "The secret (…) is on its way into the sinks; nothing is rolled back, and the next run goes on with it.",
			Mail: "No product uses it yet, so no mail is affected.", When: diag.Morning, Do: writable + rotate + " -due",
		}},
		"the very first one": {made, nil, func(b *bench) { b.sinks[vault].failing = "stage" }, diag.Diagnostic{
			Code: "MP301", Outcome: "not created", Left: "The new secret (…) was removed again; nothing of it is left.",
			Mail: "No product uses it yet, so no mail is affected.", When: diag.Morning, Do: writable + "mailprov apply",
		}},
		"a replaced one that cannot be removed": {due, func(b *bench) {}, func(b *bench) {
			b.succeed()
			b.later(15 * day)
			b.faults(refused("POST /applications/{id}/removePassword", 403))
		}, diag.Diagnostic{
			Code: "MP402", Outcome: "replaced secret not removed", Left: "The replaced secret (…) works until 2027-05-20 or until it is removed.",
			Mail: "Mail still works: whoever has it uses the secret it has, valid until 2027-09-27 (165 days).", When: diag.Morning, Do: rightAgain + rotate + " -due",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			if c.first != nil {
				c.first(b)
			}
			if c.later > 0 {
				b.try(plan.Options{})
				b.later(c.later)
			}
			if c.change != nil {
				c.change(b)
			}
			d := said(t, b.try(plan.Options{}).Diags)
			if d.Detail == "" || strings.Contains(d.Detail, "Not tried") {
				t.Errorf("why: %q", d.Detail)
			}
			got := diag.Diagnostic{Code: d.Code, Outcome: d.Outcome, Left: d.Left, Mail: d.Mail, When: d.When, Do: d.Do}
			if fields(got) != fields(c.want) {
				t.Errorf("it says\n%s\nwant\n%s", fields(got), fields(c.want))
			}
		})
	}
}

func fields(d diag.Diagnostic) string {
	return fmt.Sprintf("%s\n%s\n%s\n%s\n%s\n%s", d.Code, d.Outcome, d.Left, d.Mail, d.When, d.Do)
}

func TestWhatIsRevokedCannotWaitForTheMorning(t *testing.T) {
	revoke := plan.Options{SecretsOnly: true, Replace: []addr.Instance{sec}, Revoke: true}
	b := newBench(t, nil)
	b.succeed()
	b.later(day)
	b.sinks[vault].failing = "stage"
	if d := said(t, b.try(revoke).Diags); d.When != diag.Tonight || !strings.HasSuffix(d.Do, "mailprov rotate client_secret.mail -revoke-now") || !strings.HasPrefix(d.Mail, "Mail still works") {
		t.Errorf("not replaced: %s", fields(d))
	}
	b.sinks[vault].failing = ""
	b.faults(refused("POST /applications/{id}/removePassword", 403))
	d := said(t, b.try(revoke).Diags)
	if d.When != diag.Tonight || d.Left != "The revoked secret (…) still works until it is removed." || !strings.HasSuffix(d.Do, "mailprov rotate client_secret.mail -due") {
		t.Errorf("not removed: %s", fields(d))
	}
	if b.phases() != "superseded current" {
		t.Errorf("phases are %q", b.phases())
	}
}

func TestAFailedStepOfAnApplicationKeepsTheOrderWithoutAnOutcome(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	b.later(day)
	b.note("changed")
	b.faults(refused("PATCH /applications/{id}", 403))
	res := b.fail("MP402")
	i := slices.IndexFunc(res.Diags, func(d diag.Diagnostic) bool { return d.Code == "MP402" })
	d := res.Diags[i]
	if d.Outcome != "" || d.Left != "" || d.When != diag.Morning || !strings.HasPrefix(d.Mail, "Mail still works: whoever has it uses the secret it has") {
		t.Errorf("%+v", d)
	}
	if want := "then run the same command again."; !strings.HasSuffix(d.Do, want) {
		t.Errorf("it says %q, want %q at the end", d.Do, want)
	}
	if c := b.creds(); len(c) != 1 || c[0].Phase != state.Current {
		t.Errorf("%v", b.phases())
	}
}
