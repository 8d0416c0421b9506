package rendertest

import (
	"maps"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
)

// Poisoned is a plan in which everything a stranger can write is s: values of
// the configuration, of the tenant and of the catalogue.
func Poisoned(s string) *plan.Plan {
	in := Applied(Known(Palettetree()))
	app, target := in.Desired[0], in.Desired[2]
	set := func(i *resource.Instance, name string, v cty.Value) {
		m := i.Attrs.AsValueMap()
		m[name] = v
		i.Attrs = cty.ObjectVal(m)
	}
	set(app, "display_name", cty.StringVal(s))
	set(app, "identifier_uris", Set(s, s+"x", strings.Repeat(s, 9)))
	set(target, "contact", cty.StringVal(s))
	set(target, "mailbox", cty.StringVal(s))
	app.AcceptRisks[0].Reason = s
	app.Expr["notes"] = s
	seen := in.Observed[app.Addr]
	seen.Owners[0].Name = s
	for i := range seen.Credentials {
		seen.Credentials[i].DisplayName, seen.Credentials[i].KeyID = s, s
	}
	seen.Assignments = nil // so that consent is given, in the tenant's words
	seen.Attrs = with(seen.Attrs, Values{"notes": Str(s + " by hand")})
	team := addr.Instance{Type: "sink", Name: "team"}
	readers := in.Sinks[team]
	readers.Readers = append([]string{s}, readers.Readers...)
	in.Sinks[team] = readers
	in.Tenant.DisplayName, in.Tenant.DefaultDomain, in.Identity.Name = s, s, s
	facts := in.Targets[target.Addr]
	facts.Title, facts.After, facts.Before, facts.Mailbox = s, s, []string{s}, s
	in.Targets[target.Addr] = facts
	in.Outputs["note"] = plan.Output{Value: cty.StringVal(s)}
	in.TargetSettings[target.Addr] = plan.SettingsPair{After: []plan.SettingsItem{{Screen: s, Label: s, Value: s}}}
	in.APIs[Graph] = poisonedAPI(in.APIs[Graph], s)
	return plan.Build(in).Plan
}

// poisonedAPI describes every permission by s.
func poisonedAPI(a plan.API, s string) plan.API {
	kinds := map[resource.Kind]map[string]plan.PermissionInfo{}
	for kind, list := range a.Permissions {
		kinds[kind] = maps.Clone(list)
		for name, info := range list {
			info.DisplayName = s
			kinds[kind][name] = info
		}
	}
	a.Permissions = kinds
	return a
}
