variable "hanbai_redirect_uri" {
  description = "「管理者設定(システム設定)> 送信メールサーバ設定」の『Authorized redirect URI』"
  type        = string
  default     = null # not known yet: the app is made, the target waits
}

data "user" "hanbai" {
  user_principal_name = "hanbai@example.co.jp"
}

app_registration "hanbai" {
  display_name     = "楽楽販売 メール送信"
  sign_in_audience = "AzureADMyOrg"
  owners           = [data.user.hanbai.id] # the user who presses 認証開始 (manual 4-4 補足)

  web {
    redirect_uris = compact([var.hanbai_redirect_uri])
  }

  api_permissions "microsoft_graph" {
    delegated = ["SMTP.Send"]
  }
  admin_consent = true

  lifecycle {
    prevent_destroy = true
  }
}

client_secret "hanbai" {
  app           = app_registration.hanbai
  display_name  = "楽楽販売"
  lifetime      = "365d"
  rotate_before = "60d"
  deliver_to    = [sink.team]

  accept_risk "MP109" {
    reason = "Re-entered by hand once a year."
    until  = "2027-11-30"
  }
}

mail_target "rakuraku_hanbai" "hanbai" {
  secret       = client_secret.hanbai
  mailbox      = "hanbai@example.co.jp"
  redirect_uri = var.hanbai_redirect_uri
  contact      = "営業管理"

  emit "html" {
    path = "out/rakuraku-hanbai.html"
  }
}
