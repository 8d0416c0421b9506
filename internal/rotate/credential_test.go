package rotate

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/mailprov/mailprov/internal/addr"
)

// Whoever could read a value once knows it, however often it is sealed for
// others since. Only a successor ends that.
func TestSealingAnewForgetsNobodyWhoCouldReadIt(t *testing.T) {
	people := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"admin", "kinko", "safe", "sales"}), rapid.ID)
	rapid.Check(t, func(t *rapid.T) {
		r := SinkReceipt{Sink: team, Readers: people.Draw(t, "first"), Committed: true}
		knows := slices.Clone(r.Readers)
		for range rapid.IntRange(0, 4).Draw(t, "times") {
			today := people.Draw(t, "readers")
			knows = append(knows, today...)
			r.Reseal(today, nil)
			if !slices.Equal(r.Readers, today) {
				t.Fatalf("sealed for %v, readable by %v", today, r.Readers)
			}
		}
		c := cred("a", Current, day)
		c.Receipts = []SinkReceipt{r}
		p := confirmed()
		p.Sinks, p.Readers = []addr.Instance{team}, map[string][]string{team.String(): append([]string{}, people.Draw(t, "recipients")...)}
		left := slices.ContainsFunc(knows, func(name string) bool { return !slices.Contains(p.Readers[team.String()], name) })
		if d := Decide(Input{Policy: p, Creds: []Credential{c}, Now: now}); (d.Verb == Replace) != left {
			t.Errorf("%v know it, recipients are %v: %s (%s)", knows, p.Readers[team.String()], d.Verb, d.Reason)
		}
	})
}

func TestARecipientForOrFromWhomItWasSealedAnew(t *testing.T) {
	resealed := func(readers ...string) []Credential {
		return []Credential{but(cred("a", Current, day), func(c *Credential) { c.Receipts[0].Reseal(readers, nil) })}
	}
	recipients := func(names ...string) func(*Input) {
		return func(in *Input) { in.Policy.Readers = map[string][]string{team.String(): names} }
	}
	decides(t, []decideCase{
		{"removed", resealed("safe"), recipients("safe"), Replace, "admin may no longer read it"},
		{"added", resealed("admin", "safe"), recipients("admin", "safe"), Keep, ""},
		{"removed and added again", resealed("safe"), recipients("admin", "safe"), Keep, ""},
	})
}
