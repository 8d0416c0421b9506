# What every configuration has: its name, its tenant, and where secrets go.

mailprov {
  required_version = ">= 0.1"
  name             = "example-palettetree-limited" # the applications in Entra are found by it; never change it
  time_zone        = "Asia/Tokyo"
  language         = "ja"

  backend "local" {
    path = "mailprov.state.json"
  }
}

tenant {
  id   = "example.co.jp" # your tenant's id or one of its verified domains
  auth = "default"
}

variable "recipients" {
  description = "Who can open the secrets: name = public key. `mailprov key new` makes a pair."
  type        = map(string)
}

# Encrypted beside the state, so that it survives the machine that ran apply.
sink "sealed" "team" {
  recipients = var.recipients
}
