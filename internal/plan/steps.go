package plan

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
)

// phase orders the steps of one application: revoked before granted, granted
// last, and nothing is granted before its secret has been proven.
type phase int

const (
	phaseRevoke phase = iota
	phaseCreate
	phasePrincipal
	phaseUpdate
	phaseOwners
	phaseClean
	phaseCredential
	phaseVerify
	phaseDeliver
	phaseGrant
	phaseRecord
)

// stepSet holds the indices of an address's steps by phase.
type stepSet struct{ byPhase map[phase][]int }

// step appends a step and remembers its phase.
func (b *builder) step(a addr.Instance, s Step, p phase) int {
	s.Addr = a
	b.plan.Steps = append(b.plan.Steps, s)
	if b.steps[a] == nil {
		b.steps[a] = &stepSet{byPhase: map[phase][]int{}}
	}
	i := len(b.plan.Steps) - 1
	b.steps[a].byPhase[p] = append(b.steps[a].byPhase[p], i)
	return i
}

func (b *builder) createSteps(c *Change) {
	b.step(c.Addr, Step{Verb: CreateApplication}, phaseCreate)
	b.step(c.Addr, Step{Verb: CreateServicePrincipal}, phasePrincipal)
	if paths := unknownPaths(c.After); len(paths) > 0 {
		b.step(c.Addr, Step{Verb: UpdateApplication, Paths: paths}, phaseUpdate)
	}
	for _, id := range resource.Strings(c.After.GetAttr("owners")) {
		b.step(c.Addr, Step{Verb: AddOwner, ID: id}, phaseOwners)
	}
	for _, id := range b.in.Operators {
		if id != b.in.Identity.ObjectID {
			b.step(c.Addr, Step{Verb: AddOwner, ID: id}, phaseOwners)
		}
	}
	b.grantSteps(c, nil)
}

// unknownPaths lists the attributes that are known only after the application
// has its client id, or another application has its own.
func unknownPaths(v cty.Value) []string {
	var out []string
	for _, p := range resource.Diff(appregistration.Schema().Defaults(), v) {
		if !p.After.IsWhollyKnown() && !slices.Contains(appregistration.OnlyConfigured(), resource.TopLevel(p.Path)) {
			out = append(out, p.Path)
		}
	}
	return out
}

// updateSteps leads from what was seen to what is wanted. Where no write to the
// application records its attributes on the way, record says whether the state
// lacks them: an earlier run may have died between a write and its record.
func (b *builder) updateSteps(c *Change, seen *appregistration.Observed, record bool) {
	b.revokeSteps(c, seen)
	if seen.ServicePrincipalID == "" {
		b.step(c.Addr, Step{Verb: CreateServicePrincipal}, phasePrincipal)
	}
	var paths []string
	for _, p := range c.Paths {
		switch top := resource.TopLevel(p.Path); {
		case top == "owners":
			b.ownerSteps(c, p)
		case top == "service_principal_id" || slices.Contains(appregistration.OnlyConfigured(), top):
		default:
			paths = append(paths, p.Path)
		}
	}
	if len(paths) > 0 {
		b.step(c.Addr, Step{Verb: UpdateApplication, Paths: paths}, phaseUpdate)
	} else if len(c.Paths) > 0 || record {
		b.step(c.Addr, Step{Verb: Record}, phaseRecord)
	}
	for _, id := range b.operatorsMissing(seen) {
		b.step(c.Addr, Step{Verb: AddOwner, ID: id}, phaseOwners)
	}
	b.grantSteps(c, seen)
}

func (b *builder) ownerSteps(c *Change, p resource.PathChange) {
	before, after := resource.Strings(p.Before), resource.Strings(p.After)
	for _, id := range after {
		if !slices.Contains(before, id) {
			b.step(c.Addr, Step{Verb: AddOwner, ID: id}, phaseOwners)
		}
	}
	for _, id := range before {
		if !slices.Contains(after, id) && !slices.Contains(b.in.Operators, id) && id != b.in.Identity.ObjectID {
			b.step(c.Addr, Step{Verb: RemoveOwner, ID: id}, phaseOwners)
		}
	}
}

