# Proself sends over Exchange Online SMTP as one signed-in user: delegated
# permission on Exchange Online, one interactive sign-in from its admin screen.
product "proself" {
  title   = { ja = "Proself [V5]", en = "Proself [V5]" }
  subject = { ja = "Exchange OnlineのSMTP (OAuth)", en = "SMTP of Exchange Online (OAuth)" }
  flow    = "authorization_code"
  entered = "by_hand"
  reentry = { needs_sign_in = true, as = input.mailbox }

  source "S1" {
    title = "FAQ 481 [V5] OAuthを利用してExchange Online(Microsoft 365/M365/Office 365)のSMTPサーバーをProselfで使用する際の設定ポイント"
    url   = "proself.jp support/faq481"
    as_of = "2025-09-12"
  }

  input "mailbox" {
    type    = string
    kind    = "email"
    from    = "operator"
    example = "noreply@example.co.jp"
    where = {
      ja = "SMTP認証に使うExchange Onlineユーザーのメールアドレス。送信元アドレスと同じであること"
      en = "the address of the Exchange Online user for SMTP authentication; the From address must be the same"
    }
  }
  input "server" {
    type    = string
    kind    = "hostname"
    from    = "operator"
    example = "files.example.co.jp"
    where = {
      ja = "Proselfのサーバーアドレス (https:// もパスも付けない)"
      en = "the Proself server's address, without https:// and without a path"
    }
  }

  registration {
    display_name     = "Proself mail"
    sign_in_audience = ["AzureADMyOrg", "AzureADMultipleOrgs"]
    redirect_uris    = ["https://${input.server}/proself/oauth2callback/smtp"]
    redirect_cite    = "S1 E8-E9"
    identifier_uri   = "api://${app.client_id}"
    identifier_cite  = "S1 E3"
    admin_consent    = true

    client_secret {
      display_name  = "Proself"
      lifetime      = "365d"
      rotate_before = "60d"
      cite          = "S1 E10-E11"
    }

    permission "office365_exchange_online" "delegated" {
      required = ["Mail.Send"] # on Exchange Online, not on Graph, and not SMTP.Send
      cite     = "S1 E4-E6"
    }
    permission "microsoft_graph" "delegated" {
      sign_in = ["openid", "profile", "email", "offline_access"]
    }
  }

  smtp {
    host     = "smtp.office365.com"
    port     = 587
    security = "starttls"
    auth     = "xoauth2"
  }

  need "sign_in" {
    text = {
      ja = "${input.mailbox} のパスワードと多要素認証 (サインインがあります)"
      en = "password and multifactor authentication of ${input.mailbox} (there is a sign-in)"
    }
  }

  step "authenticated_smtp" {
    moment = "before"
    who    = { ja = "Exchange管理者", en = "Exchange administrator" }
    text = {
      ja = "${input.mailbox} の認証済みSMTPを有効にする"
      en = "switch on authenticated SMTP for ${input.mailbox}"
    }
    brief = {
      ja = "${input.mailbox} の認証済みSMTP"
      en = "authenticated SMTP on ${input.mailbox}"
    }
    command = "Set-CASMailbox -Identity ${powershell(input.mailbox)} -SmtpClientAuthenticationDisabled $false"
    unless  = "(Get-CASMailbox -Identity ${powershell(input.mailbox)}).SmtpClientAuthenticationDisabled -eq $false"
    cite    = "S1 E12"
  }

  screen "server" {
    title = "このサーバー情報の設定"
    path  = ["管理画面", "システム設定", "このサーバー情報の設定"]

    field "ホスト名(FQDN)" {
      kind  = "text"
      value = "https://${input.server}"
      cite  = "S1 3.1"
      note  = { ja = "https:// を付ける", en = "with https://" }
    }
  }

  screen "mail_server" {
    title = "メールサーバー情報の設定"
    path  = ["管理画面", "システム設定", "メールサーバー情報の設定"]

    field "SMTPサーバー" {
      kind  = "text"
      value = "smtp.office365.com"
      cite  = "S1 3.2"
    }
    field "ポート" {
      kind  = "number"
      value = "587"
      cite  = "S1 3.2"
    }
    field "STARTTLSを使用する" {
      kind  = "checkbox"
      value = "ON"
      cite  = "S1 3.2"
      note  = { ja = "587のときは必須", en = "required with port 587" }
    }
    field "送信時にSMTP認証を行う" {
      kind  = "checkbox"
      value = "ON"
      cite  = "S1 3.2"
    }
    field "認証方式" {
      kind  = "choice"
      value = "OAuth"
      cite  = "S1 3.2"
    }
    field "ユーザーID" {
      kind  = "text"
      value = input.mailbox
      cite  = "S1 3.2"
    }
    field "テナントID" {
      kind  = "text"
      value = tenant.id
      cite  = "S1 3.2"
      note  = app.sign_in_audience == "AzureADMultipleOrgs" ? { ja = "空欄のままでも可", en = "may stay blank" } : null
    }
    field "クライアントID" {
      kind  = "text"
      value = app.client_id
      cite  = "S1 3.2"
    }
    field "シークレット" {
      kind    = "secret"
      reenter = true
      cite    = "S1 3.2"
      note    = { ja = "「値」の方", en = "the one called 値 (value)" }
    }
    press "設定" {
      reenter = true
      cite    = "S1 3.2"
      then    = { ja = "サインイン用のダイアログ", en = "a dialog for signing in" }
    }
    sign_in "Sign in with Microsoft" {
      as      = input.mailbox
      reenter = true
      cite    = "S1 3.2"
    }
    expect "認証が成功しトークンを取得した旨のメッセージ" {
      reenter = true
      cite    = "S1 3.2"
      note    = { ja = "文言は資料に記載なし", en = "that authentication succeeded and the token was obtained; the page does not give the words" }
    }
  }

  screen "system_mail" {
    title = "システムメールの設定"
    path  = ["管理画面", "システム設定", "システムメールの設定"]

    field "メールアドレス" {
      kind  = "shown_by_product"
      value = input.mailbox
      cite  = "S1 3.3"
      note = {
        ja = "SMTP認証ユーザーと同じ。違うと送信されません"
        en = "the same as the SMTP user, otherwise nothing is sent"
      }
    }
  }

  screen "documents" {
    title = "Web公開メール送信のデフォルト文書設定"
    path  = ["管理画面", "システム設定", "メール文書設定", "Web公開/受取フォルダ", "Web公開メール送信のデフォルト文書設定"]

    field "Fromのメールアドレス" {
      kind  = "choice"
      value = "システムメールアドレス"
      cite  = "S1 3.4"
      note = {
        ja = "メール送信・ファイル送信/受信機能を使う場合"
        en = "where the mail-sending or file send/receive features are used"
      }
    }
    expect "Proselfからメールが送信できること" {
      reenter = true
      cite    = "S1 3.5"
      note    = { ja = "テスト用のボタンは資料に記載なし", en = "that Proself can send mail; the page names no test button" }
    }
  }

  rotation_note {
    text = {
      ja = "再入力の手順は資料に記載なし。初回と同じ画面で入力します"
      en = "The page does not say how to re-enter it; the screens are those of the first entry."
    }
  }
  rotation_note {
    text = {
      ja = "「設定」がサインインの成功前に旧シークレットを上書きするかは資料に記載なし"
      en = "The page does not say whether 設定 overwrites the old secret before the sign-in has succeeded."
    }
  }

  at_expiry = { ja = "資料に記載なし", en = "not stated in the document" }

  warning "from" {
    text = {
      ja = "送信元アドレスとSMTP認証ユーザーが違うとExchange Onlineは送信しません"
      en = "Exchange Online does not send where the From address differs from the SMTP user."
    }
    cite = "S1 3.3"
  }
  warning "exchange_changes" {
    text = {
      ja = "Exchange Onlineの更新により手順が変わることがあります。Exchangeの画面についてはMicrosoftに確認してください"
      en = "Updates of Exchange Online may change the steps; questions about its screens go to Microsoft."
    }
    cite = "S1 E12"
  }

  doubt "mail_send" {
    plan = true
    text = {
      ja = "資料は Exchange Online の Mail.Send、Microsoftの資料は SMTP.Send を求めている。製品の資料に従う"
      en = "the manual asks for Exchange Online Mail.Send, Microsoft's page for SMTP.Send; the manual is followed"
    }
    cite = "S1 E6"
  }
  doubt "identifier_uri" {
    text = {
      ja = "アプリケーション ID の URI の値は資料に記載なし。ポータルの既定 api://<アプリケーション ID> を使う"
      en = "The page does not state the application ID URI; the portal's default api://<application id> is used."
    }
    cite = "S1 E3"
  }
  doubt "sign_in_scopes" {
    text = {
      ja = "サインインで要求されるスコープ、https の要否、/proself 以外のパスは資料に記載なし"
      en = "The page states neither the scopes asked for at sign-in, nor whether https is needed, nor any path but /proself."
    }
  }
}
