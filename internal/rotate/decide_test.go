package rotate

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mailprov/mailprov/internal/addr"
)

var (
	now   = date("2026-11-21")
	team  = addr.Instance{Type: "sink", Name: "team"}
	spare = addr.Instance{Type: "sink", Name: "spare"}
)

// cred is a credential made a while ago that lives for 90 days and was
// delivered to the team.
func cred(id string, phase Phase, age time.Duration) Credential {
	return Credential{
		KeyID: id, Marker: id, Phase: phase, CreatedAt: now.Add(-age), EndsAt: now.Add(90*24*time.Hour - age),
		Receipts: []SinkReceipt{{Sink: team, Readers: []string{"admin"}, Committed: true}},
	}
}

func confirmed() Policy {
	return Policy{
		Lifetime: Span{90, "d"}, RotateBefore: Span{30, "d"}, RetireOn: OnConfirmation, RetireAfter: Span{1, "d"},
		Sinks: []addr.Instance{team}, Readers: map[string][]string{team.String(): {"admin"}},
	}
}

const day = 24 * time.Hour

func TestWhatIsDecided(t *testing.T) {
	for _, c := range []struct {
		name   string
		creds  []Credential
		change func(*Input)
		want   Verb
		reason string
	}{
		{"there is none", nil, nil, Create, "there is none"},
		{"only what is over or was never finished", []Credential{cred("a", Retired, 0), cred("b", Abandoned, 0), cred("c", Intended, 0), cred("d", Created, 0), cred("e", Verified, 0), cred("f", Superseded, 0)}, nil, Create, "there is none"},
		{"a young one", []Credential{cred("a", Current, day)}, nil, Keep, ""},
		{"a moment before it is due", []Credential{cred("a", Current, 60*day-time.Second)}, nil, Keep, ""},
		{"the moment it is due", []Credential{cred("a", Current, 60*day)}, nil, Replace, "30d before its end"},
		{"one that has ended", []Credential{cred("a", Current, 100*day)}, nil, Replace, "30d before its end"},
		{"gone from Entra", []Credential{cred("a", Current, day)}, func(in *Input) { in.Gone["a"] = true }, Replace, "it is gone from Entra"},
		{"asked for", []Credential{cred("a", Current, day)}, func(in *Input) { in.Asked = "leaked" }, Replace, "leaked"},
		{"a sink more", []Credential{cred("a", Current, day)}, func(in *Input) { in.Policy.Sinks = append(in.Policy.Sinks, spare) }, Replace, "sink.spare was added"},
		{"a sink less", []Credential{cred("a", Current, day)}, func(in *Input) { in.Policy.Sinks = nil }, Keep, ""},
		{"a reader less", []Credential{cred("a", Current, day)}, func(in *Input) { in.Policy.Readers = map[string][]string{team.String(): {"safe"}} }, Replace, "admin may no longer read it"},
		{"a reader more", []Credential{cred("a", Current, day)}, func(in *Input) { in.Policy.Readers = map[string][]string{team.String(): {"admin", "safe"}} }, Keep, ""},
		{"a day of the year", []Credential{cred("a", Current, 40*day)}, func(in *Input) { in.Policy.RotateOn = []Day{{11, 1}} }, Replace, "rotate_on 11-01"},
		{"an interrupted delivery", []Credential{cred("a", Current, 80*day), cred("b", Delivering, 0)}, nil, Resume, "an earlier run was interrupted while delivering it"},
		{"an interrupted delivery that is gone", []Credential{cred("a", Current, day), cred("b", Delivering, 0)}, func(in *Input) { in.Gone["b"] = true }, Keep, ""},
		{"a successor that waits", []Credential{cred("a", Current, 80*day), cred("b", Waiting, day)}, nil, Keep, ""},
		{"a successor that waits until it is due itself", []Credential{cred("a", Current, 80*day), cred("b", Waiting, 70*day)}, nil, Blocked, "waiting for confirmation (30d before its end)"},
		{"the one in use has ended meanwhile", []Credential{cred("a", Current, 91*day), cred("b", Waiting, 70*day)}, nil, Replace, "30d before its end"},
		{"the one in use was removed meanwhile", []Credential{cred("a", Current, 80*day), cred("b", Waiting, 70*day)}, func(in *Input) { in.Gone["a"] = true }, Replace, "30d before its end"},
		{"a successor nobody could read", []Credential{cred("a", Current, 80*day), {KeyID: "b", Phase: Waiting, CreatedAt: now, EndsAt: now.Add(90 * day)}}, nil, Replace, "sink.team was added"},
		{"a first one that waits and is due", []Credential{cred("a", Waiting, 70*day)}, nil, Replace, "30d before its end"},
		{"delivery suffices now", []Credential{cred("a", Current, 80*day), cred("b", Waiting, 70*day)}, func(in *Input) { in.Policy.RetireOn = OnDelivery }, Replace, "30d before its end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := Input{Policy: confirmed(), Creds: c.creds, Gone: map[string]bool{}, Now: now}
			if c.change != nil {
				c.change(&in)
			}
			if d := Decide(in); d.Verb != c.want || d.Reason != c.reason {
				t.Errorf("%s (%s), want %s (%s)", d.Verb, d.Reason, c.want, c.reason)
			}
		})
	}
}

