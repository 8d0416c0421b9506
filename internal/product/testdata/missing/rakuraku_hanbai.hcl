# MP722 Account types do not fit the product: Rakuraku Hanbai works with sign_in_audience AzureADMyOrg, AzureADMultipleOrgs, AzureADandPersonalMicrosoftAccount, PersonalMicrosoftAccount, not with nothing.
sign_in_audience = "AzureADMyOrg"
# MP720 Permission missing: Rakuraku Hanbai needs the delegated permission SMTP.Send of Microsoft Graph (S2 3-2, 3-3).
api_permissions "microsoft_graph" {
  delegated = ["SMTP.Send"]
}
# MP721 Redirect URI missing: Rakuraku Hanbai needs the redirect URI https://hanbai.example.jp/oauth2/callback on the web platform (S2 1-2).
web {
  redirect_uris = ["https://hanbai.example.jp/oauth2/callback"]
}
# MP725 Owner missing: Rakuraku Hanbai asks that hanbai@example.co.jp belong to the application (S2 4-4 補足).
owners = [data.user.rakuraku_hanbai.id]
# beside:
data "user" "rakuraku_hanbai" {
  user_principal_name = "hanbai@example.co.jp"
}
