# MP722 Account types do not fit the product: Palettetree works with sign_in_audience AzureADMyOrg, not with nothing.
sign_in_audience = "AzureADMyOrg"
# MP720 Permission missing: Palettetree needs the application permission Mail.Send of Microsoft Graph (S0 4-3..4-5).
api_permissions "microsoft_graph" {
  application = ["Mail.Send"]
}
# in its place:
exchange_role "Application Mail.Send" {
  mailboxes = ["noreply@example.co.jp"]
}
