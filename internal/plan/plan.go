package plan

import (
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/rotate"
)

// Action is what happens to an instance; the value is its symbol.
type Action rune

// The actions.
const (
	NoOp   Action = ' '
	Create Action = '+'
	Update Action = '~'
	Delete Action = '-'
	Rotate Action = '↻'
	Retire Action = '†'
	Wait   Action = '⧗'
	Forget Action = '.'
)

// String is the action's name in documents.
func (a Action) String() string {
	switch a {
	case Create:
		return "create"
	case Update:
		return "update"
	case Delete:
		return "delete"
	case Rotate:
		return "rotate"
	case Retire:
		return "retire"
	case Wait:
		return "wait"
	case Forget:
		return "forget"
	}
	return "no-op"
}

// Plan is what would be done, in the order of addresses.
type Plan struct {
	Name      string
	Tenant    Tenant
	Lineage   string
	Serial    uint64
	Now       time.Time
	Location  *time.Location
	Options   Options
	Identity  Identity
	Changes   []*Change
	Drift     []*Change // what was changed in Entra behind our back
	Consent   []ConsentChange
	Readers   []Reader
	Settings  []SettingsChange
	Risks     []Risk
	Outputs   []OutputChange
	Summary   Summary
	Steps     []Step
	MovedFrom []Move
	// Missing are the rights that the identity lacks for the steps, in words.
	Missing []Lack
	// Notes are things worth knowing that change nothing.
	Notes []string
	// Facts are what the digest stands for.
	Facts []Fact
	// Unread are the objects that are compared and could not be read. A plan
	// with any is partial: it may show too little and has no digest.
	Unread []Unread
	// Failures are why single secrets cannot be planned for, in a plan for
	// secrets alone; the others are.
	Failures diag.Diagnostics
	// People maps the object ids of owners to names, where they were read.
	People map[string]string
}

// Unread is an object that is compared and could not be read by the identity
// that planned. What Entra checks anyway, such as a policy, is none.
type Unread struct {
	// Addr is the instance it belongs to; zero where it belongs to none.
	Addr addr.Instance `json:",omitzero"`
	// What is the object for people: "the owners".
	What message.Text
	// Why it could not be read, with what would help: "… needs Directory.Read.All".
	Why message.Text
	// Part is what of the instance it is, for telling which steps stand on it.
	Part appregistration.Part
}

// Partial tells whether something that is compared could not be read.
func (p *Plan) Partial() bool { return len(p.Unread) > 0 }

// Change is what happens to one instance.
type Change struct {
	Addr     addr.Instance
	Label    string
	Action   Action
	Also     []Action // retire beside an update or a no-op
	Reason   string
	Before   cty.Value // null where it does not exist
	After    cty.Value // null where it will not
	Paths    []resource.PathChange
	Expr     map[string]string
	Instance *resource.Instance // nil for what is no longer in the configuration
	App      *AppDetail
	Secret   *SecretDetail
	Target   *TargetDetail
	Blocked  string // why something due is not done
}

// Actions lists all actions of the change, the main one first.
func (c *Change) Actions() []Action { return append([]Action{c.Action}, c.Also...) }

// AppDetail is what a plan says of an application beyond its attributes.
type AppDetail struct {
	Consent    appregistration.Consent
	Ours       []CredentialLine // credentials mailprov made
	Others     []CredentialLine // made by others; never touched
	Certs      []CredentialLine
	WillHave   int      // secrets of ours after the apply
	Owners     []string // names, after the apply
	UserGrants int
	ClientID   string
	// Held is what it asks for or is granted after the apply, sorted.
	Held []resource.Permission
	// Roles are the roles of Exchange Online that an administrator there has
	// to assign, change or remove after this apply.
	Roles []RoleChange
}

// RoleChange is what an Exchange administrator has to do about one role of an
// application: Graph's v1.0 has no way to do it.
type RoleChange struct {
	appregistration.MailboxRole
	Action Action // Create, Update or Delete
	// Script is where the configuration has the commands written; empty where
	// it does not.
	Script string
}

// CredentialLine is one credential for people.
type CredentialLine struct {
	KeyID, Name, Hint string
	Ends              time.Time
}

