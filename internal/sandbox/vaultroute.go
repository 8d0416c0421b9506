package sandbox

import (
	"net/http"
	"strings"
	"sync"
)

// vaultRoute is one operation on secrets. Names in braces stand for any segment.
type vaultRoute struct {
	method string
	path   string
	right  vaultRight
	lists  bool // takes maxresults and $skiptoken
	handle func(*vaultCall) (answer, *problem)
}

// vaultRoutes is everything the sandbox models of Key Vault. Whatever is not here is answered 501.
var vaultRoutes = sync.OnceValue(func() []vaultRoute {
	const (
		get, put, patch, post, del = http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodPost, http.MethodDelete
		secret, deleted            = "/secrets/{name}", "/deletedsecrets/{name}"
	)
	return []vaultRoute{
		{get, "/secrets", readMetadata, true, (*vaultCall).listSecrets},
		{put, secret, setSecret, false, (*vaultCall).setSecret},
		{get, secret, getSecret, false, (*vaultCall).getSecret},
		{patch, secret, updateSecret, false, (*vaultCall).updateSecret},
		{del, secret, deleteSecret, false, (*vaultCall).deleteSecret},
		{get, secret + "/versions", readMetadata, true, (*vaultCall).listVersions},
		{get, secret + "/{version}", getSecret, false, (*vaultCall).getSecret},
		{patch, secret + "/{version}", updateSecret, false, (*vaultCall).updateSecret},
		{get, "/deletedsecrets", readMetadata, true, (*vaultCall).listDeleted},
		{get, deleted, getSecret, false, (*vaultCall).getDeleted},
		{del, deleted, purgeSecret, false, (*vaultCall).purgeDeleted},
		{post, deleted + "/recover", recoverSecret, false, (*vaultCall).recoverDeleted},
	}
})

// route finds the operation of a path and fills in template and names. When there is none, the second result says why.
func (c *vaultCall) route() (*vaultRoute, *problem) {
	if c.header.Get("X-Http-Method") != "" || c.header.Get("X-Http-Method-Override") != "" {
		return nil, notVault("another method in a header")
	}
	// An empty version at the end means the current one; a doubled slash at the beginning is what Microsoft's own
	// examples have.
	segments := strings.Split(strings.Trim(c.path, "/"), "/")
	var methods []string
	for i := range vaultRoutes() {
		rt := &vaultRoutes()[i]
		parts := strings.Split(strings.Trim(rt.path, "/"), "/")
		if !fitsParts(parts, segments) {
			continue
		}
		if rt.method != c.method {
			methods = append(methods, rt.method)
			continue
		}
		c.template = rt.path
		for n, part := range parts {
			switch part {
			case "{name}":
				c.name = segments[n]
			case "{version}":
				c.version = segments[n]
			}
		}
		return rt, nil
	}
	if len(methods) > 0 && c.method != http.MethodPost {
		return nil, &problem{Status: http.StatusMethodNotAllowed, Code: "BadParameter", Message: "Method " + c.method + " is not allowed here.",
			Header: http.Header{"Allow": {strings.Join(methods, ", ")}}}
	}
	return nil, notVault(c.method + " /" + strings.Join(segments, "/"))
}

func fitsParts(parts, segments []string) bool {
	if len(parts) != len(segments) {
		return false
	}
	for i, p := range parts {
		if p != segments[i] && !strings.HasPrefix(p, "{") || segments[i] == "" {
			return false
		}
	}
	return true
}
