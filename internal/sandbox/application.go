package sandbox

import (
	"net/http"
	"strings"

	"github.com/google/uuid"
)

func (c *call) listApplications() (answer, error) {
	// With OwnedBy alone the list is refused; such a caller finds its applications under its principal's ownedObjects.
	if !c.who.readsApplications() {
		return answer{}, denied()
	}
	return c.list(kindApplication, "applications", c.rows(c.candidates(kindApplication)), false)
}

func (c *call) readApplication() (answer, error) { return c.readOwnable(kindApplication) }
func (c *call) readPrincipal() (answer, error)   { return c.readOwnable(kindPrincipal) }

// readOwnable answers one application or service principal.
func (c *call) readOwnable(kind string) (answer, error) {
	if !c.who.sees(kind) {
		return answer{}, denied()
	}
	if err := c.checkExpand(kind); err != nil {
		return answer{}, err
	}
	r, v, err := c.locate(kind, c.key(0))
	if err != nil {
		return answer{}, err
	}
	if !c.who.mayRead(r) {
		return answer{}, denied()
	}
	out, err := c.entity(http.StatusOK, kind, v.doc)
	if err != nil {
		return answer{}, err
	}
	body, _ := out.body.(Object)
	return out, c.expand(body, row{kind, v.doc, v.links, r})
}

func (c *call) createApplication() (answer, error) {
	if !c.who.mayCreate() {
		return answer{}, denied()
	}
	body, err := c.jsonBody()
	if err != nil {
		return answer{}, err
	}
	return c.makeApplication(body)
}

// makeApplication is the part of creation that POST and the upsert share.
func (c *call) makeApplication(body Object) (answer, error) {
	owners, err := c.bindOwners(body)
	if err != nil {
		return answer{}, err
	}
	given, err := c.s.model.Check(kindApplication, body)
	if err != nil {
		return answer{}, err
	}
	wanted := items(given, "passwordCredentials")
	delete(given, "passwordCredentials")
	if err := refuseReadOnly(kindApplication, given, "uniqueName"); err != nil {
		return answer{}, err
	}
	if text(given, "displayName") == "" {
		return answer{}, invalidValue("displayName", "Application", "displayName is required.")
	}
	if object(given, "api")["acceptMappedClaims"] != nil && !c.who.has(appsAll, dirRW) {
		return answer{}, denied()
	}
	doc := applicationDefaults()
	doc["signInAudience"] = "AzureADMyOrg"
	doc = merge(doc, given, applicationDefaults())
	id, appID := uuid.NewString(), uuid.NewString()
	doc["id"], doc["appId"] = id, appID
	doc["createdDateTime"] = stamp(c.now.Truncate(1e9))
	doc["createdByAppId"] = c.who.appID
	doc["publisherDomain"] = c.s.seed.DefaultDomain
	afterMerge(doc, given)
	if personal(text(doc, "signInAudience")) && object(given, "api")["requestedAccessTokenVersion"] == nil {
		object(doc, "api")["requestedAccessTokenVersion"] = two
	}
	if err := c.checkApplication(doc, nil); err != nil {
		return answer{}, err
	}
	creds, shown, err := c.newPasswords(wanted, doc)
	if err != nil {
		return answer{}, err
	}
	doc["passwordCredentials"] = creds
	if c.who.principal != "" && !contains(owners, c.who.principal) {
		owners = append([]string{c.who.principal}, owners...)
	}
	c.s.dir.put(kindApplication, id, version{doc: doc, links: owners})
	c.s.fresh.add(id, c.now)
	out := clone(doc)
	out["passwordCredentials"] = shown
	a, err := c.entity(http.StatusCreated, kindApplication, out)
	a.header = http.Header{"Location": {c.origin + "/v2/" + c.s.seed.TenantID + "/directoryObjects/" + id + "/Microsoft.DirectoryServices.Application"}}
	return a, err
}

func (c *call) patchApplication() (answer, error) {
	key := c.key(0)
	if !c.who.mayCreate() {
		return answer{}, denied()
	}
	body, err := c.jsonBody()
	if err != nil {
		return answer{}, err
	}
	var r *record
	if key.Alias == "uniqueName" {
		// An upsert is decided where writes are, not on a replica that may not have seen the last one.
		if r = c.s.dir.find(kindApplication, "uniqueName", key.Key); r == nil {
			return c.upsertApplication(key.Key, body, notFound(key.Key))
		}
	} else if r, _, err = c.locate(kindApplication, key); err != nil {
		return answer{}, err
	}
	if err := c.manageable(r); err != nil {
		return answer{}, err
	}
	given, err := c.s.model.Check(kindApplication, body)
	if err != nil {
		return answer{}, err
	}
	if key.Alias == "uniqueName" && strings.EqualFold(text(given, "uniqueName"), key.Key) {
		delete(given, "uniqueName")
	}
	old := r.now.doc
	dropOwnID(r, given)
	if err := refuseReadOnly(kindApplication, given, "uniqueName"); err != nil {
		return answer{}, err
	}
	if name, ok := given["uniqueName"]; ok && old["uniqueName"] != nil && name != old["uniqueName"] {
		return answer{}, bad("Property 'uniqueName' is read-only and cannot be set.")
	}
	if _, ok := given["passwordCredentials"]; ok {
		return answer{}, bad("New password credentials must be generated with service actions.")
	}
	if _, ok := given["displayName"]; ok && text(given, "displayName") == "" {
		return answer{}, invalidValue("displayName", "Application", "displayName must not be empty.")
	}
	doc := merge(clone(old), given, applicationDefaults())
	afterMerge(doc, given)
	if err := c.checkApplication(doc, old); err != nil {
		return answer{}, err
	}
	c.s.dir.edit(r, doc)
	c.mirror(old, doc)
	return empty(), nil
}

// upsertApplication creates an application under a unique name that nobody sees, if the caller asked for that.
func (c *call) upsertApplication(name string, body Object, absent *problem) (answer, error) {
	if !c.prefers("create-if-missing") {
		return answer{}, absent
	}
	if given, ok := body["uniqueName"]; ok && given != name {
		return answer{}, bad("The value of 'uniqueName' in the request body does not match the key in the URL.")
	}
	body["uniqueName"] = name
	return c.makeApplication(body)
}

func (c *call) deleteApplication() (answer, error) {
	if !c.who.mayCreate() {
		return answer{}, denied()
	}
	r, _, err := c.locate(kindApplication, c.key(0))
	if err != nil {
		return answer{}, err
	}
	if err := c.manageable(r); err != nil {
		return answer{}, err
	}
	c.s.recycle(r, c.now)
	if !c.s.faults.faults.KeepPrincipals {
		if sp := c.s.dir.find(kindPrincipal, "appId", text(r.now.doc, "appId")); sp != nil {
			c.s.recycle(sp, c.now)
		}
	}
	return empty(), nil
}

// mirror carries what a service principal shows of its application over to it.
func (c *call) mirror(old, doc Object) {
	sp := c.s.dir.find(kindPrincipal, "appId", text(doc, "appId"))
	if sp == nil {
		return
	}
	c.s.dir.edit(sp, inherit(clone(sp.now.doc), old, doc))
}

// manageable refuses a write to an object that is gone, whatever a replica still shows, or that the caller may not change.
func (c *call) manageable(r *record) error {
	if !r.live() {
		return notFound(c.key(0).Key)
	}
	if !c.who.mayManage(r) {
		return denied()
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
