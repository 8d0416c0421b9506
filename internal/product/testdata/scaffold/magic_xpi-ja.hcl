# ---- common.mailprov.hcl
# このファイルは全製品に共通です。
mailprov {
  required_version = ">= 0.1"
  name             = "example-mail" # Entraのアプリはこの名前で探されます。変更しないこと
  time_zone        = "Asia/Tokyo"
  language         = "ja"

  backend "local" {
    path = "mailprov.state.json"
  }
}

tenant {
  id   = "example.co.jp"
  auth = "browser"
}

variable "recipients" {
  description = "シークレットを開ける人: 名前 = 公開鍵。`mailprov key new` で作成"
  type        = map(string)
}

sink "sealed" "team" {
  recipients = var.recipients
}
# ---- magic-xpi.mailprov.hcl
# Magic xpi  Microsoft 365 OAuth認証を使用したメール送受信 (日付なし)

variable "magic_xpi_mailbox" {
  description = "送受信に使うユーザーのメールアドレス"
  type        = string
}

variable "magic_xpi_resources" {
  description = "設定するリソース: email_receive (Email 受信用)、email_send (Email 送信用)、exchange (Exchange、EWS)"
  type        = list(string)
}

variable "magic_xpi_domain" {
  description = "Exchangeサーバのドメイン"
  type        = string
  default     = null
}

app_registration "magic_xpi" {
  display_name     = "Magic xpi"
  sign_in_audience = "AzureADMyOrg"

  web {
    redirect_uris = ["https://localhost"]
  }

  api_permissions "microsoft_graph" {
    delegated = [
      "email",
      "IMAP.AccessAsUser.All",
      "Mail.Read",
      "Mail.Read.Shared",
      "Mail.ReadBasic",
      "Mail.ReadWrite",
      "Mail.ReadWrite.Shared",
      "Mail.Send",
      "Mail.Send.Shared",
      "offline_access",
      "openid",
      "POP.AccessAsUser.All",
      "profile",
      "SMTP.Send",
      "User.Read",
    ]
  }

  api_permissions "office365_exchange_online" {
    delegated = ["EWS.AccessAsUser.All"]
  }
  admin_consent = false

  lifecycle {
    prevent_destroy = true
  }
}

client_secret "magic_xpi" {
  app           = app_registration.magic_xpi
  display_name  = "xpi"
  lifetime      = "365d"
  rotate_before = "60d"
  deliver_to    = [sink.team]
}

mail_target "magic_xpi" "magic_xpi" {
  secret    = client_secret.magic_xpi
  mailbox   = var.magic_xpi_mailbox
  resources = var.magic_xpi_resources
  domain    = var.magic_xpi_domain
  contact   = "情シス"

  emit "html" {
    path = "out/magic-xpi.html"
  }
}
# ---- mailprov.mpvars.hcl
# あとで編集するのはこのファイルだけです。
# recipients = { admin = "age1…", safe = "age1…" } # mailprov key new

# 送受信に使うユーザーのメールアドレス
# magic_xpi_mailbox = "orders@example.co.jp"

# 設定するリソース: email_receive (Email 受信用)、email_send (Email 送信用)、exchange (Exchange、EWS)
# magic_xpi_resources = ["email_receive", "email_send"]

# Exchangeサーバのドメイン
magic_xpi_domain = null
