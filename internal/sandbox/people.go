package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/mailprov/mailprov/internal/sandbox/csdl"
	"github.com/mailprov/mailprov/internal/sandbox/odata"
)

// listKind answers a plain collection to callers with the right to it.
func (c *call) listKind(kind, context string) (answer, error) {
	if !c.who.sees(kind) {
		return answer{}, denied()
	}
	return c.list(kind, context, c.rows(c.candidates(kind)), false)
}

func (c *call) readKind(kind string, key odata.Segment) (answer, error) {
	if !c.who.sees(kind) {
		return answer{}, denied()
	}
	if err := c.checkExpand(kind); err != nil {
		return answer{}, err
	}
	_, v, err := c.locate(kind, key)
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusOK, kind, v.doc)
}

func (c *call) listUsers() (answer, error)        { return c.listKind(kindUser, "users") }
func (c *call) readUser() (answer, error)         { return c.readKind(kindUser, c.key(0)) }
func (c *call) listOrganization() (answer, error) { return c.listKind(kindOrg, "organization") }
func (c *call) readOrganization() (answer, error) { return c.readKind(kindOrg, c.key(0)) }
func (c *call) listDomains() (answer, error)      { return c.listKind(kindDomain, "domains") }
func (c *call) readDomain() (answer, error)       { return c.readKind(kindDomain, c.key(0)) }

// readMe refuses: an application is nobody.
func (c *call) readMe() (answer, error) {
	return answer{}, malformed("/me request is only valid with delegated authentication flow.")
}

func (c *call) readDirectoryObject() (answer, error) {
	if !c.who.has("Directory.Read.All", dirRW) && !c.who.readsApplications() && !c.who.readsUsers() {
		return answer{}, denied()
	}
	id := c.key(0).Key
	if !csdl.IsGUID(id) {
		return answer{}, bad("Invalid object identifier '%s'.", id)
	}
	r := c.s.dir.byID(id, kindApplication, kindPrincipal, kindUser, kindOrg)
	v, ok := c.s.dir.see(r)
	if !ok {
		return answer{}, notFound(id)
	}
	if !c.who.sees(r.kind) {
		return answer{}, denied()
	}
	out, err := c.entity(http.StatusOK, r.kind, v.doc)
	if err != nil {
		return answer{}, err
	}
	body, _ := out.body.(Object)
	body["@odata.context"] = c.origin + "/v1.0/$metadata#directoryObjects/$entity"
	body["@odata.type"] = "#microsoft.graph." + r.kind
	return out, nil
}

// getByIDs answers those of up to a thousand ids that exist; unknown ones are left out.
func (c *call) getByIDs() (answer, error) {
	if !c.who.has("Directory.Read.All", dirRW) {
		return answer{}, denied()
	}
	body, err := c.jsonBody()
	if err != nil {
		return answer{}, err
	}
	for name := range body {
		if name != "ids" && name != "types" {
			return answer{}, malformed("The parameter '%s' in the request payload is not a valid parameter for the operation 'getByIds'.", name)
		}
	}
	ids, ok := body["ids"].([]any)
	if !ok || len(ids) == 0 || len(ids) > 1000 {
		return answer{}, bad("The parameter 'ids' must be a collection of 1 to 1000 object ids.")
	}
	types := texts(items(body, "types"))
	value := []any{}
	for _, item := range ids {
		id, _ := item.(string)
		if !csdl.IsGUID(id) {
			return answer{}, bad("Invalid GUID:%v", item)
		}
		r := c.s.dir.byID(id, kindApplication, kindPrincipal, kindUser, kindOrg)
		v, ok := c.s.dir.see(r)
		if !ok || (len(types) > 0 && !slices.Contains(types, r.kind) && !slices.Contains(types, "directoryObject")) {
			continue
		}
		doc, err := c.shapeMixed(r.kind, v.doc, c.query.Select)
		if err != nil {
			return answer{}, err
		}
		value = append(value, doc)
	}
	return answer{status: http.StatusOK, body: Object{"@odata.context": c.origin + "/v1.0/$metadata#directoryObjects", "value": value}}, nil
}

// candidates narrows a list to what a filter's first equality can match, so that a look-up in a large tenant does not
// walk all of it. Under lag an index of the newest values would miss what a replica still shows, so all are walked.
func (c *call) candidates(kind string) []*record {
	if c.s.dir.lag == nil {
		if path, value, ok := equality(c.query.Filter); ok && slices.Contains(indexed(kind), path) {
			return c.s.dir.holding(kind, path, value)
		}
	}
	return c.s.dir.all(kind)
}

func equality(e odata.Expr) (path, value string, ok bool) {
	switch x := e.(type) {
	case odata.Compare:
		return x.Path, x.Value.Text, x.Op == "eq" && !x.Value.Null
	case odata.And:
		if path, value, ok = equality(x.L); ok {
			return path, value, true
		}
		return equality(x.R)
	}
	return "", "", false
}

func plainCount(n any) answer {
	count, _ := n.(int)
	return answer{status: http.StatusOK, plain: []byte(strconv.Itoa(count)), header: http.Header{"Content-Type": {"text/plain"}}}
}

// userPrincipal is the part of a user's name before the "@".
func userPrincipal(name string) string {
	before, _, _ := strings.Cut(name, "@")
	return before
}
