package plan

import (
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
)

// orderSteps fills in Needs. Within one address the phases follow each other,
// except that a service principal, a credential and a late update of a new
// application need only the application; between addresses:
//
//	application ─┬─ service principal ─┐
//	             ├─ credential ────────┴─ verify ─┬─ deliver ── target
//	             └─ late update                   └─ grants (of the application)
func (b *builder) orderSteps() {
	for _, c := range b.plan.Changes {
		switch {
		case c.Action == Delete:
			b.orderDelete(c)
		case c.Addr.Type == appregistration.Name:
			b.orderApplication(c)
		case c.Addr.Type == clientsecret.Name:
			b.orderSecret(c)
		default:
			b.orderTarget(c)
		}
	}
	for i := range b.plan.Steps {
		slices.Sort(b.plan.Steps[i].Needs)
		b.plan.Steps[i].Needs = slices.Compact(b.plan.Steps[i].Needs)
	}
}

// at lists the steps of an address in the given phases.
func (b *builder) at(a addr.Instance, phases ...phase) []int {
	set := b.steps[a]
	if set == nil {
		return nil
	}
	var out []int
	for _, p := range phases {
		out = append(out, set.byPhase[p]...)
	}
	return out
}

func (b *builder) need(steps, on []int) {
	for _, s := range steps {
		for _, o := range on {
			if s != o {
				b.plan.Steps[s].Needs = append(b.plan.Steps[s].Needs, o)
			}
		}
	}
}

func (b *builder) orderApplication(c *Change) {
	a := c.Addr
	revoke, create := b.at(a, phaseRevoke), b.at(a, phaseCreate)
	others := b.dependencies(c)
	b.need(b.at(a, phasePrincipal, phaseUpdate, phaseOwners), slices.Concat(revoke, create))
	b.need(b.at(a, phaseUpdate), others)
	// An update records the owners wanted, after which one that is no longer
	// wanted is nobody's to remove.
	b.need(b.at(a, phaseUpdate), b.removals(a))
	if len(create) > 0 && !c.After.GetAttr("display_name").IsKnown() {
		b.need(create, others)
	}
	b.need(slices.Concat(revoke, create, b.at(a, phasePrincipal, phaseUpdate, phaseOwners)), b.finished(c.Instance.DependsOn))
	before := slices.Concat(revoke, create, b.at(a, phasePrincipal, phaseUpdate, phaseOwners))
	for _, s := range b.secretsOf[a.String()] {
		before = append(before, b.at(s.Addr, phaseVerify)...)
	}
	b.need(b.at(a, phaseGrant), before)
	b.need(b.at(a, phaseRecord), slices.Concat(before, b.at(a, phaseGrant)))
}

// removals are the steps that take an owner away.
func (b *builder) removals(a addr.Instance) []int {
	return slices.DeleteFunc(b.at(a, phaseOwners), func(i int) bool { return b.plan.Steps[i].Verb != RemoveOwner })
}

// dependencies are the steps that make what a change refers to exist.
func (b *builder) dependencies(c *Change) []int {
	if c.Instance == nil {
		return nil
	}
	refs := slices.Concat(c.Instance.Refs, c.Instance.DependsOn)
	return b.finished(slices.DeleteFunc(refs, func(r addr.Instance) bool { return r == c.Addr }))
}

// finished are the steps after which instances are there for others to build
// on. Consent is not among them, nor what is recorded behind it: it waits for
// the proof of secrets, which may themselves be built on others.
func (b *builder) finished(list []addr.Instance) []int {
	var out []int
	for _, a := range list {
		switch a.Type {
		case appregistration.Name:
			out = append(out, b.at(a, phaseCreate, phasePrincipal, phaseUpdate, phaseOwners)...)
		case clientsecret.Name:
			out = append(out, b.at(a, phaseDeliver)...)
		default:
			out = append(out, b.at(a, phaseRecord)...)
		}
	}
	return out
}

func (b *builder) orderSecret(c *Change) {
	a := c.Addr
	app, _ := addr.Parse(resource.Text(c.After.GetAttr("app")))
	clean, create := b.at(a, phaseClean), b.at(a, phaseCredential)
	b.need(slices.Concat(clean, create), b.at(app, phaseRevoke, phaseCreate))
	b.need(create, clean)
	b.need(b.at(a, phaseVerify), slices.Concat(create, b.at(app, phasePrincipal)))
	b.need(b.at(a, phaseDeliver), slices.Concat(clean, create, b.at(a, phaseVerify)))
	b.need(b.at(a, phaseRecord), b.at(a, phaseClean, phaseCredential, phaseVerify, phaseDeliver))
	b.need(create, b.finished(c.Instance.DependsOn))
}

func (b *builder) orderTarget(c *Change) {
	secret, _ := addr.Parse(resource.Text(c.After.GetAttr("secret")))
	b.need(b.at(c.Addr, phaseRecord), slices.Concat(b.at(secret, phaseDeliver), b.dependencies(c)))
}

// orderDelete runs the phases one after the other and everything that depended
// on the instance before it.
func (b *builder) orderDelete(c *Change) {
	a := c.Addr
	var before []int
	for _, other := range b.dependents[a] {
		if _, stays := b.desired[other]; !stays {
			before = append(before, b.at(other, phaseRevoke, phaseClean, phasePrincipal, phaseUpdate, phaseRecord)...)
		}
	}
	for _, p := range []phase{phaseRevoke, phaseClean, phasePrincipal, phaseUpdate, phaseRecord} {
		steps := b.at(a, p)
		b.need(steps, before)
		if len(steps) > 0 {
			before = slices.Concat(before, steps)
		}
	}
}
