# Both values stand in the 開通通知書. SAML認証 customers do not need this file at all.
variable "mailgates_redirect_uri_1" {
  description = "開通通知書の「Microsoft 365_リダイレクトURI1」"
  type        = string
}

variable "mailgates_redirect_uri_2" {
  description = "開通通知書の「Microsoft 365_リダイレクトURI2」 (ドメイン = URI)"
  type        = map(string)
}

app_registration "mailgates" {
  display_name     = "MAILGATESΣ"
  sign_in_audience = "AzureADMyOrg"

  web {
    redirect_uris = concat([var.mailgates_redirect_uri_1], values(var.mailgates_redirect_uri_2))

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

  accept_risk "MP102" {
    reason = "The manual (C7) has both implicit tokens on; MailGates login depends on it."
    until  = "2028-11-30"
  }

  lifecycle {
    prevent_destroy = true
  }
}

client_secret "mailgates" {
  app           = app_registration.mailgates
  display_name  = "MAILGATES Σ"
  lifetime      = "730d" # 24か月
  rotate_before = "60d"  # the manual: 1 to 2 months before the end
  deliver_to    = [sink.team]

  accept_risk "MP109" {
    reason = "The manual asks for 24 months; nobody can log in after a missed re-entry."
    until  = "2028-11-30"
  }
}

mail_target "mailgates" "gateway" { # no mailbox: this product does not send through the app
  secret         = client_secret.mailgates
  redirect_uri_1 = var.mailgates_redirect_uri_1
  redirect_uri_2 = var.mailgates_redirect_uri_2
  contact        = "情シス"

  emit "html" {
    path = "out/mailgates.html"
  }
}
