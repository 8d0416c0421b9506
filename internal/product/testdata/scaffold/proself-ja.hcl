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
# ---- proself.mailprov.hcl
# Proself [V5]  FAQ 481 [V5] OAuthを利用してExchange Online(Microsoft 365/M365/Office 365)のSMTPサーバーをProselfで使用する際の設定ポイント (2025/09/12)

variable "proself_mailbox" {
  description = "SMTP認証に使うExchange Onlineユーザーのメールアドレス。送信元アドレスと同じであること"
  type        = string
}

variable "proself_server" {
  description = "Proselfのサーバーアドレス (https:// もパスも付けない)"
  type        = string
}

app_registration "proself" {
  display_name     = "Proself mail"
  sign_in_audience = "AzureADMyOrg"
  identifier_uris  = ["api://${self.client_id}"]

  web {
    redirect_uris = ["https://${var.proself_server}/proself/oauth2callback/smtp"]
  }

  api_permissions "office365_exchange_online" {
    delegated = ["Mail.Send"]
  }
  admin_consent = true

  lifecycle {
    prevent_destroy = true
  }
}

client_secret "proself" {
  app           = app_registration.proself
  display_name  = "Proself"
  lifetime      = "365d"
  rotate_before = "60d"
  deliver_to    = [sink.team]
}

mail_target "proself" "proself" {
  secret  = client_secret.proself
  mailbox = var.proself_mailbox
  server  = var.proself_server
  contact = "情シス"

  emit "html" {
    path = "out/proself.html"
  }
  emit "powershell" {
    path = "out/proself-exchange.ps1"
  }
}
# ---- mailprov.mpvars.hcl
# あとで編集するのはこのファイルだけです。
# recipients = { admin = "age1…", safe = "age1…" } # mailprov key new

# SMTP認証に使うExchange Onlineユーザーのメールアドレス。送信元アドレスと同じであること
# proself_mailbox = "noreply@example.co.jp"

# Proselfのサーバーアドレス (https:// もパスも付けない)
# proself_server = "files.example.co.jp"
