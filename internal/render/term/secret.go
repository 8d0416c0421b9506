package term

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/width"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/rotate"
)

// secret writes the block of a client_secret.
func (p *printer) secret(v *view, c *plan.Change) {
	f := formatter{p.t, v.Plan}
	switch c.Action {
	case plan.Delete:
		p.deletedSecret(v, c)
		return
	case plan.Create:
		rows := p.newSecret(v, c, f)
		p.rows(rows, nil)
	case plan.Rotate:
		p.runsOn(v, c)
		p.rows(f.changed(c, []string{"app"}), nil)
		p.rows(p.newSecret(v, c, f), nil)
		p.reentry(v, c)
	default:
		p.rows(f.changed(c, nil), nil)
		p.moved(v, c)
	}
	p.removals(v, c)
	p.waiting(v, c)
	risks := &pending{p, v.risks[c.Addr]}
	risks.rest()
	p.notesOf(v, c)
}

// removals says which secrets are removed.
func (p *printer) removals(v *view, c *plan.Change) {
	d := c.Secret
	for _, x := range d.CleanUp {
		p.prose(6, []seg{p.sym.sign(plan.Delete), text(" ")}, p.t.say("left by an earlier run and removed if it is there: %s", p.key(x)))
	}
	for _, x := range d.Retire {
		p.prose(6, []seg{p.sym.sign(plan.Retire), text(" ")}, p.retired(v, c, x))
	}
}

func (p *printer) newSecret(v *view, c *plan.Change, f formatter) []row {
	d := c.Secret
	name := quoted(cmp.Or(attr(c, "display_name"), c.Addr.Name))
	if c.Sensitive("display_name") {
		name = p.t.sensitive
	}
	rows := []row{{path: "display_name", action: plan.Create, value: name}}
	if c.Action == plan.Rotate {
		rows = nil
	}
	lifetime, before := d.Policy.Lifetime.String(), p.t.say("%s before", d.Policy.RotateBefore)
	if len(d.Policy.RotateOn) > 0 {
		before = p.t.say("%s before or on the next of its days", d.Policy.RotateBefore)
	}
	rows = append(rows,
		row{path: p.t.ends, action: plan.Create, value: p.t.say("about %s", day(d.Ends, v.Location)), comment: lifetime},
		row{path: p.t.rotates, action: plan.Create, value: p.t.say("about %s", day(d.Rotates, v.Location)), comment: before})
	rows = append(rows, p.readers(v, c)...)
	if c.Action == plan.Create {
		rows = append(rows, f.created(c, clientsecret.Schema(), plan.Create, c.After, nil, []string{"app", "display_name", "lifetime", "rotate_before", "deliver_to"})...)
	}
	return rows
}

// readers says per sink who can open what is delivered there.
func (p *printer) readers(v *view, c *plan.Change) []row {
	var rows []row
	var silent []string
	for _, sink := range c.Secret.Policy.Sinks {
		var names []string
		label := p.t.readableBy
		for _, r := range v.readers[c.Addr] {
			if r.Sink != sink {
				continue
			}
			if r.Kind == "sealed" || r.Kind == "age_file" {
				label = p.t.sealedFor
			}
			name := r.Name
			if r.New {
				name = p.t.say("new: %s", name)
			}
			names = append(names, width.Clean(name))
		}
		if len(names) == 0 {
			silent = append(silent, sink.String())
			continue
		}
		slices.Sort(names)
		rows = append(rows, row{path: label, action: plan.Create, value: join(names), comment: sink.String()})
	}
	if len(silent) > 0 {
		rows = append(rows, row{path: p.t.deliveredTo, action: plan.Create, value: join(silent)})
	}
	return rows
}

func (p *printer) deletedSecret(v *view, c *plan.Change) {
	if x := c.Secret.InUse; x != nil && x.KeyID != "" {
		p.prose(6, []seg{p.sym.sign(plan.Delete), text(" ")}, p.t.say("%s, which ends %s, is removed from Entra and from its sinks", p.key(*x), day(x.EndsAt, v.Location)))
	}
	for _, t := range v.targets[c.Addr.String()] {
		p.prose(6, []seg{{p.sym.risk, magenta}, text(" ")}, p.t.say("%s stops working when this secret is gone", t.Addr))
	}
}

// waiting says what has to be confirmed, with the command to copy.
func (p *printer) waiting(v *view, c *plan.Change) {
	for _, line := range p.confirmations(v, c) {
		p.line(6, p.sym.sign(plan.Wait), text(" "+line))
	}
	if c.Blocked != "" {
		p.prose(6, []seg{{p.sym.risk, yellow}, text(" ")}, p.blocked(v, c))
	}
}

// confirmations are the lines of a delivered secret that nobody confirmed yet.
func (p *printer) confirmations(v *view, c *plan.Change) []string {
	d := c.Secret
	if d == nil || d.Waiting == nil {
		return nil
	}
	key := cmp.Or(d.Waiting.Hint, d.Waiting.KeyID)
	until := ""
	if x := d.InUse; x != nil {
		until = p.t.until(day(x.EndsAt, v.Location), left(x.EndsAt, v.Now).In(p.o.Language))
	}
	var out []string
	for _, u := range d.Users {
		out = append(out, p.t.confirm(cmp.Or(u.Contact, p.t.person), message.Word(u.Target.String()), key)+until)
	}
	if len(out) == 0 {
		out = append(out, p.t.confirm(p.t.person, message.Word(c.Addr.String()), key)+until)
	}
	return out
}

// blocked says why something due is not done, and how bad that is by now.
func (p *printer) blocked(v *view, c *plan.Change) string {
	why := message.Recognise(c.Blocked)
	switch d := c.Secret; {
	case d == nil || d.InUse == nil:
		return p.t.say("blocked: %s", why)
	case d.Late(v.Now):
		return p.t.say("blocked: %s; mail stops on %s (%s) unless it is confirmed before (error)", why, day(d.InUse.EndsAt, v.Location), left(d.InUse.EndsAt, v.Now))
	}
	return p.t.say("blocked: %s (warning)", why)
}

// key names a credential for people: what Graph publishes of it, else the
// beginning of its id.
func (p *printer) key(c rotate.Credential) message.Text {
	switch {
	case c.Hint != "":
		return message.Literal(c.Hint + p.sym.ellipsis)
	case len(c.KeyID) > 8:
		return message.Of("key %s", c.KeyID[:8]+p.sym.ellipsis)
	case c.KeyID != "":
		return message.Of("key %s", c.KeyID)
	}
	return message.Of("the one marked %s", c.Marker)
}

func left(end, now time.Time) message.Text {
	days := int(math.Floor(end.Sub(now).Hours() / 24))
	if days < 0 {
		return message.Of("ended already")
	}
	return message.Count(days, "%d day left", "%d days left")
}
