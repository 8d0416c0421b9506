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
# ---- mailgates.mailprov.hcl
# MAILGATES Σ  【Microsoft 365】 OAuth 2.0 クライアントID設定 (画面は2024年3月)

variable "mailgates_redirect_uri_1" {
  description = "開通通知書の「Microsoft 365_リダイレクトURI1」"
  type        = string
}

variable "mailgates_redirect_uri_2" {
  description = "開通通知書の「Microsoft 365_リダイレクトURI2」 (ドメイン = URI。契約ドメインごとに1つ)"
  type        = map(string)
}

variable "mailgates_access_url" {
  description = "開通通知書のアクセスURL"
  type        = string
  default     = null
}

app_registration "mailgates" {
  display_name     = "MAILGATESΣ"
  sign_in_audience = "AzureADMyOrg"

  web {
    redirect_uris = flatten([var.mailgates_redirect_uri_1, values(var.mailgates_redirect_uri_2)])

    implicit_grant {
      access_token = true
      id_token     = true
    }
  }

  api_permissions "microsoft_graph" {
    application = ["Group.Read.All", "User.Read.All"]
    delegated   = ["User.Read"]
  }
  admin_consent = true

  lifecycle {
    prevent_destroy = true
  }
}

client_secret "mailgates" {
  app           = app_registration.mailgates
  display_name  = "MAILGATES Σ"
  lifetime      = "730d" # S3 C12
  rotate_before = "60d"
  deliver_to    = [sink.team]
}

mail_target "mailgates" "mailgates" {
  secret         = client_secret.mailgates
  redirect_uri_1 = var.mailgates_redirect_uri_1
  redirect_uri_2 = var.mailgates_redirect_uri_2
  access_url     = var.mailgates_access_url
  contact        = "情シス"

  emit "html" {
    path = "out/mailgates.html"
  }
}
# ---- mailprov.mpvars.hcl
# あとで編集するのはこのファイルだけです。
# recipients = { admin = "age1…", safe = "age1…" } # mailprov key new

# 開通通知書の「Microsoft 365_リダイレクトURI1」
# mailgates_redirect_uri_1 = "https://…"

# 開通通知書の「Microsoft 365_リダイレクトURI2」 (ドメイン = URI。契約ドメインごとに1つ)
# mailgates_redirect_uri_2 = { "example.co.jp" = "https://…" }

# 開通通知書のアクセスURL
mailgates_access_url = null
