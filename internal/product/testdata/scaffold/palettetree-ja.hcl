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
# ---- palettetree.mailprov.hcl
# Palettetree  Microsoft 365 OAuth認証情報取得マニュアル (2025年11月)

variable "palettetree_mailbox" {
  description = "送信に使用するメールアドレス"
  type        = string
}

app_registration "palettetree" {
  display_name     = "Palettetree Mail Sender"
  sign_in_audience = "AzureADMyOrg"

  api_permissions "microsoft_graph" {
    application = ["Mail.Send"]
  }
  admin_consent = true

  lifecycle {
    prevent_destroy = true
  }
}

client_secret "palettetree" {
  app           = app_registration.palettetree
  display_name  = "Palettetree用シークレット"
  lifetime      = "730d" # S0 3-2
  rotate_before = "60d"
  deliver_to    = [sink.team]
}

mail_target "palettetree" "palettetree" {
  secret  = client_secret.palettetree
  mailbox = var.palettetree_mailbox
  contact = "情シス"

  emit "html" {
    path = "out/palettetree.html"
  }
}
# ---- mailprov.mpvars.hcl
# あとで編集するのはこのファイルだけです。
# recipients = { admin = "age1…", safe = "age1…" } # mailprov key new

# 送信に使用するメールアドレス
# palettetree_mailbox = "noreply@example.co.jp"
