package rotate

import (
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
)

var (
	now   = date("2026-11-21")
	team  = addr.Instance{Type: "sink", Name: "team"}
	spare = addr.Instance{Type: "sink", Name: "spare"}
)

const day = 24 * time.Hour

// cred is a credential made a while ago that lives for 90 days and was
// delivered to the team.
func cred(id string, phase Phase, age time.Duration) Credential {
	return Credential{
		KeyID: id, Marker: id, Phase: phase, CreatedAt: now.Add(-age), EndsAt: now.Add(90*24*time.Hour - age),
		Receipts: []SinkReceipt{{Sink: team, Where: "team.age", Readers: []string{"admin"}, Committed: true}},
	}
}

// but is a credential with something about it changed.
func but(c Credential, change func(*Credential)) Credential {
	change(&c)
	return c
}

func unreceived(c *Credential) { c.Receipts = nil }

// left lets it have only so much of its life before it.
func left(d time.Duration) func(*Credential) {
	return func(c *Credential) { c.EndsAt = now.Add(d) }
}

func lived(d time.Duration) func(*Credential) {
	return func(c *Credential) { c.EndsAt = c.CreatedAt.Add(d) }
}

func revokedFor(why string) func(*Credential) {
	return func(c *Credential) { c.RevokedAt, c.Reason = now.Add(-time.Hour), why }
}

func confirmed() Policy {
	return Policy{
		Lifetime: Span{90, "d"}, RotateBefore: Span{30, "d"}, RetireOn: OnConfirmation, RetireAfter: Span{1, "d"},
		Sinks: []addr.Instance{team}, Readers: map[string][]string{team.String(): {"admin"}},
	}
}

type decideCase struct {
	name   string
	creds  []Credential
	change func(*Input)
	want   Verb
	reason string
}

func (c decideCase) input() Input {
	in := Input{Policy: confirmed(), Creds: c.creds, Gone: map[string]bool{}, Now: now}
	if c.change != nil {
		c.change(&in)
	}
	return in
}

func decides(t *testing.T, cases []decideCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if d := Decide(c.input()); d.Verb != c.want || d.Reason != c.reason {
				t.Errorf("%s (%s), want %s (%s)", d.Verb, d.Reason, c.want, c.reason)
			}
		})
	}
}

const interruptedReason = "an earlier run was interrupted while delivering it"

func TestWhatIsUnderWayOrMissingComesFirst(t *testing.T) {
	decides(t, []decideCase{
		{"there is none", nil, nil, Create, "there is none"},
		{"only what is over or was never finished", []Credential{cred("a", Retired, 0), cred("b", Abandoned, 0), cred("c", Intended, 0), cred("d", Created, 0), cred("e", Verified, 0), cred("f", Superseded, 0)}, nil, Create, "there is none"},
		{"a young one", []Credential{cred("a", Current, day)}, nil, Keep, ""},
		{"an interrupted delivery", []Credential{cred("a", Current, 80*day), cred("b", Delivering, 0)}, nil, Resume, interruptedReason},
		{"the first delivery was interrupted", []Credential{cred("a", Delivering, 0)}, nil, Resume, interruptedReason},
		{"whatever a person asks for", []Credential{cred("a", Current, day), cred("b", Delivering, 0)}, func(in *Input) { in.Asked, in.Revoke = "leaked", true }, Resume, interruptedReason},
		{"whatever is gone", []Credential{cred("a", Current, day), cred("b", Delivering, 0)}, func(in *Input) { in.Gone["a"] = true }, Resume, interruptedReason},
		{"an interrupted delivery that is gone", []Credential{cred("a", Current, day), cred("b", Delivering, 0)}, func(in *Input) { in.Gone["b"] = true }, Keep, ""},
		{"an interrupted delivery that has ended meanwhile would put a dead value in use", []Credential{cred("a", Current, day), but(cred("b", Delivering, day), left(0))}, nil, Replace, "one expired before its delivery was finished"},
		{"gone from Entra", []Credential{cred("a", Current, day)}, func(in *Input) { in.Gone["a"] = true }, Replace, "it is gone from Entra"},
		{"all of them gone", []Credential{cred("a", Current, day), cred("b", Waiting, day)}, func(in *Input) { in.Gone["a"], in.Gone["b"] = true, true }, Replace, "it is gone from Entra"},
		{"the successor gone, the one in use is not due", []Credential{cred("a", Current, day), cred("b", Waiting, day)}, func(in *Input) { in.Gone["b"] = true }, Keep, ""},
		{"the one in use gone, its successor is there to be entered", []Credential{cred("a", Current, day), cred("b", Waiting, day)}, func(in *Input) { in.Gone["a"] = true }, Keep, ""},
	})
}

