package rotate

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func date(text string) time.Time {
	t, err := time.Parse("2006-01-02", text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestSpansAreReckonedInCalendarUnits(t *testing.T) {
	for _, c := range []struct{ name, span, from, to string }{
		{"a month from the last of January ends with February", "1mo", "2027-01-31", "2027-02-28"},
		{"in a leap year on the 29th", "1mo", "2028-01-31", "2028-02-29"},
		{"a month from the last of February keeps the day", "1mo", "2027-02-28", "2027-03-28"},
		{"a year from a leap day is the 28th", "1y", "2028-02-29", "2029-02-28"},
		{"four years from a leap day is one again", "4y", "2028-02-29", "2032-02-29"},
		{"24 months are two years", "24mo", "2026-11-21", "2028-11-21"},
		{"365 days are not a leap year", "365d", "2028-01-01", "2028-12-31"},
		{"a week is seven days", "2w", "2027-02-20", "2027-03-06"},
		{"hours carry over midnight", "48h", "2026-12-31", "2027-01-02"},
	} {
		s, err := ParseSpan(c.span)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.After(date(c.from)); !got.Equal(date(c.to)) {
			t.Errorf("%s: %s after %s is %s", c.name, c.span, c.from, got.Format(time.DateOnly))
		}
	}
	s, _ := ParseSpan("1mo")
	if got := s.Before(date("2028-03-31")); !got.Equal(date("2028-02-29")) {
		t.Errorf("a month before 31 March 2028 is %s", got.Format(time.DateOnly))
	}
}

func TestASpanReadsBackAndNothingElseIsRead(t *testing.T) {
	for _, text := range []string{"1h", "90d", "52w", "24mo", "100y", "36600d"} {
		if s, err := ParseSpan(text); err != nil || s.String() != text {
			t.Errorf("%s reads as %s, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "d", "0d", "-1d", "1", "1m", "1 d", "1d ", "1.5d", "１d", "1D", "101y", "99999999999999999999d", "36601d"} {
		if s, err := ParseSpan(text); !errors.Is(err, ErrSpan) || !s.IsZero() {
			t.Errorf("%q reads as %s, %v", text, s, err)
		}
	}
}

func TestSpansNeverPanicAndAlwaysLeadForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := ParseSpan(rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9]{1,5}(h|d|w|mo|y)`)).Draw(t, "span"))
		from := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "from"), 0).UTC()
		if err != nil {
			return
		}
		if !s.After(from).After(from) || !s.Before(from).Before(from) || s.Third(from).After(from).After(s.After(from).Add(time.Hour)) {
			t.Errorf("%s from %s: after %s, before %s, a third %s", s, from, s.After(from), s.Before(from), s.Third(from))
		}
	})
}

func TestWhatHoldsInOneMonthNeedNotHoldInTheNext(t *testing.T) {
	for _, c := range []struct {
		name, a, b  string
		least, most int
	}{
		{"days compare the same at any time", "30d", "31d", -1, -1},
		{"the same length in other units", "14d", "2w", 0, 0},
		{"a month is shorter or longer than 30 days", "1mo", "30d", -1, 1},
		{"and never longer than 31", "1mo", "31d", -1, 0},
		{"nor shorter than 28", "1mo", "28d", 0, 1},
		{"two years may hold a leap day", "24mo", "730d", 0, 1},
		{"twelve months are a year, whichever", "12mo", "1y", 0, 0},
		{"half a year is longer than 180 days", "6mo", "180d", 1, 1},
	} {
		a, _ := ParseSpan(c.a)
		b, _ := ParseSpan(c.b)
		if least, most := a.Extremes(b); least != c.least || most != c.most {
			t.Errorf("%s: %s against %s gives %d to %d", c.name, c.a, c.b, least, most)
		}
	}
}

func TestNoMomentMakesASpanLongerOrShorterThanItsExtremes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[1-9][0-9]?(d|w|mo|y)`)
		a, _ := ParseSpan(text.Draw(t, "one"))
		b, _ := ParseSpan(text.Draw(t, "the other"))
		from := date("2024-01-01").Add(drawTime(t, "from", 0, 4*366*day))
		least, most := a.Extremes(b)
		if got := a.Compare(b, from); got < least || got > most {
			t.Errorf("%s against %s from %s is %d, not %d to %d", a, b, from, got, least, most)
		}
	})
}
