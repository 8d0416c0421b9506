# MP722 Account types do not fit the product: Proself [V5] works with sign_in_audience AzureADMyOrg, AzureADMultipleOrgs, not with nothing.
sign_in_audience = "AzureADMyOrg"
# MP720 Permission missing: Proself [V5] needs the delegated permission Mail.Send of Office 365 Exchange Online (S1 E4-E6).
api_permissions "office365_exchange_online" {
  delegated = ["Mail.Send"]
}
# MP721 Redirect URI missing: Proself [V5] needs the redirect URI https://files.example.co.jp/proself/oauth2callback/smtp on the web platform (S1 E8-E9).
web {
  redirect_uris = ["https://files.example.co.jp/proself/oauth2callback/smtp"]
}
# MP724 Application ID URI missing: Proself [V5] asks for an application ID URI (S1 E3).
identifier_uris = ["api://${self.client_id}"]
