package jsonout

import (
	"encoding/json"
	"time"
)

// FormatVersion is the version of the documents. Within 1.x fields are only
// added.
const FormatVersion = "1.0"

// Plan is what an apply would do.
type Plan struct {
	// Version of this format. Within 1.x fields are only added.
	FormatVersion string `json:"format_version" jsonschema:"pattern=^1\\.[0-9]+$"`
	// Version of mailprov that made the plan.
	MailprovVersion string `json:"mailprov_version"`
	// Name of the configuration.
	Name string `json:"name"`
	// Directory the plan is for.
	TenantID string `json:"tenant_id"`
	// When the plan was made, UTC.
	Timestamp time.Time `json:"timestamp"`
	// The date of timestamp in the configuration's time zone.
	TimestampLocalDate string `json:"timestamp_local_date" jsonschema:"format=date"`
	// Digest of what would be done: SHA-256 of the facts. Absent where nothing may be concluded from it.
	Digest string `json:"digest,omitempty" jsonschema:"pattern=^[0-9a-f]{64}$"`
	// Lineage of the state that was planned against; empty before the first apply.
	Lineage string `json:"lineage"`
	// Serial of the state that was planned against.
	Serial uint64 `json:"serial"`
	// Whether something that is compared could not be read.
	Partial bool `json:"partial"`
	// What is compared and could not be read; only where partial is true.
	Unread []Unread `json:"unread,omitempty"`
	// One entry per instance, also for what does not change.
	ResourceChanges []ResourceChange `json:"resource_changes"`
	// What differs in Entra from what was last applied.
	ResourceDrift []ResourceChange `json:"resource_drift"`
	// What is granted, revoked and left to others.
	ConsentChanges []ConsentChange `json:"consent_changes"`
	// Who can read which secret after the apply.
	SecretReaders []SecretReader `json:"secret_readers"`
	// What a person has to enter in a product afterwards.
	SettingsChanges []SettingsChange `json:"settings_changes"`
	// What a reviewer should know.
	Risks []Risk `json:"risks"`
	// Outputs that change, by name.
	OutputChanges map[string]OutputChange `json:"output_changes"`
	// Results of checks.
	Checks []Check `json:"checks"`
	// Addresses that were moved.
	Moved []Move `json:"moved,omitempty"`
	// Rights that the identity lacks for what would be done.
	MissingRights []string `json:"missing_rights,omitempty"`
	// Things worth knowing that change nothing.
	Notes []string `json:"notes,omitempty"`
	// Counts of what would be done.
	Summary Summary `json:"summary"`
	// What the digest stands for, a line each.
	Facts []Fact `json:"facts"`
	// What a file of plan -out holds besides, for mailprov alone.
	Saved *Saved `json:"saved,omitempty"`
}

// Saved is what shows a plan in a file again as it was. It is a claim: nothing
// is carried out from it.
type Saved struct {
	// SHA-256 of the file without this field, by which damage is seen.
	Checksum string `json:"checksum" jsonschema:"pattern=^([0-9a-f]{64})?$"`
	// The plan in mailprov's own form, which may change with every version.
	Plan json.RawMessage `json:"plan"`
}

// Fact is one line of what a digest stands for.
type Fact struct {
	// Address of the instance; absent for the plan as a whole.
	Address string `json:"address,omitempty"`
	// What it is about.
	Kind string `json:"kind" jsonschema:"enum=tenant,enum=name,enum=lineage,enum=catalogue,enum=option,enum=operator,enum=moved,enum=output,enum=action,enum=object,enum=product,enum=attribute,enum=reference,enum=protected,enum=owner,enum=permission,enum=lifetime,enum=reason,enum=old_key,enum=remove_key,enum=sink,enum=reader,enum=accepted_risk"`
	// What of it: an attribute path, a permission, a reader.
	Name string `json:"name,omitempty"`
	// Value before, as JSON.
	Before string `json:"before,omitempty"`
	// Value after, as JSON, or the source of the expression that gives it.
	After string `json:"after,omitempty"`
	// Whether the values are sensitive: then only marks of them stand here.
	Sensitive bool `json:"sensitive,omitempty"`
}

// Unread is an object that is compared and could not be read.
type Unread struct {
	// Address of the instance it belongs to, where it belongs to one.
	Address string `json:"address,omitempty"`
	// The object.
	What string `json:"what"`
	// Why it could not be read.
	Why string `json:"why"`
}

// ResourceChange is what happens to one instance.
type ResourceChange struct {
	// Address as it is written in commands.
	Address string `json:"address"`
	// Address of the module, where the instance is in one.
	Module string `json:"module,omitempty"`
	// Block type.
	Type string `json:"type" jsonschema:"enum=app_registration,enum=client_secret,enum=mail_target"`
	// Name of the block.
	Name string `json:"name"`
	// Key of for_each, where there is one.
	Index string `json:"index,omitempty"`
	// Product of a mail_target.
	Product string `json:"product,omitempty"`
	Change  Change `json:"change"`
	// Who can act as an application afterwards.
	Actors *Actors `json:"actors,omitempty"`
	// What an Exchange administrator has to do about the roles of an application.
	ExchangeRoles []ExchangeRole `json:"exchange_roles,omitempty"`
	// The life of a client secret.
	Secret *SecretLife `json:"secret,omitempty"`
	// Inputs that a mail_target waits for.
	WaitingFor []WaitingInput `json:"waiting_for,omitempty"`
}

