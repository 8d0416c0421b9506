package rotate

import (
	"testing"
	"time"
)

func TestWhenACredentialIsDue(t *testing.T) {
	p := Policy{RotateBefore: Span{30, "d"}}
	for _, c := range []struct {
		name              string
		on                []Day
		created, end, due string
	}{
		{"rotate_before its end", nil, "2026-11-21", "2027-11-21", "2027-10-22"},
		{"on the first of its days after it was made", []Day{{4, 1}, {10, 1}}, "2026-11-21", "2027-11-21", "2027-04-01"},
		{"in whatever order they are written", []Day{{10, 1}, {4, 1}}, "2026-11-21", "2027-11-21", "2027-04-01"},
		{"never on the day it was made", []Day{{4, 1}}, "2027-04-01", "2028-11-21", "2028-04-01"},
		{"before its end even where the day comes later", []Day{{4, 1}}, "2026-11-21", "2027-03-21", "2027-02-19"},
		{"on a leap day in a common year", []Day{{2, 29}}, "2026-11-21", "2027-11-21", "2027-02-28"},
		{"on a leap day in a leap year", []Day{{2, 29}}, "2027-11-21", "2028-11-21", "2028-02-29"},
		{"at the turn of the year", []Day{{1, 1}}, "2026-12-31", "2027-12-31", "2027-01-01"},
	} {
		p.RotateOn = c.on
		if got := p.DueAt(date(c.created), date(c.end)); !got.Equal(date(c.due)) {
			t.Errorf("%s: %s", c.name, got.Format(time.DateOnly))
		}
	}
}

func TestADayBeginsWhereTheConfigurationSays(t *testing.T) {
	p := Policy{RotateBefore: Span{30, "d"}, RotateOn: []Day{{4, 1}}, Location: zone("Asia/Tokyo")}
	if got, want := p.DueAt(date("2026-11-21"), date("2027-11-21")), date("2027-03-31").Add(15*time.Hour); !got.Equal(want) {
		t.Errorf("due %s, want %s", got.UTC(), want)
	}
}

// A runner whose clock is ahead makes a credential on time for a day that has
// not begun for Entra.
func TestOneThatWasMadeForADayIsNotDueForItAgain(t *testing.T) {
	p := Policy{RotateBefore: Span{30, "d"}, RotateOn: []Day{{4, 1}}}
	begins, end, next := date("2027-04-01"), date("2028-06-01"), date("2028-04-01")
	for _, c := range []struct {
		name string
		c    Credential
		want time.Time
	}{
		{"Entra's clock is ten minutes behind ours", Credential{IntendedAt: begins, CreatedAt: begins.Add(-10 * time.Minute), EndsAt: end}, next},
		{"only Entra's clock is known", Credential{CreatedAt: begins.Add(-10 * time.Minute), EndsAt: end}, next},
		{"our clock is set to another time zone", Credential{IntendedAt: begins.Add(time.Minute), CreatedAt: begins.Add(-9 * time.Hour), EndsAt: end}, next},
		{"it was made an hour before", Credential{IntendedAt: begins.Add(-time.Hour), CreatedAt: begins.Add(-time.Hour), EndsAt: end}, begins},
	} {
		if got := p.Due(c.c); !got.Equal(c.want) {
			t.Errorf("%s: due %s, want %s", c.name, got, c.want)
		}
	}
}

// What is left to its default follows the life there is, not the lifetime that
// a successor will have.
func TestAThirdOfItsLifeBeforeItsEnd(t *testing.T) {
	made := date("2026-11-21")
	for _, c := range []struct {
		name   string
		policy Policy
		life   time.Duration
		want   string // before its end
	}{
		{"the lifetime it was made with", Policy{Lifetime: Span{180, "d"}, RotateBefore: Span{60, "d"}, DefaultBefore: true}, 180 * day, "60d"},
		{"some seconds of which passed while it was made", Policy{Lifetime: Span{180, "d"}, RotateBefore: Span{60, "d"}, DefaultBefore: true}, 180*day - 20*time.Second, "60d"},
		{"a lifetime that was lengthened since", Policy{Lifetime: Span{730, "d"}, RotateBefore: Span{243, "d"}, DefaultBefore: true}, 180 * day, "60d"},
		{"a lifetime that was shortened since", Policy{Lifetime: Span{90, "d"}, RotateBefore: Span{30, "d"}, DefaultBefore: true}, 180 * day, "60d"},
		{"rotate_before that is written holds for all", Policy{Lifetime: Span{730, "d"}, RotateBefore: Span{243, "d"}}, 180 * day, "243d"},
		{"a life of hours", Policy{Lifetime: Span{12, "h"}, RotateBefore: Span{4, "h"}, DefaultBefore: true}, 12 * time.Hour, "4h"},
		{"a life of minutes", Policy{Lifetime: Span{2, "h"}, RotateBefore: Span{1, "h"}, DefaultBefore: true}, 20 * time.Minute, "1h"},
	} {
		end := made.Add(c.life)
		want, _ := ParseSpan(c.want)
		if got := c.policy.Due(Credential{CreatedAt: made, EndsAt: end}); !got.Equal(want.Before(end)) {
			t.Errorf("%s: due %s before its end, want %s", c.name, end.Sub(got), c.want)
		}
	}
	taken := Policy{RotateBefore: Span{60, "d"}, DefaultBefore: true}.Due(Credential{EndsAt: made})
	if !taken.Equal(Span{60, "d"}.Before(made)) {
		t.Errorf("one whose beginning is unknown is due %s", taken)
	}
}

func TestOneThatWasMadeOnTheEveOfADayAtTheTurnOfTheYearWaitsForTheNext(t *testing.T) {
	p := Policy{RotateBefore: Span{30, "d"}, RotateOn: []Day{{1, 1}}}
	if got := p.DueAt(date("2027-01-01").Add(-time.Minute), date("2029-01-01")); !got.Equal(date("2028-01-01")) {
		t.Errorf("due %s", got)
	}
}

func TestAnEndDateIsTheSameWhereverTheRunnerIs(t *testing.T) {
	p := Policy{Lifetime: Span{1, "mo"}}
	at := time.Date(2027, 1, 30, 20, 0, 0, 999, time.UTC) // the 31st in Tokyo
	if got, want := p.Ends(at.In(zone("Asia/Tokyo"))), p.Ends(at); !got.Equal(want) || got.Nanosecond() != 0 {
		t.Errorf("%s and %s", got, want)
	}
}
