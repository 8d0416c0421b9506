package state

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

// New is the state of a configuration that has none yet. The lineage is drawn
// by the caller, once; the serial becomes 1 with the first write.
func New(name, tenantID, lineage, mailprovVersion string) *Document {
	return &Document{
		Version:         Version,
		MailprovVersion: mailprovVersion,
		Name:            name,
		TenantID:        tenantID,
		Lineage:         lineage,
		Applications:    []*Application{},
		Secrets:         []*Secret{},
		Targets:         []*Target{},
		Outputs:         map[string]Output{},
	}
}

// Matches tells whether the document is of this configuration in this tenant;
// if not, it returns a *MismatchError, and nothing may be asked of the tenant.
func (d *Document) Matches(name, tenantID string) error {
	if d.Name != name {
		return &MismatchError{Field: "name", State: d.Name, Want: name}
	}
	if !strings.EqualFold(d.TenantID, tenantID) {
		return &MismatchError{Field: "tenant_id", State: d.TenantID, Want: tenantID}
	}
	return nil
}

// Clone is a copy that shares nothing with d.
func (d *Document) Clone() *Document {
	if d == nil {
		return nil
	}
	c := *d
	c.Applications = cloneAll(d.Applications, func(a *Application) {
		a.Attributes, a.Expected, a.Previous = bytes.Clone(a.Attributes), bytes.Clone(a.Expected), bytes.Clone(a.Previous)
		a.DependsOn, a.FormerRoles = slices.Clone(a.DependsOn), slices.Clone(a.FormerRoles)
	})
	c.Secrets = cloneAll(d.Secrets, func(s *Secret) {
		s.Attributes, s.DependsOn = bytes.Clone(s.Attributes), slices.Clone(s.DependsOn)
		s.Credentials = cloneAll(s.Credentials, func(k *Credential) {
			k.Receipts = slices.Clone(k.Receipts)
			for i := range k.Receipts {
				r := &k.Receipts[i]
				r.Readers, r.Keys, r.FormerReaders = slices.Clone(r.Readers), maps.Clone(r.Keys), slices.Clone(r.FormerReaders)
			}
		})
	})
	c.Targets = cloneAll(d.Targets, func(t *Target) {
		t.Attributes, t.DependsOn = bytes.Clone(t.Attributes), slices.Clone(t.DependsOn)
		t.Confirmations = slices.Clone(t.Confirmations)
	})
	c.Outputs = maps.Clone(d.Outputs)
	for name, o := range c.Outputs {
		o.Value, o.Type = bytes.Clone(o.Value), bytes.Clone(o.Type)
		c.Outputs[name] = o
	}
	return &c
}

// cloneAll copies a list of pointers; inner severs what the copies still share.
func cloneAll[T any](list []*T, inner func(*T)) []*T {
	if list == nil {
		return nil
	}
	out := make([]*T, len(list))
	for i, x := range list {
		if x == nil {
			continue
		}
		c := *x
		inner(&c)
		out[i] = &c
	}
	return out
}
