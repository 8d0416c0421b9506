// Package status says where the secrets of a configuration stand: which one a
// product uses and for how long, which ones are due and since when, who has to
// enter which, what others made on the same applications, and when the run's
// own credential ends. The report is one document; tables, JSON and calendars
// are written from it, and documents of several configurations make one.
//
// It is pure: what was decided, read and asked is passed in, and so is the
// time.
package status
