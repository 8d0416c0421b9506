# The only file that is edited later.

# Samples, which only the sandbox knows: the client ids of your own two identities.
applier_client_id = "c1000000-0000-4000-8000-000000000002"
rotator_client_id = "c1000000-0000-4000-8000-000000000003"

# Samples: nobody has the private keys. Make your own with `mailprov key new`
# and put the public keys here; the second one lies in the safe.
recipients = {
  admin = "age1vnxael3na9rkeu0fdu2arp8zalk85n64qmmtpnlwmavdwxsht56qjn6aqt"
  kinko = "age1z8duslp36cwvy65v4epfsuw059tkhl0tcuhpvk6x5h6f50umlaps5fz9kj"
}
