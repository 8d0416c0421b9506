package lang

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
)

const perSite = `
variable "sites" {
  default = { tokyo = "東京", osaka = "大阪" }
}
app_registration "mail" {
  for_each        = var.sites
  display_name    = "Mail ${each.value}"
  identifier_uris = ["api://${self.client_id}"]
}
sink "sealed" "team" {
  recipients = { admin = "age1" }
}
client_secret "mail" {
  for_each   = var.sites
  app        = app_registration.mail[each.key]
  deliver_to = [sink.team]
  depends_on = [app_registration.mail["tokyo"]]
}
output "ids" {
  value = { for k, a in app_registration.mail : k => a.client_id }
}
`

func TestForEachMakesOneInstanceForEveryKey(t *testing.T) {
	_, d := configured(t, perSite)
	var got []string
	for _, i := range d.Instances {
		got = append(got, i.Addr.String())
	}
	want := []string{`app_registration.mail["osaka"]`, `app_registration.mail["tokyo"]`, `client_secret.mail["osaka"]`, `client_secret.mail["tokyo"]`}
	if !slices.Equal(got, want) {
		t.Errorf("instances %v", got)
	}
	osaka := find(t, d.Instances, `client_secret.mail["osaka"]`)
	if app := osaka.Attrs.GetAttr("app"); app.AsString() != `app_registration.mail["osaka"]` {
		t.Errorf("app %#v", app)
	}
	if refs := fmt.Sprint(osaka.Refs); refs != `[app_registration.mail["osaka"] app_registration.mail["tokyo"] sink.team]` {
		t.Errorf("refs %v", refs)
	}
	if len(osaka.DependsOn) != 1 || osaka.DependsOn[0].Key != "tokyo" {
		t.Errorf("depends_on %v", osaka.DependsOn)
	}
}

func TestWhatBecomesKnownFillsInTheRest(t *testing.T) {
	w, d := configured(t, perSite)
	tokyo := instance(t, `app_registration.mail["tokyo"]`)
	if find(t, d.Instances, tokyo.String()).Attrs.GetAttr("identifier_uris").IsWhollyKnown() {
		t.Error("a client id is known before the app is made")
	}
	if d.Outputs[0].Value.IsWhollyKnown() {
		t.Error("the output is known before the apps are made")
	}
	known := func(a addr.Instance) map[string]cty.Value {
		return map[string]cty.Value{"client_id": cty.StringVal("id-" + a.Key), "object_id": cty.True}
	}
	one, ds := w.EvaluateOne(tokyo, known)
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	if got := resource.Strings(one.Attrs.GetAttr("identifier_uris")); len(got) != 1 || got[0] != "api://id-tokyo" {
		t.Errorf("identifier_uris %v", got)
	}
	outputs, ds := w.EvaluateOutputs(known)
	if len(ds) > 0 || outputs[0].Value.GetAttr("osaka").AsString() != "id-osaka" {
		t.Errorf("outputs %+v, %v", outputs, ds)
	}
	if _, ds := w.EvaluateOne(instance(t, `app_registration.mail["kyoto"]`), known); !ds.HasErrors() {
		t.Error("an instance that is not there was evaluated")
	}
}

func TestDynamicBlocksStandForTheBlocksTheyMake(t *testing.T) {
	_, d := configured(t, `
locals {
  permissions = { microsoft_graph = ["Mail.Send", "User.Read"], office365_exchange_online = ["SMTP.Send"] }
}
app_registration "a" {
  display_name = "A"
  dynamic "api_permissions" {
    for_each = local.permissions
    iterator = api
    labels   = [api.key]
    content {
      delegated = api.value
    }
  }
  dynamic "web" {
    for_each = ["https://a.example"]
    content {
      redirect_uris = [web.value]
      dynamic "implicit_grant" {
        for_each = [true]
        content {
          id_token = implicit_grant.value
        }
      }
    }
  }
}
`)
	a := find(t, d.Instances, "app_registration.a")
	perms := a.Attrs.GetAttr("api_permissions")
	if got := resource.Strings(perms.Index(cty.StringVal("microsoft_graph")).GetAttr("delegated")); len(got) != 2 {
		t.Errorf("permissions %#v", perms)
	}
	if !resource.True(a.Attrs.GetAttr("web").GetAttr("implicit_grant").GetAttr("id_token")) {
		t.Errorf("web %#v", a.Attrs.GetAttr("web"))
	}
	if a.Expr[`api_permissions["microsoft_graph"].delegated`] != "api.value" {
		t.Errorf("expressions %v", a.Expr)
	}
	if r := a.RangeOf("web.redirect_uris"); r.Start.Line != 21 {
		t.Errorf("redirect_uris stand at %v", r)
	}
}

