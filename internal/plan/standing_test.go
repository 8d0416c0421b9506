package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/state"
)

func TestASecretThatCannotBeRotatedSaysWhetherMailWorksAndWhetherItCanWait(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world)
		mail   string
		when   diag.When
	}{
		"long before its end": {func(*world) {}, "Mail still works: Product uses the secret it has, valid until 2027-02-18 (89 days).", diag.Morning},
		"two days before":     {func(w *world) { w.Now = w.cred().EndsAt.Add(-2*days - time.Hour) }, "Mail still works: Product uses the secret it has, valid until 2027-02-18 (2 days).", diag.Tonight},
		"after its end":       {func(w *world) { w.Now = w.cred().EndsAt.Add(days) }, "Mail does not work: the secret that Product uses ended on 2027-02-18.", diag.Tonight},
		"gone from Entra":     {func(w *world) { w.seen().Credentials = nil }, "Mail does not work: the secret that Product uses is gone from Entra.", diag.Tonight},
		"never delivered":     {func(w *world) { w.cred().Phase = state.Abandoned }, "No product uses it yet, so no mail is affected.", diag.Morning},
	} {
		t.Run(name, func(t *testing.T) {
			w := applied(t)
			facts := w.Targets[targetAddr]
			facts.Title = "Product"
			w.Targets[targetAddr] = facts
			w.Options.SecretsOnly, w.Options.Replace = true, []addr.Instance{secretAddr}
			w.Broken = map[addr.Instance]diag.Diagnostic{sinkAddr: diag.Err("MP300", "Sink cannot be opened", "The folder is gone.").WithDo("Make it.")}
			c.change(w)
			list := Build(w.Input).Plan.Failures
			if len(list) != 1 {
				t.Fatalf("failures: %v", list)
			}
			if d := list[0]; d.Outcome != "not rotated" || d.Mail != c.mail || d.When != c.when || d.Address != secretAddr.String() {
				t.Errorf("%q, %q, %s; want %q, %s", d.Outcome, d.Mail, d.When, c.mail, c.when)
			}
		})
	}
}

func TestAMissingConfirmationNearTheEndIsAFailureOfItsOwn(t *testing.T) {
	w := applied(t)
	byHand(w)
	w.Options.SecretsOnly = true
	w.add(&state.Credential{Marker: "m2", Phase: state.Waiting, KeyID: "key2", Hint: "abc", CreatedAt: made, DeliveredAt: made, EndsAt: now.Add(300 * days),
		Receipts: []state.SinkReceipt{{Sink: sinkAddr, Committed: true, Readers: []string{"admin"}}}})
	w.cred().EndsAt = now.Add(20 * days)
	w.seen().Credentials[0].End = w.cred().EndsAt
	list := Build(w.Input).Plan.Failures
	if len(list) != 1 || list[0].Outcome != "not confirmed" || list[0].When != diag.Morning || !strings.Contains(list[0].Mail, "(20 days)") || !strings.HasSuffix(list[0].Do, "\n    mailprov confirm client_secret.mail -key=abc") {
		t.Errorf("%+v", list)
	}
}
