package term

import (
	"cmp"
	"fmt"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/width"
)

// closing writes the counts, what people have to do afterwards, and whether
// the identity may do it all.
func (p *printer) closing(v *view) {
	p.line(0, seg{SummaryLine(v.Summary), bold})
	if s := p.secretsLine(v.Summary); s != "" {
		p.line(0, text(s))
	}
	p.reentries(v)
	p.identity(v)
}

// SummaryLine is the line that scripts look for.
func SummaryLine(s plan.Summary) string {
	return fmt.Sprintf("Plan: %d to add, %d to change, %d to destroy.", s.Add, s.Change, s.Destroy)
}

// SecretsLine counts what happens to secrets, without zeros, in English; empty
// where nothing does.
func SecretsLine(s plan.Summary) string { return SecretsLineIn(s, message.English) }

// SecretsLineIn is SecretsLine in a language.
func SecretsLineIn(s plan.Summary, lang string) string {
	var parts []message.Text
	add := func(n int, t message.Text) {
		if n > 0 {
			parts = append(parts, t)
		}
	}
	add(s.SecretsCreate, message.Of("%d to create", s.SecretsCreate))
	add(s.Rotate, message.Of("%d to rotate", s.Rotate))
	add(s.Retire, message.Of("%d to retire", s.Retire))
	add(s.Waiting, message.Of("%d waiting", s.Waiting))
	add(s.Blocked, message.Of("%d blocked", s.Blocked))
	if len(parts) == 0 {
		return ""
	}
	return message.Of("Secrets: %s.", parts).In(lang)
}

func (p *printer) secretsLine(s plan.Summary) string { return SecretsLineIn(s, p.o.Language) }

// reentries says who must enter what in a product, or that nobody must.
func (p *printer) reentries(v *view) {
	said := map[addr.Instance]bool{}
	for _, c := range v.Changes {
		if c.Target != nil && c.Action == plan.Create && len(lines(c.Target.After)) > 0 {
			first := lines(c.Target.After)[0]
			p.prose(0, nil, p.t.say("%s (%s).", upperFirst(first), c.Addr))
			said[c.Addr] = true
		}
	}
	for _, s := range v.Settings {
		if said[s.Target] {
			continue
		}
		items := s.Items
		c := v.byAddr[s.Target]
		if c != nil && p.newValue(v, c) {
			items = append(append([]string{}, items...), p.t.theSecret)
		}
		p.prose(0, nil, p.t.enters(cmp.Or(s.Contact, p.t.person), s.Product, s.Target.String(), c == nil || c.Action != plan.Create, items))
		said[s.Target] = true
	}
	for _, c := range v.Changes {
		if c.Target == nil || said[c.Addr] || !c.Target.ByHand || !p.newValue(v, c) {
			continue
		}
		p.prose(0, nil, p.t.enters(cmp.Or(attr(c, "contact"), p.t.person), c.Label, c.Addr.String(), c.Action != plan.Create, []string{p.t.theSecret}))
		said[c.Addr] = true
	}
	if len(said) == 0 {
		p.line(0, text(p.t.nothingToReenter))
	}
}

// newValue tells whether an existing target's secret gets another value, which
// its settings alone do not show.
func (p *printer) newValue(v *view, target *plan.Change) bool {
	if target.Action == plan.Delete || target.Action == plan.Wait || target.Action == plan.Create && len(v.settings[target.Addr].Items) > 0 {
		return false
	}
	a, err := addr.Parse(attr(target, "secret"))
	if err != nil || v.byAddr[a] == nil {
		return false
	}
	s := v.byAddr[a]
	return s.Action == plan.Create || s.Action == plan.Rotate || s.Secret != nil && (s.Secret.Resume != nil || s.Secret.Back != nil)
}

func (p *printer) identity(v *view) {
	if !v.Identity.Known || len(v.Steps) == 0 {
		return
	}
	name := cmp.Or(v.Identity.Name, v.Identity.ClientID)
	if role := v.Identity.Role(); role != "" {
		name += ", " + role
	}
	if len(v.Missing) == 0 && v.Identity.IsUser && !v.Identity.DirectoryRolesKnown {
		p.prose(0, nil, "This identity ("+name+") has the permissions for every step above; its directory roles are not known here.")
		return
	}
	if len(v.Missing) == 0 {
		p.line(0, text(p.t.say("This identity (%s) may do every step above.", name)))
		return
	}
	p.line(0, seg{p.t.say("This identity (%s) may not do every step above. It lacks:", name), red})
	for _, m := range v.Missing {
		p.prose(2, []seg{text("- ")}, m.Text().In(p.o.Language))
	}
}

// nothing writes a plan that does nothing, with what still waits for people.
func (p *printer) nothing(v *view) {
	waits := p.open(v)
	why := p.t.noChangesWhy
	if len(waits) > 0 {
		why = p.t.noChangesWaiting
	}
	p.line(0, seg{p.t.noChanges, bold}, text(" "+why))
	p.blank()
	names := 0
	for _, w := range waits {
		names = max(names, width.Of(w.about.String()))
	}
	for _, w := range waits {
		p.line(2, p.sym.sign(plan.Wait), text(" "), seg{w.about.String(), bold}, text(width.Pad("", names-width.Of(w.about.String())+3)+w.what))
	}
	p.blank()
	p.quietRisks(v)
	p.otherNotes(v)
	if s := p.secretsLine(v.Summary); s != "" {
		p.line(0, text(s))
	}
}

// matter is something that waits for people.
type matter struct {
	about addr.Instance
	what  string
}

// open lists what waits for people, in the order of addresses.
func (p *printer) open(v *view) []matter {
	var out []matter
	for _, c := range v.Changes {
		for _, what := range p.matters(v, c) {
			out = append(out, matter{c.Addr, what})
		}
	}
	return out
}

// matters are the lines of what waits for people at one instance.
func (p *printer) matters(v *view, c *plan.Change) []string {
	var out []string
	if c.Action == plan.Wait {
		out = append(out, p.waits(c)...)
	}
	out = append(out, p.confirmations(v, c)...)
	if c.Blocked != "" {
		out = append(out, p.blocked(v, c))
	}
	if c.App != nil && skippedConsent(v, c) {
		out = append(out, p.t.skipped+"; "+p.t.pressConsent(appName(c), tenantName(v, p.t), p.whoConsents(v.consent[c.Addr])))
	}
	return out
}