func TestWhatAPersonOrders(t *testing.T) {
	leaked := func(in *Input) { in.Asked, in.Revoke = "leaked", true }
	ordered := "its removal was ordered and it has no successor yet (leaked)"
	decides(t, []decideCase{
		{"asked for", []Credential{cred("a", Current, day)}, func(in *Input) { in.Asked = "asked for by name" }, Replace, "asked for by name"},
		{"asked for while one waits", []Credential{cred("a", Current, day), cred("b", Waiting, 0)}, func(in *Input) { in.Asked = "asked for by name" }, Blocked, "waiting for confirmation (asked for by name)"},
		{"asked for while one waits that is due besides", []Credential{cred("a", Current, 80*day), cred("b", Waiting, 70*day)}, func(in *Input) { in.Asked = "asked for by name" }, Blocked, "waiting for confirmation (asked for by name)"},
		{"revoked", []Credential{cred("a", Current, day)}, leaked, Replace, "leaked"},
		{"revoked while one waits", []Credential{cred("a", Current, day), cred("b", Waiting, 0)}, leaked, Replace, "leaked"},
		{"an order without asking for one is none", []Credential{cred("a", Current, day)}, func(in *Input) { in.Revoke = true }, Keep, ""},
		{"an earlier order that has no successor yet", []Credential{but(cred("a", Current, day), revokedFor("leaked"))}, nil, Replace, ordered},
		{"an earlier order whose reason nobody gave", []Credential{but(cred("a", Current, day), revokedFor(""))}, nil, Replace, "its removal was ordered and it has no successor yet"},
		{"an earlier order is not blocked by one that waits and must go too", []Credential{but(cred("a", Current, day), revokedFor("leaked")), but(cred("b", Waiting, 0), revokedFor("leaked"))}, nil, Replace, ordered},
		{"nor by one that a later run delivered to no sink", []Credential{but(cred("a", Current, day), revokedFor("leaked")), cred("b", Waiting, 0)}, nil, Replace, ordered},
		{"nor when it is asked for again without revoking", []Credential{but(cred("a", Current, day), revokedFor("leaked")), cred("b", Waiting, 0)}, func(in *Input) { in.Asked = "asked for by name" }, Replace, ordered},
		{"an earlier order on what is gone meanwhile is done", []Credential{but(cred("a", Current, day), revokedFor("leaked")), cred("b", Waiting, 0)}, func(in *Input) { in.Gone["a"] = true }, Keep, ""},
		{"the same command again while only the removal is left", []Credential{but(cred("a", Superseded, day), revokedFor("leaked")), cred("b", Waiting, 0)}, leaked, Keep, ""},
		{"the same command again once it is removed is another order", []Credential{but(cred("a", Retired, day), revokedFor("leaked")), cred("b", Current, day)}, leaked, Replace, "leaked"},
		{"the same command again once it was removed by hand is another order", []Credential{but(cred("a", Superseded, day), revokedFor("leaked")), cred("b", Current, day)}, func(in *Input) { leaked(in); in.Gone["a"] = true }, Replace, "leaked"},
		{"while the removal is left another one can still be asked for", []Credential{but(cred("a", Superseded, day), revokedFor("leaked")), cred("b", Current, day)}, func(in *Input) { in.Asked = "asked for by name" }, Replace, "asked for by name"},
		{"while the removal is left what has expired is still replaced", []Credential{but(cred("a", Superseded, day), revokedFor("leaked")), but(cred("b", Current, day), left(0))}, leaked, Replace, "it has expired"},
		{"a rejected one leaves the one in use as it was", []Credential{cred("a", Current, day), but(cred("b", Superseded, day), func(c *Credential) { c.RejectedAt = now })}, nil, Keep, ""},
		{"a rejected one leaves the one in use due", []Credential{cred("a", Current, 70*day), but(cred("b", Superseded, day), func(c *Credential) { c.RejectedAt = now })}, nil, Replace, "30d before its end"},
		{"the only one was rejected", []Credential{but(cred("a", Superseded, day), func(c *Credential) { c.RejectedAt = now })}, nil, Create, "there is none"},
	})
}

