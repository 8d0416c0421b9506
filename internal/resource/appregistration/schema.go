package appregistration

import (
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
)

// Name is the block type.
const Name = "app_registration"

// audiences are the values Graph knows for signInAudience.
var audiences = []string{"AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"}

// Audiences returns the values of sign_in_audience
// (Graph: application.signInAudience).
func Audiences() []string { return append([]string(nil), audiences...) }

var (
	texts   = cty.Set(cty.String)
	noTexts = cty.SetValEmpty(cty.String)
)

// Schema describes an app_registration block. Its attributes are those of
// Graph's application, named as the azuread provider names them. It is the same
// at every call, and must not be changed.
func Schema() resource.Schema { return schema() }

var schema = sync.OnceValue(makeSchema)

// OnlyConfigured names the attributes that live in the configuration and the
// state alone: Graph's application does not have them, so that they are never
// sent, and what was last applied is all there is to compare with.
func OnlyConfigured() []string { return []string{"admin_consent", "exchange_role", "owners_exclusive"} }

// Completed is what Graph has of an application, with what it cannot have taken
// from attributes that were configured.
func Completed(seen, configured cty.Value) cty.Value {
	vals := seen.AsValueMap()
	for _, name := range OnlyConfigured() {
		vals[name] = configured.GetAttr(name)
	}
	return cty.ObjectVal(vals)
}

func makeSchema() resource.Schema {
	redirects := resource.Schema{Attrs: []resource.Attr{
		{Name: "redirect_uris", Type: texts, Default: noTexts, Doc: "Redirect URIs of this platform."},
	}}
	return resource.Schema{
		Attrs: []resource.Attr{
			{Name: "display_name", Type: cty.String, Required: true, Doc: "Name of the application as people see it, at most 90 characters."},
			{Name: "sign_in_audience", Type: cty.String, Default: cty.StringVal("AzureADMyOrg"), Doc: "Who can sign in: AzureADMyOrg, AzureADMultipleOrgs, AzureADandPersonalMicrosoftAccount or PersonalMicrosoftAccount."},
			{Name: "description", Type: cty.String, Doc: "Description shown to end users, at most 1024 characters."},
			{Name: "notes", Type: cty.String, Doc: "Notes for administrators, at most 1024 characters."},
			{Name: "identifier_uris", Type: texts, Default: noTexts, Doc: "Application ID URIs; a mail client needs none."},
			{Name: "owners", Type: texts, Default: noTexts, Refs: []string{"data.user", "data.service_principal"}, IDs: "id", Doc: "Owners that must be there, by object id."},
			{Name: "owners_exclusive", Type: cty.Bool, Default: cty.False, Doc: "Whether owners not listed are removed."},
			{Name: "admin_consent", Type: cty.Bool, Default: cty.False, Doc: "Whether tenant-wide consent is granted to the permissions."},
		},
		Blocks: []resource.Block{
			{Name: "web", Always: true, Doc: "Web platform.", Schema: resource.Schema{
				Attrs: []resource.Attr{
					{Name: "redirect_uris", Type: texts, Default: noTexts, Doc: "Redirect URIs of the web platform."},
					{Name: "homepage_url", Type: cty.String, Doc: "Home page of the application."},
					{Name: "logout_url", Type: cty.String, Doc: "Front-channel log-out URL."},
				},
				Blocks: []resource.Block{{Name: "implicit_grant", Always: true, Doc: "Tokens handed out in the browser's address.", Schema: resource.Schema{Attrs: []resource.Attr{
					{Name: "access_token", Type: cty.Bool, Default: cty.False, Doc: "Issue access tokens by the implicit flow."},
					{Name: "id_token", Type: cty.Bool, Default: cty.False, Doc: "Issue ID tokens by the implicit and hybrid flows."},
				}}}},
			}},
			{Name: "single_page_application", Always: true, Doc: "Single-page platform.", Schema: redirects},
			{Name: "public_client", Always: true, Doc: "Mobile and desktop platform.", Schema: redirects},
			{Name: "api_permissions", Nesting: resource.Map, LabelNames: []string{"api"}, Doc: "Permissions requested of one API: microsoft_graph, office365_exchange_online or an application id.", Schema: resource.Schema{Attrs: []resource.Attr{
				{Name: "delegated", Type: texts, Default: noTexts, Doc: "Delegated permissions (scopes), by name."},
				{Name: "application", Type: texts, Default: noTexts, Doc: "Application permissions (app roles), by name."},
			}}},
			{Name: "exchange_role", Nesting: resource.Map, LabelNames: []string{"role"}, Doc: "Role of Exchange Online for applications, in place of a tenant-wide permission: \"Application Mail.Send\".", Schema: resource.Schema{Attrs: []resource.Attr{
				{Name: "mailboxes", Type: texts, Required: true, Doc: "Primary addresses of the mailboxes that it is limited to."},
			}}},
		},
		Computed: []resource.Attr{
			{Name: "client_id", Type: cty.String, Doc: "Application (client) id."},
			{Name: "object_id", Type: cty.String, Doc: "Object id of the application."},
			{Name: "service_principal_id", Type: cty.String, Doc: "Object id of the enterprise application."},
			{Name: "tenant_id", Type: cty.String, Doc: "Directory (tenant) id."},
		},
	}
}
