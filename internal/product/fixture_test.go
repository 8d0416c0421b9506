package product_test

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/product"
)

const tenantID = "11111111-2222-3333-4444-555555555555"

func object(kv map[string]cty.Value) cty.Value { return cty.ObjectVal(kv) }

func str(s string) cty.Value { return cty.StringVal(s) }

func set(ss ...string) cty.Value {
	if len(ss) == 0 {
		return cty.SetValEmpty(cty.String)
	}
	var vals []cty.Value
	for _, s := range ss {
		vals = append(vals, cty.StringVal(s))
	}
	return cty.SetVal(vals)
}

func list(ss ...string) cty.Value {
	var vals []cty.Value
	for _, s := range ss {
		vals = append(vals, cty.StringVal(s))
	}
	return cty.ListVal(vals)
}

// permissions is one api_permissions block.
func permissions(application, delegated []string) cty.Value {
	return object(map[string]cty.Value{"application": set(application...), "delegated": set(delegated...)})
}

// app is an app registration's attributes as a configuration gives them.
func app(changes map[string]cty.Value) cty.Value {
	a := map[string]cty.Value{
		"display_name": str("app"), "sign_in_audience": str("AzureADMyOrg"),
		"identifier_uris": set(), "owners": set(), "admin_consent": cty.True,
		"web": web(false, false),
		"api_permissions": cty.MapValEmpty(cty.Object(map[string]cty.Type{
			"application": cty.Set(cty.String), "delegated": cty.Set(cty.String)})),
	}
	for k, v := range changes {
		a[k] = v
	}
	return object(a)
}

func web(access, id bool, uris ...string) cty.Value {
	return object(map[string]cty.Value{
		"redirect_uris":  set(uris...),
		"implicit_grant": object(map[string]cty.Value{"access_token": cty.BoolVal(access), "id_token": cty.BoolVal(id)}),
	})
}

func emits(formatsAndPaths ...string) cty.Value {
	var vals []cty.Value
	for i := 0; i < len(formatsAndPaths); i += 2 {
		vals = append(vals, object(map[string]cty.Value{"format": str(formatsAndPaths[i]), "path": str(formatsAndPaths[i+1])}))
	}
	return cty.ListVal(vals)
}

// sample is one of the five products, configured as its document asks.
type sample struct {
	product string
	target  string
	client  string
	hint    string
	ends    string
	rotates string
	attrs   cty.Value
	app     cty.Value
}

