app_registration "magic" {
  display_name     = "Magic xpi"
  sign_in_audience = "AzureADMyOrg"

  web {
    redirect_uris = ["https://localhost"]
  }

  # The slides add this whole list for every resource. The scopes of the two resources below
  # ask only for offline_access, IMAP.AccessAsUser.All and SMTP.Send.
  api_permissions "microsoft_graph" {
    delegated = [
      "email", "offline_access", "openid", "profile", "User.Read",
      "IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send",
      "Mail.Read", "Mail.Read.Shared", "Mail.ReadBasic",
      "Mail.ReadWrite", "Mail.ReadWrite.Shared", "Mail.Send", "Mail.Send.Shared",
    ]
  }
  api_permissions "office365_exchange_online" {
    delegated = ["EWS.AccessAsUser.All"]
  }
  admin_consent = false # not instructed; the user who signs in consents

  lifecycle {
    prevent_destroy = true
  }
}

client_secret "magic" {
  app           = app_registration.magic
  display_name  = "xpi"
  lifetime      = "365d"
  rotate_before = "60d"
  deliver_to    = [sink.team]

  accept_risk "MP109" {
    reason = "Three resources are re-entered by hand and signed in again."
    until  = "2027-11-30"
  }
}

mail_target "magic_xpi" "orders" {
  secret    = client_secret.magic
  mailbox   = "orders@example.co.jp"
  resources = ["email_receive", "email_send"] # "exchange" is EWS: gone on 2027-04-01
  contact   = "基幹システム"

  emit "html" {
    path = "out/magic-xpi.html"
  }
}
