package ics

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// alarmDays are how many days ahead an end is announced.
var alarmDays = []int{60, 30, 14, 7, 1}

// event is an event of whole days.
type event struct {
	uid         string
	sequence    uint64
	first, last string // dates, both included; last may be empty
	summary     string
	description []string // lines
	alarms      []int    // days ahead; 0 is the day itself
	alarm       string   // what alarms say
}

// uid names an event by what it is about, and never by a key id of ours: a
// replaced secret moves the event of its predecessor.
func uid(kind string, about ...string) string {
	h := sha256.New()
	for _, s := range append([]string{kind}, about...) {
		_, _ = fmt.Fprintf(h, "%d:%s;", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]) + "@mailprov"
}

// write writes the event; one without a date is left out.
func (e event) write(w *writer, stamp time.Time) {
	first, err := time.Parse(time.DateOnly, e.first)
	if err != nil {
		return
	}
	last, err := time.Parse(time.DateOnly, e.last)
	if err != nil || last.Before(first) {
		last = first
	}
	w.raw("BEGIN", "VEVENT")
	w.raw("UID", e.uid)
	w.raw("DTSTAMP", stamp.UTC().Format("20060102T150405Z"))
	w.raw("SEQUENCE", strconv.FormatUint(min(e.sequence, 1<<31-1), 10))
	w.raw("DTSTART;VALUE=DATE", first.Format("20060102"))
	w.raw("DTEND;VALUE=DATE", last.AddDate(0, 0, 1).Format("20060102"))
	w.text("SUMMARY", e.summary)
	w.text("DESCRIPTION", strings.Join(e.description, "\n"))
	w.raw("TRANSP", "TRANSPARENT")
	for _, days := range e.alarms {
		w.raw("BEGIN", "VALARM")
		w.raw("ACTION", "DISPLAY")
		w.text("DESCRIPTION", e.alarm)
		if days == 0 {
			w.raw("TRIGGER", "PT0S")
		} else {
			w.raw("TRIGGER", "-P"+strconv.Itoa(days)+"D")
		}
		w.raw("END", "VALARM")
	}
	w.raw("END", "VEVENT")
}
