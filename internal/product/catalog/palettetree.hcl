# Palettetree sends mail as one fixed address, app-only, through Microsoft
# Graph: no sign-in, no redirect URI.
product "palettetree" {
  title   = { ja = "Palettetree", en = "Palettetree" }
  subject = { ja = "メール送信サーバー", en = "mail sending server" }
  flow    = "client_credentials"
  entered = "by_hand"
  reentry = { needs_sign_in = false }

  source "S0" {
    title = "Microsoft 365 OAuth認証情報取得マニュアル"
    url   = "help.palettetree.jp microsoft-365-oauth-config"
    as_of = "2025-11"
  }

  input "mailbox" {
    type    = string
    kind    = "email"
    from    = "operator"
    example = "noreply@example.co.jp"
    where = {
      ja = "送信に使用するメールアドレス"
      en = "the address mail is sent from"
    }
  }

  registration {
    display_name     = "Palettetree Mail Sender"
    sign_in_audience = ["AzureADMyOrg"]
    redirect_uris    = []
    admin_consent    = true

    client_secret {
      display_name = "Palettetree用シークレット"
      lifetime     = "730d"
      prescribed   = true
      cite         = "S0 3-2"
    }

    permission "microsoft_graph" "application" {
      required      = ["Mail.Send"]
      exchange_role = { "Mail.Send" = "Application Mail.Send" } # limited to mailboxes: does in place of the permission
      cite          = "S0 4-3..4-5"
    }
  }

  scopes = ["https://${tenant.graph_host}/.default"]

  screen "sender" {
    title = "メール送信サーバー"
    path  = ["Palettetree管理画面", "左メニュー「メール送信サーバー」"]

    press "画面右下の(プラス)ボタン" {
      cite = "S0 6-3"
    }
    field "ステータス" {
      kind  = "choice"
      value = "有効"
      cite  = "S0 6-4"
    }
    field "メールアドレス" {
      kind  = "text"
      value = input.mailbox
      cite  = "S0 6-4"
    }
    field "認証方式" {
      kind  = "choice"
      value = "OAuth 2.0認証"
      cite  = "S0 6-4"
    }
    field "プロバイダー" {
      kind  = "choice"
      value = "Microsoft 365"
      cite  = "S0 6-4"
    }
    field "テナントID" {
      kind  = "text"
      value = tenant.id
      cite  = "S0 6-4"
    }
    field "クライアントID" {
      kind  = "text"
      value = app.client_id
      cite  = "S0 6-4"
    }
    field "クライアントシークレット" {
      kind    = "secret"
      reenter = true
      cite    = "S0 6-4"
      note = {
        ja = "「シークレットID」(GUID) ではありません"
        en = "not the シークレットID (a GUID)"
      }
    }
    field "シークレット有効期限" {
      kind    = "date"
      value   = secret.expires_on
      reenter = true
      cite    = "S0 6-4"
      note = {
        ja = "書式は資料に記載なし"
        en = "the manual does not state the format"
      }
    }
    press "新規登録" {
      cite = "S0 6-5"
    }
    press "テストメール送信" {
      cite = "S0 6-6"
      then = { ja = "届くことを確認", en = "see that it arrives" }
    }
  }

  rotation_note {
    text = {
      ja = "既存の設定を編集する画面の名称は資料に記載なし。保存後に「テストメール送信」で確認"
      en = "The manual does not name the screen that edits an existing entry. After saving, check with テストメール送信."
    }
  }

  at_expiry = {
    ja = "資料に記載なし (クライアント シークレットでの認証はできなくなる)"
    en = "not stated in the manual (authentication with the client secret stops)"
  }

  warning "every_mailbox" {
    when = contains(app.permissions, "microsoft_graph application Mail.Send")
    text = {
      ja = "このアプリは ${input.mailbox} だけでなく全メールボックスとして送信できます (MP101)"
      en = "This application can send as every mailbox, not only ${input.mailbox} (MP101)."
    }
  }

  warning "portal_date" {
    text = {
      ja = "資料の画面は2025年11月現在のMicrosoft Entra管理センターのものです"
      en = "The manual shows the Microsoft Entra admin center as of November 2025."
    }
    cite = "S0"
  }

  doubt "edit_screen" {
    text = {
      ja = "既存の登録のシークレットを入れ替える画面の名称は資料に記載なし"
      en = "The manual does not say how to replace the secret of an existing entry."
    }
  }
  doubt "date_format" {
    text = {
      ja = "シークレット有効期限の書式と時間帯、期限前の警告、期限後に何が止まるかは資料に記載なし"
      en = "The manual states neither the format and time zone of シークレット有効期限, nor whether Palettetree warns before it, nor what stops after it."
    }
  }
  doubt "shared_mailbox" {
    text = {
      ja = "送信元メールボックスのライセンスの要否、共有メールボックスの可否は資料に記載なし"
      en = "The manual does not say whether the mailbox needs a licence or may be a shared mailbox."
    }
  }
}
