locals {
  proself_server = "files.example.co.jp"
}

app_registration "proself" {
  display_name     = "Proself mail"
  sign_in_audience = "AzureADMyOrg"
  identifier_uris  = ["api://${self.client_id}"]

  web {
    redirect_uris = ["https://${local.proself_server}/proself/oauth2callback/smtp"]
  }

  api_permissions "office365_exchange_online" {
    delegated = ["Mail.Send"] # on Exchange Online, not on Graph: as the manual says
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

  accept_risk "MP109" {
    reason = "Re-entered by hand once a year, in September."
    until  = "2027-11-30"
  }
}

mail_target "proself" "files" {
  secret  = client_secret.proself
  mailbox = "noreply@example.co.jp"
  server  = local.proself_server
  contact = "情シス"

  emit "html" {
    path = "out/proself.html"
  }
  emit "powershell" { # the authenticated-SMTP switch of the mailbox
    path = "out/proself-exchange.ps1"
  }
}
