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
# ---- palettetree.mailprov.hcl
# Palettetree  Microsoft 365 OAuth認証情報取得マニュアル (2025-11)

variable "palettetree_mailbox" {
  description = "the address mail is sent from"
  type        = string
}

app_registration "palettetree" {
  display_name     = "Palettetree Mail Sender"
  sign_in_audience = "AzureADMyOrg"

  api_permissions "microsoft_graph" {
    application = ["Mail.Send"]
  }
  admin_consent = true

  lifecycle {
    prevent_destroy = true
  }
}

client_secret "palettetree" {
  app           = app_registration.palettetree
  display_name  = "Palettetree用シークレット"
  lifetime      = "730d" # S0 3-2
  rotate_before = "60d"
  deliver_to    = [sink.team]
}

mail_target "palettetree" "palettetree" {
  secret  = client_secret.palettetree
  mailbox = var.palettetree_mailbox
  contact = "情シス"

  emit "html" {
    path = "out/palettetree.html"
  }
}
# ---- mailprov.mpvars.hcl
# The only file that is edited later.
# recipients = { admin = "age1…", safe = "age1…" } # mailprov key new

# the address mail is sent from
# palettetree_mailbox = "noreply@example.co.jp"
