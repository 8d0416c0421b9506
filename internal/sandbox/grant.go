package sandbox

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

func (c *call) listGrants() (answer, error) {
	if !c.who.readsGrants() {
		return answer{}, denied()
	}
	return c.list(kindGrant, "oauth2PermissionGrants", c.rows(c.candidates(kindGrant)), false)
}

func (c *call) listGrantsOf() (answer, error) {
	if !c.who.readsGrants() {
		return answer{}, denied()
	}
	r, _, err := c.locate(kindPrincipal, c.key(0))
	if err != nil {
		return answer{}, err
	}
	return c.list(kindGrant, "oauth2PermissionGrants", c.rows(c.relatedBy(kindGrant, "clientId", r.id)), false)
}

func (c *call) readGrant() (answer, error) {
	if !c.who.readsGrants() {
		return answer{}, denied()
	}
	_, v, err := c.locate(kindGrant, c.key(0))
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusOK, kindGrant, v.doc)
}

func (c *call) createGrant() (answer, error) {
	if !c.who.writesGrants() {
		return answer{}, denied()
	}
	given, err := c.checked(kindGrant)
	if err != nil {
		return answer{}, err
	}
	if given["id"] != nil {
		return answer{}, bad("Property 'id' is read-only and cannot be set.")
	}
	for _, name := range []string{"clientId", "resourceId", "consentType"} {
		if text(given, name) == "" {
			return answer{}, bad("A value is required for property '%s' of resource 'OAuth2PermissionGrant'.", name)
		}
	}
	kind, user := text(given, "consentType"), text(given, "principalId")
	switch {
	case kind != "AllPrincipals" && kind != "Principal":
		return answer{}, invalidValue("consentType", "OAuth2PermissionGrant", "The value must be AllPrincipals or Principal.")
	case kind == "AllPrincipals" && user != "":
		return answer{}, invalidValue("principalId", "OAuth2PermissionGrant", "principalId must be null when consentType is AllPrincipals.")
	case kind == "Principal" && c.s.dir.byID(user, kindUser) == nil:
		return answer{}, invalidValue("principalId", "OAuth2PermissionGrant", "principalId must be the id of a user when consentType is Principal.")
	}
	var resource *record
	for _, name := range []string{"clientId", "resourceId"} {
		r := c.s.dir.byID(text(given, name), kindPrincipal)
		if r == nil || !r.live() {
			return answer{}, notFound(text(given, name))
		}
		if _, ok := c.s.dir.see(r); !ok {
			return answer{}, bad("Resource '%s' does not exist or one of its queried reference-property objects are not present.", r.id)
		}
		given[name], resource = r.id, r
	}
	if err := checkScope(text(given, "scope"), resource.now.doc); err != nil {
		return answer{}, err
	}
	id := grantID(text(given, "clientId"), text(given, "resourceId"), user)
	if r := c.s.dir.byID(id, kindGrant); r != nil && r.live() {
		return answer{}, &problem{Status: http.StatusConflict, Code: "Request_MultipleObjectsWithSameKeyValue", Message: "Permission entry already exists.",
			Details: []detail{{Code: "ObjectConflict", Target: "OAuth2PermissionGrant", Message: "Permission entry already exists."}}}
	}
	doc := Object{"id": id, "clientId": given["clientId"], "consentType": kind, "principalId": given["principalId"],
		"resourceId": given["resourceId"], "scope": given["scope"]}
	c.s.dir.put(kindGrant, id, version{doc: doc})
	return c.entity(http.StatusCreated, kindGrant, doc)
}

// grantID follows from what a grant is unique by.
func grantID(client, resource, user string) string {
	raw := append(rawID(client), rawID(resource)...)
	return base64.RawURLEncoding.EncodeToString(append(raw, rawID(user)...))
}

// checkScope allows the scopes that the resource publishes, and those of OpenID Connect, which sign-ins add to the
// grant of any resource.
func checkScope(scope string, resource Object) error {
	if len([]rune(scope)) > maxScopeChars {
		return invalidValue("scope", "OAuth2PermissionGrant", "The value has more than 3850 characters.")
	}
	known := map[string]bool{"openid": true, "profile": true, "email": true, "offline_access": true}
	for _, item := range items(resource, "oauth2PermissionScopes") {
		s, _ := item.(map[string]any)
		if s["isEnabled"] == true {
			known[text(s, "value")] = true
		}
	}
	for _, value := range strings.Fields(scope) {
		if !known[value] {
			return invalidValue("scope", "OAuth2PermissionGrant", "The resource does not publish the scope '"+shorten(value)+"'.")
		}
	}
	return nil
}

func (c *call) patchGrant() (answer, error) {
	if !c.who.writesGrants() {
		return answer{}, denied()
	}
	r, _, err := c.locate(kindGrant, c.key(0))
	if err != nil {
		return answer{}, err
	}
	given, err := c.checked(kindGrant)
	if err != nil {
		return answer{}, err
	}
	if !r.live() {
		return answer{}, notFound(c.key(0).Key)
	}
	for name, value := range given {
		if name != "scope" && value != r.now.doc[name] {
			return answer{}, bad("Property '%s' is read-only and cannot be set.", name)
		}
	}
	scope, ok := given["scope"]
	if !ok {
		return empty(), nil
	}
	resource := c.s.dir.byID(text(r.now.doc, "resourceId"), kindPrincipal)
	if resource == nil {
		return answer{}, notFound(text(r.now.doc, "resourceId"))
	}
	// What the grant already holds may stay, however it came in.
	var added []string
	have := strings.Fields(text(r.now.doc, "scope"))
	for _, value := range strings.Fields(text(given, "scope")) {
		if !slices.Contains(have, value) {
			added = append(added, value)
		}
	}
	if err := checkScope(strings.Join(added, " "), resource.now.doc); err != nil {
		return answer{}, err
	}
	if len([]rune(text(given, "scope"))) > maxScopeChars {
		return answer{}, invalidValue("scope", "OAuth2PermissionGrant", "The value has more than 3850 characters.")
	}
	doc := clone(r.now.doc)
	doc["scope"] = scope
	c.s.dir.edit(r, doc)
	return empty(), nil
}

func (c *call) deleteGrant() (answer, error) {
	if !c.who.writesGrants() {
		return answer{}, denied()
	}
	r, _, err := c.locate(kindGrant, c.key(0))
	if err != nil {
		return answer{}, err
	}
	if !r.live() {
		return answer{}, notFound(c.key(0).Key)
	}
	c.s.dir.remove(r)
	return empty(), nil
}
