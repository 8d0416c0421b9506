package product

import "strings"

// roleScript writes the PowerShell that assigns a role of Exchange Online to an
// application, a line an element. Every step looks first at what is there, so
// that running it again changes nothing; what it finds otherwise than expected
// it says, and changes only what carries our own name.
//
// A value stands in single quotes or in a comment, and nowhere else.
type roleScript struct {
	b         *builder
	clientID  string
	principal string // object id of the enterprise application, not of the app registration
	name      string
}

func (s roleScript) say(ja, en string, args ...any) string {
	return words(s.b.f.Language, ja, en, args...)
}

func (s roleScript) comment(ja, en string, args ...any) string { return "# " + s.say(ja, en, args...) }

// assign makes the role hold over exactly the mailboxes of r.
func (s roleScript) assign(r RoleFacts) []string {
	q := QuotePowerShell
	app, principal, scope, role := q(s.clientID), q(s.principal), q(r.Scope), q(r.Role)
	done := "Write-Host " + q(s.say("設定済みです。", "Already set."))
	out := []string{
		s.comment("Exchange に、エンタープライズ アプリケーションを指すものを作る。オブジェクト ID は「アプリの登録」のものではない。",
			"Exchange's pointer to the enterprise application; the object id is its own, not that of the app registration."),
		"$principal = Get-ServicePrincipal -Identity " + app + " -ErrorAction SilentlyContinue",
		"if (-not $principal) {",
		"    New-ServicePrincipal -AppId " + app + " -ObjectId " + principal + " -DisplayName " + q(s.name) + " | Out-Null",
		"} elseif ([string]$principal.ObjectId -ne " + principal + ") {",
		"    throw " + q(s.say("Exchange のサービス プリンシパルが別のオブジェクト ID を指しています。Remove-ServicePrincipal で消してから、もう一度実行してください。",
			"Exchange's service principal points to another object id. Remove it with Remove-ServicePrincipal, and run this again.")),
		"} else {",
		"    " + done,
		"}",
		s.comment("メールボックスがあり、書かれたアドレスがプライマリ アドレスであること。", "The mailboxes exist, and the addresses are their primary ones."),
		"foreach ($address in " + array(r.Mailboxes) + ") {",
		"    $found = [string](Get-Mailbox -Identity $address).PrimarySmtpAddress",
		"    if ($found -ne $address) { throw (" + q(s.say("{0} のプライマリ アドレスは {1} です。構成にはそちらを書いてください。",
			"The primary address of {0} is {1}. Write that one into the configuration.")) + " -f $address, $found) }",
		"}",
		s.comment("対象のメールボックス。", "The mailboxes that the role is limited to."),
		"$filter = " + q(filter(r.Mailboxes)),
		"$scope = Get-ManagementScope -Identity " + scope + " -ErrorAction SilentlyContinue",
		"if (-not $scope) {",
		"    New-ManagementScope -Name " + scope + " -RecipientRestrictionFilter $filter | Out-Null",
		`} elseif (([string]$scope.RecipientFilter -replace '[()\s]', '') -ne ($filter -replace '[()\s]', '')) {`,
		"    Set-ManagementScope -Identity " + scope + " -RecipientRestrictionFilter $filter",
		"} else {",
		"    " + done,
		"}",
		s.comment("ロールを、そのメールボックスに限って割り当てる。", "The role, over these mailboxes."),
		"$assigned = @(Get-ManagementRoleAssignment -Role " + role + " -ErrorAction SilentlyContinue | Where-Object {",
		"    @([string]$_.App, [string]$_.RoleAssignee, [string]$_.RoleAssigneeName) -contains " + principal,
		"})",
		"if (-not ($assigned | Where-Object { [string]$_.CustomResourceScope -eq " + scope + " })) {",
		"    New-ManagementRoleAssignment -Name " + scope + " -App " + principal + " -Role " + role + " -CustomResourceScope " + scope + " | Out-Null",
		"} else {",
		"    " + done,
		"}",
		"foreach ($other in $assigned | Where-Object { [string]$_.CustomResourceScope -ne " + scope + " }) {",
		"    Write-Warning (" + q(s.say("同じロールの別の割り当て「{0}」があり、その範囲にも届きます。", "Another assignment of the same role, {0}, reaches the mailboxes of its own scope too.")) + " -f $other.Name)",
		"}",
	}
	return append(out, s.test(r, principal, role)...)
}

// test has Exchange say that the role holds where it is meant to. Its answer
// passes the cache by that keeps an application waiting.
func (s roleScript) test(r RoleFacts, principal, role string) []string {
	q := QuotePowerShell
	return []string{
		s.comment("確認。アプリから使えるようになるまで30分から2時間かかる。", "The test. It takes 30 minutes to 2 hours until the application notices."),
		"foreach ($address in " + array(r.Mailboxes) + ") {",
		"    $result = @(Test-ServicePrincipalAuthorization -Identity " + principal + " -Resource $address | Where-Object { [string]$_.RoleName -eq " + role + " })",
		"    $result | Format-Table",
		"    if (-not ($result | Where-Object { [string]$_.InScope -eq 'True' })) { throw (" + q(s.say("ロールが {0} に届きません。", "The role does not reach {0}.")) + " -f $address) }",
		"}",
		s.comment("ほかのメールボックスでは InScope が False になること:", "Of any other mailbox, InScope must be False:"),
		"# Test-ServicePrincipalAuthorization -Identity " + principal + " -Resource " + q("other@example.com") + " | Format-Table",
	}
}

// remove stands in comments: what works today may be in use by somebody the
// configuration does not know.
func (s roleScript) remove(r RoleFacts) []string {
	scope := QuotePowerShell(r.Scope)
	return []string{
		s.comment("外してよければ、行頭の # を消して実行する。", "If nothing needs it any more, take the # away and run it."),
		"# Get-ManagementRoleAssignment -Identity " + scope + " -ErrorAction SilentlyContinue | Remove-ManagementRoleAssignment -Confirm:$false",
		"# Get-ManagementScope -Identity " + scope + " -ErrorAction SilentlyContinue | Remove-ManagementScope -Confirm:$false",
	}
}

// filter is the recipient filter for some mailboxes, in which a straight quote
// ends a value unless it is doubled (Exchange's OPATH).
func filter(mailboxes []string) string {
	var parts []string
	for _, m := range mailboxes {
		parts = append(parts, "PrimarySmtpAddress -eq '"+strings.ReplaceAll(m, "'", "''")+"'")
	}
	return strings.Join(parts, " -or ")
}

func array(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = QuotePowerShell(v)
	}
	return "@(" + strings.Join(quoted, ", ") + ")"
}
