product "rakuraku_hanbai" {
  title   = { ja = "楽楽販売", en = "Rakuraku Hanbai" }
  flow    = "authorization_code"
  entered = "by_hand"                # by_hand | by_machine: decides the default of retire.on
  reentry = { needs_sign_in = true } # the sheet says so before anything else

  source "S2" {
    title = "外部の送信メールサーバ(Exchange Online)利用の設定手順"
    url   = "success-navi.rakurakuhanbai.jp faq/detail/2300"
    as_of = "2025-05"
  }

  input "mailbox" {
    type  = string
    where = { ja = "送信に使うユーザーのメールアドレス" }
  }
  input "redirect_uri" {
    type     = string
    from     = "product" # operator | product | contract
    may_wait = true      # null is allowed: the target waits for it
    where    = { ja = "「管理者設定(システム設定)> 送信メールサーバ設定」の『Authorized redirect URI』" }
  }

  registration {
    sign_in_audience = ["AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"]
    redirect_uris    = [input.redirect_uri]
    owner            = input.mailbox

    permission "microsoft_graph" "delegated" {
      required = ["SMTP.Send"]                                    # missing: the plan fails
      listed   = []                                               # in the manual, asked for by no scope: neither an error nor a risk
      sign_in  = ["openid", "profile", "email", "offline_access"] # what the product's own sign-in may add
    }
  }

  screen "mail_server" {
    path = ["管理者設定(システム設定)", "送信メールサーバ設定"]

    field "送信メールサーバ" {
      kind  = "choice"
      value = "外部サーバを使用する(Exchange Online OAuth認証)"
    }
    field "Authorized redirect URI" {
      kind  = "shown_by_product"
      value = input.redirect_uri
      note  = { ja = "アプリの登録と同じ値であること" }
    }
    field "クライアントID" {
      kind  = "text"
      value = app.client_id
    }
    field "クライアントシークレット" {
      kind    = "secret"
      reenter = true
    }
    press "認証開始" {
      then = { ja = "アプリに紐づいているユーザー (${input.mailbox}) でログイン" }
    }
    expect "認証完了" {}
  }

  screen "from" {
    path = ["管理者設定(システム設定)", "全体詳細設定"]

    field "通知メールの差出人アドレス" {
      kind  = "text"
      value = input.mailbox
      cite  = "S2 5-1"
    }
    press "送信テスト" {
      then = { ja = "送信先に任意のアドレス" }
    }
    expect "正常に送信できること" {}
  }

  at_expiry = { ja = "資料に記載なし" }

  doubt "tenant_endpoint" {
    text = { ja = "テナントIDの欄がない。シングルテナントでサインインに失敗する場合はアカウントの種類を変える" }
  }
}
