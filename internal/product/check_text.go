package product

// saying is what is said with a code of Check: a constant summary and a
// sentence to be filled in.
type saying struct{ summary, detail string }

// textsOf are the sentences of Check in a language, by code.
func textsOf(lang string) map[string]saying {
	if lang == "ja" {
		return map[string]saying{
			CodeAudience:   {"アカウントの種類が製品に合わない", "%s で使える sign_in_audience は %s です。%s は使えません。"},
			CodePermission: {"アクセス許可が足りない", "%s には %s の %s のアクセス許可 %s が必要です%s。"},
			CodeMailbox:    {"ロールがメールボックスに届かない", "%[1]s は %[2]s を使いますが、ロール %[3]s の mailboxes にありません。"},
			CodeRedirect:   {"リダイレクト URI が足りない", "%s には %s プラットフォームのリダイレクト URI %s が必要です%s。"},
			CodeImplicit:   {"暗黙的な許可が資料と違う", "%s には暗黙的な許可 access_token = %t, id_token = %t が必要です%s。"},
			CodeIdentifier: {"アプリケーション ID の URI がない", "%s にはアプリケーション ID の URI が必要です%s。"},
			CodeOwner:      {"所有者がいない", "%s の資料では %s がアプリに紐づいている必要があります%s。"},
			CodeConsent:    {"管理者の同意は人が与える", "%s の資料には管理者の同意の手順がある。admin_consent = false では誰かがポータルで与える"},
			CodeListed:     {"どのスコープも求めないアクセス許可", "%d / %d は資料の一覧にあるが、%sどのスコープにもない"},
			CodeChosen:     {"資料の読み方", "%s。%s: %s"},
			CodeDoubt:      {"資料に決め手がない", "%s"},
		}
	}
	return map[string]saying{
		CodeAudience:   {"Account types do not fit the product", "%s works with sign_in_audience %s, not with %s."},
		CodePermission: {"Permission missing", "%[1]s needs the %[3]s permission %[4]s of %[2]s%[5]s."},
		CodeMailbox:    {"Role does not reach the mailbox", "%[1]s uses %[2]s, which is not among the mailboxes of the role %[3]s."},
		CodeRedirect:   {"Redirect URI missing", "%[1]s needs the redirect URI %[3]s on the %[2]s platform%[4]s."},
		CodeImplicit:   {"Implicit grant differs from the manual", "%s needs implicit_grant with access_token = %t, id_token = %t%s."},
		CodeIdentifier: {"Application ID URI missing", "%s asks for an application ID URI%s."},
		CodeOwner:      {"Owner missing", "%s asks that %s belong to the application%s."},
		CodeConsent:    {"Admin consent is left to a person", "the manual of %s has an administrator consent; with admin_consent = false someone presses it in the portal"},
		CodeListed:     {"Permissions that no scope asks for", "%d of %d are in the manual's list but in no scope%s"},
		CodeChosen:     {"A reading of the manual", "%s. %s: %s"},
		CodeDoubt:      {"The manual leaves something open", "%s"},
	}
}
