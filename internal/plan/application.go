package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
)

// Tags are the tags by which an application is known as ours: Graph filters
// by them, and allows no blanks in them.
func Tags(name, lineage string, a addr.Instance) []string {
	sum := sha256.Sum256([]byte(a.String()))
	return []string{"mailprov", "mailprov:n=" + name, "mailprov:l=" + lineage, "mailprov:a=" + hex.EncodeToString(sum[:8])}
}

func (b *builder) applications() {
	for _, i := range b.byType[appregistration.Name] {
		if b.out(i.Addr) {
			continue
		}
		b.diags = append(b.diags, appregistration.Validate(i)...)
		b.resolve(i)
		b.add(b.application(i))
	}
	for _, a := range b.in.Prior.Applications {
		if _, still := b.desired[a.Address]; still || b.out(a.Address) {
			continue
		}
		if c := b.deleteApplication(a); c != nil {
			b.add(c)
		}
	}
}

// resolve finds every permission by name on the API's own service principal.
func (b *builder) resolve(i *resource.Instance) {
	perms := slices.SortedFunc(maps.Keys(appregistration.Requested(i.Attrs)), appregistration.ComparePermissions)
	reported := map[string]bool{}
	for _, p := range perms {
		api, ok := b.in.APIs[p.API]
		path := fmt.Sprintf("api_permissions[%q]", p.API)
		switch {
		case !ok: // not an API at all: reported by Validate
		case api.Missing:
			if !reported[p.API] {
				b.err(diag.Errf("MP671", "API not in this tenant", "The tenant has no service principal of %s (%s), so its permissions cannot be granted.", api.Label, api.AppID).
					At(i.RangeOf(path)).For(i.Addr.String()).WithDof("Add the service to the tenant first, or correct the application id."))
			}
			reported[p.API] = true
		default:
			b.resolveOne(i, api, p, path)
		}
	}
}

func (b *builder) resolveOne(i *resource.Instance, api API, p resource.Permission, path string) {
	if info, ok := api.Permissions[p.Kind][p.Value]; ok {
		if !info.Enabled {
			b.err(diag.Errf("MP673", "Permission disabled by its API", "%s has disabled its %s permission %s.", api.Label, p.Kind, p.Value).
				At(i.RangeOf(path + "." + string(p.Kind))).For(i.Addr.String()))
		}
		return
	}
	d := diag.Errf("MP672", "Unknown permission", "%s has no %s permission named %q.", api.Label, p.Kind, p.Value).
		At(i.RangeOf(path + "." + string(p.Kind))).For(i.Addr.String())
	other := resource.ApplicationKind
	if p.Kind == other {
		other = resource.DelegatedKind
	}
	near := diag.Nearest(p.Value, slices.Sorted(maps.Keys(api.Permissions[p.Kind])))
	switch _, elsewhere := api.Permissions[other][p.Value]; {
	case elsewhere:
		d = d.WithDof("It has a %s permission of that name: write it in %s.", other, other)
	case near != "":
		d = d.WithDof("Did you mean %q?", near)
	default:
		d = d.WithDof("See the permissions of the API in the portal under API permissions.")
	}
	b.err(d)
}

// application plans one desired application.
func (b *builder) application(i *resource.Instance) *Change {
	prior, seen := b.priorApps[i.Addr], b.in.Observed[i.Addr]
	exists := prior != nil && seen != nil && !seen.Gone
	c := &Change{Addr: i.Addr, Instance: i, After: i.Attrs, Expr: i.Expr, Before: cty.NilVal, App: &AppDetail{}}
	priorAttrs := b.priorAttrs(prior)
	var granted map[resource.Permission]bool
	if exists {
		granted = seen.Granted()
		c.App.ClientID = seen.ClientID
	}
	c.App.Consent = appregistration.DecideConsent(appregistration.ConsentInput{
		Desired: i.Attrs, Prior: priorAttrs, Granted: granted, SignIn: b.signIn(i.Addr),
		SkipGrant: b.in.Options.SkipGrant, Ignore: ignores(i),
	})
	b.consentLines(c)
	b.actors(c, seen)
	c.App.Held = b.held(c, granted)
	b.exchangeRoles(c, priorAttrs, granted)
	if !exists {
		c.Action = Create
		if prior != nil && prior.ObjectID != "" {
			c.Reason = message.Of("it is gone from Entra").String()
		}
		b.owners(c, nil)
		b.createSteps(c)
		return c
	}
	current := b.current(i, priorAttrs, seen)
	c.Before = current
	c.Paths = keep(resource.Diff(current, i.Attrs), i)
	if change := b.tagChange(i.Addr, seen); change != nil {
		c.Paths = append(c.Paths, *change)
	}
	if seen.ServicePrincipalID == "" {
		c.Paths = append(c.Paths, resource.PathChange{Path: "service_principal_id", Before: cty.NullVal(cty.String), After: cty.UnknownVal(cty.String)})
	}
	if len(c.Paths) > 0 || len(c.App.Consent.Grant)+len(c.App.Consent.Revoke) > 0 || b.operatorsMissing(seen) != nil {
		c.Action = Update
	} else {
		c.Action = NoOp
	}
	b.owners(c, seen)
	b.drift(c, i, priorAttrs, current)
	b.updateSteps(c, seen, recordNeeded(prior, priorAttrs, i))
	return c
}