func TestALifetimeThatWasChangedToEndSooner(t *testing.T) {
	lifetime := func(text string) func(*Input) {
		return func(in *Input) {
			in.Policy.Lifetime, _ = ParseSpan(text)
			in.Policy.RotateBefore = Span{1, "d"}
		}
	}
	at := func(made, end string) []Credential {
		return []Credential{but(cred("a", Current, 0), func(c *Credential) {
			c.CreatedAt, _ = time.Parse(time.RFC3339, made)
			c.EndsAt, _ = time.Parse(time.RFC3339, end)
		})}
	}
	decides(t, []decideCase{
		{"shorter", []Credential{cred("a", Current, day)}, lifetime("60d"), Replace, "lifetime is 60d now"},
		{"shorter by a day", []Credential{cred("a", Current, day)}, lifetime("89d"), Replace, "lifetime is 89d now"},
		{"shorter by an hour", []Credential{cred("a", Current, day)}, lifetime("2159h"), Replace, "lifetime is 2159h now"},
		{"shorter in other units", []Credential{cred("a", Current, day)}, lifetime("2mo"), Replace, "lifetime is 2mo now"},
		{"shorter, while one waits", []Credential{cred("a", Current, 80*day), cred("b", Waiting, day)}, lifetime("60d"), Blocked, "waiting for confirmation (lifetime is 60d now)"},
		{"longer", []Credential{cred("a", Current, day)}, lifetime("365d"), Keep, ""},
		{"the same", []Credential{cred("a", Current, day)}, lifetime("90d"), Keep, ""},
		{"the same in other units", []Credential{cred("a", Current, day)}, lifetime("2160h"), Keep, ""},
		{"one that we did not make ends when it ends", []Credential{but(cred("a", Current, day), func(c *Credential) { c.Marker = "" })}, lifetime("60d"), Keep, ""},

		{"Entra ended it a minute later than asked for", at("2026-11-20T09:00:00Z", "2027-02-18T09:01:00Z"), lifetime("90d"), Keep, ""},
		{"our clock was ten minutes ahead", at("2026-11-20T09:00:00Z", "2027-02-18T09:10:00Z"), lifetime("90d"), Keep, ""},
		{"our clock was nine hours ahead, as what we noted says", []Credential{but(cred("a", Current, 0), func(c *Credential) {
			c.IntendedAt, c.EndsAt = now.Add(9*time.Hour), now.Add(90*day+9*time.Hour)
		})}, lifetime("90d"), Keep, ""},
		{"a month from the 30th before midnight, made on the 31st", at("2027-01-31T00:04:00Z", "2027-02-28T23:59:00Z"), lifetime("1mo"), Keep, ""},
		{"a month from March after midnight, made in February", at("2027-02-28T23:56:00Z", "2027-04-01T00:01:00Z"), lifetime("1mo"), Keep, ""},
		{"a year from a leap day after midnight, made the day before", at("2028-02-28T23:58:00Z", "2029-02-28T00:02:00Z"), lifetime("1y"), Keep, ""},
		{"24 months over a leap day are still 24 months", at("2026-11-20T09:00:00Z", "2028-11-20T09:00:00Z"), lifetime("24mo"), Keep, ""},
		{"and a day longer than 730 days", at("2026-11-20T09:00:00Z", "2028-11-20T09:00:00Z"), lifetime("730d"), Replace, "lifetime is 730d now"},
	})
}

