package plan

import (
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/right"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

// Input is everything a plan depends on.
type Input struct {
	Name     string
	Tenant   Tenant
	Desired  []*resource.Instance // app_registration, client_secret and mail_target
	Sinks    map[addr.Instance]Sink
	Targets  map[addr.Instance]Target // what the catalogue says of each mail_target
	Outputs  map[string]Output
	Moved    []Move
	Prior    *state.Document // never nil; after Moved has been worked in
	Observed map[addr.Instance]*appregistration.Observed
	APIs     map[string]API // by name or application id, as resolved in this tenant
	Policy   Policy         // for applications that are made now
	Identity Identity
	// Policies are what holds for the applications there are; without an entry
	// Policy does.
	Policies map[addr.Instance]Policy
	// Users maps object ids of users that were read as data to their names.
	Users map[string]string
	// Principals are object ids of service principals that were read as data.
	Principals map[string]bool
	// Operators own every application that is made.
	Operators []string
	// Automation tells that no person runs this, and that the machine's disk may
	// be gone afterwards.
	Automation bool
	Options    Options
	Now        time.Time
	Location   *time.Location
	Schemas    map[addr.Instance]resource.Schema // of mail_targets, whose inputs differ by product
	// TargetSettings are the settings a target has and would have, to tell
	// what must be entered again.
	TargetSettings map[addr.Instance]SettingsPair
	// Broken are the sinks that cannot be opened and the applications that
	// cannot be read. A plan for secrets alone leaves those that stand on them
	// alone and goes on with the others.
	Broken map[addr.Instance]diag.Diagnostic
	// NewState tells that there is no state yet: its lineage is drawn anew by
	// every run until one writes it.
	NewState bool
	// Catalogue is the version of the product catalogue.
	Catalogue string
	// Unread are the objects that are compared and could not be read.
	Unread []Unread
	// Readable tells of a secret whether its value in use can be read here.
	Readable func(addr.Instance) bool
}

// Options are the choices of the command line.
type Options struct {
	Destroy   bool
	Targets   []addr.Instance // -target; empty: everything
	SkipGrant bool            // -consent=skip
	NoRefresh bool
	// AsOf tells that the plan is for another time than that of its making.
	AsOf bool
	// SecretsOnly plans nothing but credentials and what sinks hold of them:
	// the command rotate.
	SecretsOnly bool
	// NoRotation leaves alone what time or the configuration makes due, so
	// that the plan of an unrelated change does not depend on the day:
	// -rotate=none.
	NoRotation bool
	// Replace are secrets to be replaced whether or not they are due.
	Replace []addr.Instance
	// AllowReplace are addresses that may be deleted although something like
	// them is made in the same plan: -allow-replace.
	AllowReplace []addr.Instance
	// Revoke removes what Replace replaces as soon as the successor is
	// delivered, without waiting for a confirmation.
	Revoke bool
	// Back are secrets whose previous value is to be the one in use again.
	Back []addr.Instance
}

// Tenant is the directory planned against.
type Tenant struct {
	ID, DisplayName, DefaultDomain string
}

// Identity is who is signed in.
type Identity struct {
	Name     string
	ObjectID string
	ClientID string
	IsUser   bool
	// SecretHint is the beginning of the client secret it signed in with, as
	// Graph publishes it; empty for every other way to sign in.
	SecretHint string
	// Roles are the application permissions in the token, Scopes the delegated
	// ones. Known is false where the token does not tell, so that nothing is
	// concluded from it.
	Roles, Scopes map[string]bool
	Known         bool
	// DirectoryRoles are the ids of the directory roles of a person, where the
	// token tells them.
	DirectoryRoles      []string
	DirectoryRolesKnown bool
}

// Role is the highest directory role of a person that matters here; empty where
// none is known.
func (i Identity) Role() string {
	if names := right.RoleNames(i.DirectoryRoles); len(names) > 0 {
		return names[0]
	}
	return ""
}

// API is a resource application with its permissions in this tenant.
type API struct {
	resource.API
	ServicePrincipalID string
	Missing            bool // the tenant has no service principal for it
	Permissions        map[resource.Kind]map[string]PermissionInfo
}

// PermissionInfo describes a permission for people.
type PermissionInfo struct {
	ID          string
	DisplayName string
	Enabled     bool
}

// Policy is what the application management policy of the tenant, or of one
// application, says.
type Policy struct {
	Max        rotate.Span // longest lifetime of a secret; zero: none
	Source     string
	Blocked    bool // adding secrets is forbidden
	Unreadable bool
}

// Sink is what a plan says of a sink.
type Sink struct {
	Kind string
	// Where is the place of a secret's value, as receipts say it.
	Where     func(addr.Instance) string
	Readers   []string
	Keys      map[string]string // marks of the readers' keys, by name
	Durable   bool
	Plaintext bool
	Instance  *resource.Instance
}

// Target is what the catalogue says of one mail_target.
type Target struct {
	Product  string
	Title    string
	ByHand   bool
	Waiting  []WaitingInput
	Findings []Finding
	SignsIn  bool                         // somebody signs in to Microsoft from the product
	SignIn   map[resource.Permission]bool // what the product's own sign-in may add
	Needs    map[resource.Permission]bool // required by the product or listed in its manual
	Roles    map[string]bool              // roles of Exchange Online that do in place of what it needs
	// Before says what others must do first, After what someone enters
	// afterwards and what happens if nobody does; a line each.
	Before []string
	After  string
	// LongLifetime is set where the product's manual prescribes a lifetime.
	LongLifetime bool
	// ErrorBefore is how long before the end of the secret in use a missing
	// re-entry is an error; zero where the product asks for nothing special.
	ErrorBefore rotate.Span
	Mailbox     string
	// SMTP is how the product signs in to the submission server: xoauth2 or
	// login; empty where it does not use it.
	SMTP string
	// Hosts are those that the product's redirect URIs and inputs name, in
	// small letters; HostsKnown tells whether these are all.
	Hosts      []string
	HostsKnown bool
}

// WaitingInput is an input that is not known yet.
type WaitingInput struct {
	Name, Contact string
	Where         string            // it is found, in English
	Places        map[string]string // Where, by language
}

// Finding is what a product says of the registration.
type Finding struct {
	Error         bool
	Code, Summary string
	Detail, Path  string
	Block         string // HCL to paste into the app_registration
	Beside        string // HCL to paste beside it
	Instead       string // HCL that does in place of Block and lets the application do less
}

// Output is an output's value.
type Output struct {
	Value     cty.Value
	Sensitive bool
}

// Move is a moved block that was worked in.
type Move struct{ From, To addr.Instance }

// Origin is where an instance that now has address a was before the move;
// false if the move did not concern it. A move without keys moves all
// instances of a block.
func (m Move) Origin(a addr.Instance) (addr.Instance, bool) {
	if a == m.To {
		return m.From, true
	}
	if m.To.Key == "" && m.From.Key == "" && a.Resource() == m.To {
		from := m.From
		from.Key = a.Key
		return from, true
	}
	return addr.Instance{}, false
}

// SettingsPair holds what a product's screen shows now and would show, by
// screen and label.
type SettingsPair struct {
	Before, After []SettingsItem
}

// SettingsItem is one item a person would enter again.
type SettingsItem struct{ Screen, Label, Value string }

// Result is a plan with what there is to say about it.
type Result struct {
	Plan  *Plan
	Diags diag.Diagnostics
}
