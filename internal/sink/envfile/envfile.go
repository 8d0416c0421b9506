// Package envfile is the sink that sets a variable in a dotenv file, leaving
// the file's other lines alone, for programs that start with one. The staged
// and the previous value lie in files of their own beside it.
package envfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/slot"
)

// Kind is the label of the block.
const Kind = "env_file"

// DefaultVariable is what a secret is called where the block does not say.
const DefaultVariable = "{secret}_CLIENT_SECRET"

// Config is a `sink "env_file"` block with what it stands on.
type Config struct {
	Path     string // {secret} stands for the secret's address
	Variable string // {secret} stands for it in capitals; default {secret}_CLIENT_SECRET
	Durable  bool
	Files    slot.Files
	// Lock is held while the file is rewritten; sinks that share a file share
	// the lock.
	Lock sync.Locker
	// Fit refuses files that others would get to see.
	Fit func(names []string) error
}

// Schema describes the block.
func Schema() resource.Schema {
	return resource.Schema{Attrs: []resource.Attr{
		{Name: "path", Type: cty.String, Required: true, Doc: "Dotenv file below the configuration's directory; its other lines stay."},
		{Name: "variable", Type: cty.String, Default: cty.StringVal(DefaultVariable), Doc: "Variable that is set; {secret} stands for the secret's address in capitals."},
	}}
}

// New binds the sink; the settings are checked, nothing is read or written.
func New(c Config) (sink.Sink, error) {
	path, err := slot.CleanPath(c.Path)
	if err != nil {
		return nil, err
	}
	if c.Variable == "" {
		c.Variable = DefaultVariable
	}
	if name := strings.ReplaceAll(c.Variable, "{secret}", "X"); !isName(name) {
		return nil, fmt.Errorf("variable %q is no name of a variable: letters, digits and _ only", c.Variable)
	}
	if c.Lock == nil {
		c.Lock = &sync.Mutex{}
	}
	return slot.New(slot.Config{
		Kind: Kind,
		Place: func(a addr.Instance) (slot.Place, error) {
			p := place{cfg: c, path: slot.Fill(path, a, slot.Name), name: slot.Fill(c.Variable, a, variable)}
			if !isName(p.name) {
				return nil, fmt.Errorf("%q is no name of a variable", p.name)
			}
			return p, nil
		},
		Seal: func(v secret.Value) ([]byte, error) {
			if _, err := quote(v.Reveal()); err != nil {
				return nil, err
			}
			return append([]byte{}, v.Reveal()...), nil
		},
		Open:    func(b []byte) (secret.Value, error) { return secret.FromBytes(b), nil },
		Readers: []string{"whoever can read " + path}, Durable: c.Durable, Plaintext: true,
		TakenHint: "write {secret} in variable to give each secret a variable of its own",
	}), nil
}

// variable writes an address in the characters of a variable's name. Two
// addresses may come out the same; the receipt of the first then refuses the
// second.
func variable(a addr.Instance) string {
	text := strings.ToUpper(strings.TrimPrefix(a.String(), "client_secret."))
	return strings.TrimRight(strings.Map(func(r rune) rune {
		if isNameRune(r) {
			return r
		}
		if r == '"' || r == ']' {
			return -1
		}
		return '_'
	}, text), "_")
}

// place is one variable of one file.
type place struct {
	cfg        Config
	path, name string
}

// Where implements slot.Place.
func (p place) Where() string { return p.path + ":" + p.name }

// beside is the file of a part that is not in the dotenv file itself.
func (p place) beside(part slot.Part) string { return slot.Beside(p.path+"."+p.name, part) }

// Read implements slot.Place.
func (p place) Read(ctx context.Context, part slot.Part) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if part != slot.InUse {
		return p.cfg.Files.Read(p.beside(part))
	}
	d, err := p.cfg.Files.Read(p.path)
	if err != nil {
		return nil, err
	}
	v, ok, err := document(d).value(p.name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p.path, err)
	}
	if !ok || len(v) == 0 { // NAME= is how templates of such files leave a gap
		return nil, fs.ErrNotExist
	}
	return v, nil
}

// Write implements slot.Place.
func (p place) Write(ctx context.Context, part slot.Part, b []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if part != slot.InUse {
		return p.cfg.Files.Write(p.beside(part), b)
	}
	return p.edit(func(d document) (document, error) { return d.set(p.name, b) })
}

// Remove implements slot.Place.
func (p place) Remove(ctx context.Context, part slot.Part) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if part != slot.InUse {
		return p.cfg.Files.Remove(p.beside(part))
	}
	return p.edit(func(d document) (document, error) { return d.unset(p.name) })
}

// edit rewrites the file. A file that was made here is gone when its last line
// is.
func (p place) edit(change func(document) (document, error)) error {
	p.cfg.Lock.Lock()
	defer p.cfg.Lock.Unlock()
	old, err := p.cfg.Files.Read(p.path)
	absent := errors.Is(err, fs.ErrNotExist)
	if err != nil && !absent {
		return err
	}
	next, err := change(old)
	switch {
	case err != nil:
		return fmt.Errorf("edit %s: %w", p.path, err)
	case len(next) == 0:
		return p.cfg.Files.Remove(p.path)
	case string(next) == string(old):
		return nil
	}
	return p.cfg.Files.Write(p.path, next)
}

// Protect implements slot.Place.
func (p place) Protect(_ context.Context, part slot.Part) error {
	if part == slot.InUse {
		return p.cfg.Files.Protect(p.path)
	}
	return p.cfg.Files.Protect(p.beside(part))
}

// Fit implements slot.Place. Whether the file takes the variable is tried on a
// copy: at the commit it would be late to find out.
func (p place) Fit(ctx context.Context) error {
	names := []string{p.path, p.beside(slot.Staged), p.beside(slot.Previous)}
	if err := slot.FitFiles(ctx, p.cfg.Files, p.cfg.Fit, names); err != nil {
		return err
	}
	d, err := p.cfg.Files.Read(p.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := document(d).set(p.name, []byte("two words")); err != nil {
		return fmt.Errorf("edit %s: %w", p.path, err)
	}
	return nil
}
