// Package rendertest makes plans of the five products for the tests of the
// renderers: every plan comes out of plan.Build, so that what is rendered is
// what a run would plan. It is imported by tests only.
package rendertest

import (
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/state"
)

// The identifiers of the sample tenant.
const (
	TenantID = "11111111-2222-3333-4444-555555555555"
	ClientID = "aaaaaaaa-0000-0000-0000-000000000001"
	UserID   = "bbbbbbbb-0000-0000-0000-000000000001"
	AdminID  = "bbbbbbbb-0000-0000-0000-000000000002"
)

// Now is when the samples are planned: 2026-11-20 10:00 in Tokyo.
func Now() time.Time { return time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC) }

// Tokyo is the time zone of the samples, without a database of zones.
func Tokyo() *time.Location { return time.FixedZone("Asia/Tokyo", 9*60*60) }

// Values are attributes by name.
type Values map[string]cty.Value

// Str is a text value.
func Str(s string) cty.Value { return cty.StringVal(s) }

// Set is a set of texts.
func Set(ss ...string) cty.Value { return resource.StringSet(ss) }

func with(base cty.Value, v Values) cty.Value {
	m := base.AsValueMap()
	for k, x := range v {
		m[k] = x
	}
	return cty.ObjectVal(m)
}

// Web is the web block of an app_registration.
func Web(v Values) cty.Value {
	return with(appregistration.Schema().Defaults().GetAttr("web"), v)
}

// Permissions is the api_permissions of an app_registration, by API and kind.
func Permissions(apis map[string]map[string][]string) cty.Value {
	vals := map[string]cty.Value{}
	for api, kinds := range apis {
		vals[api] = cty.ObjectVal(map[string]cty.Value{"application": Set(kinds["application"]...), "delegated": Set(kinds["delegated"]...)})
	}
	return cty.MapVal(vals)
}

// App is a desired app_registration.
func App(name string, v Values, risks ...resource.AcceptRisk) *resource.Instance {
	return &resource.Instance{
		Addr: addr.Instance{Type: appregistration.Name, Name: name}, Attrs: with(appregistration.Schema().Defaults(), v),
		AcceptRisks: risks, Expr: map[string]string{},
	}
}

// Secret is a desired client_secret of an app_registration, delivered to
// sink.team.
func Secret(app string, v Values, risks ...resource.AcceptRisk) *resource.Instance {
	base := with(clientsecret.Schema().Defaults(), Values{"app": Str("app_registration." + app), "deliver_to": cty.ListVal([]cty.Value{Str("sink.team")})})
	return &resource.Instance{
		Addr: addr.Instance{Type: clientsecret.Name, Name: app}, Attrs: with(base, v), AcceptRisks: risks,
		Refs: []addr.Instance{{Type: appregistration.Name, Name: app}}, Expr: map[string]string{},
	}
}

// Target is a desired mail_target of a client_secret.
func Target(product, name, secret string, v Values) *resource.Instance {
	base := with(mailtarget.Schema(nil).Defaults(), Values{"secret": Str("client_secret." + secret)})
	return &resource.Instance{
		Addr: addr.Instance{Type: mailtarget.Name, Name: name}, Label: product, Attrs: with(base, v),
		Refs: []addr.Instance{{Type: clientsecret.Name, Name: secret}}, Expr: map[string]string{},
	}
}

// Input is a plan's input with the sample tenant, one sink for two people, and
// an empty state.
func Input(desired ...*resource.Instance) plan.Input {
	in := plan.Input{
		Name: "example-mail", Tenant: plan.Tenant{ID: TenantID, DisplayName: "Example", DefaultDomain: "example.co.jp"},
		Desired: desired,
		Sinks:   map[addr.Instance]plan.Sink{{Type: "sink", Name: "team"}: {Kind: "sealed", Readers: []string{"admin", "kinko"}, Durable: true}},
		Targets: map[addr.Instance]plan.Target{}, Outputs: map[string]plan.Output{},
		Prior:    &state.Document{Version: state.Version, Name: "example-mail", TenantID: TenantID, Lineage: "l-1", Outputs: map[string]state.Output{}},
		Observed: map[addr.Instance]*appregistration.Observed{}, APIs: apis(),
		Identity: plan.Identity{Name: "admin@example.co.jp", ObjectID: AdminID, Known: true, Roles: map[string]bool{
			"Application.ReadWrite.All": true, "AppRoleAssignment.ReadWrite.All": true, "DelegatedPermissionGrant.ReadWrite.All": true,
		}},
		Users: map[string]string{UserID: "hanbai@example.co.jp"},
		Now:   Now(), Location: Tokyo(), Schemas: map[addr.Instance]resource.Schema{}, TargetSettings: map[addr.Instance]plan.SettingsPair{},
	}
	for _, i := range desired {
		if i.Addr.Type == mailtarget.Name {
			in.Schemas[i.Addr] = schemaOf(i)
		}
	}
	return in
}

// schemaOf is a schema that fits a target's attributes.
func schemaOf(i *resource.Instance) resource.Schema {
	known := mailtarget.Schema(nil)
	var inputs []resource.Attr
	for name, ty := range i.Attrs.Type().AttributeTypes() {
		if !known.Type().HasAttribute(name) {
			inputs = append(inputs, resource.Attr{Name: name, Type: ty})
		}
	}
	return mailtarget.Schema(inputs)
}
