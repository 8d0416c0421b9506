package appregistration

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/resource"
)

// snapshot is an Observed as the state keeps it.
type snapshot struct {
	ObjectID           string          `json:"object_id,omitempty"`
	ClientID           string          `json:"client_id,omitempty"`
	UniqueName         string          `json:"unique_name,omitempty"`
	ServicePrincipalID string          `json:"service_principal_id,omitempty"`
	CreatedAt          time.Time       `json:"created_at,omitzero"`
	Attrs              json.RawMessage `json:"attributes"`
	Grants             []Grant         `json:"grants,omitempty"`
	Assignments        []Assignment    `json:"assignments,omitempty"`
	Credentials        []Credential    `json:"credentials,omitempty"`
	Certificates       []Credential    `json:"certificates,omitempty"`
	Owners             []Owner         `json:"owners,omitempty"`
	Tags               []string        `json:"tags,omitempty"`
	UserGrants         int             `json:"user_grants,omitempty"`
}

// Encode writes o for the state.
func (o *Observed) Encode() (json.RawMessage, error) {
	attrs, err := resource.EncodeAttrs(o.Attrs)
	if err != nil {
		return nil, fmt.Errorf("encode application: %w", err)
	}
	return json.Marshal(snapshot{
		o.ObjectID, o.ClientID, o.UniqueName, o.ServicePrincipalID, o.CreatedAt, attrs, o.Grants, o.Assignments,
		o.Credentials, o.Certificates, o.Owners, o.Tags, o.UserGrants,
	})
}

// DecodeObserved reads what Encode wrote.
func DecodeObserved(raw json.RawMessage) (*Observed, error) {
	var s snapshot
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("decode application: %w", err)
	}
	attrs, err := resource.DecodeAttrs(Schema(), s.Attrs)
	if err != nil {
		return nil, fmt.Errorf("decode application: %w", err)
	}
	return &Observed{
		ObjectID: s.ObjectID, ClientID: s.ClientID, UniqueName: s.UniqueName, ServicePrincipalID: s.ServicePrincipalID,
		CreatedAt: s.CreatedAt, Attrs: attrs, Grants: s.Grants, Assignments: s.Assignments, Credentials: s.Credentials,
		Certificates: s.Certificates, Owners: s.Owners, Tags: s.Tags, UserGrants: s.UserGrants,
	}, nil
}

// Blank is what an application reads like that was only just created.
func Blank() *Observed { return &Observed{Attrs: Schema().Defaults()} }

// Clone returns a copy that can be changed without changing o.
func (o *Observed) Clone() *Observed {
	c := *o
	c.Grants, c.Assignments = slices.Clone(o.Grants), slices.Clone(o.Assignments)
	for i := range c.Grants {
		c.Grants[i].Scopes = slices.Clone(c.Grants[i].Scopes)
	}
	c.Credentials, c.Certificates = slices.Clone(o.Credentials), slices.Clone(o.Certificates)
	c.Owners, c.Tags = slices.Clone(o.Owners), slices.Clone(o.Tags)
	return &c
}

// Stale says what of o is the answer of an old replica, or "" if nothing is:
// it differs from what our last write left (expected) and equals what was
// there before (previous).
func Stale(o, expected, previous *Observed) string {
	if previous == nil {
		previous = Blank()
	}
	if o.Gone {
		return "the application itself"
	}
	changed := map[string]bool{}
	for _, p := range resource.Diff(previous.Attrs, o.Attrs) {
		changed[p.Path] = true
	}
	for _, p := range resource.Diff(expected.Attrs, o.Attrs) {
		if !changed[p.Path] {
			return p.Path
		}
	}
	checks := []struct {
		what                string
		seen, want, earlier map[string]bool
	}{
		{"the service principal", one(o.ServicePrincipalID), one(expected.ServicePrincipalID), one(previous.ServicePrincipalID)},
		{"a permission", o.permissionSet(), expected.permissionSet(), previous.permissionSet()},
		{"a credential", o.credentialSet(), expected.credentialSet(), previous.credentialSet()},
		{"an owner", o.ownerSet(), expected.ownerSet(), previous.ownerSet()},
		{"a tag", set(o.Tags), set(expected.Tags), set(previous.Tags)},
	}
	for _, c := range checks {
		if staleSet(c.seen, c.want, c.earlier) {
			return c.what
		}
	}
	return ""
}

// staleSet tells whether a member is missing as it was before it was added, or
// present as it was before it was removed.
func staleSet(seen, want, earlier map[string]bool) bool {
	for k := range want {
		if !seen[k] && !earlier[k] {
			return true
		}
	}
	for k := range seen {
		if !want[k] && earlier[k] {
			return true
		}
	}
	return false
}

func one(s string) map[string]bool {
	if s == "" {
		return nil
	}
	return map[string]bool{s: true}
}

func set(list []string) map[string]bool {
	out := map[string]bool{}
	for _, s := range list {
		out[s] = true
	}
	return out
}

func (o *Observed) permissionSet() map[string]bool {
	out := map[string]bool{}
	for p := range o.Granted() {
		out[p.API+" "+string(p.Kind)+" "+p.Value] = true
	}
	return out
}

func (o *Observed) credentialSet() map[string]bool {
	out := map[string]bool{}
	for _, c := range o.Credentials {
		out[c.KeyID] = true
	}
	return out
}

func (o *Observed) ownerSet() map[string]bool {
	out := map[string]bool{}
	for _, c := range o.Owners {
		out[c.ID] = true
	}
	return out
}