// made          due       ended
//
//	|─ first ─────|──────────|
//	              |─ second ─────────────|      delivered, then confirmed
//	                   ↑ confirmed
//	                   |── 1d ──| first is retired
func TestWhatIsRetired(t *testing.T) {
	superseded := func(ago time.Duration) Credential {
		c := cred("a", Superseded, 80*day)
		c.SupersededAt = now.Add(-ago)
		return c
	}
	for _, c := range []struct {
		name  string
		creds []Credential
		gone  string
		want  string
	}{
		{"a day after its successor was confirmed", []Credential{superseded(day), cred("b", Current, 2*day)}, "", "a"},
		{"not a second earlier", []Credential{superseded(day - time.Second), cred("b", Current, 2*day)}, "", ""},
		{"never while its successor only waits", []Credential{superseded(90 * day), cred("b", Waiting, 2*day)}, "", ""},
		{"never while its successor is gone", []Credential{superseded(90 * day), cred("b", Current, 2*day)}, "b", ""},
		{"never once its successor has ended", []Credential{superseded(90 * day), cred("b", Current, 90*day)}, "", ""},
		{"nothing that is in use", []Credential{cred("a", Current, 80*day), cred("b", Current, 2*day)}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := Input{Policy: confirmed(), Creds: c.creds, Gone: map[string]bool{c.gone: true}, Now: now}
			var got []string
			for _, r := range ToRetire(in) {
				got = append(got, r.KeyID)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("retired: %v", got)
			}
		})
	}
}

func TestDecidingNeverPanicsAndNeverLeavesAProductWithoutASecret(t *testing.T) {
	phases := []Phase{Intended, Created, Verified, Delivering, Waiting, Current, Superseded, Retired, Abandoned, "unknown", ""}
	rapid.Check(t, func(t *rapid.T) {
		in := Input{Policy: confirmed(), Gone: map[string]bool{}, Now: now}
		for i := range rapid.IntRange(0, 4).Draw(t, "credentials") {
			c := cred(string(rune('a'+i)), rapid.SampledFrom(phases).Draw(t, "phase"), time.Duration(rapid.IntRange(0, 120).Draw(t, "age"))*day)
			c.SupersededAt = now.Add(-time.Duration(rapid.IntRange(0, 40).Draw(t, "since")) * day)
			in.Creds, in.Gone[c.KeyID] = append(in.Creds, c), rapid.Bool().Draw(t, "gone")
		}
		Decide(in)
		usable := 0
		for _, c := range in.Creds {
			if c.Phase == Current && !in.Gone[c.KeyID] && c.EndsAt.After(now) {
				usable++
			}
		}
		if usable == 0 && len(ToRetire(in)) > 0 {
			t.Error("the last secret that works is retired")
		}
	})
}

func TestAMarkerIsFoundInTheNameThatCarriesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name, marker := rapid.String().Draw(t, "name"), rapid.StringMatching(`[a-z2-7]{1,26}`).Draw(t, "marker")
		full := WithMarker(name, marker)
		if !HasMarker(full, marker) || HasMarker(full, marker+"x") || len([]rune(full)) > maxDisplayName {
			t.Errorf("%q does not carry %q", full, marker)
		}
	})
}
