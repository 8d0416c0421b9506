package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox/csdl"
	"github.com/mailprov/mailprov/internal/sandbox/odata"
)

// call is one Graph request, whether it came by itself or inside a batch.
type call struct {
	s        *Sandbox
	method   string
	template string // the path with keys replaced by their names; what logs, counters and fault rules speak of
	rawPath  string
	keys     []odata.Segment // the keys in the path, in order
	rawQuery string
	query    odata.Query
	header   http.Header
	body     []byte
	who      caller
	origin   string // scheme and host that the client used
	now      time.Time
	id       string // request-id
	inner    bool
}

// answer is what goes back.
type answer struct {
	status int
	header http.Header
	body   any    // JSON; nil for none
	plain  []byte // a body that is not JSON, with its type in header
	lost   bool   // the connection breaks instead
	batch  string // what a batch does to this answer: see Action.Batch
	err    *problem
}

func empty() answer { return answer{status: http.StatusNoContent} }

// entity answers one object.
func (c *call) entity(status int, kind string, doc Object) (answer, error) {
	shaped, err := c.shape(kind, doc, c.query.Select)
	if err != nil {
		return answer{}, err
	}
	shaped["@odata.context"] = c.origin + "/v1.0/$metadata#" + contextOf(kind) + "/$entity"
	return answer{status: status, body: shaped}, nil
}

// shapeMixed is shape for an item of a collection of different types: what another type has and this one has not is
// left out.
func (c *call) shapeMixed(kind string, doc Object, fields []string) (Object, error) {
	var own []string
	for _, f := range fields {
		known := false
		for _, k := range []string{kindUser, kindPrincipal, kindApplication} {
			if t, ok := c.s.model.Type(k); ok {
				_, has := t.Properties[f]
				known = known || has
				if has && k == kind {
					own = append(own, f)
				}
			}
		}
		if !known && f != "*" {
			return nil, bad("Could not find a property named '%s' on type 'microsoft.graph.directoryObject'.", f)
		}
	}
	if len(own) == 0 && len(fields) > 0 {
		own = []string{"id"}
	}
	out, err := c.shape(kind, doc, own)
	if err == nil {
		out["@odata.type"] = "#microsoft.graph." + kind
	}
	return out, err
}

// shape takes the selected properties of a document, or those shown by default.
func (c *call) shape(kind string, doc Object, fields []string) (Object, error) {
	out := make(Object, len(doc))
	if len(fields) == 0 {
		shown := shownByDefault(kind)
		for k, v := range doc {
			if shown == nil || shown[k] {
				out[k] = v
			}
		}
		return out, nil
	}
	t, _ := c.s.model.Type(kind)
	for _, f := range fields {
		if f == "*" {
			return c.shape(kind, doc, nil)
		}
		if t != nil {
			if _, ok := t.Properties[f]; !ok {
				if _, nav := t.Navigation[f]; nav {
					continue
				}
				return nil, bad("Could not find a property named '%s' on type 'microsoft.graph.%s'.", f, kind)
			}
		}
		out[f] = doc[f]
	}
	return out, nil
}

// shownByDefault limits what an entity shows without $select; nil is everything.
func shownByDefault(kind string) map[string]bool {
	if kind != kindUser {
		return nil
	}
	return map[string]bool{"id": true, "displayName": true, "givenName": true, "mail": true, "surname": true, "userPrincipalName": true}
}

func contextOf(kind string) string {
	switch kind {
	case kindApplication:
		return "applications"
	case kindPrincipal:
		return "servicePrincipals"
	case kindUser:
		return "users"
	case kindOrg:
		return "organization"
	case kindDomain:
		return "domains"
	case kindGrant:
		return "oauth2PermissionGrants"
	case kindAssignment:
		return "appRoleAssignments"
	case kindDefault:
		return "policies/defaultAppManagementPolicy"
	case kindPolicy:
		return "policies/appManagementPolicies"
	case kindFederated:
		return "federatedIdentityCredentials"
	}
	return "directoryObjects"
}

