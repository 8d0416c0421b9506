package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

const two = json.Number("2")

// applicationDefaults is what an application has where nothing was said. The service never shows null for these
// complex properties, and clearing one brings its default back.
func applicationDefaults() Object {
	return Object{
		"deletedDateTime": nil, "appId": nil, "applicationTemplateId": nil, "disabledByMicrosoftStatus": nil,
		"createdByAppId": nil, "createdDateTime": nil, "displayName": nil, "description": nil, "groupMembershipClaims": nil,
		"isDeviceOnlyAuthSupported": nil, "isDisabled": nil, "isFallbackPublicClient": nil, "nativeAuthenticationApisEnabled": nil,
		"notes": nil, "oauth2RequirePostResponse": false, "optionalClaims": nil, "publisherDomain": nil,
		"requestSignatureVerification": nil, "samlMetadataUrl": nil, "serviceManagementReference": nil,
		"servicePrincipalLockConfiguration": nil, "signInAudience": nil, "tokenEncryptionKeyId": nil, "uniqueName": nil,
		"certification": nil, "defaultRedirectUri": nil, "authenticationBehaviors": nil,
		"addIns": []any{}, "appRoles": []any{}, "identifierUris": []any{}, "keyCredentials": []any{}, "managerApplications": []any{},
		"passwordCredentials": []any{}, "requiredResourceAccess": []any{}, "tags": []any{},
		"api": Object{"acceptMappedClaims": nil, "knownClientApplications": []any{}, "oauth2PermissionScopes": []any{},
			"preAuthorizedApplications": []any{}, "requestedAccessTokenVersion": nil},
		"info":                    Object{"logoUrl": nil, "marketingUrl": nil, "privacyStatementUrl": nil, "supportUrl": nil, "termsOfServiceUrl": nil},
		"parentalControlSettings": Object{"countriesBlockedForMinors": []any{}, "legalAgeGroupRule": "Allow"},
		"publicClient":            Object{"redirectUris": []any{}},
		"spa":                     Object{"redirectUris": []any{}},
		"verifiedPublisher":       Object{"addedDateTime": nil, "displayName": nil, "verifiedPublisherId": nil},
		"web": Object{"homePageUrl": nil, "logoutUrl": nil, "redirectUris": []any{}, "redirectUriSettings": []any{},
			"implicitGrantSettings": Object{"enableAccessTokenIssuance": false, "enableIdTokenIssuance": false}},
	}
}

// merge applies a PATCH: complex properties merge member by member, everything else is replaced, null brings the
// default back. doc is changed and returned.
func merge(doc, given, defaults Object) Object {
	for name, value := range given {
		if value == nil {
			doc[name] = clone(defaults[name])
			continue
		}
		part, isObject := value.(map[string]any)
		have, hasObject := doc[name].(map[string]any)
		if isObject && hasObject {
			doc[name] = merge(have, part, object(defaults, name))
			continue
		}
		doc[name] = value
	}
	return doc
}

// afterMerge keeps the two views of web redirect URIs the same, and completes members that the service fills in.
func afterMerge(doc, given Object) {
	web := object(doc, "web")
	change := object(given, "web")
	_, uris := change["redirectUris"]
	_, settings := change["redirectUriSettings"]
	switch {
	case web == nil:
	case settings && !uris:
		var list []any
		for _, item := range items(web, "redirectUriSettings") {
			if m, ok := item.(map[string]any); ok && m["uri"] != nil {
				list = append(list, m["uri"])
			}
		}
		web["redirectUris"] = anys(list)
	default:
		list := []any{}
		for _, uri := range texts(items(web, "redirectUris")) {
			list = append(list, Object{"uri": uri, "index": nil})
		}
		web["redirectUriSettings"] = list
	}
	for _, role := range items(doc, "appRoles") {
		if m, ok := role.(map[string]any); ok {
			fill(m, Object{"description": nil, "displayName": nil, "isEnabled": true, "origin": "Application", "value": nil})
		}
	}
	for _, scope := range items(object(doc, "api"), "oauth2PermissionScopes") {
		if m, ok := scope.(map[string]any); ok {
			fill(m, Object{"adminConsentDescription": nil, "adminConsentDisplayName": nil, "isEnabled": true, "type": "User",
				"userConsentDescription": nil, "userConsentDisplayName": nil, "value": nil})
		}
	}
}

func fill(doc, defaults Object) {
	for k, v := range defaults {
		if _, ok := doc[k]; !ok {
			doc[k] = v
		}
	}
}

// dropOwnID takes out an id that says what the URL says already: clients send it along, and the service does not mind.
func dropOwnID(r *record, given Object) {
	if strings.EqualFold(text(given, "id"), r.id) {
		delete(given, "id")
	}
}

// refuseReadOnly rejects properties that only the service sets.
func refuseReadOnly(kind string, given Object, allowed ...string) error {
	readOnly := []string{"id", "deletedDateTime", "createdDateTime", "createdByAppId", "disabledByMicrosoftStatus", "uniqueName"}
	switch kind {
	case kindApplication:
		readOnly = append(readOnly, "appId", "publisherDomain", "applicationTemplateId", "certification", "verifiedPublisher", "logo")
	case kindPrincipal:
		readOnly = append(readOnly, "appOwnerOrganizationId", "appDisplayName", "appDescription", "applicationTemplateId",
			"signInAudience", "verifiedPublisher", "servicePrincipalType", "resourceSpecificApplicationPermissions", "isDisabled")
	}
	for _, name := range readOnly {
		if _, ok := given[name]; ok && !slices.Contains(allowed, name) {
			return bad("Property '%s' is read-only and cannot be set.", name)
		}
	}
	if keys := items(given, "keyCredentials"); len(keys) > 0 {
		return notModelled("certificates (keyCredentials)")
	}
	return nil
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }
