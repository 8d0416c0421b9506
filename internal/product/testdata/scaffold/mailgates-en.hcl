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
# ---- mailgates.mailprov.hcl
# MAILGATES Σ  【Microsoft 365】 OAuth 2.0 クライアントID設定 (screens of March 2024)

variable "mailgates_redirect_uri_1" {
  description = "「Microsoft 365_リダイレクトURI1」 in the 開通通知書 (notice of opening)"
  type        = string
}

variable "mailgates_redirect_uri_2" {
  description = "「Microsoft 365_リダイレクトURI2」 in the 開通通知書 (domain = URI, one for each contracted domain)"
  type        = map(string)
}

variable "mailgates_access_url" {
  description = "the アクセスURL in the 開通通知書"
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
# The only file that is edited later.
# recipients = { admin = "age1…", safe = "age1…" } # mailprov key new

# 「Microsoft 365_リダイレクトURI1」 in the 開通通知書 (notice of opening)
# mailgates_redirect_uri_1 = "https://…"

# 「Microsoft 365_リダイレクトURI2」 in the 開通通知書 (domain = URI, one for each contracted domain)
# mailgates_redirect_uri_2 = { "example.co.jp" = "https://…" }

# the アクセスURL in the 開通通知書
mailgates_access_url = null
