package ics

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/mailprov/mailprov/internal/status"
)

// Write writes a report as one calendar. Dates are those of the
// configurations' time zones, and the events last the whole day.
func Write(w io.Writer, r *status.Report, lang string) error {
	c := &calendar{w: newWriter(w), t: wordsOf(lang), r: r, serials: map[of]uint64{}, today: map[of]string{}}
	for _, x := range r.Configurations {
		key := of{x.TenantID, x.Name}
		c.serials[key], c.today[key] = x.Serial, x.TimestampLocalDate
	}
	c.w.raw("BEGIN", "VCALENDAR")
	c.w.raw("VERSION", "2.0")
	c.w.raw("PRODID", "-//mailprov//status//EN")
	c.w.raw("CALSCALE", "GREGORIAN")
	c.w.raw("METHOD", "PUBLISH")
	c.w.text("X-WR-CALNAME", fmt.Sprintf(c.t.calendar, names(r)))
	c.w.raw("REFRESH-INTERVAL;VALUE=DURATION", "P1D")
	c.w.raw("X-PUBLISHED-TTL", "P1D")
	for i := range r.Secrets {
		c.secret(&r.Secrets[i])
	}
	for i := range r.Waiting {
		c.waiting(&r.Waiting[i])
	}
	for i := range r.Identities {
		c.identity(&r.Identities[i])
	}
	for i := range r.Others {
		c.other(&r.Others[i])
	}
	c.w.raw("END", "VCALENDAR")
	return c.w.flush()
}

// of is a configuration.
type of struct{ tenant, name string }

type calendar struct {
	w       *writer
	t       words
	r       *status.Report
	serials map[of]uint64
	today   map[of]string
}

func names(r *status.Report) string {
	var out []string
	for _, c := range r.Configurations {
		out = append(out, c.Name)
	}
	return strings.Join(out, ", ")
}

func (c *calendar) add(whose of, e event) {
	e.sequence = c.serials[whose]
	e.description = append(e.description, fmt.Sprintf(c.t.name, whose.name), fmt.Sprintf(c.t.tenant, whose.tenant), fmt.Sprintf(c.t.ran, c.today[whose]))
	e.write(c.w, c.r.Timestamp)
}

// secret writes the end of what a product uses, and the day by which its
// replacement must have happened.
func (c *calendar) secret(s *status.Secret) {
	whose := of{s.TenantID, s.Name}
	about := s.Address
	if t := titles(s.Targets); t != "" {
		about = t + " (" + s.Address + ")"
	}
	used, label := s.InUse, c.t.inUse
	if used == nil {
		return
	}
	if !s.InUseConfirmed {
		label = c.t.unconfirmed
	}
	facts := []string{fmt.Sprintf(c.t.secret, s.Address)}
	if t := titles(s.Targets); t != "" {
		facts = append(facts, fmt.Sprintf(c.t.products, t))
	}
	facts = append(facts, fmt.Sprintf(label, cmp.Or(used.Hint, used.KeyID), used.EndsLocalDate))
	if s.DueLocalDate != "" {
		facts = append(facts, fmt.Sprintf(c.t.due, s.DueLocalDate))
	}
	c.add(whose, event{
		uid: uid("end", s.TenantID, s.Name, s.Address), first: used.EndsLocalDate,
		summary: fmt.Sprintf(c.t.ends, about), description: facts, alarms: alarmDays, alarm: fmt.Sprintf(c.t.endsAlarm, about, used.EndsLocalDate),
	})
	if s.OverdueLocalDate != "" {
		c.add(whose, event{
			uid: uid("overdue", s.TenantID, s.Name, s.Address), first: s.OverdueLocalDate, summary: fmt.Sprintf(c.t.overdue, about),
			description: append([]string{fmt.Sprintf(c.t.overdueWhy, s.DueLocalDate)}, facts...), alarms: []int{0}, alarm: fmt.Sprintf(c.t.overdue, about),
		})
	}
}

// waiting writes what a person has to do, from the day it waits to today.
func (c *calendar) waiting(w *status.Waiting) {
	whose := of{w.TenantID, w.Name}
	about, who := cmp.Or(w.Title, w.Target, w.Secret), cmp.Or(w.Contact, c.t.anybody)
	e := event{
		uid: uid("waiting", w.TenantID, w.Name, w.Kind, cmp.Or(w.Target, w.Secret), w.Input), first: cmp.Or(w.SinceLocalDate, c.today[whose]), last: c.today[whose],
		description: []string{cmp.Or(w.Target, w.Secret), fmt.Sprintf(c.t.contact, who)}, alarms: []int{0},
	}
	if w.SinceLocalDate != "" {
		e.description = append(e.description, fmt.Sprintf(c.t.since, w.SinceLocalDate))
	}
	if w.Kind == status.ForInput {
		e.summary = fmt.Sprintf(c.t.input, who, w.Input, about)
		if w.Where != "" {
			e.description = append(e.description, fmt.Sprintf(c.t.inputFound, w.Where))
		}
	} else {
		e.summary = fmt.Sprintf(c.t.confirm, who, about)
		e.description = append(e.description, w.ConfirmCommand)
	}
	e.alarm = e.summary
	c.add(whose, e)
}

// identity writes when what mailprov signs in with ends.
func (c *calendar) identity(i *status.Identity) {
	c.add(of{i.TenantID, i.Name}, event{
		uid: uid("identity", i.TenantID, i.Name, cmp.Or(i.ClientID, i.SignedInAs)), first: i.EndsLocalDate,
		summary: fmt.Sprintf(c.t.identityEnds, i.SignedInAs), alarm: fmt.Sprintf(c.t.identityEnds, i.SignedInAs), alarms: alarmDays,
		description: []string{fmt.Sprintf(c.t.application, i.SignedInAs+" "+i.ClientID), c.t.identityDo},
	})
}

// other writes when a credential ends that others made. Nobody replaces it
// under its own id, so that it may be named by that.
func (c *calendar) other(o *status.Other) {
	what := cmp.Or(o.DisplayName, o.KeyID) + " (" + o.Application + ")"
	c.add(of{o.TenantID, o.Name}, event{
		uid: uid("other", o.TenantID, o.Name, o.Application, o.Kind, o.KeyID), first: o.EndsLocalDate,
		summary: fmt.Sprintf(c.t.otherEnds, what), alarm: fmt.Sprintf(c.t.otherEnds, what), alarms: alarmDays,
		description: []string{fmt.Sprintf(c.t.application, o.Application+" "+o.ClientID), c.t.otherDo},
	})
}

func titles(list []status.Target) string {
	var out []string
	for _, t := range list {
		out = append(out, cmp.Or(t.Title, t.Product))
	}
	return strings.Join(out, ", ")
}
