package right

// Identity is a role in which mailprov runs. Where one person does everything
// they are one; a team splits them, since the rights to consent are close to
// those of a Global Administrator.
type Identity struct {
	Name string
	// For is what it is for.
	For string
	// Permissions are the application permissions of Microsoft Graph it is
	// given, and none of them is more than it needs.
	Permissions []string
	// Owns tells that it has to own the applications it works on:
	// tenant.operators makes it an owner.
	Owns bool
}

// The identities.
var (
	Reader  = Identity{Name: "reader", For: "looks: pull requests, nightly drift", Permissions: []string{AppsRead, GrantsRead}}
	Applier = Identity{Name: "applier", For: "applies everything but consent; owns what it makes", Permissions: []string{AppsOwned, AppsRead, GrantsRead}}
	Rotator = Identity{Name: "rotator", For: "replaces and removes secrets", Permissions: []string{AppsOwned}, Owns: true}
	Granter = Identity{Name: "granter", For: "consents to what an applier left pending", Permissions: []string{Assign, Grants, AppsRead}}
)

// Identities are all of them, the least powerful first.
func Identities() []Identity { return []Identity{Reader, Rotator, Applier, Granter} }

// Use is what one command asks of Graph.
type Use struct {
	Command string
	// By are the identities that can run it.
	By []Identity
	// Reads and Writes are the calls it makes. An identity that lacks the right
	// to one of Reads is told so; what needs it is not compared.
	Reads, Writes []Call
	// Goes are calls it makes, and goes on without a word or with a note where
	// they are refused.
	Goes []Call
	// With are calls it makes only if the configuration has something: what.
	With []Condition
}

// Condition is a call that depends on the configuration.
type Condition struct {
	Call Call
	When string // "owners or tenant.operators"
}

// Uses are the commands that ask anything of Graph. All others need no right.
func Uses() []Use {
	compared := []Call{ReadApplication, ReadPrincipal, ReadGrants}
	known := []Call{ReadOrganization, ReadPolicy}
	users := Condition{ReadUser, `data "user"`}
	return []Use{
		{Command: "plan", By: []Identity{Reader, Applier, Granter}, Reads: compared, Goes: known, With: []Condition{users}},
		{Command: "drift", By: []Identity{Reader, Applier, Granter}, Reads: compared},
		{Command: "verify", By: []Identity{Reader, Applier, Granter}, Reads: compared},
		{Command: "doctor", By: []Identity{Reader, Applier, Granter}, Reads: compared, Goes: known, With: []Condition{users}},
		{Command: "status", By: []Identity{Reader, Rotator, Applier, Granter}, Reads: []Call{ReadApplication}},
		{
			Command: "apply -consent=skip", By: []Identity{Applier}, Reads: compared, Goes: known,
			Writes: []Call{CreateApplication, WriteApplication, WritePrincipal, WriteCredential},
			With:   []Condition{users, {WriteOwner, "owners or tenant.operators"}},
		},
		{Command: "apply, where only consent is left", By: []Identity{Granter}, Reads: compared, Goes: known, Writes: []Call{AssignRole, WriteGrant}, With: []Condition{users}},
		{Command: "rotate", By: []Identity{Rotator, Applier}, Reads: []Call{ReadApplication}, Goes: []Call{ReadPolicy}, Writes: []Call{WriteCredential}},
	}
}
