package workflow

import (
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/state"
)

// Expected is the plan that was reviewed. It is a claim: an apply plans afresh
// and goes on only if that would do the same.
type Expected struct {
	Digest string
	// Plan is what the digest stands for, where its file is there.
	Plan *plan.Plan
	File string // the name of the file, for people
}

// mailUnchanged is what every refusal says before anything was written.
const mailUnchanged = "Mail still works: nothing was changed."

// OptionsOf are the options that a plan was made with.
func OptionsOf(p *plan.Plan) PlanOptions {
	o := p.Options
	return PlanOptions{
		Destroy: o.Destroy, Targets: texts(o.Targets), Replace: texts(o.Replace), AllowReplace: texts(o.AllowReplace),
		NoRefresh: o.NoRefresh, SkipGrant: o.SkipGrant, NoRotation: o.NoRotation,
	}
}

func texts(list []addr.Instance) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.String())
	}
	return out
}

// guard refuses, before anything is asked of the tenant, a plan that is for
// looking only, and one of another configuration, tenant or state.
func (e *Expected) guard(p *Project, doc *state.Document) *diag.Diagnostic {
	if e == nil || e.Plan == nil {
		return nil
	}
	if d := forLooking(e.Plan, message.Literal(e.File)); d != nil {
		return d
	}
	if d := e.elsewhere(p, p.tenantID()); d != nil {
		return d
	}
	lineage := ""
	if doc != nil {
		lineage = doc.Lineage
	}
	if e.Plan.Lineage == "" || e.Plan.Lineage == lineage {
		return nil
	}
	d := diag.Errf("MP344", "Plan of another state", "%s was made with a state of lineage %s, and the state in %s has lineage %s: they were never the same.", e.File, e.Plan.Lineage, p.Store.Describe(), lineage)
	if doc == nil {
		d = diag.Errf("MP344", "Plan of another state", "%s was made with a state, and there is none in %s.", e.File, p.Store.Describe())
	}
	d = d.WithMail(message.Of(mailUnchanged))
	d = d.WithDof("Nothing was asked of any tenant. Check which backend and key belong to the plan; if the state was lost, restore it.")
	return &d
}

// elsewhere refuses a plan of another configuration or tenant. A tenant that is
// written as a domain is known only once it was asked.
func (e *Expected) elsewhere(p *Project, tenant string) *diag.Diagnostic {
	var d diag.Diagnostic
	switch {
	case e.Plan.Name != p.Config.Settings.Name:
		d = diag.Errf("MP204", "Plan of another configuration or tenant", "%s is a plan of the configuration %q, and this one is %q.", e.File, e.Plan.Name, p.Config.Settings.Name).
			At(p.Config.Settings.Range)
	case resource.IsGUID(tenant) && !strings.EqualFold(tenant, e.Plan.Tenant.ID):
		d = diag.Errf("MP204", "Plan of another configuration or tenant", "%s is a plan for tenant %s, and the configuration is for %s.", e.File, e.Plan.Tenant.ID, tenant).
			At(p.Config.Settings.Tenant.Range)
	default:
		return nil
	}
	d = d.WithMail(message.Of(mailUnchanged))
	d = d.WithDof("Check which directory, var-file and plan belong together.")
	return &d
}

// forLooking refuses to apply a plan that has no digest.
func forLooking(p *plan.Plan, which message.Text) *diag.Diagnostic {
	var d diag.Diagnostic
	switch p.NoDigest() {
	case plan.WithoutReading:
		var list []message.Text
		for _, u := range p.Unread {
			list = append(list, message.Of("- %s", u.Text()))
		}
		d = diag.Errf("MP345", "Plan for looking only", "%s is partial: what it compares could not all be read, so that it may show too little.\n%s", which, message.Lines(list...)).
			WithDof("Plan with an identity that may read all of it.")
	case plan.WithoutNow:
		d = diag.Errf("MP345", "Plan for looking only", "%s shows what would be done at another time (-as-of).", which).
			WithDof("Plan without -as-of.")
	default:
		return nil
	}
	d = d.WithMail(message.Of(mailUnchanged))
	return &d
}

// compare refuses to go on with a plan that is not the one that was reviewed.
func (e *Expected) compare(p *Project, now *plan.Plan) *diag.Diagnostic {
	if e == nil {
		return nil
	}
	if d := forLooking(now, message.Of("The plan that this identity makes now")); d != nil {
		return d
	}
	if now.Digest() == e.Digest {
		return nil
	}
	if e.Plan == nil {
		d := diag.Errf("MP341", "Not the digest that was approved", "What would be done now has the digest %s, and approved was %s, so nothing was begun.", now.Digest(), e.Digest)
		d = d.WithMail(message.Of(mailUnchanged))
		d = d.WithDof("The plan as it is now stands above: compare it with the one that was approved, and have it approved again. A digest stands for the options and variables too: give apply those of the plan. With the file of plan -out, apply FILE names the lines that differ.")
		return &d
	}
	if d := e.elsewhere(p, now.Tenant.ID); d != nil {
		return d
	}
	d := e.differs(now)
	return &d
}

// mostLines is how many lines that differ are named.
const mostLines = 20

// differs names the lines that are new, gone or other.
func (e *Expected) differs(now *plan.Plan) diag.Diagnostic {
	all := plan.Compare(e.Plan.Facts, now.Facts)
	var list []message.Text
	for i, x := range all {
		if i == mostLines {
			list = append(list, message.Of("- and %d more", len(all)-mostLines))
			break
		}
		switch {
		case x.Was == nil:
			list = append(list, message.Of("- new: %s", x.Is))
		case x.Is == nil:
			list = append(list, message.Of("- gone: %s", x.Was))
		default:
			list = append(list, message.Of("- other: %s (approved: %s)", x.Is, x.Was.Values()))
		}
	}
	d := diag.Errf("MP340", "Not the plan that was approved", "What would be done now is not what %s says, so nothing was begun. What differs:\n%s", e.File, message.Lines(list...))
	d = d.WithMail(message.Of(mailUnchanged))
	if now.Empty() {
		return d.WithDof("Nothing is left to do: the plan seems to have been applied already.")
	}
	return d.WithDof("Look at what would be done now, have it approved, and apply that:\n    mailprov plan -out=%s", e.File)
}
