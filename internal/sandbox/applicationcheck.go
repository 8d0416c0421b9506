package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of an application. Those of a personal-account audience are smaller.
const (
	maxName, maxNamePersonal       = 120, 90
	maxText                        = 1024 // description, notes
	maxTag                         = 256
	maxResources                   = 50
	maxPermissions                 = 400
	maxPermissionsPersonal         = 200
	maxPermissionsPerAPIPersonal   = 30
	maxRolesAndScopes              = 700
	maxUniqueName                  = 256
	applicationName                = "Application"
	errMustDisable                 = "Permission (scope or role) cannot be deleted or updated unless disabled first"
	audienceOrg, audienceMulti     = "AzureADMyOrg", "AzureADMultipleOrgs"
	audienceBoth, audiencePersonal = "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"
)

// checkApplication holds a whole application, as it would be after the write, against the rules of the service. old is
// the application before, or nil for a new one.
func (c *call) checkApplication(doc, old Object) error {
	audience := text(doc, "signInAudience")
	if !slices.Contains([]string{audienceOrg, audienceMulti, audienceBoth, audiencePersonal}, audience) {
		return invalidValue("signInAudience", applicationName, "The value must be one of AzureADMyOrg, AzureADMultipleOrgs, AzureADandPersonalMicrosoftAccount, PersonalMicrosoftAccount.")
	}
	version := fmt.Sprint(object(doc, "api")["requestedAccessTokenVersion"])
	if version != "<nil>" && version != "1" && version != "2" {
		return invalidValue("api.requestedAccessTokenVersion", applicationName, "The value must be 1, 2 or null.")
	}
	if personal(audience) && version != "2" {
		return bad("Property api.requestedAccessTokenVersion is invalid. It must be 2 when signInAudience is %s.", audience)
	}
	limit := maxName
	if personal(audience) {
		limit = maxNamePersonal
	}
	if n := utf8.RuneCountInString(text(doc, "displayName")); n > limit {
		return invalidValue("displayName", applicationName, fmt.Sprintf("The value has %d characters; at most %d are allowed.", n, limit))
	}
	for _, field := range []string{"description", "notes"} {
		if n := utf8.RuneCountInString(text(doc, field)); n > maxText {
			return invalidValue(field, applicationName, fmt.Sprintf("The value has %d characters; at most %d are allowed.", n, maxText))
		}
	}
	if err := checkTags(items(doc, "tags"), applicationName); err != nil {
		return err
	}
	if err := checkRedirects(doc, audience); err != nil {
		return err
	}
	if err := checkRequired(items(doc, "requiredResourceAccess"), personal(audience)); err != nil {
		return err
	}
	if err := checkExposed(doc, old); err != nil {
		return err
	}
	if err := c.checkIdentifiers(doc, old); err != nil {
		return err
	}
	return c.checkUniqueName(doc)
}

func checkTags(tags []any, resource string) error {
	seen := map[string]bool{}
	for _, tag := range texts(tags) {
		n := utf8.RuneCountInString(tag)
		switch {
		case n == 0 || n > maxTag:
			return invalidValue("tags", resource, "A tag must have between 1 and 256 characters.")
		case strings.ContainsFunc(tag, unicode.IsSpace):
			return invalidValue("tags", resource, "A tag must not contain whitespace.")
		case seen[tag]:
			return invalidValue("tags", resource, "Tags must not be repeated.")
		}
		seen[tag] = true
	}
	return nil
}

