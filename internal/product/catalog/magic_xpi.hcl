# Magic xpi acts as one signed-in user: it receives over IMAP, sends over SMTP
# or uses Exchange (EWS). The slides contradict themselves in places; the
# readings below say which side is taken and why.
product "magic_xpi" {
  title   = { ja = "Magic xpi", en = "Magic xpi" }
  subject = { ja = "Email / Exchange リソース", en = "Email and Exchange resources" }
  vendor  = "マジックソフトウェア・ジャパン"
  flow    = "authorization_code"
  entered = "by_hand"
  reentry = { needs_sign_in = true, as = input.mailbox }

  source "S4" {
    title = "Microsoft 365 OAuth認証を使用したメール送受信"
  }

  input "mailbox" {
    type    = string
    kind    = "email"
    from    = "operator"
    example = "orders@example.co.jp"
    where = {
      ja = "送受信に使うユーザーのメールアドレス"
      en = "the address of the user whose mail is received and sent"
    }
  }
  input "resources" {
    type    = list(string)
    one_of  = ["email_receive", "email_send", "exchange"]
    from    = "operator"
    example = ["email_receive", "email_send"]
    where = {
      ja = "設定するリソース: email_receive (Email 受信用)、email_send (Email 送信用)、exchange (Exchange、EWS)"
      en = "the resources to set up: email_receive, email_send, exchange (EWS)"
    }
  }
  input "domain" {
    type          = string
    kind          = "domain"
    from          = "operator"
    required_when = contains(input.resources, "exchange")
    example       = "example.onmicrosoft.com"
    where = {
      ja = "Exchangeサーバのドメイン"
      en = "the domain of the Exchange server"
    }
  }

  reading "send_security" {
    item    = "email_send.送信セキュア接続"
    options = ["TLS", "No"]
    default = "TLS"
    when    = contains(input.resources, "email_send")
    reason = {
      ja = "送信セキュア接続: 表は TLS、主な設定例は No。TLS を使用 (ポート 587)"
      en = "送信セキュア接続: table says TLS, list says No; TLS is used (port 587)"
    }
    cite = "S4 Email 送信用リソース"
  }
  reading "send_scope" {
    item    = "email_send.スコープ"
    options = ["list", "table", "microsoft"]
    default = "list"
    when    = contains(input.resources, "email_send")
    reason = {
      ja = "送信用のスコープ: 表と主な設定例で順序が違い、SMTP.Send には接頭辞がない。主な設定例のとおりとする (Microsoftの資料では https://outlook.office.com/SMTP.Send)"
      en = "scope for sending: table and list differ in order, and SMTP.Send has no prefix; the list is followed (Microsoft's page has https://outlook.office.com/SMTP.Send)"
    }
    cite = "S4 Email 送信用リソース"
  }
  reading "exchange_endpoints" {
    item    = "exchange.アクセストークンURL"
    options = ["v2", "v1", "mixed"]
    default = "v2"
    when    = contains(input.resources, "exchange")
    reason = {
      ja = "Exchangeリソースの認証URLとアクセストークンURL: 資料はv1とv2が混在。v2を使用 (「V2 のエンドポイントを使用」)"
      en = "URLs of the Exchange resource: the slides mix v1 and v2; v2 is used (「V2 のエンドポイントを使用」)"
    }
    cite = "S4 Exchangeリソース"
  }

  registration {
    display_name     = "Magic xpi"
    sign_in_audience = ["AzureADMyOrg"]
    redirect_uris    = ["https://localhost"]
    redirect_cite    = "S4 アプリの登録"

    client_secret {
      display_name  = "xpi"
      lifetime      = "365d"
      rotate_before = "60d"
      cite          = "S4 クライアントシークレットを作成してメモ"
    }

    # The slides add the whole list for every resource; required is what the
    # scopes of the chosen ones ask for.
    permission "microsoft_graph" "delegated" {
      required = distinct(concat(
        ["offline_access"],
        contains(input.resources, "email_receive") || contains(input.resources, "email_send") ? ["IMAP.AccessAsUser.All"] : [],
        contains(input.resources, "email_send") ? ["SMTP.Send"] : [],
        contains(input.resources, "exchange") ? ["openid"] : [],
      ))
      listed = [
        "email", "IMAP.AccessAsUser.All", "Mail.Read", "Mail.Read.Shared", "Mail.ReadBasic",
        "Mail.ReadWrite", "Mail.ReadWrite.Shared", "Mail.Send", "Mail.Send.Shared",
        "offline_access", "openid", "POP.AccessAsUser.All", "profile", "SMTP.Send", "User.Read",
      ]
      sign_in = ["openid", "profile", "email", "offline_access"]
      cite    = "S4 APIのアクセスを許可"
    }
    permission "office365_exchange_online" "delegated" {
      required = contains(input.resources, "exchange") ? ["EWS.AccessAsUser.All"] : []
      listed   = ["EWS.AccessAsUser.All"]
      cite     = "S4 APIのアクセスを許可"
    }
  }

  scopes = distinct(concat(
    contains(input.resources, "email_receive") ? ["offline_access", "https://outlook.office365.com/IMAP.AccessAsUser.All"] : [],
    contains(input.resources, "email_send") ? ["offline_access", "https://outlook.office365.com/IMAP.AccessAsUser.All", reading.send_scope == "microsoft" ? "https://outlook.office.com/SMTP.Send" : "SMTP.Send"] : [],
    contains(input.resources, "exchange") ? ["openid", "offline_access", "https://outlook.office365.com/EWS.AccessAsUser.All"] : [],
  ))

  smtp {
    host     = "smtp.office365.com"
    port     = 587
    security = reading.send_security == "TLS" ? "starttls" : "none"
    auth     = "xoauth2"
    when     = contains(input.resources, "email_send")
  }

  notice "ews" {
    when    = contains(input.resources, "exchange")
    reenter = true
    text = {
      ja = "EWSは2026-10-01から許可リスト制、2027-04-01に終了"
      en = "EWS is blocked unless allow-listed since 2026-10-01 and ends on 2027-04-01."
    }
  }
  notice "not_stated" {
    reenter = true
    text = {
      ja = "画面への経路・認証を始めるボタン・テストは資料に記載なし"
      en = "The slides state neither the way to the screens, nor the button that starts authentication, nor a test."
    }
  }

  need "sign_in" {
    text = {
      ja = length(input.resources) > 1 ? "${input.mailbox} でのサインイン (${length(input.resources)} つのリソースそれぞれで)" : "${input.mailbox} でのサインイン"
      en = length(input.resources) > 1 ? "the sign-in of ${input.mailbox}, once for each of the ${length(input.resources)} resources" : "the sign-in of ${input.mailbox}"
    }
  }

  screen "email_receive" {
    title    = { ja = "Email 受信用リソース", en = "Email 受信用リソース" }
    when     = contains(input.resources, "email_receive")
    numbered = true

    field "サーバタイプ" {
      kind  = "choice"
      value = "IMAP"
      cite  = "S4 Email 受信用リソース"
    }
    field "受信メールサーバ" {
      kind  = "text"
      value = "outlook.office365.com"
      cite  = "S4 Email 受信用リソース"
    }
    field "受信ポート番号" {
      kind  = "number"
      value = "993"
      cite  = "S4 Email 受信用リソース"
    }
    field "受信セキュア接続" {
      kind  = "choice"
      value = "Yes"
      cite  = "S4 Email 受信用リソース"
    }
    field "送信メールサーバ" {
      kind = "blank"
      cite = "S4 Email 受信用リソース"
    }
    field "送信ポート番号" {
      kind = "blank"
      cite = "S4 Email 受信用リソース"
    }
    field "送信セキュア接続" {
      kind  = "choice"
      value = "No"
      cite  = "S4 Email 受信用リソース"
    }
    field "Fromアドレス" {
      kind  = "text"
      value = input.mailbox
      cite  = "S4 Email 受信用リソース"
    }
    field "認証タイプ" {
      kind  = "choice"
      value = "OAuth 2"
      cite  = "S4 Email 受信用リソース"
    }
    field "ユーザ" {
      kind  = "text"
      value = input.mailbox
      cite  = "S4 Email 受信用リソース"
    }
    field "OAuthリフレッシュトークンステータス" {
      kind    = "set_by_product"
      value   = "Available"
      reenter = true
      cite    = "S4 Email 受信用リソース"
    }
    field "認証URL" {
      kind  = "text"
      value = "https://${tenant.login_host}/${tenant.id}/oauth2/v2.0/authorize"
      cite  = "S4 Email 受信用リソース"
    }
    field "アクセストークンURL" {
      kind  = "text"
      value = "https://${tenant.login_host}/${tenant.id}/oauth2/v2.0/token"
      cite  = "S4 Email 受信用リソース"
    }
    field "コールバックURL" {
      kind  = "text"
      value = "https://localhost"
      cite  = "S4 Email 受信用リソース"
    }
    field "クライアントID" {
      kind  = "text"
      value = app.client_id
      cite  = "S4 Email 受信用リソース"
    }
    field "クライアント秘密鍵" {
      kind    = "secret"
      reenter = true
      cite    = "S4 Email 受信用リソース"
    }
    field "スコープ" {
      kind  = "text"
      value = "offline_access https://outlook.office365.com/IMAP.AccessAsUser.All"
      cite  = "S4 Email 受信用リソース"
    }
    field "状態" {
      kind = "blank"
      cite = "S4 Email 受信用リソース"
    }
  }

  screen "email_send" {
    title    = { ja = "Email 送信用リソース", en = "Email 送信用リソース" }
    when     = contains(input.resources, "email_send")
    numbered = true

    field "サーバタイプ" {
      kind = "blank"
      cite = "S4 Email 送信用リソース"
    }
    field "受信メールサーバ" {
      kind = "blank"
      cite = "S4 Email 送信用リソース"
    }
    field "受信ポート番号" {
      kind = "blank"
      cite = "S4 Email 送信用リソース"
    }
    field "受信セキュア接続" {
      kind  = "choice"
      value = "No"
      cite  = "S4 Email 送信用リソース"
    }
    field "送信メールサーバ" {
      kind  = "text"
      value = "smtp.office365.com"
      cite  = "S4 Email 送信用リソース"
    }
    field "送信ポート番号" {
      kind  = "number"
      value = "587"
      cite  = "S4 Email 送信用リソース"
    }
    field "送信セキュア接続" {
      kind  = "choice"
      value = reading.send_security
      cite  = "S4 Email 送信用リソース"
      note  = reading.send_security == "TLS" ? { ja = "資料内に No の記載もあり (主な設定例)", en = "the slides also say No (list)" } : { ja = "資料内に TLS の記載もあり (表)", en = "the slides also say TLS (table)" }
    }
    field "Fromアドレス" {
      kind  = "text"
      value = input.mailbox
      cite  = "S4 Email 送信用リソース"
    }
    field "認証タイプ" {
      kind  = "choice"
      value = "OAuth 2"
      cite  = "S4 Email 送信用リソース"
    }
    field "ユーザ" {
      kind = "blank"
      cite = "S4 Email 送信用リソース"
      note = { ja = "資料の表では空欄", en = "blank in the table of the slides" }
    }
    field "OAuthリフレッシュトークンステータス" {
      kind    = "set_by_product"
      value   = "Available"
      reenter = true
      cite    = "S4 Email 送信用リソース"
    }
    field "認証URL" {
      kind  = "text"
      value = "https://${tenant.login_host}/${tenant.id}/oauth2/v2.0/authorize"
      cite  = "S4 Email 送信用リソース"
    }
    field "アクセストークンURL" {
      kind  = "text"
      value = "https://${tenant.login_host}/${tenant.id}/oauth2/v2.0/token"
      cite  = "S4 Email 送信用リソース"
    }
    field "コールバックURL" {
      kind  = "text"
      value = "https://localhost"
      cite  = "S4 Email 送信用リソース"
    }
    field "クライアントID" {
      kind  = "text"
      value = app.client_id
      cite  = "S4 Email 送信用リソース"
    }
    field "クライアントシークレット" {
      kind    = "secret"
      reenter = true
      cite    = "S4 Email 送信用リソース"
      note    = contains(input.resources, "email_receive") ? { ja = "受信用と同じ値", en = "the same value as for receiving" } : null
    }
    field "スコープ" {
      kind = "text"
      value = (
        reading.send_scope == "table" ? "https://outlook.office365.com/IMAP.AccessAsUser.All offline_access SMTP.Send" :
        reading.send_scope == "microsoft" ? "offline_access https://outlook.office365.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send" :
        "offline_access https://outlook.office365.com/IMAP.AccessAsUser.All SMTP.Send"
      )
      cite = "S4 Email 送信用リソース"
      note = reading.send_scope == "microsoft" ? null : { ja = "別案: https://outlook.office.com/SMTP.Send (Microsoftの資料)", en = "alternative: https://outlook.office.com/SMTP.Send (Microsoft's page)" }
    }
    field "状態" {
      kind = "blank"
      cite = "S4 Email 送信用リソース"
    }
  }

  screen "exchange" {
    title    = { ja = "Exchangeリソース", en = "Exchangeリソース" }
    when     = contains(input.resources, "exchange")
    numbered = true

    field "サーバ" {
      kind  = "text"
      value = "https://outlook.office365.com"
      cite  = "S4 Exchangeリソース"
    }
    field "ドメイン" {
      kind  = "text"
      value = input.domain
      cite  = "S4 Exchangeリソース"
    }
    field "認証タイプ" {
      kind  = "choice"
      value = "OAuth 2"
      cite  = "S4 Exchangeリソース"
    }
    field "OAuthリフレッシュトークン状態" {
      kind    = "set_by_product"
      value   = "Available"
      reenter = true
      cite    = "S4 Exchangeリソース"
    }
    field "認証URL" {
      kind  = "text"
      value = "https://${tenant.login_host}/${tenant.id}/oauth2/${reading.exchange_endpoints == "v2" ? "v2.0/" : ""}authorize"
      cite  = "S4 Exchangeリソース"
      note  = { ja = "資料はv1とv2が混在", en = "the slides mix v1 and v2" }
    }
    field "アクセストークンURL" {
      kind  = "text"
      value = "https://${tenant.login_host}/${tenant.id}/oauth2/${reading.exchange_endpoints == "v1" ? "" : "v2.0/"}token"
      cite  = "S4 Exchangeリソース"
      note  = { ja = "資料はv1とv2が混在", en = "the slides mix v1 and v2" }
    }
    field "コールバックURL" {
      kind  = "text"
      value = "https://localhost"
      cite  = "S4 Exchangeリソース"
    }
    field "クライアントID" {
      kind  = "text"
      value = app.client_id
      cite  = "S4 Exchangeリソース"
    }
    field "クライアントシークレット" {
      kind    = "secret"
      reenter = true
      cite    = "S4 Exchangeリソース"
    }
    field "スコープ" {
      kind  = "text"
      value = "openid offline_access https://outlook.office365.com/EWS.AccessAsUser.All"
      cite  = "S4 Exchangeリソース"
    }
    field "状態" {
      kind = "blank"
      cite = "S4 Exchangeリソース"
    }
    field "応答モード" {
      kind  = "text"
      value = "query"
      cite  = "S4 Exchangeリソース"
    }
  }

  rotation_note {
    text = {
      ja = "最初のリソースから最後のリソースまでの間は新旧両方のシークレットが使われます。confirm は全てのリソースを終えてから"
      en = "Between the first resource and the last both secrets are in use. Confirm after the last one."
    }
  }

  at_expiry = { ja = "資料に記載なし", en = "not stated in the slides" }

  warning "all_resources" {
    when = length(input.resources) > 1
    text = {
      ja = "confirm は全てのリソースを終えてから"
      en = "Confirm only when every resource is done."
    }
  }
  warning "localhost" {
    reenter = true
    text = {
      ja = "https://localhost でリフレッシュトークンを得る手順は資料に記載なし。別の端末で設計する場合に使えるかも記載なし"
      en = "The slides do not say how the refresh token is obtained at https://localhost, nor whether that works from another machine."
    }
    cite = "S4 アプリの登録"
  }

  doubt "consent" {
    text = {
      ja = "「管理者の同意」は図にあるが押す指示はない。サインインするユーザーが同意する"
      en = "The slides show the admin consent button but do not tell anyone to press it; the user who signs in consents."
    }
    cite = "S4 APIのアクセスを許可"
  }
  doubt "labels" {
    text = {
      ja = "シークレットの項目名は受信用が「クライアント秘密鍵」、送信用とExchangeが「クライアントシークレット」"
      en = "The secret is called クライアント秘密鍵 for receiving, クライアントシークレット for sending and Exchange."
    }
  }
  doubt "pop" {
    text = {
      ja = "POP.AccessAsUser.All は一覧にあるがPOPのリソースは記載なし"
      en = "POP.AccessAsUser.All is in the list, but no POP resource is described."
    }
    cite = "S4 APIのアクセスを許可"
  }
}
