package sandbox

import "slices"

// caller is who a request's access token speaks for.
type caller struct {
	appID     string
	principal string // object id of its service principal
	roles     map[string]bool
}

func (w caller) has(any ...string) bool {
	for _, role := range any {
		if w.roles[role] {
			return true
		}
	}
	return false
}

// Application permissions that allow something, as Microsoft's permissions reference lists them for each call.
const (
	ownedBy = "Application.ReadWrite.OwnedBy"
	appsAll = "Application.ReadWrite.All"
	dirRW   = "Directory.ReadWrite.All"
)

func (w caller) readsApplications() bool {
	return w.has("Application.Read.All", appsAll, "Directory.Read.All", dirRW)
}

func (w caller) readsUsers() bool {
	return w.has("User.Read.All", "User.ReadBasic.All", "User.ReadWrite.All", "Directory.Read.All", dirRW)
}

func (w caller) readsOrganization() bool {
	return w.has("Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", dirRW)
}

func (w caller) readsDomains() bool {
	return w.has("Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All", dirRW)
}

func (w caller) readsPolicies() bool {
	return w.has("Policy.Read.All", "Policy.Read.ApplicationConfiguration", "Policy.ReadWrite.ApplicationConfiguration")
}

func (w caller) readsGrants() bool {
	return w.has("Directory.Read.All", dirRW, "DelegatedPermissionGrant.Read.All", "DelegatedPermissionGrant.ReadWrite.All")
}

func (w caller) writesGrants() bool { return w.has("DelegatedPermissionGrant.ReadWrite.All", dirRW) }

// writesAssignments needs the right to assign and, as documented, the right to read what is assigned.
func (w caller) writesAssignments() bool {
	return w.has("AppRoleAssignment.ReadWrite.All") && w.readsApplications()
}

func (w caller) owns(r *record) bool {
	return r != nil && w.principal != "" && slices.Contains(r.now.links, w.principal)
}

// mayRead allows an application or service principal to be looked at: with a directory-wide right, or by its owner.
func (w caller) mayRead(r *record) bool {
	return w.readsApplications() || (w.has(ownedBy) && w.owns(r))
}

// mayManage allows an application or service principal to be changed.
func (w caller) mayManage(r *record) bool {
	return w.has(appsAll, dirRW) || (w.has(ownedBy) && w.owns(r))
}

// mayCreate allows applications to be made; whoever makes one owns it.
func (w caller) mayCreate() bool { return w.has(ownedBy, appsAll, dirRW) }

// sees refuses callers without any right to look at a kind of object before it is looked for, so that existence does
// not leak to them.
func (w caller) sees(kind string) bool {
	switch kind {
	case kindApplication, kindPrincipal:
		return w.readsApplications() || w.has(ownedBy)
	case kindUser:
		return w.readsUsers()
	case kindOrg:
		return w.readsOrganization()
	case kindDomain:
		return w.readsDomains()
	case kindGrant:
		return w.readsGrants()
	case kindDefault, kindPolicy:
		return w.readsPolicies()
	}
	return w.readsApplications()
}
