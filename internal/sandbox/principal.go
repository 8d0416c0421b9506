package sandbox

import (
	"net/http"
	"slices"

	"github.com/google/uuid"
)

func (c *call) listPrincipals() (answer, error) {
	if !c.who.readsApplications() {
		return answer{}, denied()
	}
	return c.list(kindPrincipal, "servicePrincipals", c.rows(c.candidates(kindPrincipal)), false)
}

func (c *call) createPrincipal() (answer, error) {
	if !c.who.mayCreate() {
		return answer{}, denied()
	}
	body, err := c.jsonBody()
	if err != nil {
		return answer{}, err
	}
	return c.makePrincipal(body)
}

// makePrincipal is the part of creation that POST and the upsert share.
func (c *call) makePrincipal(body Object) (answer, error) {
	owners, err := c.bindOwners(body)
	if err != nil {
		return answer{}, err
	}
	given, err := c.s.model.Check(kindPrincipal, body)
	if err != nil {
		return answer{}, err
	}
	appID := text(given, "appId")
	if appID == "" {
		return answer{}, invalidValue("appId", "ServicePrincipal", "appId is required.")
	}
	delete(given, "appId")
	if err := checkPrincipal(given); err != nil {
		return answer{}, err
	}
	app := c.visible(c.s.dir.holding(kindApplication, "appId", appID))
	if _, seen := c.s.dir.see(app); !seen || !app.live() {
		return answer{}, c.noBackingApplication(appID)
	}
	if !c.who.mayManage(app) {
		return answer{}, denied()
	}
	if c.s.dir.find(kindPrincipal, "appId", appID) != nil {
		return answer{}, principalExists(appID)
	}
	doc := merge(inherit(principalDefaults(), nil, app.now.doc), given, principalDefaults())
	if tags, ok := given["tags"]; ok {
		doc["tags"] = union(items(app.now.doc, "tags"), tags.([]any)) //nolint:forcetypeassert // checked against the schema
	}
	id := uuid.NewString()
	doc["id"] = id
	doc["appOwnerOrganizationId"] = c.s.seed.TenantID
	doc["createdByAppId"] = c.who.appID
	if c.who.principal != "" && !contains(owners, c.who.principal) {
		owners = append([]string{c.who.principal}, owners...)
	}
	c.s.dir.put(kindPrincipal, id, version{doc: doc, links: owners})
	c.s.fresh.add(id, c.now)
	return c.entity(http.StatusCreated, kindPrincipal, doc)
}

// noBackingApplication is what the service says of an application that a replica does not know. To a caller that may
// only touch what it owns it looks like a lack of rights.
func (c *call) noBackingApplication(appID string) *problem {
	if !c.who.has(appsAll, dirRW) {
		return &problem{Status: http.StatusForbidden, Code: "Authorization_RequestDenied",
			Message: "When using this permission, the backing application of the service principal being created must in the local tenant"}
	}
	return &problem{Status: http.StatusBadRequest, Code: "Request_BadRequest",
		Message: "The appId '" + appID + "' of the service principal does not reference a valid application object.",
		Details: []detail{{Code: "NoBackingApplicationObject", Target: "appId", Message: "The appId '" + appID + "' of the service principal does not reference a valid application object."}}}
}

func principalExists(appID string) *problem {
	message := "The service principal cannot be created, updated, or restored because the service principal name " + appID + " is already in use."
	return &problem{Status: http.StatusConflict, Code: "Request_MultipleObjectsWithSameKeyValue", Message: message,
		Details: []detail{{Code: "ObjectConflict", Target: "servicePrincipalNames", Message: message}}}
}

func (c *call) patchPrincipal() (answer, error) {
	key := c.key(0)
	if !c.who.mayCreate() {
		return answer{}, denied()
	}
	body, err := c.jsonBody()
	if err != nil {
		return answer{}, err
	}
	var r *record
	if key.Alias == "appId" {
		// An upsert is decided where writes are, not on a replica that may not have seen the last one.
		if r = c.s.dir.find(kindPrincipal, "appId", key.Key); r == nil {
			if !c.prefers("create-if-missing") {
				return answer{}, notFound(key.Key)
			}
			if given, ok := body["appId"]; ok && given != key.Key {
				return answer{}, bad("The value of 'appId' in the request body does not match the key in the URL.")
			}
			body["appId"] = key.Key
			return c.makePrincipal(body)
		}
	} else if r, _, err = c.locate(kindPrincipal, key); err != nil {
		return answer{}, err
	}
	if err := c.manageable(r); err != nil {
		return answer{}, err
	}
	given, err := c.s.model.Check(kindPrincipal, body)
	if err != nil {
		return answer{}, err
	}
	if id, ok := given["appId"]; ok {
		if id != r.now.doc["appId"] {
			return answer{}, bad("Property 'appId' is read-only and cannot be set.")
		}
		delete(given, "appId")
	}
	dropOwnID(r, given)
	if err := checkPrincipal(given); err != nil {
		return answer{}, err
	}
	doc := merge(clone(r.now.doc), given, principalDefaults())
	if _, ok := given["tags"]; ok {
		app := c.s.dir.find(kindApplication, "appId", text(doc, "appId"))
		if app != nil {
			doc["tags"] = union(items(app.now.doc, "tags"), items(given, "tags"))
		}
	}
	c.s.dir.edit(r, doc)
	return empty(), nil
}