// jsonBody reads the request's body as one JSON object.
func (c *call) jsonBody() (Object, error) {
	given := c.header.Get("Content-Type")
	if len(bytes.TrimSpace(c.body)) == 0 {
		return nil, malformed("Empty Payload. JSON content expected.")
	}
	if given == "" {
		return nil, malformed("Write requests (excluding DELETE) must contain the Content-Type header declaration.")
	}
	media, params, err := mime.ParseMediaType(given)
	if err != nil || media != "application/json" {
		return nil, &problem{Status: http.StatusUnsupportedMediaType, Code: "UnsupportedMediaType",
			Message: "A supported MIME type could not be found that matches the content type of the request. None of the supported type(s) 'application/json' matches the content type '" + given + "'."}
	}
	if cs := params["charset"]; cs != "" && !strings.EqualFold(cs, "utf-8") {
		return nil, &problem{Status: http.StatusUnsupportedMediaType, Code: "UnsupportedMediaType",
			Message: "The charset '" + cs + "' is not supported."}
	}
	v, err := decode(c.body)
	if err != nil {
		return nil, malformed("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	doc, ok := v.(map[string]any)
	if !ok {
		return nil, malformed("Unable to read JSON request payload. A JSON object is expected.")
	}
	return doc, nil
}

// decode reads exactly one JSON value, numbers as written.
func decode(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, io.ErrUnexpectedEOF
	}
	return v, nil
}

// checked reads the body as an entity or complex type of the schema.
func (c *call) checked(kind string) (Object, error) {
	doc, err := c.jsonBody()
	if err != nil {
		return nil, err
	}
	return c.s.model.Check(kind, doc)
}

// prefers says whether a preference is in the Prefer header.
func (c *call) prefers(want string) bool {
	for _, line := range c.header.Values("Prefer") {
		for _, p := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ';' }) {
			if strings.EqualFold(strings.TrimSpace(p), want) {
				return true
			}
		}
	}
	return false
}

// eventual says whether the request asks the search index, which is what makes a query "advanced".
func (c *call) eventual() bool {
	return strings.EqualFold(c.header.Get("ConsistencyLevel"), "eventual")
}

// key is the n-th key of the path.
func (c *call) key(n int) odata.Segment {
	if n < len(c.keys) {
		return c.keys[n]
	}
	return odata.Segment{}
}

// locate finds the object that a key names and the version of it that this request sees.
func (c *call) locate(kind string, key odata.Segment) (*record, version, error) {
	var r *record
	d := c.s.dir
	switch key.Alias {
	case "", "id":
		if kind == kindUser && strings.Contains(key.Key, "@") {
			r = d.find(kindUser, "userPrincipalName", key.Key)
			break
		}
		if isGUIDKind(kind) && kind != kindUser && !csdl.IsGUID(key.Key) {
			return nil, version{}, bad("Invalid object identifier '%s'.", key.Key)
		}
		r = d.byID(key.Key, kind)
	case "appId":
		if kind != kindApplication && kind != kindPrincipal {
			return nil, version{}, malformed("The key '%s' is not defined on type 'microsoft.graph.%s'.", key.Alias, kind)
		}
		if !csdl.IsGUID(key.Key) {
			return nil, version{}, bad("Invalid value specified for property 'appId' of resource '%s'.", resourceName(kind))
		}
		r = c.visible(d.holding(kind, "appId", key.Key))
	case "uniqueName":
		if kind != kindApplication {
			return nil, version{}, malformed("The key '%s' is not defined on type 'microsoft.graph.%s'.", key.Alias, kind)
		}
		r = c.visible(d.holding(kind, "uniqueName", key.Key))
	case "userPrincipalName":
		if kind != kindUser {
			return nil, version{}, malformed("The key '%s' is not defined on type 'microsoft.graph.%s'.", key.Alias, kind)
		}
		r = d.find(kindUser, "userPrincipalName", key.Key)
	default:
		return nil, version{}, malformed("The key '%s' is not defined on type 'microsoft.graph.%s'.", key.Alias, kind)
	}
	v, ok := d.see(r)
	if !ok {
		return nil, version{}, notFound(key.Key)
	}
	return r, v, nil
}

// visible picks, of the objects that hold a value, the live one, or else one that a replica may still show.
func (c *call) visible(list []*record) *record {
	for _, r := range list {
		if r.live() {
			return r
		}
	}
	if len(list) > 0 {
		return list[0]
	}
	return nil
}

func isGUIDKind(kind string) bool {
	return kind != kindGrant && kind != kindAssignment && kind != kindDomain
}

func resourceName(kind string) string { return strings.ToUpper(kind[:1]) + kind[1:] }
