package rotate

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestADayOfTheYearThatIsNotInItIsTheMonthsLast(t *testing.T) {
	leap := Day{time.February, 29}
	if got := leap.In(2027, time.UTC); !got.Equal(date("2027-02-28")) {
		t.Errorf("in 2027 it is %s", got)
	}
	if got := leap.In(2028, time.UTC); !got.Equal(date("2028-02-29")) {
		t.Errorf("in 2028 it is %s", got)
	}
	tokyo := time.FixedZone("JST", 9*3600)
	if got := (Day{time.April, 1}).In(2027, tokyo); !got.Equal(date("2027-03-31").Add(15 * time.Hour)) {
		t.Errorf("in Tokyo it begins at %s", got.UTC())
	}
}

func TestTheLongestGapBetweenDays(t *testing.T) {
	for _, c := range []struct {
		name string
		want int
		days []Day
		zone string
	}{
		{"none", 0, nil, "UTC"},
		{"one a year, over a leap day", 366, []Day{{1, 15}}, "UTC"},
		{"the leap day itself", 366, []Day{{2, 29}}, "UTC"},
		{"two a year", 183, []Day{{4, 1}, {10, 1}}, "UTC"},
		{"the same day twice", 366, []Day{{4, 1}, {4, 1}}, "UTC"},
		{"a leap day and the day before, which it is in common years", 365, []Day{{2, 28}, {2, 29}}, "UTC"},
		{"two that lie close together", 337, []Day{{3, 1}, {2, 1}}, "UTC"},
		{"the hour that summer time takes away is no day less", 204, []Day{{3, 20}, {10, 10}}, "Europe/Berlin"},
	} {
		if got := (Policy{RotateOn: c.days, Location: zone(c.zone)}).LongestGap(); got != c.want {
			t.Errorf("%s: %d days, want %d", c.name, got, c.want)
		}
	}
}

func TestTheShortestLifetimeThatReachesFromDayToDay(t *testing.T) {
	for _, c := range []struct {
		name   string
		days   []Day
		before string // empty: a third
		zone   string
		want   int
	}{
		{"the gap and rotate_before", []Day{{4, 1}, {10, 1}}, "30d", "UTC", 213},
		{"one day a year", []Day{{4, 1}}, "30d", "UTC", 396},
		{"the leap day, in every fourth year only", []Day{{2, 29}}, "30d", "UTC", 396},
		{"a third of it grows with it", []Day{{4, 1}}, "", "UTC", 548},
		{"a third, twice a year", []Day{{4, 1}, {10, 1}}, "", "UTC", 274},
		{"the hour that summer time takes away counts", []Day{{1, 15}, {7, 15}}, "30d", "Europe/Berlin", 215},
		{"also where it lies in a leap year to come", []Day{{10, 30}}, "30d", "Europe/Berlin", 397},
		{"where there is none it does not", []Day{{1, 15}, {7, 15}}, "30d", "Asia/Tokyo", 214},
		{"months before its end are the longest there are", []Day{{4, 1}, {10, 1}}, "1mo", "UTC", 214},
	} {
		p := Policy{RotateOn: c.days, Location: zone(c.zone), DefaultBefore: c.before == ""}
		p.RotateBefore, _ = ParseSpan(c.before)
		if got := p.LeastLifetime(); got != (Span{c.want, "d"}) {
			t.Errorf("%s: %s, want %dd", c.name, got, c.want)
		}
	}
}

// With the lifetime that is asked for, what is made on a day falls due on the
// next one and not before; with a day less it once does not.
func TestALifetimeReachesFromDayToDayOrNot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Policy{
			RotateBefore:  Span{rapid.IntRange(1, 90).Draw(t, "before"), "d"},
			DefaultBefore: rapid.Bool().Draw(t, "a third"),
			Location:      drawZone(t),
			RotateOn: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Day {
				d := date("2024-01-01").AddDate(0, 0, rapid.IntRange(0, 365).Draw(t, "day"))
				return Day{d.Month(), d.Day()}
			}), 1, 4).Draw(t, "days"),
		}
		p.Lifetime = p.LeastLifetime()
		early := func(p Policy) bool {
			for y := firstYear; y < lastYear; y++ {
				for _, d := range p.RotateOn {
					made := d.In(y, p.Location)
					if due := p.DueAt(made, p.Ends(made)); !isOneOf(due, p.RotateOn, p.Location) {
						return true
					}
				}
			}
			return false
		}
		if early(p) {
			t.Errorf("with %s something is due on no day of the year", p.Lifetime)
		}
		p.Lifetime.N--
		if !early(p) {
			t.Errorf("%s would do", p.Lifetime)
		}
	})
}

// isOneOf tells whether a moment is the beginning of one of the days.
func isOneOf(at time.Time, days []Day, loc *time.Location) bool {
	for _, d := range days {
		if d.In(at.In(loc).Year(), loc).Equal(at) {
			return true
		}
	}
	return false
}

func TestSecretsThatFollowFasterThanTheyAreRemoved(t *testing.T) {
	for _, c := range []struct {
		name                    string
		lifetime, before, after Span
		days                    []Day
		want                    bool
	}{
		{"the defaults for a machine", Span{180, "d"}, Span{60, "d"}, Span{14, "d"}, nil, false},
		{"replaced every ten days and kept for fourteen", Span{30, "d"}, Span{20, "d"}, Span{14, "d"}, nil, true},
		{"kept for long, but ended before the next", Span{30, "d"}, Span{10, "d"}, Span{60, "d"}, nil, false},
		{"days further apart than one is kept", Span{365, "d"}, Span{30, "d"}, Span{14, "d"}, []Day{{4, 1}, {4, 16}}, false},
		{"days closer together than that", Span{400, "d"}, Span{30, "d"}, Span{14, "d"}, []Day{{4, 1}, {4, 10}}, true},
	} {
		p := Policy{Lifetime: c.lifetime, RotateBefore: c.before, RetireAfter: c.after, RotateOn: c.days}
		if got := p.Crowds(); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}
