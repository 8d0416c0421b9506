// Package kinds is the table of all backends: which kinds a `backend` block may
// have, what stands in them, and how each is opened. A new backend adds its
// lines here.
//
// It imports the implementations, and is imported where a program is put
// together, never by them.
package kinds

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/durable"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/local"
)

// Default is the kind of a configuration without a backend block.
const Default = "local"

// Env is what a backend may know of the run besides its block.
type Env struct {
	Dir string // the configuration's directory, from which paths are taken
	// Around stands around every step on a disk of this machine; nil is nobody.
	Around durable.Around
}

// kind is one line of the table.
type kind struct {
	schema resource.Schema
	open   func(attrs cty.Value, env Env) (store.Store, error)
	// outlives tells whether the state is still there when this machine is
	// gone, and can be written from another one.
	outlives bool
}

func table() map[string]kind {
	return map[string]kind{
		"local": {schema: local.Schema(), open: openLocal},
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

// Open binds the backend of this kind. The attributes are those of its Schema;
// cty.NilVal stands for a block that is not written.
func Open(name string, attrs cty.Value, env Env) (store.Store, error) {
	k, ok := table()[name]
	if !ok {
		return nil, fmt.Errorf("open backend %q: no such kind; there are: %s",
			name, strings.Join(slices.Sorted(maps.Keys(table())), ", "))
	}
	if attrs == cty.NilVal || attrs.IsNull() {
		attrs = k.schema.Defaults()
	}
	if !attrs.IsWhollyKnown() {
		return nil, fmt.Errorf("open backend %q: its settings must be known before anything is read", name)
	}
	unmarked, _ := attrs.UnmarkDeep()
	s, err := k.open(unmarked, env)
	if err != nil {
		return nil, fmt.Errorf("open backend %q: %w", name, err)
	}
	return s, nil
}

func openLocal(attrs cty.Value, env Env) (store.Store, error) {
	path := local.DefaultPath
	if attrs.Type().HasAttribute("path") {
		if v := attrs.GetAttr("path"); !v.IsNull() && v.Type() == cty.String {
			path = v.AsString()
		}
	}
	if path == "" || strings.ContainsRune(path, 0) || strings.HasSuffix(path, "/") {
		return nil, fmt.Errorf("path %q is no file", path)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(env.Dir, filepath.FromSlash(path))
	}
	return local.New(local.Config{Path: path, Serial: state.Serial, Around: env.Around}), nil
}
