package product_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/product"
)

// The labels of the five products, transcribed from their documents in the
// order of their screens, with what a person does and what stands there.
var screens = map[string][][3]string{
	"palettetree/sender": {
		{"press", "画面右下の(プラス)ボタン", ""},
		{"choose", "ステータス", "有効"},
		{"enter", "メールアドレス", "noreply@example.co.jp"},
		{"choose", "認証方式", "OAuth 2.0認証"},
		{"choose", "プロバイダー", "Microsoft 365"},
		{"enter", "テナントID", tenantID},
		{"enter", "クライアントID", "aaaaaaaa-0000-0000-0000-000000000001"},
		{"enter", "クライアントシークレット", ""},
		{"enter", "シークレット有効期限", "2028-11-19"},
		{"press", "新規登録", ""},
		{"press", "テストメール送信", ""},
	},
	"proself/server": {{"enter", "ホスト名(FQDN)", "https://files.example.co.jp"}},
	"proself/mail_server": {
		{"enter", "SMTPサーバー", "smtp.office365.com"},
		{"enter", "ポート", "587"},
		{"tick", "STARTTLSを使用する", "ON"},
		{"tick", "送信時にSMTP認証を行う", "ON"},
		{"choose", "認証方式", "OAuth"},
		{"enter", "ユーザーID", "noreply@example.co.jp"},
		{"enter", "テナントID", tenantID},
		{"enter", "クライアントID", "aaaaaaaa-0000-0000-0000-000000000002"},
		{"enter", "シークレット", ""},
		{"press", "設定", ""},
		{"sign_in", "Sign in with Microsoft", "noreply@example.co.jp"},
		{"expect", "認証が成功しトークンを取得した旨のメッセージ", ""},
	},
	"proself/system_mail": {{"check", "メールアドレス", "noreply@example.co.jp"}},
	"proself/documents": {
		{"choose", "Fromのメールアドレス", "システムメールアドレス"},
		{"expect", "Proselfからメールが送信できること", ""},
	},
	"rakuraku_hanbai/mail_server": {
		{"choose", "送信メールサーバ", "外部サーバを使用する(Exchange Online OAuth認証)"},
		{"check", "Authorized redirect URI", "https://hanbai.example.jp/oauth2/callback"},
		{"enter", "クライアントID", "aaaaaaaa-0000-0000-0000-000000000003"},
		{"enter", "クライアントシークレット", ""},
		{"sign_in", "認証開始", "hanbai@example.co.jp"},
		{"expect", "認証完了", ""},
	},
	"rakuraku_hanbai/from": {
		{"enter", "通知メールの差出人アドレス", "hanbai@example.co.jp"},
		{"press", "送信テスト", ""},
		{"expect", "正常に送信できること", ""},
	},
	"mailgates/login": {{"sign_in", "Sign in with Microsoft", "ドメイン管理者"}},
	"mailgates/oauth": {
		{"enter", "アプリケーションID", "aaaaaaaa-0000-0000-0000-000000000004"},
		{"enter", "クライアントシークレット", ""},
		{"sign_in", "接続", "ドメイン管理者"},
		{"press", "承諾", ""},
		{"expect", "Microsoft 365にログインし、アクセス権限を設定： 認証成功 (最終更新： …)", ""},
	},
	"magic_xpi/email_receive": {
		{"choose", "サーバタイプ", "IMAP"},
		{"enter", "受信メールサーバ", "outlook.office365.com"},
		{"enter", "受信ポート番号", "993"},
		{"choose", "受信セキュア接続", "Yes"},
		{"leave_blank", "送信メールサーバ", ""},
		{"leave_blank", "送信ポート番号", ""},
		{"choose", "送信セキュア接続", "No"},
		{"enter", "Fromアドレス", "orders@example.co.jp"},
		{"choose", "認証タイプ", "OAuth 2"},
		{"enter", "ユーザ", "orders@example.co.jp"},
		{"set_by_product", "OAuthリフレッシュトークンステータス", "Available"},
		{"enter", "認証URL", "https://login.microsoftonline.com/" + tenantID + "/oauth2/v2.0/authorize"},
		{"enter", "アクセストークンURL", "https://login.microsoftonline.com/" + tenantID + "/oauth2/v2.0/token"},
		{"enter", "コールバックURL", "https://localhost"},
		{"enter", "クライアントID", "aaaaaaaa-0000-0000-0000-000000000005"},
		{"enter", "クライアント秘密鍵", ""},
		{"enter", "スコープ", "offline_access https://outlook.office365.com/IMAP.AccessAsUser.All"},
		{"leave_blank", "状態", ""},
	},
	"magic_xpi/email_send": {
		{"leave_blank", "サーバタイプ", ""},
		{"leave_blank", "受信メールサーバ", ""},
		{"leave_blank", "受信ポート番号", ""},
		{"choose", "受信セキュア接続", "No"},
		{"enter", "送信メールサーバ", "smtp.office365.com"},
		{"enter", "送信ポート番号", "587"},
		{"choose", "送信セキュア接続", "TLS"},
		{"enter", "Fromアドレス", "orders@example.co.jp"},
		{"choose", "認証タイプ", "OAuth 2"},
		{"leave_blank", "ユーザ", ""},
		{"set_by_product", "OAuthリフレッシュトークンステータス", "Available"},
		{"enter", "認証URL", "https://login.microsoftonline.com/" + tenantID + "/oauth2/v2.0/authorize"},
		{"enter", "アクセストークンURL", "https://login.microsoftonline.com/" + tenantID + "/oauth2/v2.0/token"},
		{"enter", "コールバックURL", "https://localhost"},
		{"enter", "クライアントID", "aaaaaaaa-0000-0000-0000-000000000005"},
		{"enter", "クライアントシークレット", ""},
		{"enter", "スコープ", "offline_access https://outlook.office365.com/IMAP.AccessAsUser.All SMTP.Send"},
		{"leave_blank", "状態", ""},
	},
	"magic_xpi/exchange": {
		{"enter", "サーバ", "https://outlook.office365.com"},
		{"enter", "ドメイン", "example.onmicrosoft.com"},
		{"choose", "認証タイプ", "OAuth 2"},
		{"set_by_product", "OAuthリフレッシュトークン状態", "Available"},
		{"enter", "認証URL", "https://login.microsoftonline.com/" + tenantID + "/oauth2/v2.0/authorize"},
		{"enter", "アクセストークンURL", "https://login.microsoftonline.com/" + tenantID + "/oauth2/v2.0/token"},
		{"enter", "コールバックURL", "https://localhost"},
		{"enter", "クライアントID", "aaaaaaaa-0000-0000-0000-000000000005"},
		{"enter", "クライアントシークレット", ""},
		{"enter", "スコープ", "openid offline_access https://outlook.office365.com/EWS.AccessAsUser.All"},
		{"leave_blank", "状態", ""},
		{"enter", "応答モード", "query"},
	},
}

