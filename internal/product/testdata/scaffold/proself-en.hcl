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
# ---- proself.mailprov.hcl
# Proself [V5]  FAQ 481 [V5] OAuthを利用してExchange Online(Microsoft 365/M365/Office 365)のSMTPサーバーをProselfで使用する際の設定ポイント (2025-09-12)

variable "proself_mailbox" {
  description = "the address of the Exchange Online user for SMTP authentication; the From address must be the same"
  type        = string
}

variable "proself_server" {
  description = "the Proself server's address, without https:// and without a path"
  type        = string
}

app_registration "proself" {
  display_name     = "Proself mail"
  sign_in_audience = "AzureADMyOrg"
  identifier_uris  = ["api://${self.client_id}"]

  web {
    redirect_uris = ["https://${var.proself_server}/proself/oauth2callback/smtp"]
  }

  api_permissions "office365_exchange_online" {
    delegated = ["Mail.Send"]
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
}

mail_target "proself" "proself" {
  secret  = client_secret.proself
  mailbox = var.proself_mailbox
  server  = var.proself_server
  contact = "情シス"

  emit "html" {
    path = "out/proself.html"
  }
  emit "powershell" {
    path = "out/proself-exchange.ps1"
  }
}
# ---- mailprov.mpvars.hcl
# The only file that is edited later.
# recipients = { admin = "age1…", safe = "age1…" } # mailprov key new

# the address of the Exchange Online user for SMTP authentication; the From address must be the same
# proself_mailbox = "noreply@example.co.jp"

# the Proself server's address, without https:// and without a path
# proself_server = "files.example.co.jp"
