package jsonout

import (
	"io"
	"time"

	"github.com/mailprov/mailprov/internal/plan"
)

// Drift is what in Entra is not as it was applied.
type Drift struct {
	// Version of this format. Within 1.x fields are only added.
	FormatVersion string `json:"format_version" jsonschema:"pattern=^1\\.[0-9]+$"`
	// Version of mailprov that looked.
	MailprovVersion string `json:"mailprov_version"`
	// Name of the configuration.
	Name string `json:"name"`
	// Directory that was looked at.
	TenantID string `json:"tenant_id"`
	// When it was looked at, UTC.
	Timestamp time.Time `json:"timestamp"`
	// The date of timestamp in the configuration's time zone.
	TimestampLocalDate string `json:"timestamp_local_date" jsonschema:"format=date"`
	// Lineage of the state that was compared.
	Lineage string `json:"lineage"`
	// Serial of the state that was compared.
	Serial uint64 `json:"serial"`
	// Whether something that is compared could not be read.
	Partial bool `json:"partial"`
	// What is compared and could not be read; only where partial is true.
	Unread []Unread `json:"unread,omitempty"`
	// One entry per instance that is not as it was applied: before is as applied, after as it is.
	ResourceDrift []ResourceChange `json:"resource_drift"`
	// Consent that was granted without being declared, or revoked.
	ConsentDrift []ConsentDrift `json:"consent_drift"`
	// What others added to applications; it is no drift.
	Others []OtherThing `json:"others"`
	// Counts of what is not as it was applied.
	Summary DriftSummary `json:"summary"`
}

// ConsentDrift is one permission.
type ConsentDrift struct {
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
	// What was done.
	Action string `json:"action" jsonschema:"enum=granted,enum=revoked"`
}

// OtherThing is something on an application that mailprov neither made nor touches.
type OtherThing struct {
	// Address of the app_registration.
	Address string `json:"address"`
	// What it is.
	Kind string `json:"kind" jsonschema:"enum=secret,enum=certificate,enum=owner,enum=user_grants"`
	// Display name of a credential, or an owner's name.
	Name string `json:"name,omitempty"`
	// First characters of a secret, as Entra publishes them.
	Hint string `json:"hint,omitempty"`
	// When a credential ends, UTC.
	EndsAt *time.Time `json:"ends_at,omitempty"`
	// How many grants single users gave.
	Count int `json:"count,omitempty"`
}

// DriftSummary counts what is not as it was applied.
type DriftSummary struct {
	// Applications of which something was changed.
	Changed int `json:"changed"`
	// Applications that were deleted.
	Deleted int `json:"deleted"`
	// Permissions that were granted.
	Granted int `json:"granted"`
	// Permissions that were revoked.
	Revoked int `json:"revoked"`
	// Client secrets of which something was removed.
	Secrets int `json:"secrets"`
}

// WriteDrift writes drift as one indented document.
func WriteDrift(w io.Writer, d *plan.Drifted, mailprovVersion string) error {
	return write(w, DriftOf(d, mailprovVersion))
}

// DriftOf is the document of drift.
func DriftOf(d *plan.Drifted, mailprovVersion string) Drift {
	n := d.Summary()
	out := Drift{
		FormatVersion: FormatVersion, MailprovVersion: mailprovVersion, Name: d.Name, TenantID: d.TenantID,
		Timestamp: d.Now.UTC(), TimestampLocalDate: localDate(d.Now, d.Location), Lineage: d.Lineage, Serial: d.Serial,
		Partial: len(d.Unread) > 0, Unread: unread(d.Unread),
		ResourceDrift: []ResourceChange{}, ConsentDrift: []ConsentDrift{}, Others: []OtherThing{},
		Summary: DriftSummary{Changed: n.Changed, Deleted: n.Deleted, Granted: n.Granted, Revoked: n.Revoked, Secrets: n.Secrets},
	}
	b := builder{&plan.Plan{Location: d.Location}}
	for _, c := range d.Changes {
		out.ResourceDrift = append(out.ResourceDrift, b.resource(c))
	}
	for _, x := range d.Consent {
		out.ConsentDrift = append(out.ConsentDrift, ConsentDrift{
			Address: x.Addr.String(), Resource: x.Label, API: x.Permission.API, Kind: string(x.Permission.Kind),
			Permission: x.Permission.Value, Description: x.What, Action: x.Action,
		})
	}
	for _, x := range d.Others {
		o := OtherThing{Address: x.Addr.String(), Kind: x.Kind, Name: x.Name, Hint: x.Hint, Count: x.N}
		if !x.Ends.IsZero() {
			ends := x.Ends.UTC()
			o.EndsAt = &ends
		}
		out.Others = append(out.Others, o)
	}
	return out
}
