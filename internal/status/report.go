package status

import "time"

// FormatVersion is the version of the document. Within 1.x fields are only
// added.
const FormatVersion = "1.0"

// Report is where the secrets of one configuration stand, or of several whose
// reports were merged.
type Report struct {
	// Version of this format. Within 1.x fields are only added.
	FormatVersion string `json:"format_version" jsonschema:"pattern=^1\\.[0-9]+$"`
	// Version of mailprov that made the report.
	MailprovVersion string `json:"mailprov_version"`
	// Name of the configuration; absent where several were merged.
	Name string `json:"name,omitempty"`
	// Directory of the configuration; absent where several were merged.
	TenantID string `json:"tenant_id,omitempty"`
	// When the report was made, UTC. Days are counted from it.
	Timestamp time.Time `json:"timestamp"`
	// The date of timestamp in the configuration's time zone; of a merged report in UTC.
	TimestampLocalDate string `json:"timestamp_local_date" jsonschema:"format=date"`
	// How far ahead an end needs attention, such as 30d.
	Horizon string `json:"horizon" jsonschema:"pattern=^[0-9]+(h|d|w|mo|y)$"`
	// What the listing is limited to: what ends or falls due within that time. Absent: everything is listed.
	Within string `json:"within,omitempty" jsonschema:"pattern=^[0-9]+(h|d|w|mo|y)$"`
	// The worst level of everything listed.
	Level Level `json:"level" jsonschema:"enum=ok,enum=note,enum=warning,enum=error"`
	// The configurations reported on.
	Configurations []Configuration `json:"configurations"`
	// Every client secret, the most urgent first.
	Secrets []Secret `json:"secrets"`
	// What people have to do.
	Waiting []Waiting `json:"waiting"`
	// Credentials that others made on the same applications; they are never touched.
	Others []Other `json:"others"`
	// Who the runs were signed in as, one per configuration that was compared with Entra.
	Identities []Identity `json:"identities"`
	// Counts of what is listed.
	Summary Summary `json:"summary"`
}

// Level says how bad something is.
type Level string

// The levels, from good to bad. Warnings and errors need attention.
const (
	OK      Level = "ok"
	Note    Level = "note"
	Warning Level = "warning"
	Error   Level = "error"
)

// Configuration is one of those reported on.
type Configuration struct {
	// Name of the configuration.
	Name string `json:"name"`
	// Directory it is for.
	TenantID string `json:"tenant_id"`
	// When it was looked at, UTC.
	Timestamp time.Time `json:"timestamp"`
	// The date of timestamp in its time zone.
	TimestampLocalDate string `json:"timestamp_local_date" jsonschema:"format=date"`
	// Time zone of its local dates.
	TimeZone string `json:"time_zone"`
	// Serial of the state that was read; 0 before the first apply.
	Serial uint64 `json:"serial"`
	// Whether Entra was asked; otherwise the state is believed.
	Refreshed bool `json:"refreshed"`
	// Applications that could not be read; for those the state is believed.
	Unread []Unread `json:"unread"`
}

// Unread is an application that could not be read.
type Unread struct {
	// Address of the application.
	Application string `json:"application"`
	// Why it could not be read.
	Reason string `json:"reason"`
}

// Standing is where a secret stands as a whole.
type Standing string

// The standings of a secret. Where several hold the first of them is said.
const (
	// Gone: what the product uses is not in Entra any more.
	Gone Standing = "gone"
	// Expired: what the product uses has ended.
	Expired Standing = "expired"
	// NotMade: none has been delivered yet.
	NotMade Standing = "not_made"
	// Leaving: it is no longer in the configuration, the next apply removes it.
	Leaving Standing = "leaving"
	// Unfinished: an interrupted delivery is to be finished.
	Unfinished Standing = "unfinished"
	// Blocked: something is due, but a successor waits for confirmation.
	Blocked Standing = "blocked"
	// Due: a successor is to be made, or the value brought to another sink.
	Due Standing = "due"
	// Waits: a delivered secret waits to be entered and confirmed.
	Waits Standing = "waiting"
	// Fine: nothing is due.
	Fine Standing = "ok"
)

// Credential is a credential of ours without its value.
type Credential struct {
	// Key id in Entra.
	KeyID string `json:"key_id"`
	// Display name in Entra.
	DisplayName string `json:"display_name,omitempty"`
	// First three characters of the value, as Graph publishes them.
	Hint string `json:"hint,omitempty"`
	// When it was delivered to its sinks, UTC.
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
	// When it ends, UTC.
	EndsAt time.Time `json:"ends_at"`
	// The date of ends_at in the configuration's time zone.
	EndsLocalDate string `json:"ends_local_date" jsonschema:"format=date"`
}

