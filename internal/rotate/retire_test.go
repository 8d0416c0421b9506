package rotate

import (
	"strings"
	"testing"
	"time"
)

func replaced(id string, age, ago time.Duration) Credential {
	return but(cred(id, Superseded, age), func(c *Credential) { c.SupersededAt = now.Add(-ago) })
}

func rejected(c *Credential) { c.RejectedAt = now.Add(-time.Hour) }

// made          due       ended
//
//	|─ a ─────────|──────────|
//	              |─ b ──────────────────|      delivered, then confirmed
//	                   ↑ confirmed
//	                   |── 1d ──| a is retired
func TestWhatIsRetired(t *testing.T) {
	for _, c := range []struct {
		name  string
		creds []Credential
		gone  string
		want  string
	}{
		{"a day after its successor was confirmed", []Credential{replaced("a", 80*day, day), cred("b", Current, 2*day)}, "", "a"},
		{"not a second earlier", []Credential{replaced("a", 80*day, day-time.Second), cred("b", Current, 2*day)}, "", ""},
		{"never while its successor only waits", []Credential{replaced("a", 80*day, 40*day), cred("b", Waiting, 2*day)}, "", ""},
		{"never while its successor is gone", []Credential{replaced("a", 80*day, 40*day), cred("b", Current, 2*day)}, "b", ""},
		{"never once its successor has ended", []Credential{replaced("a", 80*day, 40*day), cred("b", Current, 90*day)}, "", ""},
		{"never while no sink received its successor", []Credential{replaced("a", 80*day, 40*day), but(cred("b", Current, 2*day), unreceived)}, "", ""},
		{"but where products had its successor before we did", []Credential{replaced("a", 80*day, 40*day), but(cred("b", Current, 2*day), func(c *Credential) { c.Marker, c.Receipts = "", nil })}, "", "a"},
		{"nothing that is in use", []Credential{cred("a", Current, 80*day), cred("b", Current, 2*day)}, "", ""},
		{"several at once", []Credential{replaced("a", 80*day, 40*day), replaced("b", 60*day, 2*day), cred("c", Current, 2*day)}, "", "a b"},

		{"a rejected one at once", []Credential{cred("a", Current, 80*day), but(replaced("b", day, 0), rejected)}, "", "b"},
		{"a rejected one although its predecessor only waits", []Credential{cred("a", Waiting, 80*day), but(replaced("b", day, 0), rejected)}, "", "b"},
		{"a rejected one stays while there is no other", []Credential{but(replaced("b", day, 0), rejected)}, "", ""},
		{"a rejected one stays while the other has ended", []Credential{cred("a", Current, 90*day), but(replaced("b", day, 0), rejected)}, "", ""},
		{"a rejected one stays while the other is gone", []Credential{cred("a", Current, 80*day), but(replaced("b", day, 0), rejected)}, "a", ""},

		{"a revoked one once its successor is delivered", []Credential{but(replaced("a", 80*day, 0), revokedFor("leaked")), cred("b", Waiting, 0)}, "", "a"},
		{"not before", []Credential{but(cred("a", Current, 80*day), revokedFor("leaked")), cred("b", Delivering, 0)}, "", ""},
		{"not for one that is revoked itself", []Credential{but(replaced("a", 80*day, 0), revokedFor("leaked")), but(cred("b", Current, day), revokedFor("leaked"))}, "", ""},
		{"not for one that no sink received", []Credential{but(replaced("a", 80*day, 0), revokedFor("leaked")), but(cred("b", Waiting, 0), unreceived)}, "", ""},
		{"all that were revoked", []Credential{but(replaced("a", 80*day, 0), revokedFor("leaked")), but(replaced("b", day, 0), revokedFor("leaked")), cred("c", Waiting, 0)}, "", "a b"},

		{"one that has ended, before its time is over", []Credential{replaced("a", 90*day, 0), cred("b", Current, 2*day)}, "", "a"},
		{"one that has ended, while its successor waits", []Credential{replaced("a", 90*day, 0), cred("b", Waiting, 2*day)}, "", "a"},
		{"one that has ended stays on record while nothing works", []Credential{replaced("a", 90*day, 0), cred("b", Current, 90*day)}, "", ""},
		{"one that was removed by hand, before its time is over", []Credential{replaced("a", 80*day, 0), cred("b", Current, 2*day)}, "a", "a"},
		{"one whose end is unknown has not ended", []Credential{but(replaced("a", 80*day, 0), func(c *Credential) { c.EndsAt = time.Time{} }), cred("b", Current, 2*day)}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := Input{Policy: confirmed(), Creds: c.creds, Gone: map[string]bool{c.gone: true}, Now: now}
			if got := names(ToRetire(in)); got != c.want {
				t.Errorf("retired: %s", got)
			}
		})
	}
}

func names(creds []Credential) string {
	var out []string
	for _, c := range creds {
		out = append(out, c.KeyID)
	}
	return strings.Join(out, " ")
}
