package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/sandbox/csdl"
)

const maxBoundOwners = 20 // at creation, the caller counted

func (c *call) listOwners(kind string) (answer, error) {
	list, err := c.ownersOf(kind)
	if err != nil {
		return answer{}, err
	}
	return c.list("directoryObject", "directoryObjects", list, true)
}

// ownersCast lists the owners of one type.
func ownersCast(kind, only string) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		list, err := c.ownersOf(kind)
		if err != nil {
			return answer{}, err
		}
		list = slices.DeleteFunc(list, func(r row) bool { return r.kind != only })
		return c.list(only, contextOf(only), list, false)
	}
}

func (c *call) listOwnerRefs(kind string) (answer, error) {
	list, err := c.ownersOf(kind)
	if err != nil {
		return answer{}, err
	}
	value := []any{}
	for _, r := range list {
		value = append(value, Object{"@odata.id": c.refTo(r)})
	}
	return answer{status: http.StatusOK, body: Object{"@odata.context": c.origin + "/v1.0/$metadata#Collection($ref)", "value": value}}, nil
}

func (c *call) readOwnerRef(kind string) (answer, error) {
	list, err := c.ownersOf(kind)
	if err != nil {
		return answer{}, err
	}
	id := strings.ToLower(c.key(1).Key)
	at := slices.IndexFunc(list, func(r row) bool { return r.rec.id == id })
	if at < 0 {
		return answer{}, notFound(c.key(1).Key)
	}
	return answer{status: http.StatusOK, body: Object{"@odata.context": c.origin + "/v1.0/$metadata#$ref", "@odata.id": c.refTo(list[at])}}, nil
}

// refTo is the address that the service writes for a reference.
func (c *call) refTo(r row) string {
	return c.origin + "/v2/" + c.s.seed.TenantID + "/directoryObjects/" + r.rec.id + "/Microsoft.DirectoryServices." + resourceName(r.kind)
}

func (c *call) ownersOf(kind string) ([]row, error) {
	if !c.who.sees(kind) {
		return nil, denied()
	}
	r, v, err := c.locate(kind, c.key(0))
	if err != nil {
		return nil, err
	}
	if !c.who.mayRead(r) {
		return nil, denied()
	}
	related, _, _ := c.related(r, v.links, "owners")
	return c.rows(related), nil
}

// ownable finds the object whose owners are to change. Beside the right to the object, the right to read the directory
// is needed to refer to another one.
func (c *call) ownable(kind string) (*record, error) {
	r, err := c.owned(kind)
	if err != nil {
		return nil, err
	}
	if !c.who.has("Directory.Read.All", dirRW, appsAll) {
		return nil, denied()
	}
	return r, nil
}

func (c *call) addOwner(kind string) (answer, error) {
	r, err := c.ownable(kind)
	if err != nil {
		return answer{}, err
	}
	body, err := c.jsonBody()
	if err != nil {
		return answer{}, err
	}
	ref, ok := body["@odata.id"].(string)
	if !ok || len(body) != 1 {
		return answer{}, malformed("The request body must contain the property '@odata.id' and nothing else.")
	}
	id, err := c.reference(ref)
	if err != nil {
		return answer{}, err
	}
	if slices.Contains(r.now.links, id) {
		return answer{}, bad("One or more added object references already exist for the following modified properties: 'owners'.")
	}
	v := r.now
	v.links = append(slices.Clone(v.links), id)
	c.s.dir.put(r.kind, r.id, v)
	return empty(), nil
}

// reference reads an @odata.id that names a user or service principal.
func (c *call) reference(ref string) (string, error) {
	u, err := url.Parse(ref)
	if err != nil || u.Host == "" {
		return "", bad("The @odata.id '%s' is not a valid reference to a directory object.", shorten(ref))
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	id := ""
	for i, p := range parts {
		if (p == "directoryObjects" || p == "users" || p == "servicePrincipals") && i+1 < len(parts) {
			id = strings.ToLower(parts[i+1])
		}
	}
	if !csdl.IsGUID(id) {
		return "", bad("The @odata.id '%s' is not a valid reference to a directory object.", shorten(ref))
	}
	r := c.s.dir.byID(id)
	if _, ok := c.s.dir.see(r); !ok || !r.live() {
		return "", notFound(id)
	}
	if r.kind != kindUser && r.kind != kindPrincipal {
		return "", bad("The reference target '%s' of type '%s' is invalid for the 'owners' reference.", resourceName(r.kind)+"_"+id, resourceName(r.kind))
	}
	return id, nil
}

func (c *call) removeOwner(kind string) (answer, error) {
	r, err := c.ownable(kind)
	if err != nil {
		return answer{}, err
	}
	id := strings.ToLower(c.key(1).Key)
	at := slices.Index(r.now.links, id)
	if at < 0 {
		return answer{}, notFound(c.key(1).Key)
	}
	v := r.now
	v.links = slices.Delete(slices.Clone(v.links), at, at+1)
	c.s.dir.put(r.kind, r.id, v)
	return empty(), nil
}

// bindOwners takes owners@odata.bind out of a create request.
func (c *call) bindOwners(body Object) ([]string, error) {
	value, ok := body["owners@odata.bind"]
	if !ok {
		return nil, nil
	}
	delete(body, "owners@odata.bind")
	list, ok := value.([]any)
	if !ok {
		return nil, malformed("The value of 'owners@odata.bind' must be a collection of references.")
	}
	var out []string
	for _, item := range list {
		ref, ok := item.(string)
		if !ok {
			return nil, malformed("The value of 'owners@odata.bind' must be a collection of references.")
		}
		id, err := c.reference(ref)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	n := len(out)
	if !slices.Contains(out, c.who.principal) {
		n++
	}
	if (n > 1 || c.who.principal == "") && !c.who.has("Directory.Read.All", dirRW, appsAll) {
		return nil, denied() // to name others it would have to read the directory
	}
	if n > maxBoundOwners {
		return nil, bad("The request binds too many objects: %d. At most %d references are allowed.", n, maxBoundOwners)
	}
	return out, nil
}

func (c *call) listOwned() (answer, error) {
	r, _, err := c.locate(kindPrincipal, c.key(0))
	if err != nil {
		return answer{}, err
	}
	if !c.who.readsApplications() && (!c.who.has(ownedBy) || r.id != c.who.principal) {
		return answer{}, denied()
	}
	related, _, _ := c.related(r, nil, "ownedObjects")
	return c.list("directoryObject", "directoryObjects", c.rows(related), true)
}
