# Palettetree sends its notices as the application itself (client credentials):
# the right to send, limited by an Exchange administrator, and a secret that is
# typed into the screen 「メール送信サーバー」.
#
# Shorter and safer than ../palettetree: the application can send as one mailbox
# and no other. An Exchange administrator runs the script that is emitted; until
# then the product cannot send.
#
# It shows: a role of Exchange Online in place of a tenant-wide permission, and
# the script for the administrator who assigns it.

app_registration "palettetree" {
  display_name     = "Palettetree Mail Sender"
  sign_in_audience = "AzureADMyOrg"
  notes            = "Palettetree notification mail. Asked for by Sales Planning; kept by IT."

  # In place of Mail.Send for the whole tenant, with its consent and its risk.
  exchange_role "Application Mail.Send" {
    mailboxes = ["noreply@example.co.jp"]
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

  emit "powershell" { # for the Exchange administrator
    path = "out/palettetree-exchange.ps1"
  }
  emit "html" {
    path = "out/palettetree.html"
  }
}

output "client_id" {
  value = app_registration.palettetree.client_id
}
