// Package state is the document in which mailprov remembers what it made: ids,
// the attributes last applied, when each object was last written, and the
// credentials with where they stand in their life. It never holds a secret.
//
// The package is pure: bytes in, document out. Where the bytes lie and who may
// write them is the business of package store.
package state

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/rotate"
)

// Version is the version of the document this build writes.
const Version = 1

// Document is the whole state of one configuration.
type Document struct {
	Version         int               `json:"version"`
	MailprovVersion string            `json:"mailprov_version"`
	Name            string            `json:"name"`      // of the configuration; also in the tags in Entra
	TenantID        string            `json:"tenant_id"` // the directory this state belongs to
	Lineage         string            `json:"lineage"`   // drawn once; also in the tags in Entra
	Serial          uint64            `json:"serial"`    // grows by one with every write
	Applications    []*Application    `json:"applications"`
	Secrets         []*Secret         `json:"client_secrets"`
	Targets         []*Target         `json:"mail_targets"`
	Outputs         map[string]Output `json:"outputs"`
}

// Application is an app_registration as last applied.
type Application struct {
	Address            addr.Instance   `json:"address"`
	UniqueName         string          `json:"unique_name"` // drawn before the first call, never reused
	ObjectID           string          `json:"object_id,omitempty"`
	ClientID           string          `json:"client_id,omitempty"`
	ServicePrincipalID string          `json:"service_principal_id,omitempty"`
	Attributes         json.RawMessage `json:"attributes,omitempty"` // as configured when last applied
	// Expected is what the application reads like after our last write.
	Expected json.RawMessage `json:"expected,omitempty"`
	// Previous is what it read like before: an answer equal to
	// it within the lag window is an old replica's, not drift.
	Previous  json.RawMessage `json:"previous,omitempty"`
	WrittenAt time.Time       `json:"written_at,omitzero"` // server Date of the last write
	// Seen is set once the last write has been read back.
	Seen bool `json:"seen,omitempty"`
	// Deleting is set before the first call of a deletion, so that whoever
	// looks at the state of an interrupted one sees what became of it.
	Deleting bool `json:"deleting,omitempty"`
	// FormerRoles are roles of Exchange Online that were configured once and
	// are no longer: an Exchange administrator has them to remove.
	FormerRoles    []string        `json:"former_exchange_roles,omitempty"`
	PreventDestroy bool            `json:"prevent_destroy,omitempty"`
	DependsOn      []addr.Instance `json:"depends_on,omitempty"`
}

// Secret is a client_secret with all credentials made for it.
type Secret struct {
	Address        addr.Instance   `json:"address"`
	App            addr.Instance   `json:"app"`
	Attributes     json.RawMessage `json:"attributes,omitempty"`
	Credentials    []*Credential   `json:"credentials"`
	PreventDestroy bool            `json:"prevent_destroy,omitempty"`
	DependsOn      []addr.Instance `json:"depends_on,omitempty"`
}

// Credential is one password credential on the application; its life is the
// business of package rotate.
type Credential = rotate.Credential

// SinkReceipt says what a sink holds of a credential.
type SinkReceipt = rotate.SinkReceipt

// Phase is where a credential stands in its life.
type Phase = rotate.Phase

// Target is a mail_target and who confirmed which credential for it.
type Target struct {
	Address       addr.Instance   `json:"address"`
	Product       string          `json:"product"`
	Secret        addr.Instance   `json:"secret,omitzero"`
	Attributes    json.RawMessage `json:"attributes,omitempty"`
	Confirmations []Confirmation  `json:"confirmations,omitempty"`
	DependsOn     []addr.Instance `json:"depends_on,omitempty"`
}

// Confirmation records that a product now has a credential.
type Confirmation struct {
	KeyID string    `json:"key_id"`
	By    string    `json:"by"`
	Note  string    `json:"note,omitempty"`
	At    time.Time `json:"at"`
	// Settings is a digest of what else was to be entered in the product when
	// it was confirmed: another one now means that more than the secret is to
	// be entered again.
	Settings string `json:"settings,omitempty"`
}

// Output is a value shown to people and scripts.
type Output struct {
	Value     json.RawMessage `json:"value"`
	Type      json.RawMessage `json:"type"`
	Sensitive bool            `json:"sensitive,omitempty"`
}

// Application finds an app_registration.
func (d *Document) Application(a addr.Instance) *Application {
	return find(d.Applications, func(x *Application) bool { return x.Address == a })
}

// Secret finds a client_secret.
func (d *Document) Secret(a addr.Instance) *Secret {
	return find(d.Secrets, func(x *Secret) bool { return x.Address == a })
}

// Target finds a mail_target.
func (d *Document) Target(a addr.Instance) *Target {
	return find(d.Targets, func(x *Target) bool { return x.Address == a })
}

// Empty tells whether the document holds no resources.
func (d *Document) Empty() bool {
	return len(d.Applications)+len(d.Secrets)+len(d.Targets) == 0
}

func find[T any](list []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i]
	}
	return nil
}

// The phases of a credential.
const (
	Intended   = rotate.Intended
	Created    = rotate.Created
	Verified   = rotate.Verified
	Delivering = rotate.Delivering
	Waiting    = rotate.Waiting
	Current    = rotate.Current
	Superseded = rotate.Superseded
	Retired    = rotate.Retired
	Abandoned  = rotate.Abandoned
)