func TestASinkThatLacksTheNewest(t *testing.T) {
	more := func(in *Input) { in.Policy.Sinks = append(in.Policy.Sinks, spare) }
	readable := func(in *Input) { more(in); in.Readable = true }
	moved := func(in *Input) {
		in.Policy.Places = map[string]string{team.String(): "other.age", spare.String(): "spare.age"}
	}
	decides(t, []decideCase{
		{"added", []Credential{cred("a", Current, day)}, more, Replace, "sink.spare was added"},
		{"added, and the value can be read here", []Credential{cred("a", Current, day)}, readable, Copy, "sink.spare was added"},
		{"taken away", []Credential{cred("a", Current, day)}, func(in *Input) { in.Policy.Sinks = nil }, Keep, ""},
		{"moved", []Credential{cred("a", Current, day)}, moved, Replace, "sink.team now keeps it in other.age"},
		{"moved, and the value can be read here", []Credential{cred("a", Current, day)}, func(in *Input) { moved(in); in.Readable = true }, Copy, "sink.team now keeps it in other.age"},
		{"moved, and another added", []Credential{cred("a", Current, day)}, func(in *Input) { more(in); moved(in) }, Replace, "sink.spare was added, sink.team now keeps it in other.age"},
		{"where it lies cannot be said beforehand", []Credential{cred("a", Current, day)}, func(in *Input) { in.Policy.Places = map[string]string{team.String(): ""} }, Keep, ""},
		{"where it lies was never said", []Credential{but(cred("a", Current, day), func(c *Credential) { c.Receipts = []SinkReceipt{{Sink: team, Committed: true}} })}, moved, Keep, ""},
		{"absent on this machine is no reason: nothing says so but the sink", []Credential{cred("a", Current, day)}, func(in *Input) { in.Policy.Places, in.Policy.Readers = nil, nil }, Keep, ""},
		{"its commit was never recorded", []Credential{but(cred("a", Current, day), func(c *Credential) { c.Receipts = []SinkReceipt{{Sink: team}} })}, nil, Replace, "sink.team never received it"},
		{"a successor nobody could read", []Credential{cred("a", Current, 80*day), but(cred("b", Waiting, 0), unreceived)}, nil, Replace, "sink.team never received it"},
		{"added while a successor waits", []Credential{cred("a", Current, 80*day), cred("b", Waiting, day)}, more, Blocked, "waiting for confirmation (sink.spare was added)"},
		{"added while a successor waits whose value can be read here", []Credential{cred("a", Current, 80*day), cred("b", Waiting, day)}, readable, Copy, "sink.spare was added"},
		{"a copy is made although something else is blocked", []Credential{cred("a", Current, 80*day), cred("b", Waiting, day)}, func(in *Input) { readable(in); in.Asked = "asked for by name" }, Copy, "sink.spare was added"},
		{"a replacement that is due goes to the new sink too", []Credential{cred("a", Current, 70*day)}, readable, Replace, "30d before its end"},
		{"what has expired is not copied", []Credential{cred("a", Current, 90*day)}, readable, Replace, "sink.spare was added"},
	})
}

