package appregistration

import (
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/rotate"
)

// Observed is an application as Entra has it, in the terms of the
// configuration: permissions by name, owners by object id.
type Observed struct {
	Gone               bool // there is no such application any more
	ObjectID           string
	ClientID           string
	UniqueName         string
	ServicePrincipalID string // empty: there is none
	CreatedAt          time.Time
	Attrs              cty.Value
	Grants             []Grant
	Assignments        []Assignment
	Credentials        []Credential
	Certificates       []Credential
	Owners             []Owner
	Tags               []string
	// UserGrants counts grants to single users, which are reported and never
	// touched.
	UserGrants int
	// Unread names, for a part that could not be read, the right it needs. What
	// is said of that part is what the state knows.
	Unread map[Part]string
}

// Part is a piece of an application that is read by a call of its own, and may
// be refused by itself.
type Part string

// The parts.
const (
	Registration    Part = "registration"      // the application: attributes, owners, credentials
	Principal       Part = "service_principal" // with the application permissions it was granted
	DelegatedGrants Part = "delegated_grants"  // tenant-wide and to users
	Permissions     Part = "api_permissions"   // what the permissions that it requests are called
)

// Lacks tells whether a part could not be read.
func (o *Observed) Lacks(p Part) bool {
	_, lacks := o.Unread[p]
	return lacks
}

// Grant is a tenant-wide oauth2PermissionGrant to one API.
type Grant struct {
	ID     string
	API    string
	Scopes []string
}

// Assignment is an appRoleAssignment: one application permission.
type Assignment struct {
	ID         string
	API        string
	Permission string
}

// Credential is a password or certificate on the application.
type Credential struct {
	KeyID       string
	DisplayName string
	Hint        string
	Start, End  time.Time
}

// Owner is an owner of the application.
type Owner struct {
	ID   string
	Kind string // user or servicePrincipal
	Name string // user principal name or display name
}

// Granted are the permissions the application holds tenant-wide.
func (o *Observed) Granted() map[resource.Permission]bool {
	g := map[resource.Permission]bool{}
	for _, x := range o.Grants {
		for _, s := range x.Scopes {
			g[resource.Permission{API: x.API, Kind: resource.DelegatedKind, Value: s}] = true
		}
	}
	for _, x := range o.Assignments {
		g[resource.Permission{API: x.API, Kind: resource.ApplicationKind, Value: x.Permission}] = true
	}
	return g
}

// Holding is the key id under which the application holds a credential, known
// by its key id or by its marker; "" if it holds none such.
func (o *Observed) Holding(c rotate.Credential) string {
	for _, have := range o.Credentials {
		if have.KeyID == c.KeyID || c.Marker != "" && rotate.HasMarker(have.DisplayName, c.Marker) {
			return have.KeyID
		}
	}
	return ""
}

// Requested are the permissions of an attributes object.
func Requested(attrs cty.Value) map[resource.Permission]bool {
	out := map[resource.Permission]bool{}
	perms := attrs.GetAttr("api_permissions")
	if !perms.IsKnown() || perms.IsNull() {
		return out
	}
	for it := perms.ElementIterator(); it.Next(); {
		k, v := it.Element()
		for _, kind := range []resource.Kind{resource.ApplicationKind, resource.DelegatedKind} {
			set := v.GetAttr(string(kind))
			if !set.IsKnown() || set.IsNull() {
				continue
			}
			for in := set.ElementIterator(); in.Next(); {
				if _, name := in.Element(); name.IsKnown() && !name.IsNull() {
					out[resource.Permission{API: k.AsString(), Kind: kind, Value: name.AsString()}] = true
				}
			}
		}
	}
	return out
}
