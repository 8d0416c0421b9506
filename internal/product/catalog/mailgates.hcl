# MailGates Σ does not send through the application: it signs people in and
# reads users and groups, on which login and the acceptance of mail depend.
product "mailgates" {
  title   = { ja = "MAILGATES Σ", en = "MAILGATES Σ" }
  subject = { ja = "Microsoft 365 認証設定", en = "Microsoft 365 authentication" }
  vendor  = "サイバーソリューションズ"
  flows   = ["admin_sign_in", "client_credentials", "implicit"]
  entered = "by_hand"
  reentry = { needs_sign_in = true, as = { ja = "ドメイン管理者", en = "ドメイン管理者" } }

  source "S3" {
    title = "【Microsoft 365】 OAuth 2.0 クライアントID設定"
    url   = "cloud-sup.cybersolutions.co.jp 900005830683"
    as_of = "2024-03"
    dated = { ja = "画面は2024年3月", en = "screens of March 2024" }
  }

  input "redirect_uri_1" {
    type = string
    kind = "redirect_uri"
    from = "contract"
    where = {
      ja = "開通通知書の「Microsoft 365_リダイレクトURI1」"
      en = "「Microsoft 365_リダイレクトURI1」 in the 開通通知書 (notice of opening)"
    }
  }
  input "redirect_uri_2" {
    type = map(string)
    kind = "redirect_uri"
    from = "contract"
    where = {
      ja = "開通通知書の「Microsoft 365_リダイレクトURI2」 (ドメイン = URI。契約ドメインごとに1つ)"
      en = "「Microsoft 365_リダイレクトURI2」 in the 開通通知書 (domain = URI, one for each contracted domain)"
    }
  }
  input "access_url" {
    type     = string
    kind     = "url"
    from     = "contract"
    optional = true
    where = {
      ja = "開通通知書のアクセスURL"
      en = "the アクセスURL in the 開通通知書"
    }
  }

  registration {
    display_name     = "MAILGATESΣ"
    sign_in_audience = ["AzureADMyOrg"]
    redirect_uris    = [input.redirect_uri_1, values(input.redirect_uri_2)]
    redirect_cite    = "S3 C5-C8"
    admin_consent    = true

    implicit_grant {
      access_token = true
      id_token     = true
      cite         = "S3 C7"
    }

    client_secret {
      display_name  = "MAILGATES Σ"
      lifetime      = "730d"
      rotate_before = "60d"
      prescribed    = true
      cite          = "S3 C12"
    }

    permission "microsoft_graph" "application" {
      required = ["Group.Read.All", "User.Read.All"]
      cite     = "S3 C14-C19"
    }
    permission "microsoft_graph" "delegated" {
      required = ["User.Read"]
      sign_in  = ["openid", "profile", "email", "offline_access"]
      cite     = "S3 C19, I7"
    }
  }

  renewal {
    from         = "2mo"
    by           = "1mo"
    error_before = "60d"
    text         = { ja = "資料: 1~2ヶ月前まで", en = "the manual: 1 to 2 months before" }
  }

  notice "saml" {
    text = { ja = "SAML認証の場合この設定は不要", en = "Not needed where SAML認証 (SAML authentication) is used." }
  }

  need "domain_admin" {
    occasion = "first"
    text     = { ja = "ドメイン管理者のアカウント", en = "the account of the ドメイン管理者 (domain administrator)" }
  }
  need "domain_admin_again" {
    occasion = "rotation"
    text = {
      ja = "ドメイン管理者のアカウント (サインインと「承諾」があります)"
      en = "the account of the ドメイン管理者 (domain administrator), who signs in and consents (承諾)"
    }
  }
  need "access_url" {
    text = {
      ja = input.access_url == null ? "開通通知書のアクセスURL" : "アクセスURL ${input.access_url}"
      en = input.access_url == null ? "the アクセスURL of the 開通通知書" : "the アクセスURL ${input.access_url}"
    }
  }

  screen "login" {
    title = { ja = "アクセスURL (開通通知書)", en = "アクセスURL (開通通知書)" }
    path  = [input.access_url == null ? "アクセスURL (開通通知書)" : "アクセスURL ${input.access_url}"]

    sign_in "Sign in with Microsoft" {
      as   = { ja = "ドメイン管理者", en = "ドメイン管理者" }
      cite = "S3 I2"
    }
  }

  screen "oauth" {
    title = "Microsoft 365 認証設定"
    path  = ["管理者モード", "管理", "ユーザ・グループ設定", "OAuth 認証設定"]

    field "アプリケーションID" {
      kind  = "text"
      value = app.client_id
      cite  = "S3 I4"
    }
    field "クライアントシークレット" {
      kind    = "secret"
      reenter = true
      cite    = "S3 I4"
      note    = { ja = "「値」の方", en = "the one called 値 (value)" }
    }
    sign_in "接続" {
      as      = { ja = "ドメイン管理者", en = "ドメイン管理者" }
      reenter = true
      cite    = "S3 I4-I6"
      note = {
        ja = "項目「Microsoft 365にログインし、アクセス権限を設定」。認証後の表示は「認証」"
        en = "beside Microsoft 365にログインし、アクセス権限を設定; once authorised it reads 認証"
      }
    }
    press "承諾" {
      consent = true
      reenter = true
      cite    = "S3 I7"
      then = {
        ja = "表示: Sign in and read user profile / Read all groups / Read all users' full profiles"
        en = "shown: Sign in and read user profile / Read all groups / Read all users' full profiles"
      }
    }
    expect "Microsoft 365にログインし、アクセス権限を設定： 認証成功 (最終更新： …)" {
      reenter = true
      cite    = "S3 I8"
      note    = { ja = "「保存」ボタンを押すかどうかは資料に記載なし", en = "the manual does not say whether to press 保存" }
    }
  }

  rotation_note {
    text = {
      ja = "旧シークレットの期限前にログインしておくこと。期限後は全てのユーザのログインが不可能。「管理者としてログイン」が使えるかは資料に記載なし"
      en = "Log in before the old secret ends: afterwards no user can. The manual does not say whether 管理者としてログイン still works then."
    }
  }

  rotation_note {
    text = {
      ja = "更新の手順は提供元のFAQの「クライアントシークレット更新手順(2年毎)」にもあります"
      en = "The vendor's FAQ has a section on the renewal, too: 「クライアントシークレット更新手順(2年毎)」."
    }
    cite = "S3 注意事項"
  }

  at_expiry = {
    ja = "全てのユーザのログインが不可能。期限後に登録したユーザは受信できない。送信に影響なし。製品からの通知はない。"
    en = "No user can log in. Users registered after the end receive no mail. Sending is not affected. The product gives no notice."
  }
  at_expiry_short = {
    ja = "誰もログインできず、期限後に登録したユーザ宛のメールは受信されない"
    en = "nobody can log in; mail for newly registered users is not accepted"
  }

  warning "sign_in_problem" {
    text = {
      ja = "「サインイン中に問題が発生しました」→ リダイレクト URI の誤り (ハイフン・記号・空白)。URI1 ${input.redirect_uri_1}  ${join("  ", [for d, u in input.redirect_uri_2 : "URI2 ${d} ${u}"])}"
      en = "「サインイン中に問題が発生しました」: a redirect URI is wrong (hyphens, symbols, spaces). URI1 ${input.redirect_uri_1}  ${join("  ", [for d, u in input.redirect_uri_2 : "URI2 ${d} ${u}"])}"
    }
    cite = "S3 I7"
  }
  warning "not_completed" {
    reenter = true
    text = {
      ja = "認証が完了しない場合は、APIのアクセス許可、シークレット、アプリケーションIDを確認してください"
      en = "If the authorisation does not complete, check the API permissions, the secret and the application id."
    }
    cite = "S3 I8"
  }
  warning "old_edge" {
    reenter = true
    text = {
      ja = "古いEdgeではMicrosoft 365へのログインに失敗することがあります"
      en = "An old Edge may fail at the Microsoft 365 login."
    }
    cite = "S3 注意事項"
  }

  doubt "name" {
    text = {
      ja = "アプリ名は資料に MAILGATESΣ と MAILGATES Σ (空白あり) の両方がある"
      en = "The manual writes the application's name both MAILGATESΣ and MAILGATES Σ, with a space."
    }
    cite = "S3 C3"
  }
  doubt "implicit" {
    text = {
      ja = "暗黙的フローのトークンが実際に使われるかは資料に記載なし (両方にチェックとの指示のみ)"
      en = "The manual only says to tick both implicit tokens, not whether they are used."
    }
    cite = "S3 C7"
  }
  doubt "save" {
    text = {
      ja = "「認証」と「接続」の使い分け、「保存」の要否は資料に記載なし"
      en = "The manual does not explain when the button reads 認証 and when 接続, nor whether 保存 is needed."
    }
    cite = "S3 I4-I5"
  }
}
