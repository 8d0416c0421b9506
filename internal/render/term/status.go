package term

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/status"
)

// Status writes where secrets stand: a table, the most urgent first, and what
// people have to do. With onlyAttention an empty table is good news.
func Status(w io.Writer, r *status.Report, onlyAttention bool, o Options) error {
	s := &statusPrinter{printer: newPrinter(w, o), t: statusWordsOf(o.Language), r: r, many: len(r.Configurations) > 1}
	s.secrets(onlyAttention)
	s.problems()
	s.waiting()
	s.retire()
	s.abandoned()
	s.others()
	s.own()
	s.unread()
	s.closing()
	return s.flush()
}

type statusPrinter struct {
	*printer
	t    statusWords
	r    *status.Report
	many bool // of several configurations, which are then named everywhere
}

// whose are the heading and the cells that name a configuration.
func (s *statusPrinter) whose() []string {
	if !s.many {
		return nil
	}
	return []string{s.t.configuration, s.t.tenant}
}

func (s *statusPrinter) of(name, tenant string) []seg {
	if !s.many {
		return nil
	}
	return []seg{text(name), text(tenant)}
}

// at is an address, with its configuration where there are several.
func (s *statusPrinter) at(name, tenant, address string) string {
	if !s.many {
		return address
	}
	return name + " (" + tenant + ") " + address
}

func (s *statusPrinter) secrets(onlyAttention bool) {
	switch {
	case len(s.r.Secrets) > 0:
	case onlyAttention:
		s.line(0, text(fmt.Sprintf(s.t.nothingNeeded, s.r.Horizon)))
		s.blank()
		return
	case s.r.Within != "":
		s.line(0, text(fmt.Sprintf(s.t.nothingWithin, s.r.Within)))
		s.blank()
		return
	default:
		s.line(0, text(s.t.nothingDeclared))
		s.blank()
		return
	}
	if s.unapplied() {
		s.line(0, text(s.t.nothingApplied))
		s.blank()
	}
	var rows [][]seg
	for i := range s.r.Secrets {
		x := &s.r.Secrets[i]
		colour := levelColor(x.Level)
		row := append([]seg{{mark(x.Level), colour}}, s.of(x.Name, x.TenantID)...)
		used, ends := "", ""
		if c := x.InUse; c != nil {
			used, ends = s.label(c.Hint, c.KeyID), c.EndsLocalDate
			if !x.InUseConfirmed {
				used = "(" + used + ")"
			}
		}
		rows = append(rows, append(row, seg{x.Address, bold}, text(titles(x.Targets)), text(used), text(ends),
			seg{s.t.daysLeft(x.DaysLeft), colour}, text(x.DueLocalDate), seg{s.standing(x), colour}))
	}
	s.table(0, append(append([]string{""}, s.whose()...), s.t.secret, s.t.product, s.t.inUse, s.t.ends, s.t.left, s.t.due, s.t.standing), rows)
	s.blank()
}

// unapplied tells whether there is no state yet.
func (s *statusPrinter) unapplied() bool {
	for _, c := range s.r.Configurations {
		if c.Serial > 0 {
			return false
		}
	}
	return true
}

func (s *statusPrinter) label(hint, keyID string) string {
	if hint == "" {
		return keyID
	}
	return hint + s.sym.ellipsis
}

// titles names the products that use a secret.
func titles(list []status.Target) string {
	var out []string
	for _, t := range list {
		out = append(out, cmp.Or(t.Title, t.Product))
	}
	return join(out)
}

// standing says in a few words where a secret stands, and why.
func (s *statusPrinter) standing(x *status.Secret) string {
	var more []string
	add := func(text string) { more = append(more, text) }
	switch {
	case x.Standing == status.Expired:
	case x.Reason != "":
		add(message.Recognise(x.Reason).In(s.o.Language))
	}
	stopped := x.Standing == status.Expired || x.Standing == status.Gone
	switch {
	case stopped && x.Waiting != nil && !sameCredential(x.InUse, x.Waiting):
		add(s.t.mailStoppedUnless)
	case stopped:
		add(s.t.mailStopped)
	case x.InUse != nil && !x.InUseConfirmed && x.Standing != status.Waits:
		add(s.t.unconfirmed)
	}
	if x.Problem != "" {
		add(s.t.notReplaced)
	}
	if n := len(x.Abandoned); n > 0 {
		add(fmt.Sprintf(s.t.unknownFate, n))
	}
	if s.refreshed(x) && !x.Live && x.Standing != status.NotMade {
		add(s.t.fromState)
	}
	head := s.t.standings[x.Standing]
	switch {
	case x.Standing == status.Due && x.Reason == "" && x.DueLocalDate != "":
		head += " " + fmt.Sprintf(s.t.since, x.DueLocalDate)
	case x.Standing == status.Fine && x.EndsSoon:
		head = s.t.soon
	case x.Standing == status.Fine && (x.Problem != "" || len(x.Abandoned) > 0):
		return strings.Join(more, "; ")
	}
	if len(more) == 0 {
		return head
	}
	return head + s.t.open + strings.Join(more, "; ")
}

