package rendertest

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
)

// Graph and Exchange are the names of the two APIs in configurations.
const (
	Graph    = "microsoft_graph"
	Exchange = "office365_exchange_online"
)

func accept(code, reason, until string) resource.AcceptRisk {
	return resource.AcceptRisk{Code: code, Reason: reason, Until: until}
}

// Products are the inputs of the five sample configurations before their
// first apply, by product.
func Products() map[string]plan.Input {
	return map[string]plan.Input{
		"palettetree": Palettetree(), "proself": Proself(), "rakuraku_hanbai": Hanbai("https://hanbai.example.jp/oauth2/callback"),
		"mailgates": Mailgates(), "magic_xpi": Magic(),
	}
}

// Palettetree is the sample that sends as an application.
func Palettetree() plan.Input {
	in := Input(
		App("palettetree", Values{
			"display_name": Str("Palettetree Mail Sender"), "notes": Str("Palettetree notification mail. Asked for by Sales Planning; kept by IT."),
			"api_permissions": Permissions(map[string]map[string][]string{Graph: {"application": {"Mail.Send"}}}), "admin_consent": cty.True,
		}, accept("MP101", "The manual (4-5) asks for tenant-wide Mail.Send; Exchange scoping is planned for March.", "2027-03-31")),
		Secret("palettetree", Values{"display_name": Str("Palettetree用シークレット"), "lifetime": Str("730d"), "rotate_before": Str("60d")},
			accept("MP109", "Re-entered by hand; the manual asks for 730 days.", "2028-11-30")),
		Target("palettetree", "notices", "palettetree", Values{"mailbox": Str("noreply@example.co.jp"), "contact": Str("情シス")}),
	)
	t := addr.Instance{Type: "mail_target", Name: "notices"}
	in.Targets[t] = plan.Target{Product: "palettetree", Title: "Palettetree", ByHand: true, Mailbox: "noreply@example.co.jp", LongLifetime: true,
		Needs: needs(Graph, resource.ApplicationKind, "Mail.Send"), After: "afterwards 情シス enters 8 values in Palettetree > メール送信サーバー"}
	in.TargetSettings[t] = plan.SettingsPair{After: []plan.SettingsItem{{Screen: "s", Label: "メールアドレス", Value: "noreply@example.co.jp"}, {Screen: "s", Label: "テナントID", Value: TenantID}}}
	in.Outputs["client_id"] = plan.Output{Value: cty.UnknownVal(cty.String)}
	return in
}

// Proself is the sample with a delegated permission of Exchange Online and an
// identifier URI that is known only after the apply.
func Proself() plan.Input {
	app := App("proself", Values{
		"display_name": Str("Proself mail"), "identifier_uris": cty.UnknownVal(cty.Set(cty.String)),
		"web":             Web(Values{"redirect_uris": Set("https://files.example.co.jp/proself/oauth2callback/smtp")}),
		"api_permissions": Permissions(map[string]map[string][]string{Exchange: {"delegated": {"Mail.Send"}}}), "admin_consent": cty.True,
	})
	app.Expr["identifier_uris"] = `["api://${self.client_id}"]`
	in := Input(app,
		Secret("proself", Values{"display_name": Str("Proself"), "lifetime": Str("365d"), "rotate_before": Str("60d")},
			accept("MP109", "Re-entered by hand once a year, in September.", "2027-11-30")),
		Target("proself", "files", "proself", Values{"mailbox": Str("noreply@example.co.jp"), "server": Str("files.example.co.jp"), "contact": Str("情シス")}),
	)
	in.Targets[addr.Instance{Type: "mail_target", Name: "files"}] = plan.Target{Product: "proself", Title: "Proself", ByHand: true, SignsIn: true, SMTP: "xoauth2", Mailbox: "noreply@example.co.jp",
		Needs:    needs(Exchange, resource.DelegatedKind, "Mail.Send"),
		Before:   []string{"before: Exchange administrator: authenticated SMTP on noreply@example.co.jp   out/proself-exchange.ps1"},
		After:    "afterwards 情シス enters 9 values and signs in as noreply@example.co.jp",
		Findings: []plan.Finding{{Code: "MP732", Detail: "the manual asks for Exchange Online Mail.Send, Microsoft's page for SMTP.Send; the manual is followed"}}}
	return in
}

