package plan

import (
	"slices"
	"testing"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/state"
)

// A run that dies when all is done is repeated like any other. What a person
// ordered by name is then not done a second time.
func TestAnOrderByNameThatIsRepeatedAfterItsEndHasNothingLeftToDo(t *testing.T) {
	name := []addr.Instance{secretAddr}
	second := func(w *world, phase state.Phase) {
		w.add(&state.Credential{Marker: "m2", Phase: phase, KeyID: "key2", Hint: "abc", SupersededAt: now, IntendedAt: now, CreatedAt: now, EndsAt: now.Add(90 * days),
			Receipts: []state.SinkReceipt{{Sink: sinkAddr, Committed: true, Readers: []string{"admin"}}}})
	}
	brought := func(w *world) { // the first is the younger of the two by delivery
		creds := w.Prior.Secrets[0].Credentials
		creds[0], creds[1] = creds[1], creds[0]
	}
	for _, c := range []struct {
		name   string
		change func(*world)
		code   string
	}{
		{"replaced, and its successor waits", func(w *world) { second(w, state.Waiting); w.Options.Replace = name }, "MP327"},
		{"brought back before the newest was confirmed", func(w *world) { second(w, state.Superseded); brought(w); w.Options.Back = name }, "MP329"},
		{"brought back after the newest was confirmed", func(w *world) {
			second(w, state.Current)
			w.cred().Phase = state.Waiting
			brought(w)
			w.Options.Back = name
		}, "MP329"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := applied(t)
			byHand(w)
			w.Options.SecretsOnly = true
			c.change(w)
			p := w.build(t)
			if len(p.Steps) != 0 || p.Failures.HasErrors() {
				t.Errorf("steps %v, failures %v", p.Steps, p.Failures)
			}
			said := false
			for _, d := range Build(w.Input).Diags {
				said = said || d.Code == c.code && d.Severity == diag.Warning
			}
			if !said {
				t.Errorf("no warning %s: %v", c.code, Build(w.Input).Diags)
			}
		})
	}
}

func TestTheValueBeforeTheNewestIsBroughtBack(t *testing.T) {
	w := applied(t)
	byHand(w)
	w.Options.SecretsOnly, w.Options.Back = true, []addr.Instance{secretAddr}
	w.add(&state.Credential{Marker: "m2", Phase: state.Waiting, KeyID: "key2", IntendedAt: now, CreatedAt: now, EndsAt: now.Add(90 * days),
		Receipts: []state.SinkReceipt{{Sink: sinkAddr, Committed: true, Readers: []string{"admin"}}}})
	p := w.build(t)
	if got := verbs(p, secretAddr); len(got) != 1 || got[0] != BringBack || p.Steps[0].KeyID != "key1" {
		t.Errorf("steps %v", p.Steps)
	}
}

// What leaked is not left standing because the run that was to replace it died.
func TestARevocationThatWasInterruptedEndsWithTheRemoval(t *testing.T) {
	for name, options := range map[string]Options{
		"the order is repeated": {SecretsOnly: true, Replace: []addr.Instance{secretAddr}, Revoke: true},
		"any other run":         {},
	} {
		t.Run(name, func(t *testing.T) {
			w := applied(t)
			byHand(w)
			w.Options = options
			w.cred().RevokedAt = now
			w.add(&state.Credential{Marker: "m0", Phase: state.Superseded, KeyID: "key0", SupersededAt: now, RevokedAt: now, EndsAt: now.Add(90 * days)})
			w.add(&state.Credential{Marker: "m2", Phase: state.Delivering, KeyID: "key2", IntendedAt: now, CreatedAt: now, EndsAt: now.Add(90 * days)})
			p := w.build(t)
			if got := verbs(p, secretAddr); !slices.Equal(got, []Verb{ResumeDelivery, RemoveCredential, RemoveCredential}) {
				t.Errorf("steps %v", got)
			}
		})
	}
}
