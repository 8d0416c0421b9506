package workflow

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/state"
	stores "github.com/mailprov/mailprov/internal/store/kinds"
)

// markerFile remembers, in the configuration's directory, which backend each
// state was last kept in, so that a changed backend block is not mistaken for a
// new configuration. One directory may serve many tenants, each with a state of
// its own. It holds no secret: backends take none in their blocks. The default
// backend is not noted: its file says enough.
const markerFile = ".mailprov/backend.json"

type marker struct {
	Version int    `json:"version"`
	Used    []used `json:"used"`
}

// used is a backend and what was kept in it.
type used struct {
	Name     string            `json:"name"`   // of the configuration
	Tenant   string            `json:"tenant"` // as configured
	Backend  string            `json:"backend"`
	Settings map[string]string `json:"settings"`
}

func (u used) isOf(name, tenant string) bool {
	return u.Name == name && strings.EqualFold(u.Tenant, tenant)
}

// isDefault tells whether the state lies where it does without a word of a
// backend.
func (u used) isDefault() bool {
	return u.Backend == stores.Default && u.Settings["path"] == stores.DefaultFile
}

func (u used) equal(v used) bool { return u.Backend == v.Backend && maps.Equal(u.Settings, v.Settings) }

// readMarker reads what is remembered. What cannot be read is as good as
// nothing: it only helps to notice a change.
func (p *Project) readMarker() marker {
	m := marker{Version: 1}
	b, err := p.Env.readFile(markerFile)
	if err != nil || json.Unmarshal(b, &m) != nil || m.Version != 1 {
		return marker{Version: 1}
	}
	return m
}

// inUse is the backend as configured now.
func (p *Project) inUse() (used, error) {
	b := p.Config.Settings.Backend
	settings, err := stores.Settings(b.Kind, b.Attrs)
	return used{Name: p.Config.Settings.Name, Tenant: p.tenantID(), Backend: b.Kind, Settings: settings}, err
}

// before is the backend that this configuration's state was last kept in;
// ok is false where nothing is known. Without a word in the marker a state file
// where the default backend keeps it says so.
func (p *Project) before() (used, bool) {
	name, tenant := p.Config.Settings.Name, p.tenantID()
	for _, u := range p.readMarker().Used {
		if u.isOf(name, tenant) {
			return u, true
		}
	}
	b, err := p.Env.readFile(stores.DefaultFile)
	if err != nil {
		return used{}, false
	}
	doc, err := state.Decode(b)
	if state.IsEncrypted(b) || err == nil && doc.Matches(name, tenantOr(tenant, doc)) == nil {
		return used{Name: name, Tenant: tenant, Backend: stores.Default, Settings: map[string]string{"path": stores.DefaultFile}}, true
	}
	return used{}, false
}

// tenantOr is a tenant where it is known by its id, else the document's own.
func tenantOr(tenant string, doc *state.Document) string {
	if tenant == "" || strings.Contains(tenant, ".") {
		return doc.TenantID
	}
	return tenant
}

// remember writes down the backend in use, unless something is known already.
// A directory that cannot be written is not worth stopping for.
func (p *Project) remember() diag.Diagnostics {
	if p.Env.Sandbox {
		return nil
	}
	now, err := p.inUse()
	if err != nil {
		return nil
	}
	if slices.ContainsFunc(p.readMarker().Used, func(u used) bool { return u.isOf(now.Name, now.Tenant) }) {
		return nil
	}
	return p.mark(now)
}

// mark writes down a backend in place of what was known.
func (p *Project) mark(now used) diag.Diagnostics {
	m := p.readMarker()
	known := len(m.Used)
	m.Used = slices.DeleteFunc(m.Used, func(u used) bool { return u.isOf(now.Name, now.Tenant) })
	if now.isDefault() && len(m.Used) == known {
		return nil
	}
	if !now.isDefault() {
		m.Used = append(m.Used, now)
	}
	slices.SortFunc(m.Used, func(a, b used) int { return strings.Compare(a.Name+"\x00"+a.Tenant, b.Name+"\x00"+b.Tenant) })
	b, err := json.MarshalIndent(m, "", "  ")
	if err == nil {
		err = p.Env.keep()
	}
	if err == nil {
		err = writeAtomic(filepath.Join(p.Env.Dir, markerFile), append(b, '\n'), 0o600)
	}
	if err != nil {
		return diag.Diagnostics{{Code: "MP521", Severity: diag.Note, Summary: "Backend not remembered",
			Detail: fmt.Sprintf("The backend in use cannot be written to %s, so that a later change of it is not noticed: %v", markerFile, err)}}
	}
	return nil
}

// guardBackend stops a command whose state lies elsewhere than the configuration
// says.
func (p *Project) guardBackend() diag.Diagnostics {
	if p.Env.Sandbox {
		return nil
	}
	before, known := p.before()
	now, err := p.inUse()
	if !known || err != nil || before.equal(now) {
		return nil
	}
	from, err := p.place(before)
	if err != nil || from == p.Store.Describe() {
		return nil // of a later mailprov or changed by hand; or the same in other words
	}
	d := diag.Errf("MP521", "Backend has changed", "The state of this configuration was kept in %s, and the configuration now says %s.", from, p.Store.Describe())
	d = d.WithMail(message.Of("Nothing was done; mail is not affected."))
	d = d.WithDof("Run mailprov init: it offers to move the state. In automation: mailprov init -migrate-state, or mailprov init -reconfigure to use what is there as it is.")
	return diag.Diagnostics{d.At(p.Config.Settings.Backend.Range)}
}

// place names a backend for people.
func (p *Project) place(u used) (string, error) {
	attrs, err := stores.Body(u.Backend, u.Settings)
	if err != nil {
		return "", err
	}
	s, err := stores.Open(u.Backend, attrs, p.storeEnv())
	if err != nil {
		return "", err
	}
	return s.Describe(), nil
}
