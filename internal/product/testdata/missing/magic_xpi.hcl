# MP722 Account types do not fit the product: Magic xpi works with sign_in_audience AzureADMyOrg, not with nothing.
sign_in_audience = "AzureADMyOrg"
# MP720 Permission missing: Magic xpi needs the delegated permission offline_access, IMAP.AccessAsUser.All, SMTP.Send of Microsoft Graph (S4 APIのアクセスを許可).
api_permissions "microsoft_graph" {
  delegated = ["IMAP.AccessAsUser.All", "offline_access", "SMTP.Send"]
}
# MP721 Redirect URI missing: Magic xpi needs the redirect URI https://localhost on the web platform (S4 アプリの登録).
web {
  redirect_uris = ["https://localhost"]
}
