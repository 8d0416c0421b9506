app_registration "palettetree" {
  display_name     = "Palettetree Mail Sender"
  sign_in_audience = "AzureADMyOrg"
  notes            = "Palettetree notification mail. Asked for by Sales Planning; kept by IT."

  api_permissions "microsoft_graph" {
    application = ["Mail.Send"]
  }
  admin_consent = true

  accept_risk "MP101" {
    reason = "The manual (4-5) asks for tenant-wide Mail.Send; Exchange scoping is planned for March."
    until  = "2027-03-31"
  }

  lifecycle {
    prevent_destroy = true
  }
}

client_secret "palettetree" {
  app           = app_registration.palettetree
  display_name  = "Palettetree用シークレット"
  lifetime      = "730d" # the manual's 730日 (24か月)
  rotate_before = "60d"
  deliver_to    = [sink.team]

  accept_risk "MP109" {
    reason = "Re-entered by hand; the manual asks for 730 days."
    until  = "2028-11-30"
  }
}

mail_target "palettetree" "notices" {
  secret  = client_secret.palettetree
  mailbox = "noreply@example.co.jp"
  contact = "情シス"

  emit "html" {
    path = "out/palettetree.html"
  }
}
