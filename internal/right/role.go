package right

// Role is a built-in directory role of a person, by the id of its template,
// which is the same in every tenant and stands in the claim wids.
type Role struct{ ID, Name string }

// The roles that matter here (learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference).
var (
	GlobalAdministrator           = Role{"62e90394-69f5-4237-9190-012177145e10", "Global Administrator"}
	PrivilegedRoleAdministrator   = Role{"e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator"}
	CloudApplicationAdministrator = Role{"158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator"}
	ApplicationAdministrator      = Role{"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator"}
	ApplicationDeveloper          = Role{"cf1c38e5-3621-4004-a7cb-879624dced7c", "Application Developer"}
)

// roles are all of them, the least first.
func roles() []Role {
	return []Role{ApplicationDeveloper, CloudApplicationAdministrator, ApplicationAdministrator, PrivilegedRoleAdministrator, GlobalAdministrator}
}

// RoleNames are the names of those of the roles that are known here, the
// greatest first.
func RoleNames(ids []string) []string {
	var out []string
	all := roles()
	for i := len(all) - 1; i >= 0; i-- {
		for _, id := range ids {
			if id == all[i].ID {
				out = append(out, all[i].Name)
			}
		}
	}
	return out
}

// Consents are the roles by which a person may grant application permissions of
// an API: those of Microsoft Graph, and of its predecessor, are for the highest
// alone.
func Consents(apiAppID string) []Role {
	switch apiAppID {
	case "00000003-0000-0000-c000-000000000000", "00000002-0000-0000-c000-000000000000":
		return []Role{PrivilegedRoleAdministrator, GlobalAdministrator}
	}
	return []Role{CloudApplicationAdministrator, ApplicationAdministrator, PrivilegedRoleAdministrator, GlobalAdministrator}
}