// revokeSteps takes away what is no longer declared. A grant that both loses
// and gains scopes is one write and belongs to grantSteps.
func (b *builder) revokeSteps(c *Change, seen *appregistration.Observed) {
	revoke, grant := c.App.Consent.Revoke, c.App.Consent.Grant
	for _, a := range seen.Assignments {
		p := resource.Permission{API: a.API, Kind: resource.ApplicationKind, Value: a.Permission}
		if slices.Contains(revoke, p) {
			b.step(c.Addr, Step{Verb: UnassignAppRole, Permission: p, ID: a.ID}, phaseRevoke)
		}
	}
	for _, g := range seen.Grants {
		left, lost := scopesAfter(g, revoke)
		switch {
		case !lost || gains(g.API, grant):
		case len(left) == 0:
			b.step(c.Addr, Step{Verb: DeleteGrant, API: g.API, ID: g.ID}, phaseRevoke)
		default:
			b.step(c.Addr, Step{Verb: SetGrant, API: g.API, ID: g.ID, Scopes: left}, phaseRevoke)
		}
	}
}

// grantSteps grants what is declared: one step per app role, one per API for
// all delegated permissions.
func (b *builder) grantSteps(c *Change, seen *appregistration.Observed) {
	added := map[string][]string{}
	var apis []string
	for _, p := range c.App.Consent.Grant {
		if p.Kind == resource.ApplicationKind {
			b.step(c.Addr, Step{Verb: AssignAppRole, Permission: p, API: p.API}, phaseGrant)
			continue
		}
		if added[p.API] == nil {
			apis = append(apis, p.API)
		}
		added[p.API] = append(added[p.API], p.Value)
	}
	for _, api := range apis {
		s := Step{Verb: SetGrant, API: api, Scopes: added[api]}
		if seen != nil {
			for _, g := range seen.Grants {
				if g.API == api {
					left, _ := scopesAfter(g, c.App.Consent.Revoke)
					s.ID, s.Scopes = g.ID, append(left, added[api]...)
				}
			}
		}
		b.step(c.Addr, s, phaseGrant)
	}
}

func scopesAfter(g appregistration.Grant, revoke []resource.Permission) (left []string, lost bool) {
	for _, s := range g.Scopes {
		if slices.Contains(revoke, resource.Permission{API: g.API, Kind: resource.DelegatedKind, Value: s}) {
			lost = true
		} else {
			left = append(left, s)
		}
	}
	return left, lost
}

func gains(api string, grant []resource.Permission) bool {
	return slices.ContainsFunc(grant, func(p resource.Permission) bool {
		return p.API == api && p.Kind == resource.DelegatedKind
	})
}

// deleteApplication plans the end of an application: grants and assignments
// first, its secrets before it (they have steps of their own), then the
// service principal, then the application.
func (b *builder) deleteApplication(prior *state.Application) *Change {
	seen := b.in.Observed[prior.Address]
	if b.preventDestroy(prior.Address, prior.PreventDestroy) {
		return nil
	}
	if id := b.in.Identity.ClientID; id != "" && strings.EqualFold(id, prior.ClientID) {
		b.signedInWith(prior.Address, message.Of("this run is signed in as it"))
		return nil
	}
	before := b.priorAttrs(prior)
	c := &Change{Addr: prior.Address, Action: Delete, Before: before, After: cty.NilVal, App: &AppDetail{ClientID: prior.ClientID}}
	if seen == nil || seen.Gone {
		c.Reason = message.Of("it is gone from Entra already").String()
		if prior.ServicePrincipalID != "" {
			b.step(c.Addr, Step{Verb: DeleteServicePrincipal, ID: prior.ServicePrincipalID}, phasePrincipal)
		}
		b.step(c.Addr, Step{Verb: ForgetResource}, phaseRecord)
		return c
	}
	c.Before = seen.Attrs
	b.actors(c, seen)
	for p := range seen.Granted() {
		c.App.Consent.Revoke = append(c.App.Consent.Revoke, p)
	}
	slices.SortFunc(c.App.Consent.Revoke, appregistration.ComparePermissions)
	b.consentLines(c)
	b.revokeSteps(c, seen)
	if seen.ServicePrincipalID != "" {
		b.step(c.Addr, Step{Verb: DeleteServicePrincipal, ID: seen.ServicePrincipalID}, phasePrincipal)
	}
	b.step(c.Addr, Step{Verb: DeleteApplication, ID: seen.ObjectID}, phaseUpdate)
	b.step(c.Addr, Step{Verb: ForgetResource}, phaseRecord)
	return c
}