// recordNeeded tells whether the state lacks what is applied: attributes that
// exist only in the configuration, or protection from deletion.
func recordNeeded(prior *state.Application, attrs cty.Value, i *resource.Instance) bool {
	return attrs == cty.NilVal || len(resource.Diff(attrs, i.Attrs)) > 0 || prior.PreventDestroy != i.Lifecycle.PreventDestroy || prior.ObjectID == "" || prior.Deleting
}

func (b *builder) priorAttrs(a *state.Application) cty.Value {
	if a == nil || len(a.Attributes) == 0 {
		return cty.NilVal
	}
	v, err := resource.DecodeAttrs(appregistration.Schema(), a.Attributes)
	if err != nil {
		b.err(diag.Errf("MP501", "State cannot be read", "%s: %s.", a.Address, err).For(a.Address.String()))
		return cty.NilVal
	}
	return v
}

// current is what Entra has, in the shape of the configuration. What lives
// only in the configuration is taken from what was last applied; of the owners
// only those that are ours to manage are compared.
func (b *builder) current(i *resource.Instance, prior cty.Value, seen *appregistration.Observed) cty.Value {
	configured := i.Attrs
	if prior != cty.NilVal {
		configured = prior
	}
	vals := appregistration.Completed(seen.Attrs, configured).AsValueMap()
	want := i.Attrs.GetAttr("owners")
	managed := map[string]bool{}
	for _, id := range resource.Strings(want) {
		managed[id] = true
	}
	if prior != cty.NilVal {
		for _, id := range resource.Strings(prior.GetAttr("owners")) {
			managed[id] = true
		}
	}
	exclusive := resource.True(i.Attrs.GetAttr("owners_exclusive"))
	var have []string
	for _, o := range seen.Owners {
		operator := o.ID == b.in.Identity.ObjectID || slices.Contains(b.in.Operators, o.ID)
		if managed[o.ID] || exclusive && !operator {
			have = append(have, o.ID)
		}
	}
	vals["owners"] = resource.StringSet(have)
	return cty.ObjectVal(vals)
}

// keep drops what ignore_changes names, and what Graph does not tell apart: an
// empty text and none.
func keep(paths []resource.PathChange, i *resource.Instance) []resource.PathChange {
	ignored := ignores(i)
	return slices.DeleteFunc(paths, func(p resource.PathChange) bool {
		return ignored(p.Path) || emptyText(p.Before) && emptyText(p.After)
	})
}

func emptyText(v cty.Value) bool {
	return v != cty.NilVal && v.Type() == cty.String && v.IsKnown() && (v.IsNull() || v.AsString() == "")
}

// ignores tells whether ignore_changes covers an attribute. Graph replaces the
// permissions of an application as one list, so ignoring those of one API
// ignores them all.
func ignores(i *resource.Instance) func(string) bool {
	return func(path string) bool {
		if i.Lifecycle.IgnoreAll {
			return true
		}
		return slices.ContainsFunc(i.Lifecycle.IgnoreChanges, func(ig string) bool {
			if resource.TopLevel(ig) == "api_permissions" {
				ig = "api_permissions"
			}
			return path == ig || strings.HasPrefix(path, ig+".") || strings.HasPrefix(path, ig+"[")
		})
	}
}

func (b *builder) tagChange(a addr.Instance, seen *appregistration.Observed) *resource.PathChange {
	want := slices.Clone(seen.Tags)
	changed := false
	ours := Tags(b.in.Name, b.in.Prior.Lineage, a)
	want = slices.DeleteFunc(want, func(t string) bool {
		stale := strings.HasPrefix(t, "mailprov:") && !slices.Contains(ours, t)
		changed = changed || stale
		return stale
	})
	for _, t := range ours {
		if !slices.Contains(want, t) {
			want, changed = append(want, t), true
		}
	}
	if !changed {
		return nil
	}
	return &resource.PathChange{Path: "tags", Before: resource.StringSet(seen.Tags), After: resource.StringSet(want)}
}

func (b *builder) operatorsMissing(seen *appregistration.Observed) []string {
	var missing []string
	for _, id := range b.in.Operators {
		if !slices.ContainsFunc(seen.Owners, func(o appregistration.Owner) bool { return o.ID == id }) {
			missing = append(missing, id)
		}
	}
	return missing
}

// drift notes what differs from what was last applied: somebody changed it in
// Entra.
func (b *builder) drift(c *Change, i *resource.Instance, prior, current cty.Value) {
	if prior == cty.NilVal {
		return
	}
	paths := keep(resource.Diff(prior, current), i)
	if len(paths) > 0 || len(c.App.Consent.Undeclared) > 0 {
		b.plan.Drift = append(b.plan.Drift, &Change{Addr: c.Addr, Action: Update, Before: prior, After: current, Paths: paths, Instance: i, App: c.App})
	}
}
