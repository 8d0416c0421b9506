package workflow

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/product"
)

// Initialise writes a configuration for a product to start from into the
// environment's directory. In a directory that has a configuration the
// product's own files are put beside it. No file is ever replaced: with one of
// the names taken nothing is written at all.
func Initialise(e Env, name string, o product.ScaffoldOptions) ([]string, diag.Diagnostics) {
	prod, ds := Product(name)
	if prod == nil {
		return nil, ds
	}
	var err error
	if o.Beside, err = Configured(e); err != nil {
		return nil, failure("MP503", "Directory cannot be read", err)
	}
	if o.Beside {
		o.Sink = usualSink(e)
	}
	files := prod.Scaffold(o)
	for _, f := range files {
		_, err := os.Lstat(filepath.Join(e.Dir, f.Name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, failure("MP503", "Directory cannot be read", err)
		default:
			return nil, diag.Diagnostics{diag.Errf("MP812", "File exists already", "%s is there and would be replaced.", f.Name).
				WithDof("Nothing was written. Use an empty directory, or move the file away.")}
		}
	}
	var written []string
	for _, f := range files {
		if err := writeAtomic(filepath.Join(e.Dir, f.Name), f.Content, 0o644); err != nil {
			return written, failure("MP808", "File not written", err)
		}
		written = append(written, f.Name)
	}
	return written, nil
}

// Product finds a product of the catalogue for somebody who typed its name.
func Product(name string) (*product.Product, diag.Diagnostics) {
	reg := product.Catalog()
	prod, ok := reg.Product(name)
	if ok {
		return prod, nil
	}
	d := diag.Errf("MP811", "Unknown product", "The catalogue has no product %q.", name).WithDof("There are: %s.", strings.Join(reg.Names(), ", "))
	if near := reg.Nearest(name); near != "" {
		d = d.WithDof("Did you mean %s?", near)
	}
	return nil, diag.Diagnostics{d}
}

// Configured tells whether the environment's directory has a configuration.
func Configured(e Env) (bool, error) {
	files, err := readSources(e.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name, ".mailprov.hcl") || strings.HasSuffix(f.Name, ".mailprov.json") {
			return true, nil
		}
	}
	return false, err
}

// usualSink is the sink of a configuration that a further product delivers to;
// empty leaves the choice to the scaffold.
func usualSink(e Env) string {
	p, _ := Open(e, nil)
	if p.World == nil {
		return ""
	}
	want, _ := p.evaluate(lang.Nothing)
	if want == nil {
		return ""
	}
	for _, s := range want.Sinks {
		if s.Addr.Module == "" && s.Addr.Key == "" {
			return s.Addr.Name
		}
	}
	return ""
}

// OwnRecipients is the public key of the person who runs mailprov, by name, if
// a key is where keys are looked for.
func OwnRecipients(e Env) map[string]string {
	found, err := e.identities()
	if err != nil {
		return nil
	}
	name := e.User[strings.LastIndexByte(e.User, '\\')+1:]
	for _, id := range found {
		if own, ok := id.(*age.X25519Identity); ok {
			return map[string]string{name: own.Recipient().String()}
		}
	}
	return nil
}