// Change is what happens to the attributes of an instance.
type Change struct {
	// What is done, the main action first.
	Actions []string `json:"actions" jsonschema:"minItems=1,enum=create,enum=update,enum=delete,enum=rotate,enum=retire,enum=read,enum=no-op,enum=forget,enum=wait"`
	// Attributes as they are; null where the instance does not exist.
	Before any `json:"before"`
	// Attributes as they will be; null where the instance will not exist and for values known after the apply.
	After any `json:"after"`
	// True at every place of after that is known only after the apply.
	AfterUnknown any `json:"after_unknown"`
	// True at every place of before and after whose value is replaced because it is sensitive.
	AfterSensitive any `json:"after_sensitive"`
	// Attributes that change.
	PathsChanged []string `json:"paths_changed"`
	// Why, where the attributes do not tell.
	Reason string `json:"reason,omitempty"`
	// Why something due is not done.
	Blocked string `json:"blocked,omitempty"`
}

// Actors says who can act as an application after the apply.
type Actors struct {
	// Secrets of ours after the apply.
	Secrets int `json:"secrets"`
	// Credentials that mailprov made and that are there now.
	Ours []Credential `json:"ours"`
	// Secrets that others made; they are never touched.
	Others []Credential `json:"others"`
	// Certificates.
	Certificates []Credential `json:"certificates"`
	// Owners by name.
	Owners []string `json:"owners"`
	// Grants to single users, which are never touched.
	UserGrants int `json:"user_grants"`
}

// ExchangeRole is a role of Exchange Online that an administrator there has to
// assign, change or remove: nothing in Entra shows it.
type ExchangeRole struct {
	// Name of the role.
	Role string `json:"role"`
	// Addresses of the mailboxes that it is limited to.
	Mailboxes []string `json:"mailboxes"`
	// What has to be done.
	Action string `json:"action" jsonschema:"enum=assign,enum=change,enum=remove"`
	// Where the configuration has the commands written.
	Script string `json:"script,omitempty"`
}

// Credential is a credential without its value.
type Credential struct {
	// Key id in Entra.
	KeyID string `json:"key_id"`
	// Display name in Entra.
	DisplayName string `json:"display_name,omitempty"`
	// First three characters of the value, as Graph publishes them.
	Hint string `json:"hint,omitempty"`
	// When it ends, UTC.
	EndsAt time.Time `json:"ends_at,omitzero"`
	// The date of ends_at in the configuration's time zone.
	EndsLocalDate string `json:"ends_local_date,omitempty" jsonschema:"format=date"`
	// Why a person ordered it removed.
	Ordered string `json:"ordered,omitempty" jsonschema:"enum=rejected,enum=revoked"`
}

// SecretLife is where a client secret stands and what becomes of it.
type SecretLife struct {
	// When the one to be made would end if the apply ran now, UTC.
	EndsAt time.Time `json:"ends_at,omitzero"`
	// The date of ends_at in the configuration's time zone.
	EndsLocalDate string `json:"ends_local_date,omitempty" jsonschema:"format=date"`
	// When the one to be made would be due for replacement, UTC.
	RotatesAt time.Time `json:"rotates_at,omitzero"`
	// The date of rotates_at in the configuration's time zone.
	RotatesLocalDate string `json:"rotates_local_date,omitempty" jsonschema:"format=date"`
	// When the newest one that was delivered is due for replacement, or has been since, UTC.
	DueAt time.Time `json:"due_at,omitzero"`
	// The date of due_at in the configuration's time zone.
	DueLocalDate string `json:"due_local_date,omitempty" jsonschema:"format=date"`
	// Why something is done about it, or would be.
	Reason string `json:"reason,omitempty"`
	// Why something due is left to another run.
	Postponed string `json:"postponed,omitempty"`
	// How bad it is by now that a confirmation is missing for which something due is not done.
	BlockedLevel string `json:"blocked_level,omitempty" jsonschema:"enum=warning,enum=error"`
	// The one that mail runs on.
	InUse *Credential `json:"in_use,omitempty"`
	// The one that is delivered and not confirmed yet.
	Waiting *Credential `json:"waiting,omitempty"`
	// The earlier one that is brought back.
	Back *Credential `json:"back,omitempty"`
	// Sinks that the value there is is brought to.
	CopiesTo []string `json:"copies_to,omitempty"`
	// Who enters the value, or reads it.
	Users []SecretUser `json:"users,omitempty"`
	// What makes a successor the one in use.
	RetireOn string `json:"retire_on,omitempty" jsonschema:"enum=confirmation,enum=delivery"`
	// How long after that the one before it is removed.
	RetireAfter string `json:"retire_after,omitempty"`
	// Replaced ones that are removed.
	Retire []Credential `json:"retire"`
	// Mail targets whose confirmation is waited for.
	WaitsFor []string `json:"waits_for,omitempty"`
}

// SecretUser is a product that uses a client secret.
type SecretUser struct {
	// Address of the mail_target.
	Address string `json:"address"`
	// The product's own name.
	Title string `json:"title,omitempty"`
	// Who enters the value.
	Contact string `json:"contact,omitempty"`
	// Whether a person enters the value.
	ByHand bool `json:"by_hand"`
	// When what it uses stops working, UTC: by then the other value must be entered. Only where there is one to enter.
	EnterBy time.Time `json:"enter_by,omitzero"`
	// The date of enter_by in the configuration's time zone.
	EnterByLocalDate string `json:"enter_by_local_date,omitempty" jsonschema:"format=date"`
	// Whether it stops until the new value is entered.
	Stops bool `json:"stops,omitempty"`
}

// WaitingInput is an input that is not known yet.
type WaitingInput struct {
	// Name of the input.
	Input string `json:"input"`
	// Who can find it.
	Contact string `json:"contact,omitempty"`
	// Where it is found.
	Where string `json:"where,omitempty"`
}

// ConsentChange is one permission that is granted, revoked or left to others.
type ConsentChange struct {
	// Address of the app_registration.
	Address string `json:"address"`
	// API as the portal names it.
	Resource string `json:"resource"`
	// API as the configuration names it.
	API string `json:"api"`
	// Kind of the permission.
	Kind string `json:"kind" jsonschema:"enum=application,enum=delegated"`
	// Name of the permission.
	Permission string `json:"permission"`
	// What the permission allows, in the words of the tenant.
	Description string `json:"description,omitempty"`
	// What is done.
	Action string `json:"action" jsonschema:"enum=grant,enum=revoke,enum=pending"`
}

// SecretReader is somebody who can read a secret.
type SecretReader struct {
	// Address of the client_secret.
	Address string `json:"address"`
	// Address of the sink.
	Sink string `json:"sink"`
	// Kind of the sink.
	Kind string `json:"kind,omitempty"`
	// Name of the reader.
	Reader string `json:"reader"`
	// Whether the reader could not read it before.
	New bool `json:"new"`
	// Whether the value in the sink was not sealed for the reader, and stays so
	// until it is resealed or replaced.
	Pending bool `json:"pending"`
}

// SettingsChange is what a person has to enter in a product afterwards.
type SettingsChange struct {
	// Address of the mail_target.
	Address string `json:"address"`
	// Product in the catalogue.
	Product string `json:"product"`
	// Who enters it.
	Contact string `json:"contact,omitempty"`
	// Labels of the items, as the product writes them.
	Items []string `json:"items"`
}

// Risk is something a reviewer should know of an instance as it would be.
type Risk struct {
	// Code for `mailprov explain`.
	Code string `json:"code" jsonschema:"pattern=^MP[0-9]{3}$"`
	// How bad it is.
	Level string `json:"level" jsonschema:"enum=high,enum=medium,enum=low"`
	// Address of the instance.
	Address string `json:"address"`
	// The risk in one sentence.
	Message string `json:"message"`
	// Whether an accept_risk block accepts it today.
	Accepted bool `json:"accepted"`
	// Reason of the acceptance.
	Reason string `json:"reason,omitempty"`
	// Last day of the acceptance.
	Until string `json:"until,omitempty" jsonschema:"format=date"`
}

// OutputChange is an output that changes.
type OutputChange struct {
	// What is done.
	Actions []string `json:"actions" jsonschema:"minItems=1,enum=create,enum=update,enum=delete"`
	// Value as it is.
	Before any `json:"before"`
	// Value as it will be.
	After any `json:"after"`
	// Whether the value is known only after the apply.
	AfterUnknown any `json:"after_unknown"`
	// Whether the value is sensitive and replaced here.
	Sensitive bool `json:"sensitive"`
}

// Check is the result of one check block or condition.
type Check struct {
	// Address of the check.
	Address string `json:"address"`
	// Its result.
	Status string `json:"status" jsonschema:"enum=pass,enum=fail,enum=unknown"`
	// What the check says when it fails.
	Message string `json:"message,omitempty"`
}

// Move is an address that was moved.
type Move struct {
	// Address before.
	From string `json:"from"`
	// Address now.
	To string `json:"to"`
}

// Summary counts app registrations, client secrets and mail targets, then
// secrets by what happens to their values.
type Summary struct {
	// Instances to be created.
	Add int `json:"add"`
	// Instances to be changed in place.
	Change int `json:"change"`
	// Instances to be destroyed.
	Destroy int `json:"destroy"`
	// Secrets to be created.
	SecretsCreate int `json:"secrets_create"`
	// Secrets to be replaced.
	Rotate int `json:"rotate"`
	// Replaced secrets to be removed.
	Retire int `json:"retire"`
	// Secrets and targets that wait for a person.
	Waiting int `json:"waiting"`
	// Secrets that are due and not replaced for a reason.
	Blocked int `json:"blocked"`
}
