package rotate

import (
	"testing"
	"time"
)

func id(c *Credential) string {
	if c == nil {
		return ""
	}
	return c.KeyID
}

func back(c *Credential) { c.ConfirmedAt, c.DeliveredAt = now.Add(-20*day), now.Add(-20*day) }

func TestWhatIsInUseAndWhatWaits(t *testing.T) {
	for _, c := range []struct {
		name                   string
		creds                  []Credential
		change                 func(*Input)
		inUse, newest, waiting string
		days                   int
	}{
		{"nothing", nil, nil, "", "", "", 0},
		{"nothing that anybody could have", []Credential{cred("a", Created, 0), cred("b", Abandoned, 0)}, nil, "", "", "", 0},
		{"one", []Credential{cred("a", Current, 20*day)}, nil, "a", "a", "", 70},
		{"a successor does not count before it is confirmed", []Credential{cred("a", Current, 80*day), cred("b", Waiting, 0)}, nil, "a", "b", "b", 10},
		{"the last day", []Credential{cred("a", Current, 90*day-time.Hour), cred("b", Waiting, 0)}, nil, "a", "b", "b", 0},
		{"confirmed", []Credential{replaced("a", 80*day, day), cred("b", Current, 2*day)}, nil, "b", "b", "", 88},
		{"a first one is in use for all we know", []Credential{cred("a", Waiting, 20*day)}, nil, "a", "a", "a", 70},
		{"of those that wait the oldest", []Credential{cred("a", Waiting, 80*day), cred("b", Waiting, 0)}, nil, "a", "b", "b", 10},
		{"of those that wait and have not ended", []Credential{cred("a", Waiting, 90*day), cred("b", Waiting, 20*day), cred("c", Waiting, 0)}, nil, "b", "c", "c", 70},
		{"one that ended is in use as long as nobody says otherwise", []Credential{cred("a", Current, 95*day), cred("b", Waiting, 0)}, nil, "a", "b", "b", 0},
		{"all that wait have ended", []Credential{cred("a", Waiting, 120*day), cred("b", Waiting, 90*day)}, nil, "b", "b", "b", 0},
		{"one that is gone is in use and works no more", []Credential{cred("a", Current, 20*day), cred("b", Waiting, 0)}, func(in *Input) { in.Gone["a"] = true }, "a", "b", "b", 0},
		{"a successor that is gone waits for nobody", []Credential{cred("a", Current, 80*day), cred("b", Waiting, 0)}, func(in *Input) { in.Gone["b"] = true }, "a", "a", "", 10},
		{"a successor that no sink received waits for nobody", []Credential{cred("a", Current, 80*day), but(cred("b", Waiting, 0), unreceived)}, nil, "a", "b", "", 10},
		{"nor is it in use", []Credential{but(cred("b", Waiting, 0), unreceived)}, nil, "", "b", "", 0},
		{"a first one that nobody confirmed is gone", []Credential{cred("a", Waiting, day)}, func(in *Input) { in.Gone["a"] = true }, "a", "", "", 0},
		{"an interrupted first delivery is nobody's yet", []Credential{cred("a", Delivering, 0)}, nil, "", "", "", 0},
		{"one on its way back was in use all the time", []Credential{cred("b", Waiting, day), but(cred("a", Delivering, 80*day), back)}, nil, "a", "b", "b", 10},
		{"one on its way back that nobody ever confirmed", []Credential{cred("b", Waiting, day), but(cred("a", Delivering, 80*day), func(c *Credential) { c.DeliveredAt = now.Add(-79 * day) })}, nil, "a", "b", "b", 10},
		{"one that is back and was confirmed before", []Credential{cred("b", Waiting, day), but(cred("a", Waiting, 80*day), back)}, nil, "a", "a", "a", 10},
		{"one that is back beside the one in use", []Credential{cred("b", Current, day), but(cred("a", Waiting, 80*day), back)}, nil, "b", "a", "a", 89},
		{"delivery suffices now, and the one in use has ended", []Credential{cred("a", Current, 95*day), cred("b", Waiting, 20*day)}, func(in *Input) { in.Policy.RetireOn = OnDelivery }, "b", "b", "b", 70},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Judge(decideCase{creds: c.creds, change: c.change}.input())
			if id(s.InUse) != c.inUse || id(s.Newest) != c.newest || id(s.Waiting) != c.waiting || s.DaysLeft != c.days {
				t.Errorf("in use %q, newest %q, waiting %q, %d days left", id(s.InUse), id(s.Newest), id(s.Waiting), s.DaysLeft)
			}
		})
	}
}

