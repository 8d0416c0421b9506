package workflow

import (
	"context"
	"errors"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/sink"
	sinks "github.com/mailprov/mailprov/internal/sink/kinds"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/encrypted"
	stores "github.com/mailprov/mailprov/internal/store/kinds"
)

// VarFlag is one -var or -var-file in the order of the command line.
type VarFlag struct {
	Var  string // NAME=VALUE
	File string // path
}

// Project is a loaded configuration with its store. Nothing has been asked of
// a tenant yet.
type Project struct {
	Env      Env
	Config   *lang.Config
	World    *lang.World
	Products *product.Registry
	Store    store.Store

	kept *encrypted.Store // the same, with what lies there as it is
	way  way
}

// Open loads the configuration of the environment's directory. The project
// comes back also with errors where its sources are needed to show them. A
// backend that is not the one the state was last kept in is an error.
func Open(e Env, vars []VarFlag) (*Project, diag.Diagnostics) {
	p, ds := OpenForInit(e, vars)
	if !ds.HasErrors() {
		ds = append(ds, p.guardBackend()...)
	}
	return p, ds
}

// OpenForInit is Open for the command that moves a state to another backend.
func OpenForInit(e Env, vars []VarFlag) (*Project, diag.Diagnostics) {
	p := &Project{Env: e, Products: product.Catalog()}
	files, err := readSources(e.Dir)
	if err != nil {
		return p, failure("MP503", "Configuration cannot be read", err)
	}
	flags, err := e.varFlags(vars)
	if err != nil {
		return p, failure("MP503", "Variables cannot be read", err)
	}
	var (
		cfg      *lang.Config
		world    *lang.World
		ds, more diag.Diagnostics
	)
	over := e.bounded(func() {
		cfg, ds = lang.Load(lang.Options{
			Files: files, Flags: flags, Environ: e.Environ, ReadFile: e.readFile, Location: time.LoadLocation,
			Products: p.inputs, ProductNames: p.Products.Names(),
			Sinks: sinks.Schemas(), Backends: stores.Schemas(), Version: e.Version,
		})
		if cfg != nil {
			world, more = cfg.Expand()
		}
	})
	if over != nil {
		return p, over
	}
	p.Config, p.World = cfg, world
	if cfg == nil {
		return p, few(ds)
	}
	ds = append(few(append(ds, more...)), p.checkAllowedHosts()...)
	if ds.HasErrors() {
		// What is wrong inside the blocks belongs into the same report.
		_, more = p.evaluate(lang.Nothing)
		return p, append(ds, more...)
	}
	return p, append(ds, p.openStore()...)
}

func (e Env) varFlags(vars []VarFlag) ([]lang.VarFlag, error) {
	var out []lang.VarFlag
	for _, v := range vars {
		if v.File == "" {
			out = append(out, lang.VarFlag{Var: v.Var})
			continue
		}
		b, err := e.readVarFile(v.File)
		if err != nil {
			return nil, err
		}
		out = append(out, lang.VarFlag{File: &lang.Source{Name: v.File, Bytes: b}})
	}
	return out, nil
}

func (p *Project) inputs(name string) ([]resource.Attr, bool) {
	prod, ok := p.Products.Product(name)
	if !ok {
		return nil, false
	}
	return prod.Inputs(), true
}

// Language is that of texts for people.
func (p *Project) Language() string {
	switch {
	case p.Env.Language != "":
		return p.Env.Language
	case p.Config != nil && p.Config.Settings.Language != "":
		return p.Config.Settings.Language
	case p.Env.SystemLanguage != "":
		return p.Env.SystemLanguage
	}
	return message.English
}

// Location is the configuration's time zone.
func (p *Project) Location() *time.Location {
	if p.Config == nil || p.Config.Settings.Location == nil {
		return time.UTC
	}
	return p.Config.Settings.Location
}

// Sources are the files diagnostics are shown with.
func (p *Project) Sources() map[string][]byte {
	if p == nil || p.Config == nil {
		return nil
	}
	return p.Config.Sources
}

// ReadState reads the state, or nil where there is none yet, and refuses one
// of another configuration or tenant.
func (p *Project) ReadState(ctx context.Context) (*state.Document, diag.Diagnostics) {
	blob, err := p.Store.Read(ctx)
	if err != nil {
		return nil, explainStore("MP505", "State cannot be read", err)
	}
	if blob == nil {
		return nil, nil
	}
	doc, err := state.Decode(blob.Bytes)
	if err != nil {
		return nil, diag.Diagnostics{diag.Errf("MP501", "State cannot be used", "%s: %s", p.Store.Describe(), sentence(err)).
			WithDof("It was left as it is. Restore it from the backup beside it, or from the place where it is kept.")}
	}
	return doc, p.guard(doc)
}

// guard refuses a state of another configuration or tenant before anything is
// asked of the tenant.
func (p *Project) guard(doc *state.Document) diag.Diagnostics {
	want := doc.TenantID
	if id := p.tenantID(); resource.IsGUID(id) {
		want = id
	}
	err := doc.Matches(p.Config.Settings.Name, want)
	var mismatch *state.MismatchError
	if !errors.As(err, &mismatch) {
		return nil
	}
	r := p.Config.Settings.Range
	if mismatch.Field == "tenant_id" {
		r = p.Config.Settings.Tenant.Range
	}
	return diag.Diagnostics{diag.Err("MP204", "State of another configuration or tenant", sentence(err)).At(r).
		WithDof("Nothing was asked of any tenant. Check which directory, var-file and backend belong together.")}
}

// openSinks opens the sinks of the configuration.
func (p *Project) openSinks(desired []*resource.Instance) (map[addr.Instance]sink.Sink, diag.Diagnostics) {
	out := map[addr.Instance]sink.Sink{}
	var ds diag.Diagnostics
	set := sinks.NewSet(p.sinkEnv())
	for _, i := range desired {
		s, err := set.Open(i.Addr, i.Label, marked(i))
		if err != nil {
			ds = append(ds, explainOpen(err).At(i.Range).For(i.Addr.String()))
			continue
		}
		out[i.Addr] = p.Env.aroundSink(i.Addr, s)
		if w, ok := s.(sink.Warner); ok {
			for _, text := range w.Warnings() {
				ds = append(ds, diag.Warn("MP309", "Sink deserves a word", text).At(i.Range).For(i.Addr.String()))
			}
		}
		if p.Env.Automation && !s.Durable() {
			ds = append(ds, diag.Warnf("MP201", "Secret on a disk that may vanish", "This run is automated, and %s lies on the runner's own disk, which is usually thrown away.", i.Addr).At(i.Range).For(i.Addr.String()).
				WithDof("Deliver to a sink beside a shared state, or say why the disk stays: durable = \"reason\"."))
		}
	}
	return out, ds
}
