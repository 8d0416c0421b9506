#Requires -Version 7.4
<#
.SYNOPSIS
What the nightly task runs: replaces the secrets that are due.

.DESCRIPTION
Signs in by the certificate of the rotator, whatever else the environment holds.
Mail goes on with the old secret until you have entered the new one and confirmed
it; Show-Status.ps1 reminds you. What mailprov says goes to a file in logs. No value
of a secret is in it.
#>
[CmdletBinding()]
param(
    # Client id of the rotator, as in mailprov.mpvars.hcl.
    [Parameter(Mandatory)][guid] $ClientId,
    [string] $Mailprov = 'mailprov.exe'
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false # exit codes are looked at here
Set-Location $PSScriptRoot

Get-ChildItem env: | Where-Object Name -Match '^(AZURE|ARM)_' | Remove-Item
$env:AZURE_CLIENT_ID = $ClientId
$env:AZURE_CLIENT_CERTIFICATE_PATH = Join-Path $PSScriptRoot 'rotator.pem'
$env:MAILPROV_IN_AUTOMATION = '1'

$logs = New-Item -ItemType Directory -Force -Path (Join-Path $PSScriptRoot 'logs')
Get-ChildItem $logs -Filter '*.log' | Where-Object LastWriteTime -LT (Get-Date).AddMonths(-13) | Remove-Item
$log = Join-Path $logs ((Get-Date -Format 'yyyy-MM-dd') + '.log')

[Console]::OutputEncoding = [Text.UTF8Encoding]::new()
& $Mailprov rotate -due -auto-approve -no-color '-lock-timeout=10m' *>> $log
exit $LASTEXITCODE
