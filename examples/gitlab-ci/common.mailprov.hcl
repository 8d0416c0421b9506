# What every configuration has: its name, its tenant, where its state is kept,
# and where secrets go. The pipeline beside it, .gitlab-ci.yml, needs no other file.

mailprov {
  required_version = ">= 0.1"
  name             = "example-gitlab" # the applications in Entra are found by it; never change it
  time_zone        = "Asia/Tokyo"
  language         = "ja"

  # The state is shared by the jobs, which have no disk of their own. Nobody
  # needs a key: the reader's identity has the role Storage Blob Data Reader on
  # the container, the two that write have Storage Blob Data Contributor.
  backend "azblob" {
    account   = "mpstate"
    container = "mailprov"
    key       = "example-gitlab.json"
  }
}

tenant {
  id   = "example.co.jp" # your tenant's id or one of its verified domains
  auth = "default"       # in a job its own token, for a person at a terminal the browser

  # They own every application we make, whoever makes it, so that they may change it.
  operators = [var.applier_client_id, var.rotator_client_id]
}

variable "applier_client_id" {
  description = "Client id of the identity that applies what was merged."
  type        = string
}

variable "rotator_client_id" {
  description = "Client id of the identity that the weekly rotation runs as."
  type        = string
}

variable "recipients" {
  description = "Who can open the secrets: name = public key. `mailprov key new` makes a pair."
  type        = map(string)
}

# Encrypted beside the state: no job can open it, only the recipients can.
sink "sealed" "team" {
  recipients = var.recipients
}