func sameCredential(a, b *status.Credential) bool { return a != nil && b != nil && a.KeyID == b.KeyID }

// refreshed tells whether the configuration of a secret was compared with
// Entra.
func (s *statusPrinter) refreshed(x *status.Secret) bool {
	for _, c := range s.r.Configurations {
		if c.Name == x.Name && c.TenantID == x.TenantID {
			return c.Refreshed
		}
	}
	return false
}

// section writes a heading once there is something below it.
func (s *statusPrinter) section(title string, n int, each func(i int)) {
	if n == 0 {
		return
	}
	s.line(0, seg{title, bold})
	for i := range n {
		each(i)
	}
	s.blank()
}

// item writes what there is to say about something, below it where its name is
// long.
func (s *statusPrinter) item(sign seg, about, what string) {
	lead := []seg{{about, bold}}
	if sign.text != "" {
		lead = []seg{sign, text(" "), {about, bold}}
	}
	if s.many {
		s.line(2, lead...)
		s.prose(6, nil, what)
		return
	}
	s.prose(2, append(lead, text("  ")), what)
}

func (s *statusPrinter) problems() {
	var list []*status.Secret
	for i := range s.r.Secrets {
		if s.r.Secrets[i].Problem != "" {
			list = append(list, &s.r.Secrets[i])
		}
	}
	s.section(s.t.problems, len(list), func(i int) {
		x := list[i]
		s.item(seg{s.sym.risk, levelColor(x.Level)}, s.at(x.Name, x.TenantID, x.Address), x.Problem)
	})
}

func (s *statusPrinter) waiting() {
	s.section(s.t.waiting, len(s.r.Waiting), func(i int) {
		w := s.r.Waiting[i]
		head := []seg{{s.sym.wait, levelColor(w.Level)}, text(" "), {s.at(w.Name, w.TenantID, cmp.Or(w.Target, w.Secret)), bold}}
		if w.Title != "" {
			head = append(head, text(" ("+w.Title+")"))
		}
		head = append(head, text("  "+cmp.Or(w.Contact, s.t.anybody)))
		if w.SinceLocalDate != "" {
			head = append(head, text("  "+fmt.Sprintf(s.t.since, w.SinceLocalDate)))
		}
		s.line(2, head...)
		if w.Kind == status.ForInput {
			s.prose(6, nil, fmt.Sprintf(s.t.finds, w.Input))
			if w.Where != "" {
				s.prose(6, nil, fmt.Sprintf(s.t.find, w.Where))
			}
			return
		}
		s.line(6, text(fmt.Sprintf(s.t.enter, w.Hint, w.ConfirmCommand)))
		if w.InUseEndsLocalDate != "" {
			s.line(6, text(fmt.Sprintf(s.t.inUseUntil, w.InUseEndsLocalDate)))
		}
	})
}

func (s *statusPrinter) retire() {
	type entry struct {
		of *status.Secret
		r  status.Retirement
	}
	var list []entry
	for i := range s.r.Secrets {
		for _, r := range s.r.Secrets[i].Retire {
			list = append(list, entry{&s.r.Secrets[i], r})
		}
	}
	s.section(s.t.retire, len(list), func(i int) {
		e := list[i]
		when := s.t.removedLater
		if e.r.RemoveLocalDate != "" {
			when = fmt.Sprintf(s.t.removedAfter, e.r.RemoveLocalDate)
		}
		s.line(2, seg{s.sym.retire, red}, text(" "), seg{s.at(e.of.Name, e.of.TenantID, e.of.Address), bold}, text("  "+s.label(e.r.Hint, e.r.KeyID)+"  "+when))
	})
}

func (s *statusPrinter) abandoned() {
	type entry struct {
		of *status.Secret
		a  status.Abandoned
	}
	var list []entry
	for i := range s.r.Secrets {
		for _, a := range s.r.Secrets[i].Abandoned {
			list = append(list, entry{&s.r.Secrets[i], a})
		}
	}
	s.section(s.t.abandoned, len(list), func(i int) {
		e := list[i]
		parts := []string{"mailprov " + e.a.Marker}
		if e.a.SinceLocalDate != "" {
			parts = append(parts, fmt.Sprintf(s.t.hunted, e.a.SinceLocalDate))
		}
		if e.a.Reason != "" {
			parts = append(parts, message.Recognise(e.a.Reason).In(s.o.Language))
		}
		seen := s.t.notSeen
		if e.a.Seen {
			seen = s.t.seen
		}
		s.line(2, seg{s.sym.risk, yellow}, text(" "), seg{s.at(e.of.Name, e.of.TenantID, e.of.Address), bold}, text("  "+strings.Join(append(parts, seen), "; ")))
	})
}

