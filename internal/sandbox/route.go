package sandbox

import (
	"net/http"
	"strings"

	"github.com/mailprov/mailprov/internal/sandbox/odata"
)

// route finds the handler of a path and fills in template, keys and query. When there is none, the second result says
// why.
func (c *call) route() (func(*call) (answer, error), *problem) {
	segs, err := odata.Path(c.rawPath)
	if err != nil {
		return nil, asProblem(err)
	}
	if len(segs) > 1 && c.namesTenant(segs[0]) {
		segs = segs[1:]
	}
	for i := range segs {
		segs[i].Name = qualify(segs[i].Name)
	}
	query, err := odata.ParseQuery(c.rawQuery)
	if err != nil {
		return nil, asProblem(err)
	}
	c.query = query
	var methods []string
	for _, rt := range routes() {
		keys, template, ok := rt.match(segs)
		if !ok {
			continue
		}
		c.keys, c.template = keys, template
		if rt.method == c.method {
			return rt.handle, nil
		}
		methods = append(methods, rt.method)
	}
	if len(methods) > 0 && !c.writesElsewhere(segs[0].Name) {
		return nil, &problem{Status: http.StatusMethodNotAllowed, Code: "Request_BadRequest",
			Message: "Specified HTTP method is not allowed for the request target.",
			Header:  http.Header{"Allow": {strings.Join(methods, ", ")}}}
	}
	return nil, c.unknownPath(segs)
}

// namesTenant says whether a path begins with the tenant, which the token names already: /v1.0/{tenant}/users is what
// older clients write.
func (c *call) namesTenant(seg odata.Segment) bool {
	return !seg.HasKey && (strings.EqualFold(seg.Name, c.s.seed.TenantID) || strings.EqualFold(seg.Name, "myorganization"))
}

// writesElsewhere says whether Graph lets this collection be written, where the sandbox only shows it.
func (c *call) writesElsewhere(collection string) bool {
	switch c.method {
	case http.MethodPost, http.MethodPatch, http.MethodDelete:
	default:
		return false
	}
	switch strings.ToLower(collection) {
	case "users", "organization", "domains", "policies", "directoryobjects":
		return true
	}
	return false
}

// unknownPath tells what Graph has and the sandbox does not model from what is no path at all.
func (c *call) unknownPath(segs []odata.Segment) *problem {
	kinds := map[string]string{"applications": kindApplication, "servicePrincipals": kindPrincipal, "users": kindUser,
		"organization": kindOrg, "domains": kindDomain, "oauth2PermissionGrants": kindGrant}
	names := make([]string, 0, len(segs))
	for _, s := range segs {
		names = append(names, s.Name)
	}
	if kind, ok := kinds[segs[0].Name]; ok && len(segs) > 1 {
		last := names[len(names)-1]
		at := 2
		if segs[0].HasKey {
			at = 1
		}
		if len(segs) > at {
			last = names[at]
		}
		t, _ := c.s.model.Type(kind)
		_, nav := t.Navigation[last]
		_, prop := t.Properties[last]
		known := nav || prop || strings.HasPrefix(last, "microsoft.graph.") || strings.HasPrefix(last, "$")
		for _, op := range c.s.model.Operations(kind) {
			known = known || op.Name == strings.TrimSuffix(strings.TrimPrefix(last, "microsoft.graph."), "()")
		}
		if !known {
			return malformed("Resource not found for the segment '%s'.", last)
		}
	}
	return notModelled(c.method + " /" + strings.Join(names, "/"))
}

// route is one address of the API. "{key}" in its path stands for a key in either form, /{id} or (name='…').
type route struct {
	method string
	parts  []string
	handle func(*call) (answer, error)
}

func at(method, path string, handle func(*call) (answer, error)) route {
	return route{method, strings.Split(strings.Trim(path, "/"), "/"), handle}
}

// match compares a path with the route and writes its template.
func (rt route) match(segs []odata.Segment) (keys []odata.Segment, template string, ok bool) {
	var b strings.Builder
	i := 0
	for p := 0; p < len(rt.parts); p++ {
		if i >= len(segs) {
			return nil, "", false
		}
		seg := segs[i]
		if rt.parts[p] == "{key}" {
			// The key follows its collection as a segment of its own.
			if seg.HasKey || seg.Name == "" || isOperation(seg.Name) {
				return nil, "", false
			}
			keys = append(keys, odata.Segment{Key: seg.Name})
			b.WriteString("/{id}")
			i++
			continue
		}
		if !strings.EqualFold(seg.Name, rt.parts[p]) { // Graph does not mind the case
			return nil, "", false
		}
		b.WriteString("/" + rt.parts[p])
		i++
		keyNext := p+1 < len(rt.parts) && rt.parts[p+1] == "{key}"
		if seg.HasKey != keyNext && seg.HasKey {
			return nil, "", false
		}
		if seg.HasKey {
			if seg.Alias == "" || seg.Alias == "id" {
				b.WriteString("/{id}")
			} else {
				b.WriteString("(" + seg.Alias + "='{" + seg.Alias + "}')")
			}
			keys = append(keys, seg)
			p++
		}
	}
	return keys, b.String(), i == len(segs)
}

// qualify brings type casts and actions to one spelling: casts with the whole namespace, which clients shorten to its
// alias, actions without any.
func qualify(name string) string {
	bare, ok := strings.CutPrefix(name, "microsoft.graph.")
	if !ok {
		bare, ok = strings.CutPrefix(name, "graph.")
	}
	if !ok {
		return name
	}
	switch bare {
	case "addPassword", "removePassword", "restore", "getByIds":
		return bare
	}
	return "microsoft.graph." + bare
}

// isOperation says whether the segment after a collection is not a key but something done to the collection.
func isOperation(name string) bool {
	switch strings.TrimSuffix(strings.TrimPrefix(name, "microsoft.graph."), "()") {
	case "delta", "getByIds", "validateProperties", "getAvailableExtensionProperties", "getUserOwnedObjects", "$count", "$ref":
		return true
	}
	return false
}