func TestBlocksMadeFromWhatIsUnknownAreUnknown(t *testing.T) {
	_, d := configured(t, `
app_registration "a" {
  display_name = "A"
}
app_registration "b" {
  display_name = "B"
  dynamic "web" {
    for_each = [for x in [app_registration.a.client_id] : x if x != ""]
    content {
      redirect_uris = [web.value]
    }
  }
}
`)
	b := find(t, d.Instances, "app_registration.b")
	if web := b.Attrs.GetAttr("web"); web.IsWhollyKnown() || len(b.Refs) != 1 || b.Refs[0].Name != "a" {
		t.Errorf("web %#v, refs %v", web, b.Refs)
	}
}

func TestSensitiveValuesAreNotedWhereTheyStand(t *testing.T) {
	_, d := configured(t, `
variable "token" {
  sensitive = true
  default   = "hunter2"
}
app_registration "a" {
  display_name = "A"
  notes        = "token ${var.token}"
  web {
    redirect_uris = ["https://a.example/${var.token}"]
  }
}
output "t" {
  sensitive = true
  value     = var.token
}
`)
	a := find(t, d.Instances, "app_registration.a")
	var paths []string
	for _, p := range a.Sensitive {
		paths = append(paths, pathText(p))
	}
	slices.Sort(paths)
	if got := strings.Join(paths, " "); got != "notes web.redirect_uris" {
		t.Errorf("sensitive: %s", got)
	}
	if a.Attrs.ContainsMarked() || d.Outputs[0].Value.IsMarked() || !d.Outputs[0].Sensitive {
		t.Errorf("marks are left, or the output is not sensitive: %+v", d.Outputs)
	}
}

func TestMetaArguments(t *testing.T) {
	_, d := configured(t, `
app_registration "a" {
  display_name = "A"
  notes        = null
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [notes, web.redirect_uris, api_permissions["microsoft_graph"].delegated]
  }
}
app_registration "b" {
  display_name     = "B"
  sign_in_audience = null
  lifecycle {
    ignore_changes = all
  }
}
`)
	a, b := find(t, d.Instances, "app_registration.a"), find(t, d.Instances, "app_registration.b")
	if got := fmt.Sprint(a.Lifecycle); got != `{true [notes web.redirect_uris api_permissions["microsoft_graph"].delegated] false}` {
		t.Errorf("lifecycle %v", got)
	}
	if !b.Lifecycle.IgnoreAll || b.Attrs.GetAttr("sign_in_audience").AsString() != "AzureADMyOrg" {
		t.Errorf("null does not mean the default: %#v", b.Attrs)
	}
}

func TestMovedBlocksNameAddressesOfBothEnds(t *testing.T) {
	_, d := configured(t, `
app_registration "new" {
  for_each     = toset(["tokyo", "osaka"])
  display_name = each.key
}
app_registration "renamed" {
  display_name = "R"
}
moved {
  from = app_registration.old
  to   = app_registration.renamed
}
moved {
  from = app_registration.new
  to   = app_registration.new["tokyo"]
}
moved {
  from = app_registration.new["kyoto"]
  to   = app_registration.new["osaka"]
}
`)
	var got []string
	for _, m := range d.Moved {
		got = append(got, m.From.String()+" → "+m.To.String())
	}
	want := []string{
		`app_registration.old → app_registration.renamed`, `app_registration.new → app_registration.new["tokyo"]`,
		`app_registration.new["kyoto"] → app_registration.new["osaka"]`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("moved %q", got)
	}
}