func TestARecipientThatMayNoLongerRead(t *testing.T) {
	readers := func(names ...string) func(*Input) {
		return func(in *Input) { in.Policy.Readers = map[string][]string{team.String(): names} }
	}
	two := but(cred("a", Current, day), func(c *Credential) {
		c.Receipts = []SinkReceipt{{Sink: team, Readers: []string{"sales", "admin", "safe"}, Committed: true}}
	})
	decides(t, []decideCase{
		{"removed", []Credential{cred("a", Current, day)}, readers("safe"), Replace, "admin may no longer read it"},
		{"several removed", []Credential{two}, readers("safe"), Replace, "admin, sales may no longer read it"},
		{"all removed", []Credential{cred("a", Current, day)}, readers([]string{}...), Replace, "admin may no longer read it"},
		{"added", []Credential{cred("a", Current, day)}, readers("admin", "safe"), Keep, ""},
		{"of a sink that is not open here", []Credential{cred("a", Current, day)}, func(in *Input) { in.Policy.Readers = nil }, Keep, ""},
		{"removed with the sink that it was to be read from", []Credential{cred("a", Current, day)}, func(in *Input) { readers("safe")(in); in.Policy.Sinks = nil }, Keep, ""},
		{"removed while one waits", []Credential{cred("a", Current, 80*day), cred("b", Waiting, day)}, readers("safe"), Blocked, "waiting for confirmation (admin may no longer read it)"},
		{"one that never could read the newest", []Credential{but(cred("a", Current, 80*day), func(c *Credential) { c.Receipts = two.Receipts }), cred("b", Waiting, day)}, readers("admin"), Keep, ""},
		{"its value readable here is no way around it", []Credential{cred("a", Current, day)}, func(in *Input) { readers("safe")(in); in.Readable = true }, Replace, "admin may no longer read it"},
	})
}

func TestWhatTimeBrings(t *testing.T) {
	november := func(in *Input) { in.Policy.RotateOn = []Day{{11, 1}} }
	third := func(in *Input) {
		in.Policy.Lifetime, in.Policy.RotateBefore, in.Policy.DefaultBefore = Span{365, "d"}, Span{121, "d"}, true
	}
	decides(t, []decideCase{
		{"a moment before it is due", []Credential{cred("a", Current, 60*day-time.Second)}, nil, Keep, ""},
		{"the moment it is due", []Credential{cred("a", Current, 60*day)}, nil, Replace, "30d before its end"},
		{"a lifetime that was lengthened does not make it due early", []Credential{cred("a", Current, 60*day-time.Second)}, third, Keep, ""},
		{"nor late", []Credential{cred("a", Current, 60*day)}, third, Replace, "30d before its end"},
		{"a moment before a day of the year", []Credential{cred("a", Current, 40*day)}, func(in *Input) { november(in); in.Now = date("2026-11-01").Add(-time.Second) }, Keep, ""},
		{"a day of the year", []Credential{cred("a", Current, 40*day)}, november, Replace, "rotate_on 11-01"},
		{"a day of the year that passed before it was made", []Credential{cred("a", Current, 10*day)}, november, Keep, ""},
		{"what came first is the reason", []Credential{cred("a", Current, 85*day)}, november, Replace, "30d before its end"},
		{"a leap day is called what it was called", []Credential{cred("a", Current, 0)}, func(in *Input) {
			in.Policy.RotateOn, in.Policy.Lifetime, in.Creds[0].EndsAt, in.Now = []Day{{2, 29}}, Span{365, "d"}, now.Add(365*day), date("2027-02-28")
		}, Replace, "rotate_on 02-29"},
		{"one that has ended", []Credential{cred("a", Current, 90*day)}, nil, Replace, "it has expired"},
		{"a second before it ends", []Credential{cred("a", Current, 90*day-time.Second)}, nil, Replace, "30d before its end"},
	})
}