func samples() []sample {
	return []sample{
		{
			product: "palettetree", target: "notices", client: "aaaaaaaa-0000-0000-0000-000000000001",
			hint: "lqA", ends: "2028-11-19", rotates: "2028-09-20",
			attrs: object(map[string]cty.Value{"mailbox": str("noreply@example.co.jp"), "contact": str("情シス")}),
			app: app(map[string]cty.Value{
				"api_permissions": cty.MapVal(map[string]cty.Value{product.Graph: permissions([]string{"Mail.Send"}, nil)}),
			}),
		},
		{
			product: "proself", target: "files", client: "aaaaaaaa-0000-0000-0000-000000000002",
			hint: "8Q~", ends: "2027-11-20", rotates: "2027-09-21",
			attrs: object(map[string]cty.Value{
				"mailbox": str("noreply@example.co.jp"), "server": str("files.example.co.jp"), "contact": str("情シス"),
				"emit": emits("html", "out/proself.html", "powershell", "out/proself-exchange.ps1"),
			}),
			app: app(map[string]cty.Value{
				"identifier_uris": cty.UnknownVal(cty.Set(cty.String)),
				"web":             web(false, false, "https://files.example.co.jp/proself/oauth2callback/smtp"),
				"api_permissions": cty.MapVal(map[string]cty.Value{product.Exchange: permissions(nil, []string{"Mail.Send"})}),
			}),
		},
		{
			product: "rakuraku_hanbai", target: "hanbai", client: "aaaaaaaa-0000-0000-0000-000000000003",
			hint: "Kx2", ends: "2027-11-20", rotates: "2027-09-21",
			attrs: object(map[string]cty.Value{
				"mailbox": str("hanbai@example.co.jp"), "contact": str("営業管理"),
				"redirect_uri": str("https://hanbai.example.jp/oauth2/callback"),
			}),
			app: app(map[string]cty.Value{
				"owners":          set("99999999-0000-0000-0000-000000000001"),
				"web":             web(false, false, "https://hanbai.example.jp/oauth2/callback"),
				"api_permissions": cty.MapVal(map[string]cty.Value{product.Graph: permissions(nil, []string{"SMTP.Send"})}),
			}),
		},
		{
			product: "mailgates", target: "gateway", client: "aaaaaaaa-0000-0000-0000-000000000004",
			hint: "H-0", ends: "2028-11-19", rotates: "2028-09-20",
			attrs: object(map[string]cty.Value{
				"redirect_uri_1": str("https://xxx-mgf.cybermail.jp/mg-cgi/mg_login"),
				"redirect_uri_2": cty.MapVal(map[string]cty.Value{
					"example.co.jp": str("https://xxx-mgf.cybermail.jp/co"), "example.com": str("https://xxx-mgf.cybermail.jp/com"),
				}),
				"contact": str("情シス"),
			}),
			app: app(map[string]cty.Value{
				"web": web(true, true, "https://xxx-mgf.cybermail.jp/mg-cgi/mg_login", "https://xxx-mgf.cybermail.jp/co", "https://xxx-mgf.cybermail.jp/com"),
				"api_permissions": cty.MapVal(map[string]cty.Value{
					product.Graph: permissions([]string{"Group.Read.All", "User.Read.All"}, []string{"User.Read"}),
				}),
			}),
		},
		{
			product: "magic_xpi", target: "orders", client: "aaaaaaaa-0000-0000-0000-000000000005",
			hint: "pT9", ends: "2027-11-20", rotates: "2027-09-21",
			attrs: object(map[string]cty.Value{
				"mailbox": str("orders@example.co.jp"), "resources": list("email_receive", "email_send"), "contact": str("基幹システム"),
			}),
			app: app(map[string]cty.Value{
				"admin_consent": cty.False,
				"web":           web(false, false, "https://localhost"),
				"api_permissions": cty.MapVal(map[string]cty.Value{
					product.Graph: permissions(nil, []string{
						"email", "offline_access", "openid", "profile", "User.Read",
						"IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send",
						"Mail.Read", "Mail.Read.Shared", "Mail.ReadBasic",
						"Mail.ReadWrite", "Mail.ReadWrite.Shared", "Mail.Send", "Mail.Send.Shared",
					}),
					product.Exchange: permissions(nil, []string{"EWS.AccessAsUser.All"}),
				}),
			}),
		},
	}
}

// facts are those of the sample's first entry or of a rotation in two months.
func (s sample) facts(lang, occasion string) product.Facts {
	f := product.Facts{
		Target: addr.Instance{Type: "mail_target", Name: s.target}, Attrs: s.attrs, App: s.app,
		Language: lang, Occasion: occasion, TenantID: tenantID, ClientID: s.client,
		Secret: product.SecretRef{
			Ref: "client_secret." + s.target, KeyID: "9f3c0000-0000-0000-0000-000000000001",
			Hint: s.hint, ExpiresAt: s.ends + "T01:00:00Z", ExpiresOn: s.ends,
		},
		RotatesOn: s.rotates,
	}
	if occasion == product.Rotation {
		f.Rotation = product.RotationFacts{InUse: f.Secret, From: s.rotates, By: s.ends, Readable: true}
		f.Rotation.InUse.KeyID, f.Rotation.InUse.Hint = "7b000000-0000-0000-0000-000000000002", "old"
		f.Secret.ExpiresOn, f.Secret.ExpiresAt = "2030-09-10", "2030-09-10T01:00:00Z"
		f.RotatesOn = "2030-07-12"
	}
	return f
}
