package rotate

import (
	"fmt"
	"slices"
	"time"
)

// Day is a day of the year. 29 February is the 28th in common years.
type Day struct {
	Month time.Month
	Day   int
}

// String writes the day as rotate_on does.
func (d Day) String() string { return fmt.Sprintf("%02d-%02d", int(d.Month), d.Day) }

// In is the day's beginning in a year.
func (d Day) In(year int, loc *time.Location) time.Time {
	last := time.Date(year, d.Month+1, 0, 0, 0, 0, 0, loc).Day()
	return time.Date(year, d.Month, min(d.Day, last), 0, 0, 0, 0, loc)
}

// The calendar repeats itself after 28 years, leap days and weekdays, by which
// summer time begins and ends.
const (
	firstYear = 2023
	lastYear  = firstYear + 28
)

// days are the days of rotate_on in a whole cycle of the calendar, in order and
// without doubles.
func (p Policy) days() []time.Time {
	var out []time.Time
	for y := firstYear; y <= lastYear; y++ {
		for _, d := range p.RotateOn {
			out = append(out, d.In(y, p.location()))
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// LongestGap is the longest time between two neighbouring days of rotate_on,
// in days; zero without any.
func (p Policy) LongestGap() int {
	days, longest := p.days(), 0
	for i := 1; i < len(days); i++ {
		longest = max(longest, wholeDays(days[i].Sub(days[i-1])))
	}
	return longest
}

// wholeDays rounds to days: those on which summer time begins or ends last 23
// or 25 hours.
func wholeDays(d time.Duration) int { return int(d.Round(24*time.Hour) / (24 * time.Hour)) }

// ReachesDays tells whether a credential made on one of the days of rotate_on
// lives until the next one and rotate_before beyond it. If not, it is due before
// that day comes. True without any days.
func (p Policy) ReachesDays() bool {
	days := p.days()
	for i := 1; i < len(days); i++ {
		end := p.Lifetime.After(days[i-1].UTC())
		if p.beforeEnd(days[i-1], end).Before(end).Before(days[i]) {
			return false
		}
	}
	return true
}

// LeastLifetime is the shortest lifetime in whole days with which ReachesDays
// is true. Where rotate_before is a third of the lifetime it grows with it.
func (p Policy) LeastLifetime() Span {
	p.Lifetime = Span{max(1, p.LongestGap()), "d"}
	for !p.ReachesDays() {
		p.Lifetime.N++
	}
	return p.Lifetime
}

// Crowds tells whether a credential falls due while the one before it is still
// kept, so that three are valid at a time although everybody did their part in
// time.
func (p Policy) Crowds() bool {
	made := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	end := p.Lifetime.After(made)
	stays := min(p.RetireAfter.After(made).Sub(made), end.Sub(p.beforeEnd(made, end).Before(end)))
	period := p.beforeEnd(made, end).Before(end).Sub(made)
	days := p.days()
	for i := 1; i < len(days); i++ {
		if gap := days[i].Sub(days[i-1]); gap < period {
			period, stays = gap, p.RetireAfter.After(made).Sub(made)
		}
	}
	return stays > period
}
