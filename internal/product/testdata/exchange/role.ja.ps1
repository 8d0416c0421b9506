# before, Exchange管理者: アプリを noreply@example.co.jp, o'brien@example.co.jp に限る (ロール Application Mail.Send)
# Exchange に、エンタープライズ アプリケーションを指すものを作る。オブジェクト ID は「アプリの登録」のものではない。
$principal = Get-ServicePrincipal -Identity 'aaaaaaaa-0000-0000-0000-000000000001' -ErrorAction SilentlyContinue
if (-not $principal) {
    New-ServicePrincipal -AppId 'aaaaaaaa-0000-0000-0000-000000000001' -ObjectId 'bbbbbbbb-0000-0000-0000-000000000001' -DisplayName 'Palettetree Mail Sender' | Out-Null
} elseif ([string]$principal.ObjectId -ne 'bbbbbbbb-0000-0000-0000-000000000001') {
    throw 'Exchange のサービス プリンシパルが別のオブジェクト ID を指しています。Remove-ServicePrincipal で消してから、もう一度実行してください。'
} else {
    Write-Host '設定済みです。'
}
# メールボックスがあり、書かれたアドレスがプライマリ アドレスであること。
foreach ($address in @('noreply@example.co.jp', 'o''brien@example.co.jp')) {
    $found = [string](Get-Mailbox -Identity $address).PrimarySmtpAddress
    if ($found -ne $address) { throw ('{0} のプライマリ アドレスは {1} です。構成にはそちらを書いてください。' -f $address, $found) }
}
# 対象のメールボックス。
$filter = 'PrimarySmtpAddress -eq ''noreply@example.co.jp'' -or PrimarySmtpAddress -eq ''o''''brien@example.co.jp'''
$scope = Get-ManagementScope -Identity 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Send' -ErrorAction SilentlyContinue
if (-not $scope) {
    New-ManagementScope -Name 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Send' -RecipientRestrictionFilter $filter | Out-Null
} elseif (([string]$scope.RecipientFilter -replace '[()\s]', '') -ne ($filter -replace '[()\s]', '')) {
    Set-ManagementScope -Identity 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Send' -RecipientRestrictionFilter $filter
} else {
    Write-Host '設定済みです。'
}
# ロールを、そのメールボックスに限って割り当てる。
$assigned = @(Get-ManagementRoleAssignment -Role 'Application Mail.Send' -ErrorAction SilentlyContinue | Where-Object {
    @([string]$_.App, [string]$_.RoleAssignee, [string]$_.RoleAssigneeName) -contains 'bbbbbbbb-0000-0000-0000-000000000001'
})
if (-not ($assigned | Where-Object { [string]$_.CustomResourceScope -eq 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Send' })) {
    New-ManagementRoleAssignment -Name 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Send' -App 'bbbbbbbb-0000-0000-0000-000000000001' -Role 'Application Mail.Send' -CustomResourceScope 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Send' | Out-Null
} else {
    Write-Host '設定済みです。'
}
foreach ($other in $assigned | Where-Object { [string]$_.CustomResourceScope -ne 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Send' }) {
    Write-Warning ('同じロールの別の割り当て「{0}」があり、その範囲にも届きます。' -f $other.Name)
}
# 確認。アプリから使えるようになるまで30分から2時間かかる。
foreach ($address in @('noreply@example.co.jp', 'o''brien@example.co.jp')) {
    $result = @(Test-ServicePrincipalAuthorization -Identity 'bbbbbbbb-0000-0000-0000-000000000001' -Resource $address | Where-Object { [string]$_.RoleName -eq 'Application Mail.Send' })
    $result | Format-Table
    if (-not ($result | Where-Object { [string]$_.InScope -eq 'True' })) { throw ('ロールが {0} に届きません。' -f $address) }
}
# ほかのメールボックスでは InScope が False になること:
# Test-ServicePrincipalAuthorization -Identity 'bbbbbbbb-0000-0000-0000-000000000001' -Resource 'other@example.com' | Format-Table
# if_needed, Exchange管理者: 構成から消えたロール Application Mail.Read の割り当てを外す
# 外してよければ、行頭の # を消して実行する。
# Get-ManagementRoleAssignment -Identity 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Read' -ErrorAction SilentlyContinue | Remove-ManagementRoleAssignment -Confirm:$false
# Get-ManagementScope -Identity 'mailprov aaaaaaaa-0000-0000-0000-000000000001 Mail.Read' -ErrorAction SilentlyContinue | Remove-ManagementScope -Confirm:$false