func (s *statusPrinter) others() {
	if len(s.r.Others) == 0 {
		return
	}
	s.line(0, seg{s.t.others, bold})
	var rows [][]seg
	for _, x := range s.r.Others {
		ends := cmp.Or(x.EndsLocalDate, s.t.noEnd)
		rows = append(rows, append(s.of(x.Name, x.TenantID), seg{x.Application, bold}, text(s.t.kinds[x.Kind]), text(cmp.Or(x.DisplayName, x.KeyID)), text(x.Hint),
			text(ends), text(s.t.daysLeft(x.DaysLeft))))
	}
	s.table(2, append(s.whose(), s.t.application, s.t.kind, s.t.name, s.t.hint, s.t.ends, s.t.left), rows)
	s.blank()
}

func (s *statusPrinter) own() {
	s.section(s.t.own, len(s.r.Identities), func(i int) {
		x := s.r.Identities[i]
		name := x.SignedInAs
		if x.ClientID != "" && x.ClientID != name {
			name += " (" + x.ClientID + ")"
		}
		what := ""
		switch {
		case x.Unknown != "":
			what = fmt.Sprintf(s.t.byUnknown, x.Unknown)
		case x.Kind == status.ByPerson:
			what = s.t.byPerson
		case x.Kind == status.ByFederation:
			what = s.t.byFederation
		default:
			what = s.ownEnd(x)
		}
		s.item(seg{mark(x.Level), levelColor(x.Level)}, s.at(x.Name, x.TenantID, name), what)
	})
}

func (s *statusPrinter) ownEnd(x status.Identity) string {
	parts := []string{s.t.bySecret}
	if x.Kind == status.ByCertificate {
		parts[0] = s.t.byCertificate
	}
	if x.Hint != "" {
		parts = append(parts, x.Hint+s.sym.ellipsis)
	}
	return strings.Join(parts, " ") + "  " + x.EndsLocalDate + "  " + s.t.daysLeft(x.DaysLeft)
}

func (s *statusPrinter) unread() {
	type entry struct {
		of status.Configuration
		u  status.Unread
	}
	var list []entry
	for _, c := range s.r.Configurations {
		for _, u := range c.Unread {
			list = append(list, entry{c, u})
		}
	}
	s.section(s.t.unread, len(list), func(i int) {
		e := list[i]
		s.item(seg{s.sym.risk, yellow}, s.at(e.of.Name, e.of.TenantID, e.u.Application), message.Recognise(e.u.Reason).In(s.o.Language))
	})
}

// closing counts, and says what the days are counted from.
func (s *statusPrinter) closing() {
	if s.r.Summary.Secrets > 0 {
		s.line(0, seg{s.t.count(s.r.Summary), bold})
	}
	if s.many {
		s.closingMany()
		return
	}
	for _, c := range s.r.Configurations {
		line := fmt.Sprintf(s.t.asOf, c.TimestampLocalDate+" ("+c.TimeZone+")")
		if !c.Refreshed && c.Serial > 0 {
			line += " " + s.t.stateOnly
		}
		s.line(0, text(line))
	}
}

// closingMany names the configurations that were looked at before the others:
// what is said of them may have changed since.
func (s *statusPrinter) closingMany() {
	newest := ""
	for _, c := range s.r.Configurations {
		newest = max(newest, c.TimestampLocalDate)
	}
	var older []status.Configuration
	for _, c := range s.r.Configurations {
		if c.TimestampLocalDate != newest {
			older = append(older, c)
		}
	}
	s.line(0, text(s.t.configurations(newest, len(s.r.Configurations)-len(older))))
	for _, c := range older {
		s.line(0, text(fmt.Sprintf(s.t.older, c.Name+" ("+c.TenantID+")", c.TimestampLocalDate)))
	}
}

// mark stands in front of what needs attention; colour only repeats it.
func mark(l status.Level) string {
	switch l {
	case status.Error:
		return "!!"
	case status.Warning:
		return "!"
	}
	return ""
}

func levelColor(l status.Level) color {
	switch l {
	case status.Error:
		return red
	case status.Warning:
		return yellow
	}
	return none
}
