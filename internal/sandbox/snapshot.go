package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const snapshotVersion = 1

// document is the JSON form of a tenant. Client secrets are in it as salted hashes only; what a client has put into a
// vault stands there as the vault would give it back.
type document struct {
	Version  int             `json:"version"`
	TenantID string          `json:"tenant_id"`
	Objects  []storedObject  `json:"objects"`
	Secrets  map[string]hash `json:"secrets"`
	Vaults   vaults          `json:"vaults,omitempty"`
	// Certificates are public halves, in DER, by key id.
	Certificates map[string][]byte `json:"certificates,omitempty"`
}

type storedObject struct {
	Kind    string   `json:"kind"`
	ID      string   `json:"id"`
	Links   []string `json:"links,omitempty"`
	Deleted bool     `json:"deleted,omitempty"`
	Doc     Object   `json:"doc"`
}

// Snapshot returns the tenant as a document that New accepts as Options.State.
func (s *Sandbox) Snapshot() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, err := s.snapshot()
	if err != nil {
		panic(err) // documents are made of JSON values only
	}
	return raw
}

func (s *Sandbox) snapshot() ([]byte, error) {
	about, err := published()
	if err != nil {
		return nil, err
	}
	out := document{Version: snapshotVersion, TenantID: s.seed.TenantID, Secrets: s.secrets, Vaults: s.vaults, Certificates: s.certificates}
	records := slices.SortedFunc(maps.Values(s.dir.records), func(a, b *record) int { return int(a.seq) - int(b.seq) }) //nolint:gosec // small numbers
	for _, r := range records {
		if r.now.doc == nil {
			continue
		}
		doc := r.now.doc
		if _, ours := about[text(doc, "appId")]; ours && r.kind == kindPrincipal {
			// What Microsoft publishes is the same for all and comes with the program.
			doc = maps.Clone(doc)
			delete(doc, "appRoles")
			delete(doc, "oauth2PermissionScopes")
		}
		out.Objects = append(out.Objects, storedObject{r.kind, r.id, r.now.links, r.now.deleted, doc})
	}
	return json.Marshal(out)
}

// restore fills an empty directory from a snapshot.
func (s *Sandbox) restore(raw []byte) error {
	v, err := decode(raw)
	if err != nil {
		return fmt.Errorf("read sandbox state: %w", err)
	}
	about, err := published()
	if err != nil {
		return err
	}
	top, _ := v.(map[string]any)
	if fmt.Sprint(top["version"]) != fmt.Sprint(snapshotVersion) {
		return fmt.Errorf("read sandbox state: version %v is not %d", top["version"], snapshotVersion)
	}
	if id := text(top, "tenant_id"); id != s.seed.TenantID {
		return fmt.Errorf("read sandbox state: tenant %q is not the sandbox's", id)
	}
	for i, item := range items(top, "objects") {
		o, _ := item.(map[string]any)
		kind, id, doc := text(o, "kind"), text(o, "id"), object(o, "doc")
		if _, known := s.model.Type(kind); !known || id == "" || doc == nil || text(doc, "id") != id {
			return fmt.Errorf("read sandbox state: object %d is not a directory object", i+1)
		}
		if kind == kindPrincipal {
			if add, ours := about[text(doc, "appId")]; ours {
				doc["appRoles"], doc["oauth2PermissionScopes"] = add["appRoles"], add["oauth2PermissionScopes"]
			}
		}
		s.dir.put(kind, id, version{doc: doc, links: texts(items(o, "links")), deleted: o["deleted"] == true})
	}
	for id, item := range object(top, "secrets") {
		h, _ := item.(map[string]any)
		s.secrets[id] = hash{Salt: text(h, "salt"), Sum: text(h, "sum")}
	}
	if err := s.restoreVaults(raw); err != nil {
		return err
	}
	if len(s.dir.all(kindOrg)) == 0 {
		return fmt.Errorf("read sandbox state: it has no organization")
	}
	return nil
}

// restoreVaults reads the vaults of a snapshot, and the certificates. One that was taken before there were any has no principal for them.
func (s *Sandbox) restoreVaults(raw []byte) error {
	var d struct {
		Vaults       vaults            `json:"vaults"`
		Certificates map[string][]byte `json:"certificates"`
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return fmt.Errorf("read sandbox state: %w", err)
	}
	maps.Copy(s.certificates, d.Certificates)
	for vault, secrets := range d.Vaults {
		for key, t := range secrets {
			if t == nil || len(t.Versions) == 0 || slices.Contains(t.Versions, nil) || !strings.EqualFold(key, t.Name) {
				return fmt.Errorf("read sandbox state: secret %q of vault %q is damaged", key, vault)
			}
		}
		if secrets != nil {
			s.vaults[vault] = secrets
		}
	}
	if s.dir.byID(vaultPrincipalID) == nil {
		s.plantVault()
	}
	if s.dir.byID(storagePrincipalID) == nil {
		s.plantStorage()
	}
	return nil
}