// checkPrincipal refuses what only the application or the service sets, and values out of bounds.
func checkPrincipal(given Object) error {
	if err := refuseReadOnly(kindPrincipal, given); err != nil {
		return err
	}
	for _, name := range []string{"appRoles", "oauth2PermissionScopes", "replyUrls", "servicePrincipalNames"} {
		if _, ok := given[name]; ok {
			return bad("Property '%s' of a service principal follows from its application and cannot be set here.", name)
		}
	}
	if _, ok := given["passwordCredentials"]; ok {
		return bad("New password credentials must be generated with service actions.")
	}
	for _, field := range []string{"notes", "description"} {
		if len([]rune(text(given, field))) > maxText {
			return invalidValue(field, "ServicePrincipal", "The value has more than 1024 characters.")
		}
	}
	return checkTags(items(given, "tags"), "ServicePrincipal")
}

func (c *call) deletePrincipal() (answer, error) {
	r, err := c.owned(kindPrincipal)
	if err != nil {
		return answer{}, err
	}
	c.s.recycle(r, c.now)
	return empty(), nil
}

func principalDefaults() Object {
	return Object{
		"deletedDateTime": nil, "accountEnabled": true, "alternativeNames": []any{}, "addIns": []any{},
		"appDescription": nil, "applicationTemplateId": nil, "appRoleAssignmentRequired": false, "createdByAppId": nil,
		"description": nil, "disabledByMicrosoftStatus": nil, "homepage": nil, "isDisabled": nil, "loginUrl": nil, "logoutUrl": nil,
		"notes": nil, "notificationEmailAddresses": []any{}, "passwordCredentials": []any{}, "keyCredentials": []any{},
		"preferredSingleSignOnMode": nil, "preferredTokenSigningKeyThumbprint": nil,
		"resourceSpecificApplicationPermissions": []any{}, "samlSingleSignOnSettings": nil, "servicePrincipalType": "Application",
		"tags": []any{}, "tokenEncryptionKeyId": nil,
		"verifiedPublisher": Object{"addedDateTime": nil, "displayName": nil, "verifiedPublisherId": nil},
		"info":              Object{"logoUrl": nil, "marketingUrl": nil, "privacyStatementUrl": nil, "supportUrl": nil, "termsOfServiceUrl": nil},
	}
}

// inherit writes into a principal's document what it shows of its application. old is the application before.
func inherit(sp, old, app Object) Object {
	sp["appId"] = app["appId"]
	sp["appDisplayName"] = app["displayName"]
	if old["displayName"] != app["displayName"] { // a name of its own stays until the application is renamed
		sp["displayName"] = app["displayName"]
	}
	sp["appDescription"] = app["description"]
	sp["signInAudience"] = app["signInAudience"]
	sp["appRoles"] = clone(items(app, "appRoles"))
	sp["oauth2PermissionScopes"] = clone(items(object(app, "api"), "oauth2PermissionScopes"))
	sp["servicePrincipalNames"] = append(append([]any{}, items(app, "identifierUris")...), app["appId"])
	var replies []any
	for _, platform := range []string{platformWeb, platformSPA, platformOwns} {
		replies = append(replies, items(object(app, platform), "redirectUris")...)
	}
	sp["replyUrls"] = anys(replies)
	sp["homepage"] = object(app, "web")["homePageUrl"]
	sp["logoutUrl"] = object(app, "web")["logoutUrl"]
	sp["info"] = clone(object(app, "info"))
	sp["isDisabled"] = app["isDisabled"]
	var own []any
	for _, tag := range items(sp, "tags") {
		if !slices.Contains(items(old, "tags"), tag) {
			own = append(own, tag)
		}
	}
	sp["tags"] = union(items(app, "tags"), own)
	return sp
}

func union(a, b []any) []any {
	out := append([]any{}, a...)
	for _, v := range b {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
