package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
)

const (
	maxScopeChars = 3850
	defaultRole   = "00000000-0000-0000-0000-000000000000"
)

// rawID is the 16 bytes of a GUID.
func rawID(guid string) []byte {
	raw, _ := hex.DecodeString(strings.ReplaceAll(guid, "-", ""))
	return raw
}

// listAssignments lists the app role assignments of a principal, or those to a resource, by the side that the path
// names.
func listAssignments(side string) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		r, err := c.readable()
		if err != nil {
			return answer{}, err
		}
		name := "appRoleAssignments"
		if side == "resourceId" {
			name = "appRoleAssignedTo"
		}
		return c.list(kindAssignment, "servicePrincipals('"+r.id+"')/"+name, c.rows(c.relatedBy(kindAssignment, side, r.id)), false)
	}
}

// readable finds the service principal of a path for a caller that may look at it.
func (c *call) readable() (*record, error) {
	if !c.who.sees(kindPrincipal) && !c.who.has("AppRoleAssignment.ReadWrite.All") {
		return nil, denied()
	}
	r, _, err := c.locate(kindPrincipal, c.key(0))
	if err != nil {
		return nil, err
	}
	if !c.who.mayRead(r) && !c.who.has("AppRoleAssignment.ReadWrite.All") {
		return nil, denied()
	}
	return r, nil
}

func createAssignment(side string) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		if !c.who.writesAssignments() {
			return answer{}, denied()
		}
		given, err := c.checked(kindAssignment)
		if err != nil {
			return answer{}, err
		}
		at, _, err := c.locate(kindPrincipal, c.key(0))
		if err != nil {
			return answer{}, err
		}
		for _, name := range []string{"principalId", "resourceId", "appRoleId"} {
			if text(given, name) == "" {
				return answer{}, bad("A value is required for property '%s' of resource 'AppRoleAssignment'.", name)
			}
		}
		for name := range given {
			if name != "principalId" && name != "resourceId" && name != "appRoleId" {
				return answer{}, bad("Property '%s' is read-only and cannot be set.", name)
			}
		}
		if text(given, side) != at.id {
			return answer{}, bad("The value of '%s' does not match the object in the request URL.", side)
		}
		return c.assign(given)
	}
}

func (c *call) assign(given Object) (answer, error) {
	resource := c.s.dir.byID(text(given, "resourceId"), kindPrincipal)
	if _, ok := c.s.dir.see(resource); !ok || !resource.live() {
		return answer{}, notFound(text(given, "resourceId"))
	}
	principal := c.s.dir.byID(text(given, "principalId"), kindPrincipal, kindUser)
	if principal == nil || !principal.live() {
		return answer{}, notFound(text(given, "principalId"))
	}
	if _, ok := c.s.dir.see(principal); !ok {
		return answer{}, bad("Not a valid reference update.")
	}
	member := "Application"
	if principal.kind == kindUser {
		member = "User"
	}
	if !assignable(resource.now.doc, text(given, "appRoleId"), member) {
		return answer{}, &problem{Status: 400, Code: "Request_BadRequest", Message: "Permission being assigned was not found on application",
			Details: []detail{{Code: "InvalidValue", Target: "appRoleId", Message: "Permission being assigned was not found on application"}}}
	}
	for _, a := range c.s.dir.holding(kindAssignment, "principalId", principal.id) {
		if a.now.doc["resourceId"] == given["resourceId"] && a.now.doc["appRoleId"] == given["appRoleId"] {
			return answer{}, &problem{Status: 400, Code: "Request_BadRequest", Message: "Permission being assigned already exists on the object",
				Details: []detail{{Code: "InvalidUpdate", Message: "Permission being assigned already exists on the object"}}}
		}
	}
	random := make([]byte, 16)
	_, _ = rand.Read(random) // crypto/rand never fails since Go 1.24
	doc := c.s.newAssignment(principal, resource, text(given, "appRoleId"), stamp(c.now), random)
	return c.entity(http.StatusCreated, kindAssignment, doc)
}

// newAssignment writes an assignment into the directory. Its id begins with the principal's and ends with a part of
// its own.
func (s *Sandbox) newAssignment(principal, resource *record, role, at string, own []byte) Object {
	id := base64.RawURLEncoding.EncodeToString(append(rawID(principal.id), own...))
	kind := "ServicePrincipal"
	if principal.kind == kindUser {
		kind = "User"
	}
	doc := Object{"id": id, "deletedDateTime": nil, "appRoleId": role, "createdDateTime": at,
		"principalDisplayName": principal.now.doc["displayName"], "principalId": principal.id, "principalType": kind,
		"resourceDisplayName": resource.now.doc["displayName"], "resourceId": resource.id}
	s.dir.put(kindAssignment, id, version{doc: doc})
	return doc
}

func assignable(resource Object, role, member string) bool {
	roles := items(resource, "appRoles")
	if role == defaultRole {
		return len(roles) == 0 || member == "User"
	}
	for _, item := range roles {
		r, _ := item.(map[string]any)
		if text(r, "id") == role {
			return r["isEnabled"] == true && slices.Contains(texts(items(r, "allowedMemberTypes")), member)
		}
	}
	return false
}

// assignment finds the one that a path names, on the side that the path speaks of.
func (c *call) assignment(side string) (*record, error) {
	owner, err := c.readable()
	if err != nil {
		return nil, err
	}
	r := c.s.dir.byID(c.key(1).Key, kindAssignment)
	v, ok := c.s.dir.see(r)
	if !ok || text(v.doc, side) != owner.id {
		return nil, notFound(c.key(1).Key)
	}
	return r, nil
}

func readAssignment(side string) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		r, err := c.assignment(side)
		if err != nil {
			return answer{}, err
		}
		v := r.now
		if v.doc == nil {
			v = r.past[0]
		}
		return c.entity(http.StatusOK, kindAssignment, v.doc)
	}
}

func deleteAssignment(side string) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		if !c.who.writesAssignments() {
			return answer{}, denied()
		}
		r, err := c.assignment(side)
		if err != nil {
			return answer{}, err
		}
		if !r.live() {
			return answer{}, notFound(c.key(1).Key)
		}
		c.s.dir.remove(r)
		return empty(), nil
	}
}