// paths are the ways to the screens, as the documents give them.
var paths = map[string][]string{
	"palettetree/sender":          {"Palettetree管理画面", "左メニュー「メール送信サーバー」"},
	"proself/server":              {"管理画面", "システム設定", "このサーバー情報の設定"},
	"proself/mail_server":         {"管理画面", "システム設定", "メールサーバー情報の設定"},
	"proself/system_mail":         {"管理画面", "システム設定", "システムメールの設定"},
	"proself/documents":           {"管理画面", "システム設定", "メール文書設定", "Web公開/受取フォルダ", "Web公開メール送信のデフォルト文書設定"},
	"rakuraku_hanbai/mail_server": {"管理者設定(システム設定)", "送信メールサーバ設定"},
	"rakuraku_hanbai/from":        {"管理者設定(システム設定)", "全体詳細設定"},
	"mailgates/login":             {"アクセスURL (開通通知書)"},
	"mailgates/oauth":             {"管理者モード", "管理", "ユーザ・グループ設定", "OAuth 認証設定"},
	"magic_xpi/email_receive":     {},
	"magic_xpi/email_send":        {},
	"magic_xpi/exchange":          {},
}

func TestScreensAreThoseOfTheDocuments(t *testing.T) {
	catalog := product.Catalog()
	seen := map[string]bool{}
	for _, s := range samples() {
		if s.product == "magic_xpi" {
			s.attrs = with(s.attrs, "resources", list("email_receive", "email_send", "exchange"))
			s.attrs = with(s.attrs, "domain", str("example.onmicrosoft.com"))
		}
		p, _ := catalog.Product(s.product)
		for _, lang := range product.Languages() {
			doc, diags := p.Settings(s.facts(lang, product.First))
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			for _, sc := range doc.Screens {
				key := s.product + "/" + sc.Name
				seen[key] = true
				var got [][3]string
				for _, it := range sc.Items {
					got = append(got, [3]string{it.Do, it.Label, it.Value})
					if it.Cite == "" {
						t.Errorf("%s %s has no citation", key, it.Label)
					}
					if it.Sensitive && (it.Value != "" || !it.Reenter) {
						t.Errorf("%s %s is the secret's and is %+v", key, it.Label, it)
					}
				}
				if diff := cmp.Diff(screens[key], got); diff != "" {
					t.Errorf("%s differs (-document +catalogue):\n%s", key, diff)
				}
				if diff := cmp.Diff(paths[key], sc.Path); diff != "" {
					t.Errorf("the way to %s differs (-document +catalogue):\n%s", key, diff)
				}
			}
		}
	}
	for key := range screens {
		if !seen[key] {
			t.Errorf("%s is in a document and on no sheet", key)
		}
	}
}

func TestEveryTextIsThereInBothLanguages(t *testing.T) {
	catalog := product.Catalog()
	for _, s := range samples() {
		p, _ := catalog.Product(s.product)
		ja, _ := p.Settings(s.facts("ja", product.Rotation))
		en, _ := p.Settings(s.facts("en", product.Rotation))
		for _, pair := range [][2][]string{{ja.Notices, en.Notices}, {ja.Needs, en.Needs}, {ja.Warnings, en.Warnings}, {{ja.IfMissed}, {en.IfMissed}}} {
			if len(pair[0]) != len(pair[1]) {
				t.Errorf("%s: %d texts in Japanese, %d in English", s.product, len(pair[0]), len(pair[1]))
				continue
			}
			for i := range pair[0] {
				if pair[0][i] == pair[1][i] {
					t.Errorf("%s has one text for both languages: %q", s.product, pair[0][i])
				}
			}
		}
	}
}

// with is attrs with one attribute set.
func with(attrs cty.Value, name string, v cty.Value) cty.Value {
	vals := attrs.AsValueMap()
	vals[name] = v
	return object(vals)
}
