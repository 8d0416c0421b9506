package rotate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Span is a length of time in calendar units, as a lifetime is written:
// "90d", "24mo", "1y". Months and years are clamped to the month's end, so
// that 31 January plus one month is the last day of February.
type Span struct {
	N    int
	Unit string // h, d, w, mo, y
}

// ErrSpan is wrapped by every error of ParseSpan.
var ErrSpan = errors.New(`a length of time is a whole number and one of h, d, w, mo, y, such as "180d"`)

// maxSpanYears bounds a span: Entra's dates end with the year 9999, and no
// secret should live for a tenth of that.
const maxSpanYears = 100

// ParseSpan reads a span. It is positive and at most a hundred years.
func ParseSpan(s string) (Span, error) {
	digits := strings.TrimLeft(s, "0123456789")
	n, err := strconv.Atoi(s[:len(s)-len(digits)])
	if err != nil || n <= 0 {
		return Span{}, fmt.Errorf("%q: %w", s, ErrSpan)
	}
	perYear, ok := map[string]int{"h": 8766, "d": 366, "w": 53, "mo": 12, "y": 1}[digits]
	if !ok || n > maxSpanYears*perYear {
		return Span{}, fmt.Errorf("%q: %w", s, ErrSpan)
	}
	return Span{N: n, Unit: digits}, nil
}

// String writes the span as ParseSpan reads it.
func (s Span) String() string { return strconv.Itoa(s.N) + s.Unit }

// IsZero tells whether s is no span at all.
func (s Span) IsZero() bool { return s == Span{} }

// After is the time a span after t, reckoned in t's location for months and
// years; hours, days and weeks are exact multiples of an hour, so that a
// change to summer time does not move an end date.
func (s Span) After(t time.Time) time.Time { return s.add(t, 1) }

// Before is the time a span before t.
func (s Span) Before(t time.Time) time.Time { return s.add(t, -1) }

func (s Span) add(t time.Time, sign int) time.Time {
	n := s.N * sign
	switch s.Unit {
	case "h":
		return t.Add(time.Duration(n) * time.Hour)
	case "d":
		return t.Add(time.Duration(n) * 24 * time.Hour)
	case "w":
		return t.Add(time.Duration(n) * 7 * 24 * time.Hour)
	case "mo":
		return addMonths(t, n)
	case "y":
		return addMonths(t, 12*n)
	}
	return t
}

// addMonths adds months and clamps the day to the last of the month.
func addMonths(t time.Time, n int) time.Time {
	y, m, d := t.Date()
	first := time.Date(y, m+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(d, last)-1)
}

// Compare orders two spans by what they add to the same moment; the moment
// matters only where units differ.
func (s Span) Compare(o Span, from time.Time) int { return s.After(from).Compare(o.After(from)) }

// Extremes are the least and the greatest outcome of Compare, by the moment both
// begin: a month has 28 to 31 days and a year up to 366, so that what holds
// today need not hold when the next secret is made.
func (s Span) Extremes(o Span) (least, most int) {
	least, most = 1, -1
	for month := range 48 { // from a leap year to the next; from other days of a month nothing is longer or shorter
		c := s.Compare(o, time.Date(2024, time.January+time.Month(month), 1, 0, 0, 0, 0, time.UTC))
		least, most = min(least, c), max(most, c)
	}
	return least, most
}

// Third is a third of the span in whole days (at least one hour), the default
// of rotate_before.
func (s Span) Third(from time.Time) Span {
	hours := int(s.After(from).Sub(from).Hours()) / 3
	if hours < 24 {
		return Span{N: max(1, hours), Unit: "h"}
	}
	return Span{N: hours / 24, Unit: "d"}
}
