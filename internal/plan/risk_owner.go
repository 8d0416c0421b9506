package plan

import (
	"slices"

	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

// ownerRisks: a person who owns an application can give it a secret of their
// own. A service principal is an owner so that it may rotate.
func (b *builder) ownerRisks(c *Change) {
	for _, id := range resource.Strings(c.After.GetAttr("owners")) {
		switch owner := b.ownerOf(c, id); owner.Kind {
		case ownerUser:
			b.risk(c, "MP112", Medium, "%s is an owner and can add secrets to this app.", ownerName(owner))
		case ownerUnknown:
			b.risk(c, "MP112", Low, "%s becomes an owner; if that is a user, they can add secrets to this app.", id)
		}
	}
}

// The kinds of owners, as Graph calls them; that of an id that was written as
// such is known only once it is an owner.
const (
	ownerUser      = "user"
	ownerPrincipal = "servicePrincipal"
	ownerUnknown   = ""
)

// ownerOf is an owner as it was read: as an owner already, as a data source, or
// as who runs this.
func (b *builder) ownerOf(c *Change, id string) appregistration.Owner {
	if seen := b.in.Observed[c.Addr]; seen != nil {
		if i := slices.IndexFunc(seen.Owners, func(o appregistration.Owner) bool { return o.ID == id }); i >= 0 {
			return seen.Owners[i]
		}
	}
	owner := appregistration.Owner{ID: id}
	switch name, isUser := b.in.Users[id]; {
	case isUser:
		owner.Kind, owner.Name = ownerUser, name
	case id == b.in.Identity.ObjectID && b.in.Identity.IsUser:
		owner.Kind, owner.Name = ownerUser, b.in.Identity.Name
	case b.in.Principals[id] || id == b.in.Identity.ObjectID || slices.Contains(b.in.Operators, id):
		owner.Kind = ownerPrincipal
	}
	return owner
}