// SecretDetail is what a plan says of a client secret.
type SecretDetail struct {
	Policy   rotate.Policy
	Decision rotate.Decision
	Ends     time.Time // of the new one, about
	Rotates  time.Time
	// Due is when the newest one that was delivered is due for replacement, or
	// has been since; zero where there is none.
	Due     time.Time
	Readers []string
	// NewReaders could not read it before, and can after this apply.
	NewReaders []string
	// PendingReaders are recipients for whom the value that stays in use was
	// not sealed: they can read it once it is resealed, or its successor.
	PendingReaders []string
	// NewKeys are readers who have another key than it was sealed to.
	NewKeys []string
	InUse   *rotate.Credential
	Waiting *rotate.Credential
	Retire  []rotate.Credential
	// ripe are the markers of those of Retire that would go also if nothing
	// else were done.
	ripe     map[string]bool
	CleanUp  []rotate.Credential // left by an interrupted run
	Resume   *rotate.Credential
	WaitsFor []addr.Instance // mail targets that are to be confirmed
	Users    []SecretUser    // what uses it, in the order of WaitsFor
	NotYet   string          // why it is not made yet
	// Postponed is why something due is not done by this run: -rotate=none.
	Postponed string
	// Back is the earlier credential whose value is brought back.
	Back *rotate.Credential
	// Stops are the products that stop until somebody enters the new value,
	// because the old one is revoked.
	Stops []addr.Instance
}

// SecretUser is a product that uses a client secret.
type SecretUser struct {
	Target addr.Instance
	Title  string
	// Contact is who enters the value; empty where the configuration names
	// nobody.
	Contact string
	ByHand  bool // a person enters the value, no machine
}

// TargetDetail is what a plan says of a mail target.
type TargetDetail struct {
	Target
	Reenter []string // labels to be entered again; empty: nothing
}

// ConsentChange is one line of consent.
type ConsentChange struct {
	Addr       addr.Instance
	Permission resource.Permission
	Label      string // the API's display name
	What       string // what the permission allows, in the tenant's words
	Action     string // grant, revoke or pending
}

// Reader says who can read a secret.
type Reader struct {
	Secret addr.Instance
	Sink   addr.Instance
	Kind   string // of the sink
	Name   string
	New    bool // could not read the secret before
	// Pending tells that the value there was not sealed for this reader, and
	// that this apply does not change that.
	Pending bool
}

// SettingsChange says what must be entered again in a product.
type SettingsChange struct {
	Target  addr.Instance
	Product string
	Contact string
	Items   []string
}

// OutputChange is an output that changes.
type OutputChange struct {
	Name          string
	Action        Action
	Before, After cty.Value
	Sensitive     bool
}

// Summary counts app registrations, client secrets and mail targets; then
// secrets by what happens to their values.
type Summary struct {
	Add, Change, Destroy          int
	SecretsCreate, Rotate, Retire int
	Waiting, Blocked              int
}

// Empty tells whether an apply would do nothing at all.
func (p *Plan) Empty() bool {
	return len(p.Steps) == 0 && len(p.Outputs) == 0 && len(p.MovedFrom) == 0
}

// Verb is what a step does. The words are those of Graph.
type Verb string

// The verbs.
const (
	CreateApplication      Verb = "create_application"
	UpdateApplication      Verb = "update_application"
	DeleteApplication      Verb = "delete_application"
	CreateServicePrincipal Verb = "create_service_principal"
	DeleteServicePrincipal Verb = "delete_service_principal"
	AddOwner               Verb = "add_owner"
	RemoveOwner            Verb = "remove_owner"
	AssignAppRole          Verb = "assign_app_role"
	UnassignAppRole        Verb = "unassign_app_role"
	SetGrant               Verb = "set_oauth2_permission_grant"
	DeleteGrant            Verb = "delete_oauth2_permission_grant"
	CreateCredential       Verb = "create_credential"
	VerifyCredential       Verb = "verify_credential"
	DeliverCredential      Verb = "deliver_credential"
	ResumeDelivery         Verb = "resume_delivery"
	CopyValue              Verb = "copy_value" // to the sinks that lack it
	BringBack              Verb = "bring_back" // the previous value becomes the one in use
	RemoveCredential       Verb = "remove_credential"
	RemoveFromSinks        Verb = "remove_from_sinks"
	Record                 Verb = "record" // state only
	ForgetResource         Verb = "forget" // state only
)

// Step is one mutation. Needs are indices into Plan.Steps of steps that must
// have succeeded before.
type Step struct {
	Verb       Verb
	Addr       addr.Instance
	Permission resource.Permission // role assignments
	Scopes     []string            // grants: the whole list afterwards
	API        string              // grants
	ID         string              // of the assignment, grant or owner
	Paths      []string            // updates: attribute paths
	KeyID      string              // credentials
	Marker     string
	Needs      []int
}

// Revokes tells whether a person ordered everything that exists of a secret
// removed once its successor is delivered.
func (p *Plan) Revokes(a addr.Instance) bool {
	return p.Options.Revoke && matches(p.Options.Replace, a)
}
