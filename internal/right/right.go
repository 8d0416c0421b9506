// Package right is what Microsoft Graph wants of whoever calls it: for every
// kind of call that mailprov makes the permissions and the directory roles that
// allow it, the least first, and for every command the calls it makes. Plans,
// doctor and the documentation are written from it, and tests hold it against
// what the commands send.
//
// The source is Microsoft's permissions reference and the page of each call
// (learn.microsoft.com/graph/permissions-reference), and for directory roles
// "Grant tenant-wide admin consent" and "Microsoft Entra built-in roles".
//
// It imports nothing of mailprov and asks nobody.
package right

import (
	"slices"
	"strings"
)

// The permissions of Microsoft Graph, by their values. The same values exist as
// application and as delegated permissions, but for OwnedBy.
const (
	AppsRead      = "Application.Read.All"
	AppsOwned     = "Application.ReadWrite.OwnedBy"
	AppsAll       = "Application.ReadWrite.All"
	Assign        = "AppRoleAssignment.ReadWrite.All"
	GrantsRead    = "DelegatedPermissionGrant.Read.All"
	Grants        = "DelegatedPermissionGrant.ReadWrite.All"
	DirectoryRead = "Directory.Read.All"
	DirectoryAll  = "Directory.ReadWrite.All"
	OrgRead       = "Organization.Read.All"
	UsersBasic    = "User.ReadBasic.All"
	UsersRead     = "User.Read.All"
	PolicyRead    = "Policy.Read.All"
	PolicyWrite   = "Policy.ReadWrite.ApplicationConfiguration"
	// AsUser lets a program do whatever its user may: Microsoft's own tools
	// have it.
	AsUser = "Directory.AccessAsUser.All"
)

// Call is a kind of call.
type Call string

// The kinds of calls.
const (
	ReadApplication   Call = "read applications"
	ReadPrincipal     Call = "read service principals and the application permissions they were granted"
	ReadGrants        Call = "read the delegated permissions that were granted"
	ReadOrganization  Call = "read the tenant's name and domains"
	ReadUser          Call = "read users"
	ReadPolicy        Call = "read the app management policies"
	CreateApplication Call = "create applications"
	WriteApplication  Call = "change and delete applications"
	WriteCredential   Call = "add and remove client secrets"
	WritePrincipal    Call = "create and delete service principals"
	WriteOwner        Call = "change owners"
	AssignRole        Call = "grant and revoke application permissions"
	WriteGrant        Call = "grant and revoke delegated permissions"
)

// Set are permissions that are needed together.
type Set []string

// String joins them as a person writes them.
func (s Set) String() string { return strings.Join(s, " and ") }

// Rule is what one kind of call needs.
type Rule struct {
	Call Call
	// Application are the sets of application permissions any one of which
	// allows it, the least first.
	Application []Set
	// Delegated are those of delegated permissions, for a person.
	Delegated []Set
	// Roles are the directory roles one of which a person needs besides; none
	// where the permission alone allows it.
	Roles []Role
	// Members tells that a person without any role may have the right: every
	// member may register applications unless the tenant switched it off, and an
	// owner may change what is theirs.
	Members bool
}

// Owned tells whether the least set reaches only what the identity owns.
func (r Rule) Owned() bool { return r.Application[0][0] == AppsOwned }

// Of is the rule of a kind of call.
func Of(c Call) Rule {
	for _, r := range Rules() {
		if r.Call == c {
			return r
		}
	}
	panic("right: no rule for " + string(c))
}

// Rules are the rules of all calls, reads first.
func Rules() []Rule {
	managers := []Role{CloudApplicationAdministrator, ApplicationAdministrator, GlobalAdministrator}
	readers := []Set{{AppsRead}, {AppsAll}, {DirectoryRead}, {DirectoryAll}}
	manage := []Set{{AppsOwned}, {AppsAll}, {DirectoryAll}}
	managed := []Set{{AppsAll}, {DirectoryAll}}
	rules := []Rule{
		{Call: ReadApplication, Application: readers, Delegated: readers},
		{Call: ReadPrincipal, Application: readers, Delegated: readers},
		{Call: ReadGrants, Application: []Set{{GrantsRead}, {Grants}, {DirectoryRead}, {DirectoryAll}}, Delegated: []Set{{GrantsRead}, {Grants}, {DirectoryRead}, {DirectoryAll}}},
		{Call: ReadOrganization, Application: []Set{{OrgRead}, {DirectoryRead}, {DirectoryAll}}, Delegated: []Set{{"User.Read"}, {OrgRead}, {DirectoryRead}, {DirectoryAll}}},
		{Call: ReadUser, Application: []Set{{UsersBasic}, {UsersRead}, {DirectoryRead}, {DirectoryAll}}, Delegated: []Set{{UsersBasic}, {UsersRead}, {DirectoryRead}, {DirectoryAll}}},
		{Call: ReadPolicy, Application: []Set{{PolicyRead}, {PolicyWrite}}, Delegated: []Set{{PolicyRead}, {PolicyWrite}}},
		{Call: CreateApplication, Application: manage, Delegated: managed, Roles: append([]Role{ApplicationDeveloper}, managers...), Members: true},
		{Call: WriteApplication, Application: manage, Delegated: managed, Roles: managers, Members: true},
		{Call: WriteCredential, Application: manage, Delegated: managed, Roles: managers, Members: true},
		{Call: WritePrincipal, Application: manage, Delegated: managed, Roles: managers, Members: true},
		{
			Call: WriteOwner, Application: []Set{{AppsOwned, DirectoryRead}, {AppsAll}, {DirectoryAll}},
			Delegated: managed, Roles: managers, Members: true,
		},
		{
			Call: AssignRole, Application: []Set{{Assign, AppsRead}, {Assign, AppsAll}, {Assign, DirectoryRead}, {Assign, DirectoryAll}},
			Delegated: []Set{{Assign, AppsRead}, {Assign, AppsAll}, {Assign, DirectoryRead}, {Assign, DirectoryAll}}, Roles: managers,
		},
		{
			Call: WriteGrant, Application: []Set{{Grants}, {DirectoryAll}}, Delegated: []Set{{Grants}, {DirectoryAll}},
			Roles: []Role{CloudApplicationAdministrator, ApplicationAdministrator, PrivilegedRoleAdministrator, GlobalAdministrator},
		},
	}
	for i := range rules {
		rules[i].Delegated = append(slices.Clone(rules[i].Delegated), Set{AsUser})
	}
	return rules
}

// Least is the least that allows a call to an identity without a person.
func Least(c Call) string { return Of(c).Application[0].String() }
