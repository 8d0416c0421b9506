# 楽楽販売 sends over Exchange Online as one signed-in user. The redirect URI is
# shown by the product's own screen, so it may not be known at first.
product "rakuraku_hanbai" {
  title   = { ja = "楽楽販売", en = "Rakuraku Hanbai" }
  subject = { ja = "外部の送信メールサーバ(Exchange Online)", en = "external mail server (Exchange Online)" }
  flow    = "authorization_code"
  entered = "by_hand"
  reentry = { needs_sign_in = true, as = input.mailbox }

  source "S2" {
    title = "外部の送信メールサーバ(Exchange Online)利用の設定手順"
    url   = "success-navi.rakurakuhanbai.jp faq/detail/2300"
    as_of = "2025-05"
  }

  input "mailbox" {
    type    = string
    kind    = "email"
    from    = "operator"
    example = "hanbai@example.co.jp"
    where = {
      ja = "送信に使うユーザーのメールアドレス"
      en = "the address of the user mail is sent as"
    }
  }
  input "redirect_uri" {
    type     = string
    kind     = "redirect_uri"
    from     = "product"
    may_wait = true # null is allowed: the target waits for it
    where = {
      ja = "「管理者設定(システム設定)> 送信メールサーバ設定」の『Authorized redirect URI』"
      en = "『Authorized redirect URI』 in 「管理者設定(システム設定)> 送信メールサーバ設定」"
    }
  }

  registration {
    display_name     = "楽楽販売 メール送信"
    sign_in_audience = ["AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"]
    redirect_uris    = [input.redirect_uri]
    redirect_cite    = "S2 1-2"
    owner            = input.mailbox
    owner_cite       = "S2 4-4 補足"
    admin_consent    = true

    client_secret {
      display_name  = "楽楽販売"
      lifetime      = "365d"
      rotate_before = "60d"
      cite          = "S2 2-2"
    }

    permission "microsoft_graph" "delegated" {
      required = ["SMTP.Send"]                                    # missing: the plan fails
      listed   = []                                               # in the manual, asked for by no scope: neither an error nor a risk
      sign_in  = ["openid", "profile", "email", "offline_access"] # what the product's own sign-in may add
      cite     = "S2 3-2, 3-3"
    }
  }

  need "sign_in" {
    text = {
      ja = "${input.mailbox} でのサインイン (アプリの所有者)"
      en = "the sign-in of ${input.mailbox}, an owner of the application"
    }
  }

  step "owner" {
    moment = "before"
    who    = { ja = "アプリの管理者", en = "application administrator" }
    text = {
      ja = "アプリの「所有者」に ${input.mailbox} があること。なければ「所有者の追加」"
      en = "${input.mailbox} is among the application's owners (所有者); if not, add it by 「所有者の追加」"
    }
    cite = "S2 4-4 補足"
  }
  step "send_as" {
    moment = "if_needed"
    who    = { ja = "Microsoft 365の管理者", en = "Microsoft 365 administrator" }
    text = {
      ja = "別のユーザーから送る場合: Microsoft 365 管理センター > アクティブなユーザー > 送信元に利用したいユーザー > アクセス許可を追加 > ${input.mailbox} (Exchange Onlineのライセンスを持っていないユーザーは追加できません)"
      en = "to send as another user: Microsoft 365 管理センター > アクティブなユーザー > the user to send as > アクセス許可を追加 > ${input.mailbox} (users without an Exchange Online licence cannot be added)"
    }
    cite = "S2 別のユーザーから 1-5"
  }

  screen "mail_server" {
    path = ["管理者設定(システム設定)", "送信メールサーバ設定"]

    field "送信メールサーバ" {
      kind  = "choice"
      value = "外部サーバを使用する(Exchange Online OAuth認証)"
      cite  = "S2 4"
    }
    field "Authorized redirect URI" {
      kind  = "shown_by_product"
      value = input.redirect_uri
      cite  = "S2 4"
      note  = { ja = "アプリの登録と同じ値であること", en = "the same as in the application registration" }
    }
    field "クライアントID" {
      kind  = "text"
      value = app.client_id
      cite  = "S2 4"
    }
    field "クライアントシークレット" {
      kind    = "secret"
      reenter = true
      cite    = "S2 4"
      note    = { ja = "「値」の方", en = "the one called 値 (value)" }
    }
    sign_in "認証開始" {
      as      = input.mailbox
      reenter = true
      cite    = "S2 4-3, 4-4"
      note    = { ja = "アプリの所有者", en = "an owner of the application" }
    }
    expect "認証完了" {
      reenter = true
      cite    = "S2 4-5"
      note    = { ja = "になること", en = "is reached" }
    }
  }

  screen "from" {
    path = ["管理者設定(システム設定)", "全体詳細設定"]

    field "通知メールの差出人アドレス" {
      kind  = "text"
      value = input.mailbox
      cite  = "S2 5-1"
      note  = { ja = "認証したユーザーと違うと送信に失敗します", en = "sending fails where it differs from the user who signed in" }
    }
    press "送信テスト" {
      reenter = true
      cite    = "S2 5-2"
      then    = { ja = "送信先に任意のアドレス", en = "any address as the recipient" }
    }
    expect "正常に送信できること" {
      reenter = true
      cite    = "S2 5-3"
      note    = { ja = "を確認", en = "the mail is sent" }
    }
  }

  rotation_note {
    text = {
      ja = "再入力の手順は資料に記載なし。初回と同じ画面で入力します"
      en = "The manual does not say how to re-enter it; the screens are those of the first entry."
    }
  }

  at_expiry = { ja = "資料に記載なし", en = "not stated in the manual" }

  warning "from" {
    text = {
      ja = "差出人アドレスがサインインしたユーザーのアドレスと違うと、Exchange Onlineのセキュリティにより送信に失敗します"
      en = "Sending fails, by Exchange Online's security, where the From address is not that of the user who signed in."
    }
    cite = "S2 5-1 注意"
  }

  doubt "tenant_endpoint" {
    sheet = true
    text = {
      ja = "テナントIDの欄がない。シングルテナントでサインインに失敗する場合はアカウントの種類を変える"
      en = "There is no field for a tenant ID. If the sign-in fails with a single-tenant application, change its account types."
    }
    cite = "S2 4"
  }
  doubt "redirect_form" {
    text = {
      ja = "Authorized redirect URI の形、要求されるスコープは資料に記載なし"
      en = "The manual states neither the form of the Authorized redirect URI nor the scopes asked for."
    }
  }
  doubt "owner_enforced" {
    text = {
      ja = "Entraでは所有者でなくてもサインインできるが、資料はアプリに紐づいていることを求めている"
      en = "Entra does not tie sign-in to ownership; the manual nevertheless asks that the user belong to the application."
    }
    cite = "S2 4-4 補足"
  }
}
