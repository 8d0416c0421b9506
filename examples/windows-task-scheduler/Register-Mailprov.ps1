#Requires -Version 7.4
#Requires -RunAsAdministrator
<#
.SYNOPSIS
Registers two tasks: one that rotates by night, one that tells you what it waits for.

.DESCRIPTION
No password is stored. The nightly task runs as you whether or not you are logged on
(S4U: Windows logs you on for it without one; it can then use neither network shares
nor what Windows encrypts with your password, such as a browser's cached login,
which is why it signs in to Entra by a certificate: New-Rotator.ps1). The other task
runs in your session, since only there can a notice be shown.

Run it again after a change; it replaces the tasks. -Remove takes them away.

.EXAMPLE
.\Register-Mailprov.ps1 -ClientId c1000000-0000-4000-8000-000000000003
#>
[CmdletBinding(DefaultParameterSetName = 'Register')]
param(
    # Client id of the rotator, as in mailprov.mpvars.hcl.
    [Parameter(Mandatory, ParameterSetName = 'Register')][guid] $ClientId,
    # When the nightly task runs. If the computer is off then, it runs once it is on.
    [Parameter(ParameterSetName = 'Register')][datetime] $At = '03:00',
    [Parameter(Mandatory, ParameterSetName = 'Remove')][switch] $Remove
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$folder = '\mailprov\'
if ($Remove) {
    Get-ScheduledTask -TaskPath $folder -ErrorAction SilentlyContinue | Unregister-ScheduledTask -Confirm:$false
    exit 0
}

$pwsh = (Get-Process -Id $PID).Path
$mailprov = (Get-Command mailprov.exe).Source
if (-not (Test-Path (Join-Path $PSScriptRoot 'rotator.pem'))) { throw 'There is no rotator.pem: run New-Rotator.ps1 first.' }
$me = [Security.Principal.WindowsIdentity]::GetCurrent().Name
function New-Step([string] $Script, [string] $Arguments, [string] $Window) {
    New-ScheduledTaskAction -Execute $pwsh -WorkingDirectory $PSScriptRoot -Argument (
        "-NoProfile -NonInteractive $Window -File `"$(Join-Path $PSScriptRoot $Script)`" -Mailprov `"$mailprov`" $Arguments")
}
$settings = @{
    StartWhenAvailable = $true; AllowStartIfOnBatteries = $true; DontStopIfGoingOnBatteries = $true
    MultipleInstances = 'IgnoreNew'; ExecutionTimeLimit = [timespan]::FromHours(1)
}

Register-ScheduledTask -Force -TaskPath $folder -TaskName 'Rotate' `
    -Description 'Replaces client secrets that are due (mailprov rotate -due).' `
    -Action (New-Step 'Invoke-Rotation.ps1' "-ClientId $ClientId" '') `
    -Trigger (New-ScheduledTaskTrigger -Daily -At $At) `
    -Settings (New-ScheduledTaskSettingsSet @settings -RestartCount 3 -RestartInterval ([timespan]::FromMinutes(30))) `
    -Principal (New-ScheduledTaskPrincipal -UserId $me -LogonType S4U -RunLevel Limited) | Out-Null

Register-ScheduledTask -Force -TaskPath $folder -TaskName 'Status' `
    -Description 'Tells which secrets need attention (mailprov status -check).' `
    -Action (New-Step 'Show-Status.ps1' '' '-WindowStyle Hidden') `
    -Trigger @((New-ScheduledTaskTrigger -AtLogOn -User $me), (New-ScheduledTaskTrigger -Weekly -DaysOfWeek @('Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday') -At '09:30')) `
    -Settings (New-ScheduledTaskSettingsSet @settings) `
    -Principal (New-ScheduledTaskPrincipal -UserId $me -LogonType Interactive -RunLevel Limited) | Out-Null

Write-Host 'Registered. Try it: Start-ScheduledTask -TaskPath \mailprov\ -TaskName Rotate; the log is in the folder logs.'
