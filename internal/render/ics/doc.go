// Package ics writes where secrets stand as a calendar (RFC 5545): the day on
// which what a product uses ends, the day by which its replacement must have
// happened, and what people have to do. Importing a newer calendar updates the
// events of an older one.
//
// The writer is our own: of the libraries there are, one does not fold lines
// (github.com/emersion/go-ical issue 18) and the other reaches for the network
// (github.com/arran4/golang-ical fetches calendars by URL), which a renderer
// must not. What it writes is read back by one in the tests.
//
// It is pure: the time is that of the report, and the same report gives the
// same bytes.
package ics