func TestWhileItIsOpenWhichIsInUseNothingNewIsMade(t *testing.T) {
	decides(t, []decideCase{
		{"a successor that waits", []Credential{cred("a", Current, 80*day), cred("b", Waiting, day)}, nil, Keep, ""},
		{"a successor that waits until it is due itself", []Credential{cred("a", Current, 80*day), cred("b", Waiting, 70*day)}, nil, Blocked, "waiting for confirmation (30d before its end)"},
		{"a second before the one in use ends", []Credential{but(cred("a", Current, 80*day), left(time.Second)), cred("b", Waiting, 70*day)}, nil, Blocked, "waiting for confirmation (30d before its end)"},
		{"the one in use has ended meanwhile", []Credential{cred("a", Current, 90*day), cred("b", Waiting, 70*day)}, nil, Replace, "30d before its end"},
		{"the one in use was removed meanwhile", []Credential{cred("a", Current, 80*day), cred("b", Waiting, 70*day)}, func(in *Input) { in.Gone["a"] = true }, Replace, "30d before its end"},
		{"the successor has ended before the one in use", []Credential{but(cred("a", Current, 80*day), lived(365*day)), cred("b", Waiting, 90*day)}, func(in *Input) { in.Policy.Lifetime = Span{1, "y"} }, Replace, "it has expired"},
		{"a first one that waits and is due", []Credential{cred("a", Waiting, 70*day)}, nil, Replace, "30d before its end"},
		{"a first one that nobody confirmed may be in use", []Credential{cred("a", Waiting, 89*day), cred("b", Waiting, 70*day)}, nil, Blocked, "waiting for confirmation (30d before its end)"},
		{"a first one that nobody confirmed has ended", []Credential{cred("a", Waiting, 90*day), cred("b", Waiting, 70*day)}, nil, Replace, "30d before its end"},
		{"a successor of one that ended may be in use", []Credential{cred("a", Current, 120*day), cred("b", Waiting, 80*day), cred("c", Waiting, 65*day)}, nil, Blocked, "waiting for confirmation (30d before its end)"},
		{"a successor of one that ended has ended", []Credential{cred("a", Current, 150*day), cred("b", Waiting, 90*day), cred("c", Waiting, 65*day)}, nil, Replace, "30d before its end"},
		{"one that no sink received waits for nobody", []Credential{cred("a", Current, 80*day), but(cred("b", Waiting, 70*day), unreceived)}, func(in *Input) { in.Policy.Sinks = nil }, Replace, "30d before its end"},
		{"one brought back waits like any other", []Credential{cred("b", Current, 10*day), cred("a", Waiting, 70*day)}, nil, Blocked, "waiting for confirmation (30d before its end)"},
		{"what was replaced does not count", []Credential{cred("a", Superseded, 80*day), cred("b", Current, 70*day)}, nil, Replace, "30d before its end"},
		{"delivery suffices now", []Credential{cred("a", Current, 80*day), cred("b", Waiting, 70*day)}, func(in *Input) { in.Policy.RetireOn = OnDelivery }, Replace, "30d before its end"},
	})
}

func TestADecisionSaysSinceWhenAndByWhichCheck(t *testing.T) {
	for _, c := range []struct {
		decideCase
		check string
		at    time.Time
	}{
		{decideCase{name: "nothing is due", creds: []Credential{cred("a", Current, day)}}, "", time.Time{}},
		{decideCase{name: "there is none"}, "no credential", time.Time{}},
		{decideCase{name: "near its end", creds: []Credential{cred("a", Current, 65*day)}}, "near its end", now.Add(-5 * day)},
		{decideCase{name: "ended", creds: []Credential{cred("a", Current, 95*day)}}, "expired", now.Add(-35 * day)},
		{decideCase{name: "blocked", creds: []Credential{cred("a", Current, 80*day), cred("b", Waiting, 65*day)}}, "near its end", now.Add(-5 * day)},
		{decideCase{name: "on a day of the year", creds: []Credential{cred("a", Current, 40*day)}, change: func(in *Input) { in.Policy.RotateOn = []Day{{11, 1}} }}, "a day of the year", date("2026-11-01")},
		{decideCase{name: "ordered an hour ago", creds: []Credential{but(cred("a", Current, day), revokedFor("leaked"))}}, "revoked", now.Add(-time.Hour)},
		{decideCase{name: "asked for", creds: []Credential{cred("a", Current, day)}, change: func(in *Input) { in.Asked = "x" }}, "asked for by name", now},
		{decideCase{name: "a sink more", creds: []Credential{cred("a", Current, day)}, change: func(in *Input) { in.Policy.Sinks, in.Readable = append(in.Policy.Sinks, spare), true }}, "a sink added or changed", now},
	} {
		if d := Decide(c.input()); d.Check != c.check || !d.At.Equal(c.at) {
			t.Errorf("%s: %q since %s, want %q since %s", c.name, d.Check, d.At, c.check, c.at)
		}
	}
}
