package sandbox

import (
	"net/http"
	"sync"
)

// routes is everything the sandbox models of Microsoft Graph v1.0. Whatever is not here is answered 501.
var routes = sync.OnceValue(func() []route {
	const (
		get, post, patch, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
		apps, sps             = "/applications", "/servicePrincipals"
	)
	return []route{
		at(get, apps, (*call).listApplications),
		at(post, apps, (*call).createApplication),
		at(get, apps+"/$count", counting((*call).listApplications)),
		at(get, apps+"/{key}", (*call).readApplication),
		at(patch, apps+"/{key}", (*call).patchApplication),
		at(del, apps+"/{key}", (*call).deleteApplication),
		at(post, apps+"/{key}/addPassword", on(kindApplication, (*call).addPassword)),
		at(post, apps+"/{key}/removePassword", on(kindApplication, (*call).removePassword)),
		at(get, apps+"/{key}/owners", on(kindApplication, (*call).listOwners)),
		at(get, apps+"/{key}/owners/microsoft.graph.user", ownersCast(kindApplication, kindUser)),
		at(get, apps+"/{key}/owners/microsoft.graph.servicePrincipal", ownersCast(kindApplication, kindPrincipal)),
		at(get, apps+"/{key}/owners/$ref", on(kindApplication, (*call).listOwnerRefs)),
		at(post, apps+"/{key}/owners/$ref", on(kindApplication, (*call).addOwner)),
		at(get, apps+"/{key}/owners/{key}/$ref", on(kindApplication, (*call).readOwnerRef)),
		at(del, apps+"/{key}/owners/{key}/$ref", on(kindApplication, (*call).removeOwner)),
		at(get, apps+"/{key}/appManagementPolicies", on(kindApplication, (*call).listPoliciesOf)),
		at(get, apps+"/{key}/federatedIdentityCredentials", (*call).listFederated),
		at(post, apps+"/{key}/federatedIdentityCredentials", (*call).createFederated),
		at(get, apps+"/{key}/federatedIdentityCredentials/{key}", (*call).readFederated),
		at(patch, apps+"/{key}/federatedIdentityCredentials/{key}", (*call).patchFederated),
		at(del, apps+"/{key}/federatedIdentityCredentials/{key}", (*call).deleteFederated),

		at(get, sps, (*call).listPrincipals),
		at(post, sps, (*call).createPrincipal),
		at(get, sps+"/$count", counting((*call).listPrincipals)),
		at(get, sps+"/{key}", (*call).readPrincipal),
		at(patch, sps+"/{key}", (*call).patchPrincipal),
		at(del, sps+"/{key}", (*call).deletePrincipal),
		at(post, sps+"/{key}/addPassword", on(kindPrincipal, (*call).addPassword)),
		at(post, sps+"/{key}/removePassword", on(kindPrincipal, (*call).removePassword)),
		at(get, sps+"/{key}/owners", on(kindPrincipal, (*call).listOwners)),
		at(get, sps+"/{key}/owners/$ref", on(kindPrincipal, (*call).listOwnerRefs)),
		at(post, sps+"/{key}/owners/$ref", on(kindPrincipal, (*call).addOwner)),
		at(get, sps+"/{key}/owners/{key}/$ref", on(kindPrincipal, (*call).readOwnerRef)),
		at(del, sps+"/{key}/owners/{key}/$ref", on(kindPrincipal, (*call).removeOwner)),
		at(get, sps+"/{key}/ownedObjects", (*call).listOwned),
		at(get, sps+"/{key}/appManagementPolicies", on(kindPrincipal, (*call).listPoliciesOf)),
		at(get, sps+"/{key}/oauth2PermissionGrants", (*call).listGrantsOf),
		at(get, sps+"/{key}/appRoleAssignments", listAssignments("principalId")),
		at(post, sps+"/{key}/appRoleAssignments", createAssignment("principalId")),
		at(get, sps+"/{key}/appRoleAssignments/{key}", readAssignment("principalId")),
		at(del, sps+"/{key}/appRoleAssignments/{key}", deleteAssignment("principalId")),
		at(get, sps+"/{key}/appRoleAssignedTo", listAssignments("resourceId")),
		at(post, sps+"/{key}/appRoleAssignedTo", createAssignment("resourceId")),
		at(get, sps+"/{key}/appRoleAssignedTo/{key}", readAssignment("resourceId")),
		at(del, sps+"/{key}/appRoleAssignedTo/{key}", deleteAssignment("resourceId")),

		at(get, "/oauth2PermissionGrants", (*call).listGrants),
		at(post, "/oauth2PermissionGrants", (*call).createGrant),
		at(get, "/oauth2PermissionGrants/{key}", (*call).readGrant),
		at(patch, "/oauth2PermissionGrants/{key}", (*call).patchGrant),
		at(del, "/oauth2PermissionGrants/{key}", (*call).deleteGrant),

		at(get, "/directory/deletedItems/microsoft.graph.application", deletedOf(kindApplication)),
		at(get, "/directory/deletedItems/microsoft.graph.servicePrincipal", deletedOf(kindPrincipal)),
		at(get, "/directory/deletedItems", (*call).deletedWithoutCast),
		at(get, "/directory/deletedItems/{key}", (*call).readDeleted),
		at(get, "/directory/deletedItems/{key}/microsoft.graph.application", (*call).readDeleted),
		at(get, "/directory/deletedItems/{key}/microsoft.graph.servicePrincipal", (*call).readDeleted),
		at(del, "/directory/deletedItems/{key}", (*call).purgeDeleted),
		at(post, "/directory/deletedItems/{key}/restore", (*call).restoreDeleted),

		at(get, "/directoryObjects/{key}", (*call).readDirectoryObject),
		at(post, "/directoryObjects/getByIds", (*call).getByIDs),

		at(get, "/users", (*call).listUsers),
		at(get, "/users/$count", counting((*call).listUsers)),
		at(get, "/users/{key}", (*call).readUser),
		at(get, "/organization", (*call).listOrganization),
		at(get, "/organization/{key}", (*call).readOrganization),
		at(get, "/domains", (*call).listDomains),
		at(get, "/domains/{key}", (*call).readDomain),
		at(get, "/me", (*call).readMe),

		at(get, "/policies/defaultAppManagementPolicy", (*call).readDefaultPolicy),
		at(get, "/policies/appManagementPolicies", (*call).listPolicies),
		at(get, "/policies/appManagementPolicies/{key}", (*call).readPolicy),
		at(get, "/policies/appManagementPolicies/{key}/appliesTo", (*call).listAppliesTo),
	}
})

// on gives a handler that several kinds of objects share the kind it is called for.
func on(kind string, handle func(*call, string) (answer, error)) func(*call) (answer, error) {
	return func(c *call) (answer, error) { return handle(c, kind) }
}

// counting answers a list's length as plain text.
func counting(list func(*call) (answer, error)) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		if !c.eventual() {
			return answer{}, bad("$count is not currently supported.")
		}
		c.query.Count = true
		out, err := list(c)
		if err != nil {
			return out, err
		}
		body, _ := out.body.(Object)
		return plainCount(body["@odata.count"]), nil
	}
}
