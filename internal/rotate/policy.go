package rotate

import (
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
)

// Policy is what a client_secret block says about the life of its secret,
// with every default filled in.
type Policy struct {
	Lifetime     Span
	RotateBefore Span
	RotateOn     []Day          // days on which it is replaced in any case; may be empty
	Location     *time.Location // in which RotateOn's days begin; nil: UTC
	RetireOn     RetireOn
	RetireAfter  Span
	Sinks        []addr.Instance
	Readers      map[string][]string // sink address → names of the recipients
	// Places is where each sink keeps the value, as its receipts say it, by
	// sink address: a place other than the receipt's is a changed sink.
	Places map[string]string
	// ErrorBefore is how long before the end of the one in use a missing
	// confirmation is an error.
	ErrorBefore Span
}

// RetireOn says what makes a successor the one in use.
type RetireOn string

// The values of retire.on.
const (
	// OnConfirmation waits for a person who has entered the value.
	OnConfirmation RetireOn = "confirmation"
	// OnDelivery takes the delivered value as in use at once.
	OnDelivery RetireOn = "delivery"
)

// The default lifetime, and how long a replaced secret stays: shortly after a
// person's confirmation, long after a delivery that nobody confirms.
var (
	DefaultLifetime      = Span{180, "d"}
	DefaultAfterConfirm  = Span{1, "d"}
	DefaultAfterDelivery = Span{14, "d"}
)

// DefaultErrorBefore is ErrorBefore where the product's document asks for no
// more.
var DefaultErrorBefore = Span{30, "d"}

// Holds tells whether a sink has a credential where the configuration wants it.
func (p Policy) Holds(c Credential, sink addr.Instance) bool {
	place := p.Places[sink.String()]
	return slices.ContainsFunc(c.Receipts, func(r SinkReceipt) bool {
		return r.Sink == sink && r.Committed && (place == "" || r.Where == "" || r.Where == place)
	})
}

// Day is a day of the year. 29 February is the 28th in common years.
type Day struct {
	Month time.Month
	Day   int
}

// In is the day's beginning in a year.
func (d Day) In(year int, loc *time.Location) time.Time {
	last := time.Date(year, d.Month+1, 0, 0, 0, 0, 0, loc).Day()
	return time.Date(year, d.Month, min(d.Day, last), 0, 0, 0, 0, loc)
}

// Ends is when a credential made at now ends. It is cut to whole seconds,
// which is what Graph keeps.
func (p Policy) Ends(now time.Time) time.Time { return p.Lifetime.After(now).Truncate(time.Second) }

// DueAt is when a credential is to be replaced: rotate_before its end, or on
// the first of the days named by rotate_on after it was created.
func (p Policy) DueAt(created, end time.Time) time.Time {
	due := p.RotateBefore.Before(end)
	loc := p.location()
	year := created.In(loc).Year()
	for _, d := range p.RotateOn {
		for y := year; y <= year+1; y++ {
			if day := d.In(y, loc); day.After(created) && day.Before(due) {
				due = day
			}
		}
	}
	return due
}

// LongestGap is the longest time between two neighbouring days of rotate_on,
// in days; zero without any.
func (p Policy) LongestGap() int {
	var days []time.Time
	for y := 2023; y <= 2029; y++ { // holds a leap year and both its neighbours
		for _, d := range p.RotateOn {
			days = append(days, d.In(y, time.UTC))
		}
	}
	longest := 0
	for _, a := range days {
		next := 0
		for _, b := range days {
			if gap := int(b.Sub(a).Hours() / 24); gap > 0 && (next == 0 || gap < next) {
				next = gap
			}
		}
		longest = max(longest, next)
	}
	return longest
}

func (p Policy) location() *time.Location {
	if p.Location == nil {
		return time.UTC
	}
	return p.Location
}
