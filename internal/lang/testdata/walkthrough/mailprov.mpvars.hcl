recipients = {
  admin = "age1…"
  kinko  = "age1…"
}
hanbai_redirect_uri      = null
mailgates_redirect_uri_1 = "https://…" # 開通通知書
mailgates_redirect_uri_2 = { "example.co.jp" = "https://…", "example.com" = "https://…" }
