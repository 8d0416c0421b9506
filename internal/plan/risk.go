package plan

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/rotate"
)

// Level says how bad a risk is.
type Level string

// The levels of risks.
const (
	High   Level = "high"
	Medium Level = "medium"
	Low    Level = "low"
)

// Risk is something a reviewer should know of an instance as it would be.
type Risk struct {
	Code     string
	Level    Level
	Addr     addr.Instance
	Message  string
	Accepted bool
	Reason   string // of the acceptance
	Until    string
}

// longLife is the lifetime over which a secret is a risk (CISA's baseline for
// Entra proposes at most 180 days).
var longLife = rotate.Span{N: 180, Unit: "d"}

// programSink is the kind of sink that starts a program.
const programSink = "exec"

func (b *builder) risks() {
	for _, c := range b.plan.Changes {
		if c.Instance == nil || c.Action == Delete {
			continue
		}
		before := len(b.plan.Risks)
		switch {
		case c.App != nil:
			b.applicationRisks(c)
		case c.Secret != nil:
			b.secretRisks(c)
		case c.Target != nil:
			b.targetRisks(c)
		}
		b.accept(c, b.plan.Risks[before:])
	}
	slices.SortStableFunc(b.plan.Risks, func(x, y Risk) int {
		return cmp.Or(addr.Compare(x.Addr, y.Addr), cmp.Compare(x.Code, y.Code))
	})
	slices.SortStableFunc(b.plan.Consent, func(x, y ConsentChange) int {
		return cmp.Or(addr.Compare(x.Addr, y.Addr), appregistration.ComparePermissions(x.Permission, y.Permission))
	})
}

func (b *builder) risk(c *Change, code string, l Level, format message.Format, args ...any) {
	b.plan.Risks = append(b.plan.Risks, Risk{Code: code, Level: l, Addr: c.Addr, Message: message.Of(format, args...).String()})
}

// accept marks the risks that the configuration accepts; an acceptance past
// its date does not count, and one that fits nothing is said.
func (b *builder) accept(c *Change, risks []Risk) {
	today := b.in.Now.In(b.location()).Format(time.DateOnly)
	for _, a := range c.Instance.AcceptRisks {
		used := false
		for i := range risks {
			if risks[i].Code != a.Code {
				continue
			}
			used = true
			risks[i].Reason, risks[i].Until = a.Reason, a.Until
			risks[i].Accepted = a.Until == "" || today <= a.Until
		}
		if !used {
			b.err(diag.Warnf("MP213", "Nothing to accept", "%s accepts %s, but has no such risk.", c.Addr, a.Code).
				At(a.Range).For(c.Addr.String()).WithDof("Remove the accept_risk block."))
		}
	}
}

func (b *builder) location() *time.Location {
	if b.in.Location == nil {
		return time.UTC
	}
	return b.in.Location
}

func (b *builder) applicationRisks(c *Change) {
	users := b.users(c.Addr)
	b.mailboxRisk(c, users)
	if g := c.After.GetAttr("web").GetAttr("implicit_grant"); !g.IsNull() && g.IsKnown() &&
		(resource.True(g.GetAttr("access_token")) || resource.True(g.GetAttr("id_token"))) {
		b.risk(c, "MP102", Medium, "Tokens are handed out in the browser's address.")
	}
	if audience := resource.Text(c.After.GetAttr("sign_in_audience")); audience != "AzureADMyOrg" && audience != "" {
		b.risk(c, "MP103", Medium, "%s: others than this tenant can sign in to it.", audience)
	}
	b.unneededRisk(c, users)
	b.redirectRisks(c, users)
	b.ewsRisk(c)
	for _, p := range c.App.Consent.Undeclared {
		if p.Kind == resource.DelegatedKind && signsIn(users) {
			b.risk(c, "MP110", Medium, "%s %s is revoked: the product may have been granted this at its own sign-in.", apiLabel(b.in.APIs[p.API], p.API), p.Value)
		}
	}
	b.ownerRisks(c)
}

// mailboxRisk: an application permission for mail reaches every mailbox.
func (b *builder) mailboxRisk(c *Change, users []Target) {
	var what []string
	for _, p := range c.App.Held {
		if p.Kind == resource.ApplicationKind && reachesMail(p) {
			what = append(what, p.Value)
		}
	}
	if len(what) == 0 {
		return
	}
	slices.Sort(what)
	send := slices.Equal(what, []string{"Mail.Send"})
	domain := message.Literal(b.in.Tenant.DefaultDomain)
	if domain.IsZero() {
		domain = message.Of("the tenant")
	}
	only := ""
	if boxes := mailboxesOf(users); len(boxes) > 0 {
		only = strings.Join(boxes, ", ")
	}
	list := strings.Join(what, ", ")
	switch {
	case send && only != "":
		b.risk(c, "MP101", High, "Can send as every mailbox of %s, not only %s (%s).", domain, only, list)
	case send:
		b.risk(c, "MP101", High, "Can send as every mailbox of %s (%s).", domain, list)
	case only != "":
		b.risk(c, "MP101", High, "Can read or change every mailbox of %s, not only %s (%s).", domain, only, list)
	default:
		b.risk(c, "MP101", High, "Can read or change every mailbox of %s (%s).", domain, list)
	}
}

// unneededRisk: permissions that no target of the application needs.
func (b *builder) unneededRisk(c *Change, users []Target) {
	if len(users) == 0 {
		return
	}
	needed := map[resource.Permission]bool{}
	for _, t := range users {
		for p := range t.Needs {
			needed[p] = true
		}
		for p := range t.SignIn {
			needed[p] = true
		}
	}
	for _, p := range c.App.Held {
		if needed[p] {
			continue
		}
		b.risk(c, "MP104", Medium, "%s %s %s is needed by none of its mail targets.", apiLabel(b.in.APIs[p.API], p.API), p.Kind, p.Value)
	}
	b.unneededRoles(c, users)
}

func (b *builder) secretRisks(c *Change) {
	d := c.Secret
	if d.Policy.Lifetime.Compare(longLife, b.in.Now) > 0 {
		level := Medium
		for _, t := range b.targetsOf[c.Addr.String()] {
			if b.in.Targets[t.Addr].LongLifetime {
				level = Low // the product's manual prescribes it
			}
		}
		b.risk(c, "MP109", level, "Longer than 180 days.")
	}
	for _, s := range d.Policy.Sinks {
		info := b.in.Sinks[s]
		if info.Plaintext {
			b.risk(c, "MP108", High, "%s keeps the secret unencrypted.", s)
		}
		if info.Kind == programSink {
			b.risk(c, "MP113", Medium, "%s hands the secret to a program, and what that does with it cannot be seen.", s)
		}
	}
	for _, name := range d.NewReaders {
		b.risk(c, "MP114", Medium, "%s could not read this secret before and can after this apply.", name)
	}
	for _, name := range d.PendingReaders {
		b.risk(c, "MP114", Medium, "%s cannot read this secret yet, and this apply does not change that: %s can after mailprov secret reseal %s, or with its next value.", name, name, message.Word(c.Addr.String()))
	}
	for _, name := range d.NewKeys {
		b.risk(c, "MP114", Medium, "%s cannot read this secret with the new key yet, and this apply does not change that: %s can after mailprov secret reseal %s, or with its next value.", name, name, message.Word(c.Addr.String()))
	}
}