// Secret is where one client secret stands.
type Secret struct {
	// Name of the configuration.
	Name string `json:"name"`
	// Directory of the configuration.
	TenantID string `json:"tenant_id"`
	// Address of the client_secret.
	Address string `json:"address"`
	// Address of the application.
	Application string `json:"application"`
	// Application (client) id; empty before it is made.
	ClientID string `json:"client_id,omitempty"`
	// Where it stands.
	Standing Standing `json:"standing" jsonschema:"enum=gone,enum=expired,enum=not_made,enum=leaving,enum=unfinished,enum=blocked,enum=due,enum=waiting,enum=ok"`
	// How bad that is.
	Level Level `json:"level" jsonschema:"enum=ok,enum=note,enum=warning,enum=error"`
	// Why it stands there.
	Reason string `json:"reason,omitempty"`
	// What is wrong with its block, so that it would not be replaced.
	Problem string `json:"problem,omitempty"`
	// Whether the dates were read from Entra; otherwise they are the state's.
	Live bool `json:"live"`
	// What the product uses, as far as anyone knows: what was confirmed, or where nothing ever was the first that was delivered.
	InUse *Credential `json:"in_use,omitempty"`
	// Whether anyone confirmed that the product uses it, or nobody needs to.
	InUseConfirmed bool `json:"in_use_confirmed"`
	// What is delivered and waits to be entered and confirmed.
	Waiting *Credential `json:"waiting,omitempty"`
	// Whole days until what the product uses ends; negative once it has ended.
	DaysLeft *int `json:"days_left,omitempty"`
	// Whether what the product uses ends within the horizon.
	EndsSoon bool `json:"ends_soon"`
	// When the newest is due for replacement, or has been since, UTC.
	DueAt time.Time `json:"due_at,omitzero"`
	// The date of due_at in the configuration's time zone.
	DueLocalDate string `json:"due_local_date,omitempty" jsonschema:"format=date"`
	// The date seven days after due_at in the configuration's time zone: if nothing has been replaced by then the schedule is dead.
	OverdueLocalDate string `json:"overdue_local_date,omitempty" jsonschema:"format=date"`
	// From when on a missing replacement or confirmation is an error, UTC.
	ErrorAt time.Time `json:"error_at,omitzero"`
	// Products that use it.
	Targets []Target `json:"targets"`
	// Replaced ones that are removed.
	Retire []Retirement `json:"retire"`
	// Credentials of ours whose fate is unknown; they are removed wherever they turn up.
	Abandoned []Abandoned `json:"abandoned"`
}

// Target is a product that uses a secret.
type Target struct {
	// Address of the mail_target.
	Address string `json:"address"`
	// Product in the catalogue.
	Product string `json:"product"`
	// The product's own name.
	Title string `json:"title"`
	// Whom a rotation waits for.
	Contact string `json:"contact,omitempty"`
	// When its present secret was confirmed, UTC.
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	// The date of confirmed_at in the configuration's time zone.
	ConfirmedLocalDate string `json:"confirmed_local_date,omitempty" jsonschema:"format=date"`
	// Who confirmed it.
	ConfirmedBy string `json:"confirmed_by,omitempty"`
}

// Retirement is a replaced credential that is removed.
type Retirement struct {
	Credential
	// From when on the next apply or rotate removes it, UTC; absent where another one has to be in use first.
	RemoveAt time.Time `json:"remove_at,omitzero"`
	// The date of remove_at in the configuration's time zone.
	RemoveLocalDate string `json:"remove_local_date,omitempty" jsonschema:"format=date"`
}

// Abandoned is a credential of ours whose fate is unknown.
type Abandoned struct {
	// What its display name in Entra holds.
	Marker string `json:"marker"`
	// Key id in Entra, where it is known.
	KeyID string `json:"key_id,omitempty"`
	// Since when its fate is unknown, UTC.
	SinceAt time.Time `json:"since_at,omitzero"`
	// The date of since_at in the configuration's time zone.
	SinceLocalDate string `json:"since_local_date,omitempty" jsonschema:"format=date"`
	// Why.
	Reason string `json:"reason,omitempty"`
	// Whether it was seen on the application now.
	Seen bool `json:"seen"`
}

// What a person has to do.
const (
	// ForConfirmation: enter a secret in a product and confirm it.
	ForConfirmation = "confirmation"
	// ForInput: find an input without which nothing is made.
	ForInput = "input"
)

