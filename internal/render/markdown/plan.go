package markdown

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/term"
)

// Plan writes the comment of a plan that was made.
func Plan(w io.Writer, pl *plan.Plan, o Options) error {
	c := newComment(pl, o)
	risks, consent, readers, secrets, people := c.risks(), c.consent(), c.readers(), c.secrets(), c.people()
	drift, details, remarks := c.drift(), c.details(), c.remarks()
	text := page(c.head(),
		[]*section{risks, consent, readers, secrets, people, drift, details, remarks},
		[]*section{risks, people, secrets, consent, readers, drift, remarks, details},
		c.closing())
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write comment: %w", err)
	}
	return nil
}

// comment is a plan on its way to be one.
type comment struct {
	*plan.Plan
	o      Options
	t      words
	parts  *term.Parts
	byAddr map[addr.Instance]*plan.Change
}

func newComment(pl *plan.Plan, o Options) *comment {
	c := &comment{
		Plan: pl, o: o, t: wordsOf(o.Language), byAddr: map[addr.Instance]*plan.Change{},
		parts: term.PartsOf(pl, term.Options{UTF8: true, Diff: true, Language: o.Language}),
	}
	for _, x := range pl.Changes {
		c.byAddr[x.Addr] = x
	}
	return c
}

// head is the title with its counts and what kind of plan it is. The closing
// line of a plan is the same in every language.
func (c *comment) head() string {
	title := term.SummaryLine(c.Summary)
	if c.Empty() {
		title = c.t.noChanges
	}
	if s := term.SecretsLine(c.Summary); s != "" {
		title += " " + s
	}
	out := marker(Subject{c.Name, cmp.Or(c.o.Tenant, c.Tenant.ID)}, c.o.Directory) + "## mailprov · " + title + "\n\n" + c.about() + "\n"
	if c.Options.Destroy {
		out += notice("CAUTION", c.t.destroy)
	}
	if c.o.AsOf {
		out += notice("NOTE", fmt.Sprintf(c.t.asOf, c.at(c.Now)))
	}
	if c.Partial() {
		out += notice("WARNING", c.t.partial)
		for i, u := range c.Unread {
			if i == manyUnread {
				out += "> - " + fmt.Sprintf(c.t.furtherUnread, len(c.Unread)-i) + "\n"
				break
			}
			out += "> - " + c.unread(u) + "\n"
		}
	}
	if len(c.Options.Targets) > 0 {
		out += notice("NOTE", c.t.targeted)
	}
	return out
}

// manyUnread is how many objects that could not be read are named.
const manyUnread = 5

func (c *comment) unread(u plan.Unread) string {
	what := name(u.What.In(c.o.Language))
	if u.Addr != (addr.Instance{}) {
		what = code(u.Addr.String()) + ": " + what
	}
	if !u.Why.IsZero() {
		what += " (" + prose(u.Why.In(c.o.Language)) + ")"
	}
	return what
}

// about names the configuration, the tenant and the time.
func (c *comment) about() string {
	tenant := c.Tenant.DisplayName
	switch {
	case tenant == "":
		tenant = c.Tenant.DefaultDomain
	case c.Tenant.DefaultDomain != "":
		tenant += " (" + c.Tenant.DefaultDomain + ")"
	}
	if tenant == "" {
		tenant = c.Tenant.ID
	}
	return fmt.Sprintf(c.t.about, code(c.Name), name(tenant), c.at(c.Now))
}

func (c *comment) location() *time.Location {
	if c.Location == nil {
		return time.UTC
	}
	return c.Location
}

func (c *comment) at(t time.Time) string {
	return t.In(c.location()).Format("2006-01-02 15:04") + " " + name(c.location().String())
}

func (c *comment) day(t time.Time) string { return t.In(c.location()).Format(time.DateOnly) }

// of are the changes of a type that there is something to say of.
func (c *comment) of(kinds ...string) []*plan.Change {
	var out []*plan.Change
	for _, x := range c.Changes {
		if slices.Contains(kinds, x.Addr.Type) && c.parts.Shown(x) {
			out = append(out, x)
		}
	}
	return out
}

// left says of a section how many of its items were left out.
func (c *comment) left(s *section, what string) *section {
	s.more = func(taken int) string { return "\n" + fmt.Sprintf(c.t.more, len(s.items)-taken, what) + "\n" }
	return s
}
