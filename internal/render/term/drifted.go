package term

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
)

// Drift writes what in Entra is not as it was applied, what others added, what
// could not be compared, and the line that counts it.
func Drift(w io.Writer, d *plan.Drifted, o Options) error {
	p := &driftPrinter{newPrinter(w, o), d, formatter{wordsOf(o.Language), &plan.Plan{Now: d.Now, Location: d.Location, People: d.People}}}
	if d.Any() {
		p.line(0, seg{p.say(message.Of("Changed in Entra since it was applied:")), bold})
		p.blank()
		for _, a := range p.addresses() {
			p.instance(a)
			p.blank()
		}
	}
	p.others()
	p.unread()
	if d.Any() {
		p.line(0, text(p.say(message.Of("mailprov plan shows what the next apply makes of it."))))
		p.blank()
	}
	p.line(0, p.counted()...)
	return p.flush()
}

// driftPrinter writes drift. The lines that count are the same in every
// language.
type driftPrinter struct {
	*printer
	d *plan.Drifted
	f formatter
}

func (p *driftPrinter) say(t message.Text) string { return t.In(p.o.Language) }

// addresses are those of everything that changed, in their order.
func (p *driftPrinter) addresses() []addr.Instance {
	seen := map[addr.Instance]bool{}
	for _, c := range p.d.Changes {
		seen[c.Addr] = true
	}
	for _, c := range p.d.Consent {
		seen[c.Addr] = true
	}
	return slices.SortedFunc(maps.Keys(seen), addr.Compare)
}

func (p *driftPrinter) instance(a addr.Instance) {
	action := plan.Update
	for _, c := range p.d.Changes {
		if c.Addr == a && c.Action == plan.Delete {
			action = plan.Delete
		}
	}
	head := []seg{p.sym.sign(action), text(" "), {a.String(), bold}}
	if action == plan.Delete {
		head = append(head, text("   "+p.say(message.Of("it is gone from Entra"))))
	}
	p.line(2, head...)
	for _, c := range p.d.Changes {
		switch {
		case c.Addr != a || c.Action == plan.Delete:
		case a.Type == clientsecret.Name:
			p.removed(c)
		default:
			p.rows(p.f.changed(c, nil), nil)
		}
	}
	for _, c := range p.d.Consent {
		if c.Addr != a {
			continue
		}
		sign, what := plan.Create, message.Of("granted, but not declared")
		if c.Action == "revoked" {
			sign, what = plan.Delete, message.Of("revoked")
		}
		p.line(6, p.sym.sign(sign), text(fmt.Sprintf(" consent  %s  %s  %s   %s", c.Label, c.Permission.Kind, c.Permission.Value, p.say(what))))
	}
}

// removed lists the secrets of a client_secret that are no longer there.
func (p *driftPrinter) removed(c *plan.Change) {
	left := map[string]bool{}
	for it := c.After.GetAttr("credentials").ElementIterator(); it.Next(); {
		_, v := it.Element()
		left[resource.Text(v.GetAttr("key_id"))] = true
	}
	for it := c.Before.GetAttr("credentials").ElementIterator(); it.Next(); {
		_, v := it.Element()
		if key := resource.Text(v.GetAttr("key_id")); !left[key] {
			p.line(6, p.sym.sign(plan.Delete), text(" "+p.say(message.Of("secret %s%s (%s), which ends %s: removed", resource.Text(v.GetAttr("hint")), p.sym.ellipsis, key, p.day(v)))))
		}
	}
}

func (p *driftPrinter) day(v cty.Value) string {
	t, err := time.Parse(time.RFC3339, resource.Text(v.GetAttr("expires_at")))
	if err != nil {
		return "?"
	}
	return day(t, p.d.Location)
}

func (p *driftPrinter) others() {
	if len(p.d.Others) == 0 {
		return
	}
	p.line(0, seg{p.say(message.Of("Added by others (not ours, never touched, no drift):")), bold})
	for _, x := range p.d.Others {
		p.line(2, text(x.Addr.String()+"  "+p.say(p.other(x))))
	}
	p.blank()
}

func (p *driftPrinter) other(x plan.Other) message.Text {
	switch x.Kind {
	case "owner":
		return message.Of("owner %s", x.Name)
	case "user_grants":
		return message.Count(x.N, "%d grant of a single user", "%d grants of single users")
	case "certificate":
		return message.Of("certificate %q, which ends %s", x.Name, day(x.Ends, p.d.Location))
	}
	return message.Of("secret %q (%s%s), which ends %s", x.Name, x.Hint, p.sym.ellipsis, day(x.Ends, p.d.Location))
}

// unread lists what was not compared.
func (p *driftPrinter) unread() {
	if len(p.d.Unread) == 0 {
		return
	}
	p.line(0, seg{p.say(message.Of("Could not be read, and so not compared:")), yellow})
	for _, u := range p.d.Unread {
		at := ""
		if !u.Addr.IsZero() {
			at = u.Addr.String() + "  "
		}
		p.line(2, text(at+p.say(u.What)+": "+p.say(u.Why)))
	}
	p.blank()
}

// counted is the closing line.
func (p *driftPrinter) counted() []seg {
	if !p.d.Any() {
		as := message.Of("Microsoft Entra is as it was applied.")
		if len(p.d.Unread) > 0 {
			as = message.Of("What could be read of Microsoft Entra is as it was applied.")
		}
		return []seg{{"No drift.", bold}, text(" " + p.say(as))}
	}
	n := p.d.Summary()
	return []seg{text(fmt.Sprintf("Drift: %d changed, %d deleted, %d granted, %d revoked, %d with secrets removed.", n.Changed, n.Deleted, n.Granted, n.Revoked, n.Secrets))}
}
