package apply

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
)

// settled is what an application reads like that was made from attrs: what was
// unknown is still as it is by default, a list or set with an unknown element
// whole, and what lives only in the configuration too.
func settled(attrs cty.Value) cty.Value {
	v, err := cty.TransformWithTransformer(attrs, unsent{})
	if err != nil {
		return appregistration.Schema().Defaults()
	}
	return onlyConfigured(v)
}

// unsent empties what could not be sent yet.
type unsent struct{}

func (unsent) Enter(_ cty.Path, v cty.Value) (cty.Value, error) {
	if t := v.Type(); !v.IsKnown() || (t.IsListType() || t.IsSetType()) && !v.IsWhollyKnown() {
		return resource.Empty(t), nil
	}
	return v, nil
}

func (unsent) Exit(_ cty.Path, v cty.Value) (cty.Value, error) { return v, nil }

// onlyConfigured resets the attributes that Entra's application does not have.
func onlyConfigured(v cty.Value) cty.Value {
	vals, defaults := v.AsValueMap(), appregistration.Schema().Defaults()
	for _, name := range append(appregistration.OnlyConfigured(), "owners") {
		vals[name] = defaults.GetAttr(name)
	}
	return cty.ObjectVal(vals)
}

// merged is what an application reads like after an update: as configured,
// except for what ignore_changes leaves as it was.
func merged(before cty.Value, i *resource.Instance) cty.Value {
	vals := settled(i.Attrs).AsValueMap()
	for name := range vals {
		ignored := i.Lifecycle.IgnoreAll || slices.ContainsFunc(i.Lifecycle.IgnoreChanges, func(ig string) bool {
			return ig == name || strings.HasPrefix(ig, name+".") || strings.HasPrefix(ig, name+"[")
		})
		if ignored {
			vals[name] = before.GetAttr(name)
		}
	}
	return cty.ObjectVal(vals)
}

// deps are the instances an instance refers to, for the order of deletion.
func deps(i *resource.Instance) []addr.Instance {
	out := slices.Concat(i.Refs, i.DependsOn)
	out = slices.DeleteFunc(out, func(a addr.Instance) bool {
		return a == i.Addr || strings.HasPrefix(a.Type, "data.") || a.Type == "sink"
	})
	slices.SortFunc(out, addr.Compare)
	return slices.Compact(out)
}

// recordApplication keeps an application's attributes, and which roles of
// Exchange Online they no longer name.
func recordApplication(a *state.Application, i *resource.Instance, attrs json.RawMessage) {
	a.FormerRoles = formerRoles(a, i.Attrs)
	a.Attributes, a.PreventDestroy, a.DependsOn = attrs, i.Lifecycle.PreventDestroy, deps(i)
}

func formerRoles(a *state.Application, attrs cty.Value) []string {
	var had []string
	if before, err := resource.DecodeAttrs(appregistration.Schema(), a.Attributes); err == nil {
		for _, r := range appregistration.MailboxRoles(before) {
			had = append(had, r.Role)
		}
	}
	has := map[string]bool{}
	for _, r := range appregistration.MailboxRoles(attrs) {
		has[r.Role] = true
	}
	out := slices.DeleteFunc(slices.Concat(a.FormerRoles, had), func(role string) bool { return has[role] })
	slices.Sort(out)
	return slices.Compact(out)
}

func recordTarget(d *state.Document, i *resource.Instance, attrs json.RawMessage) {
	secret, err := addr.Parse(resource.Text(i.Attrs.GetAttr("secret")))
	if err != nil {
		return
	}
	t := d.Target(i.Addr)
	if t == nil {
		t = &state.Target{Address: i.Addr}
		d.Targets = append(d.Targets, t)
	}
	t.Product, t.Secret, t.Attributes, t.DependsOn = i.Label, secret, attrs, deps(i)
}
