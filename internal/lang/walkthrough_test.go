package lang

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

func TestTheFiveWalkThroughConfigurationsLoadTogether(t *testing.T) {
	files := readDir(t, "testdata/walkthrough")
	known := func(a addr.Instance) map[string]cty.Value {
		if a.Type == "data.user" {
			return map[string]cty.Value{"id": cty.StringVal("user-id"), "user_principal_name": cty.StringVal("hanbai@example.co.jp")}
		}
		return nil
	}
	c, w, d, ds := run(testOptions(files...), known)
	if len(ds) > 0 {
		t.Fatalf("diagnostics:\n%s", rendered(c, ds))
	}
	if got := c.Settings; got.Name != "example-mail" || got.TimeZone != "Asia/Tokyo" || got.Language != "ja" ||
		got.Backend.Kind != "local" || got.Backend.Attrs.GetAttr("path").AsString() != "mailprov.state.json" ||
		got.Tenant.ID != "example.co.jp" || got.Tenant.Auth != "browser" || got.Tenant.Cloud != "public" {
		t.Errorf("settings %+v", got)
	}
	if q := w.Data(); len(q) != 1 || q[0].Addr.String() != "data.user.hanbai" || q[0].By != "user_principal_name" || q[0].Value != "hanbai@example.co.jp" {
		t.Errorf("data %+v", q)
	}
	if len(d.Instances) != 15 || len(d.Sinks) != 1 {
		t.Fatalf("%d instances and %d sinks", len(d.Instances), len(d.Sinks))
	}
	for _, i := range d.Instances {
		want := appregistration.Schema().Type()
		if i.Addr.Type == "app_registration" && !i.Attrs.Type().Equals(want) {
			t.Errorf("%s is not of its schema's type: %#v", i.Addr, i.Attrs.Type())
		}
	}
	for address, attrs := range map[string]map[string]cty.Value{
		"app_registration.palettetree": {
			"display_name": cty.StringVal("Palettetree Mail Sender"), "admin_consent": cty.True,
			"identifier_uris": cty.SetValEmpty(cty.String),
		},
		"app_registration.hanbai": {"owners": cty.SetVal([]cty.Value{cty.StringVal("user-id")}), "notes": cty.NullVal(cty.String)},
		"client_secret.proself": {
			"app": cty.StringVal("app_registration.proself"), "lifetime": cty.StringVal("365d"), "verify": cty.StringVal("token"),
			"deliver_to": cty.ListVal([]cty.Value{cty.StringVal("sink.team")}),
		},
		"mail_target.hanbai":  {"redirect_uri": cty.NullVal(cty.String), "secret": cty.StringVal("client_secret.hanbai"), "contact": cty.StringVal("営業管理")},
		"mail_target.orders":  {"resources": cty.ListVal([]cty.Value{cty.StringVal("email_receive"), cty.StringVal("email_send")})},
		"mail_target.gateway": {"redirect_uri_1": cty.StringVal("https://…")},
	} {
		i := find(t, d.Instances, address)
		for name, want := range attrs {
			if got := i.Attrs.GetAttr(name); !got.RawEquals(want) {
				t.Errorf("%s.%s is %#v, want %#v", address, name, got, want)
			}
		}
	}
	proself := find(t, d.Instances, "app_registration.proself")
	if uris := proself.Attrs.GetAttr("identifier_uris"); uris.IsWhollyKnown() {
		t.Errorf("identifier_uris of a new app is known: %#v", uris)
	}
	if got := proself.Expr["identifier_uris"]; got != `["api://${self.client_id}"]` {
		t.Errorf("expression %q", got)
	}
	if got := resource.Strings(proself.Attrs.GetAttr("web").GetAttr("redirect_uris")); len(got) != 1 || got[0] != "https://files.example.co.jp/proself/oauth2callback/smtp" {
		t.Errorf("redirect URIs %v", got)
	}
	perms := find(t, d.Instances, "app_registration.magic").Attrs.GetAttr("api_permissions")
	if got := perms.Index(cty.StringVal("microsoft_graph")).GetAttr("delegated").LengthInt(); got != 15 {
		t.Errorf("%d delegated permissions", got)
	}
	emit := find(t, d.Instances, "mail_target.files").Attrs.GetAttr("emit").AsValueSlice()
	if len(emit) != 2 || emit[1].GetAttr("format").AsString() != "powershell" || emit[1].GetAttr("path").AsString() != "out/proself-exchange.ps1" {
		t.Errorf("emit %#v", emit)
	}
	pal := find(t, d.Instances, "app_registration.palettetree")
	if !pal.Lifecycle.PreventDestroy || len(pal.AcceptRisks) != 1 || pal.AcceptRisks[0].Code != "MP101" || pal.AcceptRisks[0].Until != "2027-03-31" {
		t.Errorf("lifecycle %+v, risks %+v", pal.Lifecycle, pal.AcceptRisks)
	}
	if refs := find(t, d.Instances, "client_secret.proself").Refs; len(refs) != 2 || refs[0].String() != "app_registration.proself" || refs[1].String() != "sink.team" {
		t.Errorf("refs %v", refs)
	}
}
