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
# ---- rakuraku-hanbai.mailprov.hcl
# 楽楽販売  外部の送信メールサーバ(Exchange Online)利用の設定手順 (2025年5月)

variable "rakuraku_hanbai_mailbox" {
  description = "送信に使うユーザーのメールアドレス"
  type        = string
}

variable "rakuraku_hanbai_redirect_uri" {
  description = "「管理者設定(システム設定)> 送信メールサーバ設定」の『Authorized redirect URI』"
  type        = string
  default     = null
}

data "user" "rakuraku_hanbai" {
  user_principal_name = var.rakuraku_hanbai_mailbox
}

app_registration "rakuraku_hanbai" {
  display_name     = "楽楽販売 メール送信"
  sign_in_audience = "AzureADMyOrg"
  owners           = [data.user.rakuraku_hanbai.id]

  web {
    redirect_uris = compact([var.rakuraku_hanbai_redirect_uri])
  }

  api_permissions "microsoft_graph" {
    delegated = ["SMTP.Send"]
  }
  admin_consent = true

  lifecycle {
    prevent_destroy = true
  }
}

client_secret "rakuraku_hanbai" {
  app           = app_registration.rakuraku_hanbai
  display_name  = "楽楽販売"
  lifetime      = "365d"
  rotate_before = "60d"
  deliver_to    = [sink.team]
}

mail_target "rakuraku_hanbai" "rakuraku_hanbai" {
  secret       = client_secret.rakuraku_hanbai
  mailbox      = var.rakuraku_hanbai_mailbox
  redirect_uri = var.rakuraku_hanbai_redirect_uri
  contact      = "情シス"

  emit "html" {
    path = "out/rakuraku-hanbai.html"
  }
}
# ---- mailprov.mpvars.hcl
# あとで編集するのはこのファイルだけです。
# recipients = { admin = "age1…", safe = "age1…" } # mailprov key new

# 送信に使うユーザーのメールアドレス
# rakuraku_hanbai_mailbox = "hanbai@example.co.jp"

# 「管理者設定(システム設定)> 送信メールサーバ設定」の『Authorized redirect URI』
rakuraku_hanbai_redirect_uri = null
