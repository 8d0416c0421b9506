# before, Exchange administrator: limit the application to noreply@example.co.jp, o'brien@example.co.jp (role Application Mail.Send)
# Exchange's pointer to the enterprise application; the object id is its own, not that of the app registration.
$principal = Get-ServicePrincipal -Identity 'aaaaaaaa-0000-0000-0000-000000000001' -ErrorAction SilentlyContinue
if (-not $principal) {
    New-ServicePrincipal -AppId 'aaaaaaaa-0000-0000-0000-000000000001' -ObjectId 'bbbbbbbb-0000-0000-0000-000000000001' -DisplayName 'Palettetree Mail Sender' | Out-Null
} elseif ([string]$principal.ObjectId -ne 'bbbbbbbb-0000-0000-0000-000000000001') {
    throw 'Exchange''s service principal points to another object id. Remove it with Remove-ServicePrincipal, and run this again.'
} else {
    Write-Host 'Already set.'
}
# The mailboxes exist, and the addresses are their primary ones.
foreach ($address in @('noreply@example.co.jp', 'o''brien@example.co.jp')) {
    $found = [string](Get-Mailbox -Identity $address).PrimarySmtpAddress
    if ($found -ne $address) { throw ('The primary address of {0} is {1}. Write that one into the configuration.' -f $address, $found) }
}
# The mailboxes that the role is limited to.
$filter = 'PrimarySmtpAddress -eq ''noreply@example.co.jp'' -or PrimarySmtpAddress -eq ''o''''brien@example.co.jp'''
$scope = Get-ManagementScope -Identity 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Send' -ErrorAction SilentlyContinue
if (-not $scope) {
    New-ManagementScope -Name 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Send' -RecipientRestrictionFilter $filter | Out-Null
} elseif (([string]$scope.RecipientFilter -replace '[()\s]', '') -ne ($filter -replace '[()\s]', '')) {
    Set-ManagementScope -Identity 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Send' -RecipientRestrictionFilter $filter
} else {
    Write-Host 'Already set.'
}
# The role, over these mailboxes.
$assigned = @(Get-ManagementRoleAssignment -Role 'Application Mail.Send' -ErrorAction SilentlyContinue | Where-Object {
    @([string]$_.App, [string]$_.RoleAssignee, [string]$_.RoleAssigneeName) -contains 'bbbbbbbb-0000-0000-0000-000000000001'
})
if (-not ($assigned | Where-Object { [string]$_.CustomResourceScope -eq 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Send' })) {
    New-ManagementRoleAssignment -Name 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Send' -App 'bbbbbbbb-0000-0000-0000-000000000001' -Role 'Application Mail.Send' -CustomResourceScope 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Send' | Out-Null
} else {
    Write-Host 'Already set.'
}
foreach ($other in $assigned | Where-Object { [string]$_.CustomResourceScope -ne 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Send' }) {
    Write-Warning ('Another assignment of the same role, {0}, reaches the mailboxes of its own scope too.' -f $other.Name)
}
# The test. It takes 30 minutes to 2 hours until the application notices.
foreach ($address in @('noreply@example.co.jp', 'o''brien@example.co.jp')) {
    $result = @(Test-ServicePrincipalAuthorization -Identity 'bbbbbbbb-0000-0000-0000-000000000001' -Resource $address | Where-Object { [string]$_.RoleName -eq 'Application Mail.Send' })
    $result | Format-Table
    if (-not ($result | Where-Object { [string]$_.InScope -eq 'True' })) { throw ('The role does not reach {0}.' -f $address) }
}
# Of any other mailbox, InScope must be False:
# Test-ServicePrincipalAuthorization -Identity 'bbbbbbbb-0000-0000-0000-000000000001' -Resource 'other@example.com' | Format-Table
# if_needed, Exchange administrator: take away the role Application Mail.Read, which the configuration does not name any more
# If nothing needs it any more, take the # away and run it.
# Get-ManagementRoleAssignment -Identity 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Read' -ErrorAction SilentlyContinue | Remove-ManagementRoleAssignment -Confirm:$false
# Get-ManagementScope -Identity 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Read' -ErrorAction SilentlyContinue | Remove-ManagementScope -Confirm:$false