// Hanbai is the sample whose redirect URI may not be known yet: then uri is
// empty.
func Hanbai(uri string) plan.Input {
	web, known := Values{}, cty.NullVal(cty.String)
	if uri != "" {
		web["redirect_uris"], known = Set(uri), Str(uri)
	}
	in := Input(
		App("hanbai", Values{
			"display_name": Str("楽楽販売 メール送信"), "owners": Set(UserID), "web": Web(web),
			"api_permissions": Permissions(map[string]map[string][]string{Graph: {"delegated": {"SMTP.Send"}}}), "admin_consent": cty.True,
		}),
		Secret("hanbai", Values{"display_name": Str("楽楽販売"), "lifetime": Str("365d"), "rotate_before": Str("60d")},
			accept("MP109", "Re-entered by hand once a year.", "2027-11-30")),
		Target("rakuraku_hanbai", "hanbai", "hanbai", Values{"mailbox": Str("hanbai@example.co.jp"), "redirect_uri": known, "contact": Str("営業管理")}),
	)
	t := plan.Target{Product: "rakuraku_hanbai", Title: "楽楽販売", ByHand: true, SignsIn: true, Mailbox: "hanbai@example.co.jp",
		Needs: needs(Graph, resource.DelegatedKind, "SMTP.Send"), SignIn: needs(Graph, resource.DelegatedKind, "openid", "profile", "email", "offline_access"),
		After: "afterwards 営業管理 enters 3 values and signs in as hanbai@example.co.jp"}
	if uri == "" {
		t.After = ""
		t.Waiting = []plan.WaitingInput{{Name: "redirect_uri", Contact: "営業管理", Where: "「管理者設定(システム設定)> 送信メールサーバ設定」の『Authorized redirect URI』"}}
	}
	in.Targets[addr.Instance{Type: "mail_target", Name: "hanbai"}] = t
	return in
}

// Mailgates is the sample with implicit tokens and several redirect URIs.
func Mailgates() plan.Input {
	in := Input(
		App("mailgates", Values{
			"display_name": Str("MAILGATESΣ"),
			"web": Web(Values{
				"redirect_uris":  Set("https://xxx-mgf.cybermail.jp/mg-cgi/mg_login", "https://xxx-mgf.cybermail.jp/co", "https://xxx-mgf.cybermail.jp/com"),
				"implicit_grant": cty.ObjectVal(map[string]cty.Value{"access_token": cty.True, "id_token": cty.True}),
			}),
			"api_permissions": Permissions(map[string]map[string][]string{Graph: {"application": {"Group.Read.All", "User.Read.All"}, "delegated": {"User.Read"}}}),
			"admin_consent":   cty.True,
		}, accept("MP102", "The manual (C7) has both implicit tokens on; MailGates login depends on it.", "2028-11-30")),
		Secret("mailgates", Values{"display_name": Str("MAILGATES Σ"), "lifetime": Str("730d"), "rotate_before": Str("60d")},
			accept("MP109", "The manual asks for 24 months; nobody can log in after a missed re-entry.", "2028-11-30")),
		Target("mailgates", "gateway", "mailgates", Values{"redirect_uri_1": Str("https://xxx-mgf.cybermail.jp/mg-cgi/mg_login"), "contact": Str("情シス")}),
	)
	n := needs(Graph, resource.ApplicationKind, "Group.Read.All", "User.Read.All")
	n[resource.Permission{API: Graph, Kind: resource.DelegatedKind, Value: "User.Read"}] = true
	in.Targets[addr.Instance{Type: "mail_target", Name: "gateway"}] = plan.Target{Product: "mailgates", Title: "MAILGATES Σ", ByHand: true, SignsIn: true, LongLifetime: true, Needs: n,
		After: "afterwards 情シス enters 2 values, signs in as ドメイン管理者 and consents (承諾)\nif the secret ends without re-entry: nobody can log in; mail for newly registered users is not accepted"}
	return in
}

// Magic is the sample that requests much and consents to nothing.
func Magic() plan.Input {
	graph := []string{
		"email", "offline_access", "openid", "profile", "User.Read", "IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send",
		"Mail.Read", "Mail.Read.Shared", "Mail.ReadBasic", "Mail.ReadWrite", "Mail.ReadWrite.Shared", "Mail.Send", "Mail.Send.Shared",
	}
	in := Input(
		App("magic", Values{
			"display_name": Str("Magic xpi"), "web": Web(Values{"redirect_uris": Set("https://localhost")}),
			"api_permissions": Permissions(map[string]map[string][]string{Graph: {"delegated": graph}, Exchange: {"delegated": {"EWS.AccessAsUser.All"}}}),
		}),
		Secret("magic", Values{"display_name": Str("xpi"), "lifetime": Str("365d"), "rotate_before": Str("60d")},
			accept("MP109", "Three resources are re-entered by hand and signed in again.", "2027-11-30")),
		Target("magic_xpi", "orders", "magic", Values{"mailbox": Str("orders@example.co.jp"), "resources": cty.ListVal([]cty.Value{Str("email_receive"), Str("email_send")}), "contact": Str("基幹システム")}),
	)
	n := needs(Graph, resource.DelegatedKind, graph...)
	n[resource.Permission{API: Exchange, Kind: resource.DelegatedKind, Value: "EWS.AccessAsUser.All"}] = true
	in.Targets[addr.Instance{Type: "mail_target", Name: "orders"}] = plan.Target{Product: "magic_xpi", Title: "Magic xpi", ByHand: true, SignsIn: true, Mailbox: "orders@example.co.jp", Needs: n,
		After:    "afterwards 基幹システム fills 2 resources and signs in for each",
		Findings: []plan.Finding{{Code: "MP730", Detail: "13 of 16 are in the manual's list but in no scope of email_receive, email_send"}}}
	return in
}

func needs(api string, kind resource.Kind, names ...string) map[resource.Permission]bool {
	out := map[resource.Permission]bool{}
	for _, n := range names {
		out[resource.Permission{API: api, Kind: kind, Value: n}] = true
	}
	return out
}
