#Requires -Version 7.4
<#
.SYNOPSIS
What runs when you log on, and every working day: a notice if a secret needs you.

.DESCRIPTION
Looks at the state alone and signs in nowhere, so it needs no right. It also tells
that nothing has been rotated for days, which the nightly task cannot tell itself.
Where nothing needs attention it shows nothing.
#>
[CmdletBinding()]
param([string] $Mailprov = 'mailprov.exe')
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false # exit codes are looked at here
Set-Location $PSScriptRoot

[Console]::OutputEncoding = [Text.UTF8Encoding]::new()
$said = & $Mailprov status -check '-refresh=false' -no-color 2>&1 | Out-String
if ($LASTEXITCODE -eq 0) { exit 0 } # 2: something needs attention; 1: it cannot be told, which does too

$file = Join-Path (New-Item -ItemType Directory -Force -Path (Join-Path $PSScriptRoot 'logs')) 'status.txt'
Set-Content -Path $file -Value $said -Encoding utf8
Add-Type -AssemblyName @('System.Windows.Forms', 'System.Drawing')
$notice = [Windows.Forms.NotifyIcon]::new()
$notice.Icon = [Drawing.SystemIcons]::Warning
$notice.Visible = $true
$notice.add_BalloonTipClicked({ Start-Process notepad.exe -ArgumentList "`"$file`"" })
$notice.ShowBalloonTip(30000, 'mailprov', 'シークレットの確認が必要です。クリックすると内容を表示します。', [Windows.Forms.ToolTipIcon]::Warning)
$until = (Get-Date).AddSeconds(40)
while ((Get-Date) -lt $until) { [Windows.Forms.Application]::DoEvents(); Start-Sleep -Milliseconds 200 }
$notice.Dispose()
