# Proself [V5] (mail_target.files)
# Exchange管理者が実行します。ExchangeOnlineManagement モジュールが必要です。
# 何度実行しても結果は同じです。

$ErrorActionPreference = 'Stop'
if (-not (Get-Command Get-CASMailbox -ErrorAction SilentlyContinue)) {
    Connect-ExchangeOnline -ShowBanner:$false
}

# Exchange管理者: noreply@example.co.jp の認証済みSMTPを有効にする
# S1 E12
if ((Get-CASMailbox -Identity 'noreply@example.co.jp').SmtpClientAuthenticationDisabled -eq $false) {
    Write-Host '設定済みです。'
} else {
    Set-CASMailbox -Identity 'noreply@example.co.jp' -SmtpClientAuthenticationDisabled $false
}
