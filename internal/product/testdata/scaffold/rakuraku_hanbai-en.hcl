# ---- common.mailprov.hcl
# Shared by all products.
mailprov {
  required_version = ">= 0.1"
  name             = "example-mail" # the applications in Entra are found by it; never change it
  time_zone        = "Asia/Tokyo"
  language         = "en"

  backend "local" {
    path = "mailprov.state.json"
  }
}

tenant {
  id   = "example.co.jp"
  auth = "browser"
}

variable "recipients" {
  description = "Who can open the secrets: name = public key. `mailprov key new` makes a pair."
  type        = map(string)
}

sink "sealed" "team" {
  recipients = var.recipients
}
# ---- rakuraku-hanbai.mailprov.hcl
# Rakuraku Hanbai  外部の送信メールサーバ(Exchange Online)利用の設定手順 (2025-05)

variable "rakuraku_hanbai_mailbox" {
  description = "the address of the user mail is sent as"
  type        = string
}

variable "rakuraku_hanbai_redirect_uri" {
  description = "『Authorized redirect URI』 in 「管理者設定(システム設定)> 送信メールサーバ設定」"
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
# The only file that is edited later.
# recipients = { admin = "age1…", safe = "age1…" } # mailprov key new

# the address of the user mail is sent as
# rakuraku_hanbai_mailbox = "hanbai@example.co.jp"

# 『Authorized redirect URI』 in 「管理者設定(システム設定)> 送信メールサーバ設定」
rakuraku_hanbai_redirect_uri = null
