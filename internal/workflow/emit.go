package workflow

import (
	"bytes"
	"context"
	"os"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/sheet"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/state"
)

// Emit makes the settings document of every applied target, or of one. It asks
// nothing of the tenant: the state knows all a sheet shows.
func (p *Project) Emit(ctx context.Context, address string) ([]product.Settings, diag.Diagnostics) {
	doc, ds := p.ReadState(ctx)
	if ds.HasErrors() {
		return nil, ds
	}
	if doc == nil || len(doc.Targets) == 0 {
		return nil, append(ds, diag.Errf("MP803", "Nothing to emit", "No mail target has been applied yet.").WithDof("Run mailprov apply first."))
	}
	want, err := addr.Instance{}, error(nil)
	if address != "" {
		if want, err = addr.Parse(address); err != nil {
			return nil, append(ds, diag.Err("MP801", "Not an address", sentence(err)))
		}
		if doc.Target(want) == nil {
			return nil, append(ds, unknownTarget(doc, want))
		}
	}
	var out []product.Settings
	known := p.sheets(doc)
	for _, t := range doc.Targets {
		if !want.IsZero() && t.Address != want {
			continue
		}
		s, more := known.settings(t)
		ds = append(ds, more...)
		out = append(out, s)
	}
	return out, ds
}

func unknownTarget(doc *state.Document, want addr.Instance) diag.Diagnostic {
	var names []string
	for _, t := range doc.Targets {
		names = append(names, t.Address.String())
	}
	d := diag.Errf("MP804", "No such mail target", "The state has no %s.", want)
	if near := diag.Nearest(want.String(), names); near != "" {
		return d.WithDof("Did you mean %s?", near)
	}
	return d.WithDof("There are: %s.", strings.Join(names, ", "))
}

// computed adds what Entra gave to the attributes of an application.
func computed(attrs cty.Value, doc *state.Document, app *state.Application) cty.Value {
	if attrs == cty.NilVal {
		attrs = appregistration.Schema().Defaults()
	}
	vals := attrs.AsValueMap()
	for name, v := range map[string]string{"client_id": app.ClientID, "object_id": app.ObjectID, "service_principal_id": app.ServicePrincipalID, "tenant_id": doc.TenantID} {
		vals[name] = cty.StringVal(v)
	}
	return cty.ObjectVal(vals)
}

// emitAll writes the files of the emit blocks after an apply.
func (p *Project) emitAll(a *Applied) ([]string, diag.Diagnostics) {
	var ds diag.Diagnostics
	var written []string
	all, known := index(a.Planned.Desired.Instances), p.sheets(a.State)
	for _, t := range a.State.Targets {
		i := all[t.Address]
		if i == nil {
			continue
		}
		emit := i.Attrs.GetAttr("emit")
		if emit.LengthInt() == 0 {
			continue
		}
		s, more := known.settings(t)
		ds = append(ds, more...)
		if more.HasErrors() {
			continue
		}
		for it := emit.ElementIterator(); it.Next(); {
			_, block := it.Element()
			path, d := p.emitFile(i, s, resource.Text(block.GetAttr("format")), resource.Text(block.GetAttr("path")))
			if d != nil {
				ds = append(ds, *d)
				continue
			}
			if path != "" {
				written = append(written, path)
			}
		}
	}
	return written, ds
}

// checkEmits says, while nothing has changed yet, which files could not be
// written because their path leads out of the directory.
func (p *Project) checkEmits(instances []*resource.Instance) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, i := range instances {
		if i.Addr.Type != mailtarget.Name || !i.Attrs.GetAttr("emit").IsKnown() || i.Attrs.GetAttr("emit").IsNull() {
			continue
		}
		for it := i.Attrs.GetAttr("emit").ElementIterator(); it.Next(); {
			_, block := it.Element()
			if !block.IsWhollyKnown() {
				continue
			}
			if _, err := within(p.Env.Dir, resource.Text(block.GetAttr("path"))); err != nil {
				ds = append(ds, notWritten(i, err))
			}
		}
	}
	return ds
}

func notWritten(i *resource.Instance, err error) diag.Diagnostic {
	d := diag.Err("MP808", "Settings not written", sentence(err)).At(i.RangeOf("emit")).For(i.Addr.String())
	d = d.WithMail(message.Of("Mail is not affected; the settings can be had again with mailprov emit."))
	return d
}

// emitFile writes one file, if its content changed, and returns the path of
// what it wrote.
func (p *Project) emitFile(i *resource.Instance, s product.Settings, format, path string) (string, *diag.Diagnostic) {
	f, ok := sheet.ByName(format)
	if !ok {
		d := diag.Errf("MP807", "Unknown format", "%q is not a format of settings.", format).At(i.RangeOf("emit")).For(i.Addr.String()).
			WithDof("There are: %s.", strings.Join(sheet.Names(), ", "))
		return "", &d
	}
	var b bytes.Buffer
	full, err := within(p.Env.Dir, path)
	if err == nil {
		err = f.Render(&b, s)
	}
	if err == nil {
		if old, readErr := os.ReadFile(full); readErr == nil && bytes.Equal(old, b.Bytes()) {
			return "", nil
		}
		err = p.Env.around("file write "+path, func() error { return writeAtomic(full, b.Bytes(), 0o644) })
	}
	if err != nil {
		d := notWritten(i, err)
		return "", &d
	}
	return path, nil
}
