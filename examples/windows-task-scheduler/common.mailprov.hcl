# For the one who works alone: this folder, the state in it, and a task that
# replaces secrets by night. The scripts beside it set the task up.

mailprov {
  required_version = ">= 0.1"
  name             = "example-windows" # the applications in Entra are found by it; never change it
  time_zone        = "Asia/Tokyo"
  language         = "ja"

  backend "local" {
    path = "mailprov.state.json" # holds no secret: keep it in git, or in a backup
  }
}

tenant {
  id        = "example.co.jp"         # your tenant's id or one of its verified domains
  auth      = "default"               # at a terminal the browser, in the task its certificate
  operators = [var.rotator_client_id] # owns every application we make, so that it may rotate
}

variable "rotator_client_id" {
  description = "Client id of the app registration that the nightly task signs in as."
  type        = string
}

variable "recipients" {
  description = "Who can open the secrets: name = public key. `mailprov key new` makes a pair."
  type        = map(string)
}

# Encrypted beside the state: the task cannot open it, only the recipients can.
sink "sealed" "team" {
  recipients = var.recipients
}