func TestDataOfOneWave(t *testing.T) {
	w, d := configured(t, `
variable "owners" {
  default = ["a@example.com", "b@example.com"]
}
data "user" "owner" {
  for_each            = toset(var.owners)
  user_principal_name = each.key
}
data "organization" "here" {}
data "application" "x" {
  client_id = "00000000-0000-0000-0000-000000000001"
}
app_registration "a" {
  display_name = "A ${data.organization.here.default_domain}"
  owners       = values(data.user.owner)
}
app_registration "b" {
  display_name = "B"
  owners       = ["00000000-0000-0000-0000-000000000009", data.user.owner["a@example.com"].id]
}
`)
	var got []string
	for _, q := range w.Data() {
		got = append(got, fmt.Sprintf("%s %s=%s", q.Addr, q.By, q.Value))
	}
	want := []string{
		`data.user.owner["a@example.com"] user_principal_name=a@example.com`, `data.user.owner["b@example.com"] user_principal_name=b@example.com`,
		`data.organization.here =`, `data.application.x client_id=00000000-0000-0000-0000-000000000001`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("data %q", got)
	}
	if find(t, d.Instances, "app_registration.a").Attrs.GetAttr("owners").IsWhollyKnown() {
		t.Error("owners are known before they are looked up")
	}
	known, ds := w.Evaluate(func(a addr.Instance) map[string]cty.Value {
		return map[string]cty.Value{"id": cty.StringVal("id of " + a.Key), "default_domain": cty.StringVal("example.com")}
	})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	a := find(t, known.Instances, "app_registration.a")
	if owners := resource.Strings(a.Attrs.GetAttr("owners")); !slices.Equal(owners, []string{"id of a@example.com", "id of b@example.com"}) {
		t.Errorf("owners %v", owners)
	}
	if a.Attrs.GetAttr("display_name").AsString() != "A example.com" {
		t.Errorf("display_name %#v", a.Attrs.GetAttr("display_name"))
	}
}

func TestTheSameInJSON(t *testing.T) {
	src := `{
  "mailprov": {"name": "test"},
  "variable": {"sites": {"default": ["tokyo", "osaka"]}},
  "app_registration": {"mail": {
    "for_each": "${toset(var.sites)}",
    "display_name": "Mail ${each.key}",
    "identifier_uris": ["api://${self.client_id}"],
    "lifecycle": {"ignore_changes": ["notes"]},
    "dynamic": {"api_permissions": {"for_each": {"microsoft_graph": ["Mail.Send"]}, "labels": ["${api_permissions.key}"], "content": {"application": "${api_permissions.value}"}}}
  }},
  "sink": {"sealed": {"team": {"recipients": {"admin": "age1"}}}},
  "client_secret": {"mail": {
    "for_each": "${toset(var.sites)}",
    "app": "${app_registration.mail[each.key]}",
    "deliver_to": ["${sink.team}"],
    "depends_on": ["sink.team"]
  }},
  "moved": {"from": "app_registration.old", "to": "app_registration.mail[\"tokyo\"]"}
}`
	c, _, d, ds := run(testOptions(Source{"main.mailprov.json", []byte(src)}), Nothing)
	if len(ds) > 0 {
		t.Fatal(rendered(c, ds))
	}
	s := find(t, d.Instances, `client_secret.mail["osaka"]`)
	if got := fmt.Sprint(s.Refs); got != `[app_registration.mail["osaka"] sink.team]` {
		t.Errorf("refs %s", got)
	}
	a := find(t, d.Instances, `app_registration.mail["osaka"]`)
	if got := resource.Strings(a.Attrs.GetAttr("api_permissions").Index(cty.StringVal("microsoft_graph")).GetAttr("application")); len(got) != 1 {
		t.Errorf("permissions %v", got)
	}
	if len(d.Moved) != 1 || a.Lifecycle.IgnoreChanges[0] != "notes" {
		t.Errorf("moved %v, lifecycle %v", d.Moved, a.Lifecycle)
	}
}

func TestAnInstanceChosenByWhatIsUnknownIsAnErrorOnceDataIsRead(t *testing.T) {
	const src = preamble + `
app_registration "a" {
  display_name = "A"
}
sink "sealed" "one" {
  recipients = {}
}
sink "sealed" "two" {
  recipients = {}
}
client_secret "s" {
  app        = app_registration.a
  deliver_to = [app_registration.a.client_id == "" ? sink.one : sink.two]
}
`
	_, _, _, ds := run(testOptions(Source{"main.mailprov.hcl", []byte(src)}), Nothing)
	if len(ds) != 1 || ds[0].Code != diag.NullOrUnknown {
		t.Errorf("said: %v", ds)
	}
}