func checkRequired(list []any, personalAudience bool) error {
	invalid := func(format string, args ...any) error {
		return invalidValue("requiredResourceAccess", applicationName, fmt.Sprintf(format, args...))
	}
	if len(list) > maxResources {
		return invalid("At most %d resources may be listed.", maxResources)
	}
	seen, total := map[string]bool{}, 0
	for _, item := range list {
		api, _ := item.(map[string]any)
		id := strings.ToLower(text(api, "resourceAppId"))
		if id == "" {
			return invalid("resourceAppId is required.")
		}
		if seen[id] {
			return invalid("The resource '%s' is listed more than once.", id)
		}
		seen[id] = true
		access := items(api, "resourceAccess")
		if len(access) == 0 {
			return invalid("The resource '%s' lists no permission.", id)
		}
		if personalAudience && len(access) > maxPermissionsPerAPIPersonal {
			return invalid("At most %d permissions of one resource may be listed.", maxPermissionsPerAPIPersonal)
		}
		total += len(access)
		entries := map[string]bool{}
		for _, a := range access {
			entry, _ := a.(map[string]any)
			kind := text(entry, "type")
			if kind != "Scope" && kind != "Role" {
				return invalid("The type of a permission must be 'Scope' or 'Role'.")
			}
			if text(entry, "id") == "" {
				return invalid("The id of a permission is required.")
			}
			if entries[kind+text(entry, "id")] {
				return invalid("The permission '%s' is listed more than once.", text(entry, "id"))
			}
			entries[kind+text(entry, "id")] = true
		}
	}
	if limit := maxPermissions; total > limit || (personalAudience && total > maxPermissionsPersonal) {
		return invalid("Too many permissions are listed: %d.", total)
	}
	return nil
}

// checkExposed holds the roles and scopes that an application offers to others: one that is enabled can neither be
// changed nor removed.
func checkExposed(doc, old Object) error {
	roles, scopes := items(doc, "appRoles"), items(object(doc, "api"), "oauth2PermissionScopes")
	if len(roles)+len(scopes) > maxRolesAndScopes {
		return invalidValue("appRoles", applicationName, fmt.Sprintf("At most %d roles and scopes are allowed.", maxRolesAndScopes))
	}
	for field, list := range map[string][]any{"appRoles": roles, "api.oauth2PermissionScopes": scopes} {
		ids, values := map[string]bool{}, map[string]bool{}
		for _, item := range list {
			p, _ := item.(map[string]any)
			id, value := text(p, "id"), text(p, "value")
			if id == "" || ids[id] {
				return invalidValue(field, applicationName, "Every permission needs an id of its own.")
			}
			if value != "" && values[value] {
				return invalidValue(field, applicationName, "The value '"+value+"' is used more than once.")
			}
			if field == "appRoles" && (text(p, "displayName") == "" || len(items(p, "allowedMemberTypes")) == 0) {
				return invalidValue(field, applicationName, "displayName and allowedMemberTypes are required.")
			}
			ids[id], values[value] = true, true
		}
	}
	if old == nil {
		return nil
	}
	if err := mustDisableFirst(items(old, "appRoles"), roles); err != nil {
		return err
	}
	return mustDisableFirst(items(object(old, "api"), "oauth2PermissionScopes"), scopes)
}

func mustDisableFirst(old, now []any) error {
	kept := map[string]Object{}
	for _, item := range now {
		p, _ := item.(map[string]any)
		kept[text(p, "id")] = p
	}
	for _, item := range old {
		p, _ := item.(map[string]any)
		if p["isEnabled"] != true {
			continue
		}
		if _, ok := kept[text(p, "id")]; !ok {
			return &problem{Status: 400, Code: "CannotDeleteOrUpdateEnabledEntitlement", Message: errMustDisable + "."}
		}
	}
	return nil
}

func (c *call) checkUniqueName(doc Object) error {
	name := text(doc, "uniqueName")
	if name == "" {
		if doc["uniqueName"] != nil {
			return invalidValue("uniqueName", applicationName, "The value must not be empty.")
		}
		return nil
	}
	if utf8.RuneCountInString(name) > maxUniqueName {
		return invalidValue("uniqueName", applicationName, "The value is too long.")
	}
	for _, r := range c.s.dir.holding(kindApplication, "uniqueName", name) {
		if r.id != text(doc, "id") {
			return taken("uniqueName")
		}
	}
	return nil
}
