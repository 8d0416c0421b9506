# The only file that is edited later.

# Samples: nobody has the private keys. Make your own with `mailprov key new`
# and put the public keys here; the second one lies in the safe.
recipients = {
  admin = "age1vnxael3na9rkeu0fdu2arp8zalk85n64qmmtpnlwmavdwxsht56qjn6aqt"
  kinko = "age1z8duslp36cwvy65v4epfsuw059tkhl0tcuhpvk6x5h6f50umlaps5fz9kj"
}

# Both stand in the 開通通知書; one more domain later is one more line.
mailgates_redirect_uri_1 = "https://mailgates.example.net/mg-cgi/mg_login"
mailgates_redirect_uri_2 = {
  "example.co.jp" = "https://mailgates.example.net/mg-cgi/mg_login/example.co.jp"
  "example.com"   = "https://mailgates.example.net/mg-cgi/mg_login/example.com"
}
