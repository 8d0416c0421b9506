// Package kinds is the table of all backends: which kinds a `backend` block may
// have, what stands in them, and how each is opened. A new backend adds its
// lines here.
//
// It imports the implementations, and is imported where a program is put
// together, never by them.
package kinds

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/durable"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/azblob"
	"github.com/mailprov/mailprov/internal/store/encrypted"
	"github.com/mailprov/mailprov/internal/store/local"
	"github.com/mailprov/mailprov/internal/store/postgres"
)

// Default is the kind of a configuration without a backend block, and
// DefaultFile the file that it keeps the state in.
const (
	Default     = "local"
	DefaultFile = local.DefaultPath
)

// Env is what a backend may know of the run besides its block.
type Env struct {
	Dir        string              // the configuration's directory, from which paths are taken
	Getenv     func(string) string // environment by name
	Cloud      string              // tenant.cloud
	AllowHosts []string            // hosts that the environment lets in
	// Reach gives the way to a storage account, when it is first needed.
	Reach func(ctx context.Context, account *url.URL) (BlobAccess, error)
	// Roots are the certificates to be trusted; nil: the system's.
	Roots      func() (*x509.CertPool, error)
	Encryption Encryption
	// Around stands around every step on a disk of this machine; nil is nobody.
	Around durable.Around
}

// BlobAccess is the way to a storage account.
type BlobAccess = azblob.Access

// kind is one line of the table.
type kind struct {
	schema resource.Schema
	open   func(b block, env Env) (store.Store, error)
	// outlives tells whether the state is still there when this machine is
	// gone, and can be written from another one.
	outlives bool
}

func table() map[string]kind {
	return map[string]kind{
		"local":    {schema: local.Schema(), open: openLocal},
		"azblob":   {schema: azblob.Schema(), open: openAzblob, outlives: true},
		"postgres": {schema: postgres.Schema(), open: openPostgres, outlives: true},
	}
}

// Schemas are the bodies of the backend blocks by kind.
func Schemas() map[string]resource.Schema {
	out := map[string]resource.Schema{}
	for name, k := range table() {
		out[name] = k.schema
	}
	return out
}

// Outlives tells whether a backend of this kind outlives this machine.
func Outlives(name string) bool { return table()[name].outlives }

// Open binds the backend of this kind, with the state encrypted where the
// configuration says so. The attributes are those of its Schema; cty.NilVal
// stands for a block that is not written.
func Open(name string, attrs cty.Value, env Env) (*encrypted.Store, error) {
	k, ok := table()[name]
	if !ok {
		return nil, fmt.Errorf("open backend %q: no such kind; there are: %s",
			name, strings.Join(slices.Sorted(maps.Keys(table())), ", "))
	}
	b, err := k.block(attrs)
	if err != nil {
		return nil, fmt.Errorf("open backend %q: %w", name, err)
	}
	s, err := k.open(b, env)
	if err != nil {
		return nil, fmt.Errorf("open backend %q: %w", name, err)
	}
	cfg, err := env.Encryption.config()
	if err != nil {
		return nil, fmt.Errorf("encrypt the state: %w", err)
	}
	return encrypted.New(s, cfg), nil
}

// block is the body of a backend in Go's types; what is not written is empty.
type block map[string]string

// Settings is the body of a backend block as text by name, without what is not
// written.
func Settings(name string, attrs cty.Value) (map[string]string, error) {
	k, ok := table()[name]
	if !ok {
		return nil, fmt.Errorf("no backend %q", name)
	}
	b, err := k.block(attrs)
	return b, err
}

// Body is the body of a block with these settings.
func Body(name string, settings map[string]string) (cty.Value, error) {
	k, ok := table()[name]
	if !ok {
		return cty.NilVal, fmt.Errorf("no backend %q", name)
	}
	vals := k.schema.Defaults().AsValueMap()
	for n, v := range settings {
		if _, there := k.schema.Attr(n); !there {
			return cty.NilVal, fmt.Errorf("backend %q has no attribute %q", name, n)
		}
		vals[n] = cty.StringVal(v)
	}
	return cty.ObjectVal(vals), nil
}

// block reads attributes, all of which are strings.
func (k kind) block(attrs cty.Value) (block, error) {
	if attrs == cty.NilVal || attrs.IsNull() {
		attrs = k.schema.Defaults()
	}
	if !attrs.IsWhollyKnown() {
		return nil, errors.New("its settings must be known before anything is read")
	}
	unmarked, _ := attrs.UnmarkDeep()
	b := block{}
	for n, v := range unmarked.AsValueMap() {
		if !v.IsNull() && v.Type() == cty.String {
			b[n] = v.AsString()
		}
	}
	for _, a := range k.schema.Attrs {
		if _, ok := b[a.Name]; !ok && a.Default != cty.NilVal {
			b[a.Name] = a.Default.AsString()
		}
	}
	return b, nil
}

func openLocal(b block, env Env) (store.Store, error) {
	path := b["path"]
	if path == "" || strings.ContainsRune(path, 0) || strings.HasSuffix(path, "/") {
		return nil, fmt.Errorf("path %q is no file", path)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(env.Dir, filepath.FromSlash(path))
	}
	return local.New(local.Config{Path: path, Serial: state.Serial, Around: env.Around}), nil
}

func openAzblob(b block, env Env) (store.Store, error) {
	s, err := azblob.New(azblob.Config{
		Account: b["account"], Container: b["container"], Key: b["key"], Serial: state.Serial,
		Cloud: env.Cloud, AllowHosts: env.AllowHosts, Getenv: env.Getenv, Reach: env.Reach,
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func openPostgres(b block, env Env) (store.Store, error) {
	var roots *x509.CertPool
	if env.Roots != nil {
		var err error
		if roots, err = env.Roots(); err != nil {
			return nil, err
		}
	}
	s, err := postgres.New(postgres.Config{
		Name: b["name"], Schema: b["schema"], ConnString: b["conn_str"], Serial: state.Serial,
		AllowHosts: env.AllowHosts, Getenv: env.Getenv, Roots: roots,
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}
