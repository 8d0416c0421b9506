# A product, as in examples/palettetree, but with a secret that lives for half a
# year: a job replaces it in time, and an issue tells whoever has to enter it.

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
  lifetime      = "180d"
  rotate_before = "60d"
  deliver_to    = [sink.team]
}

mail_target "palettetree" "notices" {
  secret  = client_secret.palettetree
  mailbox = "noreply@example.co.jp"
  contact = "情シス"

  emit "html" {
    path = "out/palettetree.html"
  }
}