// Waiting is something that a person has to do.
type Waiting struct {
	// Name of the configuration.
	Name string `json:"name"`
	// Directory of the configuration.
	TenantID string `json:"tenant_id"`
	// What has to be done: enter and confirm a secret, or find an input.
	Kind string `json:"kind" jsonschema:"enum=confirmation,enum=input"`
	// How bad it is that it has not been done.
	Level Level `json:"level" jsonschema:"enum=ok,enum=note,enum=warning,enum=error"`
	// Address of the mail_target; absent for a secret that no target uses.
	Target string `json:"target,omitempty"`
	// Product in the catalogue.
	Product string `json:"product,omitempty"`
	// The product's own name.
	Title string `json:"title,omitempty"`
	// Who does it.
	Contact string `json:"contact,omitempty"`
	// Address of the client_secret.
	Secret string `json:"secret"`
	// First three characters of the value to be entered.
	Hint string `json:"hint,omitempty"`
	// Since when it waits, UTC.
	SinceAt time.Time `json:"since_at,omitzero"`
	// The date of since_at in the configuration's time zone.
	SinceLocalDate string `json:"since_local_date,omitempty" jsonschema:"format=date"`
	// The command that confirms it.
	ConfirmCommand string `json:"confirm_command,omitempty"`
	// Name of the input that is missing.
	Input string `json:"input,omitempty"`
	// Where the input is found.
	Where string `json:"where,omitempty"`
	// When what the product uses until then ends, UTC.
	InUseEndsAt time.Time `json:"in_use_ends_at,omitzero"`
	// The date of in_use_ends_at in the configuration's time zone.
	InUseEndsLocalDate string `json:"in_use_ends_local_date,omitempty" jsonschema:"format=date"`
}

// Kinds of credentials.
const (
	SecretKind      = "secret"
	CertificateKind = "certificate"
)

// Other is a credential that others made on an application of ours.
type Other struct {
	// Name of the configuration.
	Name string `json:"name"`
	// Directory of the configuration.
	TenantID string `json:"tenant_id"`
	// Address of the application.
	Application string `json:"application"`
	// Application (client) id.
	ClientID string `json:"client_id"`
	// What it is.
	Kind string `json:"kind" jsonschema:"enum=secret,enum=certificate"`
	// Key id in Entra.
	KeyID string `json:"key_id"`
	// Display name in Entra.
	DisplayName string `json:"display_name,omitempty"`
	// First three characters of a secret's value, as Graph publishes them.
	Hint string `json:"hint,omitempty"`
	// When it ends, UTC; absent where Entra does not say.
	EndsAt time.Time `json:"ends_at,omitzero"`
	// The date of ends_at in the configuration's time zone.
	EndsLocalDate string `json:"ends_local_date,omitempty" jsonschema:"format=date"`
	// Whole days until it ends; negative once it has ended.
	DaysLeft *int `json:"days_left,omitempty"`
}

// Ways in which a run is signed in.
const (
	BySecret      = "secret"      // a client secret
	ByCertificate = "certificate" // a certificate
	ByFederation  = "federation"  // tokens of the place it runs at, a managed identity included
	ByPerson      = "person"      // somebody at a screen
	ByUnknown     = "unknown"     // a tool that does not say
)

// Identity is who a run was signed in as, and when what it signs in with ends.
type Identity struct {
	// Name of the configuration.
	Name string `json:"name"`
	// Directory of the configuration.
	TenantID string `json:"tenant_id"`
	// Name of the application or the person.
	SignedInAs string `json:"signed_in_as"`
	// Application (client) id.
	ClientID string `json:"client_id,omitempty"`
	// What it signed in with.
	Kind string `json:"kind" jsonschema:"enum=secret,enum=certificate,enum=federation,enum=person,enum=unknown"`
	// How bad it is.
	Level Level `json:"level" jsonschema:"enum=ok,enum=note,enum=warning,enum=error"`
	// First three characters of the secret's value.
	Hint string `json:"hint,omitempty"`
	// When it ends, UTC; absent where it cannot end or that is not known.
	EndsAt time.Time `json:"ends_at,omitzero"`
	// The date of ends_at in the configuration's time zone.
	EndsLocalDate string `json:"ends_local_date,omitempty" jsonschema:"format=date"`
	// Whole days until it ends; negative once it has ended.
	DaysLeft *int `json:"days_left,omitempty"`
	// Why its end is not known, where it has one.
	Unknown string `json:"unknown,omitempty"`
}

// Summary counts what is listed.
type Summary struct {
	// Client secrets.
	Secrets int `json:"secrets"`
	// Those for which nothing is due.
	OK int `json:"ok"`
	// Those that are to be replaced.
	Due int `json:"due"`
	// Those that wait to be confirmed, whatever else they are.
	Waiting int `json:"waiting"`
	// Those that are due while a successor waits.
	Blocked int `json:"blocked"`
	// Those whose one in use has ended or is gone.
	Expired int `json:"expired"`
	// Those that are not made yet.
	NotMade int `json:"not_made"`
	// Credentials whose fate is unknown.
	Abandoned int `json:"abandoned"`
	// Secrets and identities that need attention.
	Attention int `json:"attention"`
}
