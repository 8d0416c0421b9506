#Requires -Version 7.4
<#
.SYNOPSIS
Makes the key pair that the nightly task signs in with.

.DESCRIPTION
Nobody sits at the screen at night, so the task cannot be you: a browser's login
would end with a password change or a sign-in policy, unnoticed. It is an app
registration of its own, whose only right is Application.ReadWrite.OwnedBy and
which owns only what mailprov made for it (tenant.operators). It may replace the
secrets of those, and do nothing else in the tenant.

It signs in with a certificate instead of a secret or a stored password. The private
key is in rotator.pem, readable by you alone; it never leaves this computer. Then

 1. in the Entra admin center, App registrations, New registration: "mailprov
    rotator", single tenant, no redirect URI
 2. Certificates & secrets, Certificates, Upload certificate: rotator.cer
 3. API permissions, Microsoft Graph, Application permissions:
    Application.ReadWrite.OwnedBy, and Grant admin consent
 4. write its Application (client) ID into mailprov.mpvars.hcl, and run
    `mailprov apply` as yourself
 5. run Register-Mailprov.ps1

Every run says when the certificate ends. Then run this again, and step 2.
#>
[CmdletBinding()]
param(
    # How long the certificate is valid.
    [ValidateRange(1, 24)][int] $Months = 12
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$key = [Security.Cryptography.RSA]::Create(3072)
$request = [Security.Cryptography.X509Certificates.CertificateRequest]::new(
    'CN=mailprov rotator', $key, [Security.Cryptography.HashAlgorithmName]::SHA256, [Security.Cryptography.RSASignaturePadding]::Pkcs1)
$certificate = $request.CreateSelfSigned([DateTimeOffset]::Now.AddMinutes(-5), [DateTimeOffset]::Now.AddMonths($Months))

# The file is empty until only you may read it.
$pem = Join-Path $PSScriptRoot 'rotator.pem'
New-Item -ItemType File -Path $pem -Force | Out-Null
$acl = [Security.AccessControl.FileSecurity]::new()
$acl.SetAccessRuleProtection($true, $false)
$acl.AddAccessRule([Security.AccessControl.FileSystemAccessRule]::new([Security.Principal.WindowsIdentity]::GetCurrent().User, 'FullControl', 'Allow'))
Set-Acl -Path $pem -AclObject $acl
Set-Content -Path $pem -Encoding ascii -Value @($certificate.ExportCertificatePem(), $key.ExportPkcs8PrivateKeyPem())

[IO.File]::WriteAllBytes((Join-Path $PSScriptRoot 'rotator.cer'), $certificate.RawData)
Write-Host "Upload rotator.cer to the app registration. It is valid until $($certificate.NotAfter.ToString('yyyy-MM-dd'))."
