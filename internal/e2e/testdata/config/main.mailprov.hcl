mailprov {
  name      = "example-mail"
  time_zone = "Asia/Tokyo"

  backend "local" {
    path = "mailprov.state.json"
  }
}

tenant {
  id = "11111111-2222-3333-4444-555555555555"
}

variable "admin" {
  type = string
}

variable "safe" {
  type = string
}

variable "contact" {
  type    = string
  default = "IT"
}

sink "sealed" "team" {
  recipients = { admin = var.admin, safe = var.safe }
}

app_registration "files" {
  display_name    = "Proself mail"
  identifier_uris = ["api://${self.client_id}"]

  web {
    redirect_uris = ["https://files.example.co.jp/proself/oauth2callback/smtp"]
  }

  api_permissions "office365_exchange_online" {
    delegated = ["Mail.Send"]
  }
  admin_consent = true
}

client_secret "files" {
  app           = app_registration.files
  lifetime      = "180d"
  rotate_before = "60d"
  deliver_to    = [sink.team]
}

mail_target "proself" "files" {
  secret  = client_secret.files
  mailbox = "noreply@example.co.jp"
  server  = "files.example.co.jp"
  contact = var.contact
}

output "client_id" {
  value = app_registration.files.client_id
}

output "contact" {
  value     = var.contact
  sensitive = true
}

output "list" {
  value = [app_registration.files.display_name, client_secret.files.hint]
}
