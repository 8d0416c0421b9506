package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// vaultRight is a data action of Azure's role-based access control, as the permission model of a vault names it.
type vaultRight string

const (
	readMetadata  vaultRight = "readMetadata/action"
	getSecret     vaultRight = "getSecret/action"
	setSecret     vaultRight = "setSecret/action"
	updateSecret  vaultRight = "update/action"
	deleteSecret  vaultRight = "delete"
	recoverSecret vaultRight = "recover/action"
	purgeSecret   vaultRight = "purge/action"
)

// VaultRole is a built-in role of Azure that a seeded operator has on every vault of the sandbox.
type VaultRole string

// The roles that the sandbox knows.
const (
	SecretsOfficer VaultRole = "Key Vault Secrets Officer" // everything with secrets
	SecretsUser    VaultRole = "Key Vault Secrets User"    // reading them and what is known about them
)

func (r VaultRole) allows(what vaultRight) bool {
	switch r {
	case SecretsOfficer:
		return true
	case SecretsUser:
		return what == readMetadata || what == getSecret
	}
	return false
}

func (c *vaultCall) may(what vaultRight) bool {
	for _, o := range c.s.seed.Operators {
		if strings.EqualFold(o.ClientID, c.who.appID) {
			return o.VaultRole.allows(what)
		}
	}
	return false
}

// authenticate reads the bearer token. One for another resource is refused with the words the service has for it.
func (c *vaultCall) authenticate() (caller, *problem) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	scheme, token, _ := strings.Cut(c.header.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return caller{}, c.challenge("AKV10000: Request is missing a Bearer or PoP token.")
	}
	claims, p := c.s.verify(token)
	if p != nil {
		return caller{}, c.challenge("Error validating token: " + p.Message)
	}
	if !slices.Contains([]string{c.audience, vaultAppID}, claims.Audience) {
		return caller{}, c.challenge(fmt.Sprintf("AKV10022: Invalid audience. Expected %s, found: %s.", c.audience, claims.Audience))
	}
	who, p := c.s.bearer(claims, c.now)
	if p != nil {
		return caller{}, c.challenge("Error validating token: " + p.Message)
	}
	return who, nil
}

// challenge is the 401 that tells a client where a token is had, and for what.
func (c *vaultCall) challenge(message string) *problem {
	login := "https://login.microsoftonline.com"
	if c.vault == ownVault {
		login = c.origin
	}
	return &problem{Status: http.StatusUnauthorized, Code: "Unauthorized", Message: message, Header: http.Header{
		"Www-Authenticate": {fmt.Sprintf("Bearer authorization=%q, resource=%q", login+"/"+c.s.seed.TenantID, c.audience)},
	}}
}

// forbidden is the answer of a vault with role-based access control to somebody without the role.
func (c *vaultCall) forbidden(what vaultRight) *problem {
	resource := "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/sandbox/providers/microsoft.keyvault/vaults/" + c.vault
	if c.name != "" {
		resource += "/secrets/" + strings.ToLower(c.name)
	}
	return &problem{Status: http.StatusForbidden, Code: "Forbidden", Inner: "ForbiddenByRbac", Message: fmt.Sprintf(
		"Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\n"+
			"Caller: appid=%s;oid=%s;iss=https://sts.windows.net/%s/\r\nAction: 'Microsoft.KeyVault/vaults/secrets/%s'\r\nResource: '%s'\r\n"+
			"Assignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\nVault: %s;location=japaneast\r\n",
		c.who.appID, c.who.principal, c.s.seed.TenantID, what, resource, c.vault)}
}
