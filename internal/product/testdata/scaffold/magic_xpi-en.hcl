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
# ---- magic-xpi.mailprov.hcl
# Magic xpi  Microsoft 365 OAuth認証を使用したメール送受信 (undated)

variable "magic_xpi_mailbox" {
  description = "the address of the user whose mail is received and sent"
  type        = string
}

variable "magic_xpi_resources" {
  description = "the resources to set up: email_receive, email_send, exchange (EWS)"
  type        = list(string)
}

variable "magic_xpi_domain" {
  description = "the domain of the Exchange server"
  type        = string
  default     = null
}

app_registration "magic_xpi" {
  display_name     = "Magic xpi"
  sign_in_audience = "AzureADMyOrg"

  web {
    redirect_uris = ["https://localhost"]
  }

  api_permissions "microsoft_graph" {
    delegated = [
      "email",
      "IMAP.AccessAsUser.All",
      "Mail.Read",
      "Mail.Read.Shared",
      "Mail.ReadBasic",
      "Mail.ReadWrite",
      "Mail.ReadWrite.Shared",
      "Mail.Send",
      "Mail.Send.Shared",
      "offline_access",
      "openid",
      "POP.AccessAsUser.All",
      "profile",
      "SMTP.Send",
      "User.Read",
    ]
  }

  api_permissions "office365_exchange_online" {
    delegated = ["EWS.AccessAsUser.All"]
  }
  admin_consent = false

  lifecycle {
    prevent_destroy = true
  }
}

client_secret "magic_xpi" {
  app           = app_registration.magic_xpi
  display_name  = "xpi"
  lifetime      = "365d"
  rotate_before = "60d"
  deliver_to    = [sink.team]
}

mail_target "magic_xpi" "magic_xpi" {
  secret    = client_secret.magic_xpi
  mailbox   = var.magic_xpi_mailbox
  resources = var.magic_xpi_resources
  domain    = var.magic_xpi_domain
  contact   = "情シス"

  emit "html" {
    path = "out/magic-xpi.html"
  }
}
# ---- mailprov.mpvars.hcl
# The only file that is edited later.
# recipients = { admin = "age1…", safe = "age1…" } # mailprov key new

# the address of the user whose mail is received and sent
# magic_xpi_mailbox = "orders@example.co.jp"

# the resources to set up: email_receive, email_send, exchange (EWS)
# magic_xpi_resources = ["email_receive", "email_send"]

# the domain of the Exchange server
magic_xpi_domain = null
