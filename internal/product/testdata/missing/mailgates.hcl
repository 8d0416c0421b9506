# MP722 Account types do not fit the product: MAILGATES Σ works with sign_in_audience AzureADMyOrg, not with nothing.
sign_in_audience = "AzureADMyOrg"
# MP720 Permission missing: MAILGATES Σ needs the application permission Group.Read.All, User.Read.All of Microsoft Graph (S3 C14-C19).
api_permissions "microsoft_graph" {
  application = ["Group.Read.All", "User.Read.All"]
  delegated   = ["User.Read"]
}
# MP720 Permission missing: MAILGATES Σ needs the delegated permission User.Read of Microsoft Graph (S3 C19, I7).
api_permissions "microsoft_graph" {
  application = ["Group.Read.All", "User.Read.All"]
  delegated   = ["User.Read"]
}
# MP721 Redirect URI missing: MAILGATES Σ needs the redirect URI https://xxx-mgf.cybermail.jp/mg-cgi/mg_login, https://xxx-mgf.cybermail.jp/co, https://xxx-mgf.cybermail.jp/com on the web platform (S3 C5-C8).
web {
  redirect_uris = [
    "https://xxx-mgf.cybermail.jp/mg-cgi/mg_login",
    "https://xxx-mgf.cybermail.jp/co",
    "https://xxx-mgf.cybermail.jp/com",
  ]

  implicit_grant {
    access_token = true
    id_token     = true
  }
}
# MP723 Implicit grant differs from the manual: MAILGATES Σ needs implicit_grant with access_token = true, id_token = true (S3 C7).
web {
  redirect_uris = [
    "https://xxx-mgf.cybermail.jp/mg-cgi/mg_login",
    "https://xxx-mgf.cybermail.jp/co",
    "https://xxx-mgf.cybermail.jp/com",
  ]

  implicit_grant {
    access_token = true
    id_token     = true
  }
}