func TestWhenAMissingConfirmationIsAnError(t *testing.T) {
	waits := func(life time.Duration) []Credential {
		return []Credential{but(cred("a", Current, 10*day), left(life)), cred("b", Waiting, 0)}
	}
	for _, c := range []struct {
		name    string
		creds   []Credential
		change  func(*Input)
		overdue bool
		expired bool
		gone    bool
	}{
		{"a month before the end of the one in use", waits(30 * day), nil, true, false, false},
		{"not a second earlier", waits(30*day + time.Second), nil, false, false, false},
		{"earlier where the product is worse off", waits(60 * day), func(in *Input) { in.Policy.ErrorBefore = Span{60, "d"} }, true, false, false},
		{"once it has ended", waits(0), nil, true, true, false},
		{"once it is gone", waits(80 * day), func(in *Input) { in.Gone["a"] = true }, true, false, true},
		{"a first one that nobody confirmed", []Credential{cred("a", Waiting, 60*day)}, nil, true, false, false},
		{"a first one that nobody confirmed and that is gone", []Credential{cred("a", Waiting, day)}, func(in *Input) { in.Gone["a"] = true }, false, false, true},
		{"one that is confirmed is never missing", []Credential{cred("a", Current, 80*day)}, nil, false, false, false},
		{"one that ended without a successor lacks no confirmation", []Credential{cred("a", Current, 90*day)}, nil, false, true, false},
		{"where delivery suffices none is missing", waits(10 * day), func(in *Input) { in.Policy.RetireOn = OnDelivery }, false, false, false},
	} {
		s := Judge(decideCase{creds: c.creds, change: c.change}.input())
		if s.Overdue != c.overdue || s.Expired != c.expired || s.Gone != c.gone {
			t.Errorf("%s: overdue %t, expired %t, gone %t", c.name, s.Overdue, s.Expired, s.Gone)
		}
	}
}

func TestWhatIsRemovedAndWhatNext(t *testing.T) {
	for _, c := range []struct {
		name   string
		creds  []Credential
		retire string
		next   time.Time
	}{
		{"nothing was replaced", []Credential{cred("a", Current, 0)}, "", time.Time{}},
		{"retire.after its confirmation", []Credential{replaced("a", 80*day, 6*time.Hour), cred("b", Current, 2*day)}, "", now.Add(18 * time.Hour)},
		{"one is removed, another is next", []Credential{replaced("a", 80*day, day), replaced("b", 70*day, 6*time.Hour), cred("c", Current, 0)}, "a", now.Add(18 * time.Hour)},
		{"the earliest of several", []Credential{replaced("a", 80*day, 6*time.Hour), replaced("b", 70*day, 9*time.Hour), cred("c", Current, 0)}, "", now.Add(15 * time.Hour)},
		{"its own end where that is sooner", []Credential{but(replaced("a", 80*day, 0), left(time.Hour)), cred("b", Current, 0)}, "", now.Add(time.Hour)},
		{"no time while its successor waits", []Credential{replaced("a", 80*day, 0), cred("b", Waiting, 0)}, "", time.Time{}},
		{"no time for what was ordered before it has a successor", []Credential{but(replaced("a", 80*day, 0), revokedFor("leaked")), but(cred("b", Current, 0), revokedFor("leaked"))}, "", time.Time{}},
	} {
		s := Judge(decideCase{creds: c.creds}.input())
		if names(s.Retire) != c.retire || !s.NextRemoval.Equal(c.next) {
			t.Errorf("%s: %q now, then %s", c.name, names(s.Retire), s.NextRemoval)
		}
		if c.next.IsZero() {
			continue
		}
		in := decideCase{creds: c.creds}.input()
		in.Now = c.next.Add(-time.Second)
		before := len(ToRetire(in))
		if in.Now = c.next; len(ToRetire(in)) != before+1 {
			t.Errorf("%s: nothing more is removed at %s", c.name, c.next)
		}
	}
}

func TestWhenTheNewestIsOrWasDue(t *testing.T) {
	for _, c := range []struct {
		name  string
		creds []Credential
		want  time.Time
	}{
		{"there is none", nil, time.Time{}},
		{"in a while", []Credential{cred("a", Current, 0)}, now.Add(60 * day)},
		{"a while ago", []Credential{cred("a", Current, 70*day)}, now.Add(-10 * day)},
		{"of the one that waits", []Credential{cred("a", Current, 70*day), cred("b", Waiting, 0)}, now.Add(60 * day)},
	} {
		if s := Judge(decideCase{creds: c.creds}.input()); !s.DueAt.Equal(c.want) {
			t.Errorf("%s: %s", c.name, s.DueAt)
		}
	}
}
