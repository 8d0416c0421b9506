package product

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/diag"
)

//go:embed catalog/*.hcl
var files embed.FS

// Registry is a set of products by name. It does not change once made.
type Registry struct {
	products map[string]*Product
}

// Catalog parses the embedded products. It panics if one of them is broken,
// which the package's tests rule out. Callers keep the result.
func Catalog() *Registry {
	names, err := fs.Glob(files, "catalog/*.hcl")
	if err != nil {
		panic(err)
	}
	r := &Registry{products: map[string]*Product{}}
	for _, name := range names {
		src, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		p, diags := Parse(name, src)
		if diags.HasErrors() {
			panic(fmt.Sprintf("embedded catalogue: %v", diags[0]))
		}
		r.products[p.Name] = p
	}
	return r
}

// Product finds a product by name.
func (r *Registry) Product(name string) (*Product, bool) {
	p, ok := r.products[name]
	return p, ok
}

// Names lists the products in alphabetical order.
func (r *Registry) Names() []string {
	return slices.Sorted(maps.Keys(r.products))
}

// Nearest is the product closest to a mistyped name, or "".
func (r *Registry) Nearest(name string) string { return diag.Nearest(name, r.Names()) }

// With returns a registry that also holds ps. A product may not take the name
// of another, so that a configuration cannot quietly change what a built-in
// one asks for.
func (r *Registry) With(ps ...*Product) (*Registry, diag.Diagnostics) {
	out := &Registry{products: maps.Clone(r.products)}
	var diags diag.Diagnostics
	for _, p := range ps {
		if _, taken := out.products[p.Name]; taken {
			diags = append(diags, diag.Errf(CodeDuplicate, "Product declared twice",
				"There is already a product %q in the catalogue.", p.Name).
				At(p.Range).WithDof("Choose another name for this one."))
			continue
		}
		out.products[p.Name] = p
	}
	return out, diags
}

// Version identifies the content of the registry: it changes when any entry
// does. Plans carry it, because an entry decides what is checked and emitted.
func (r *Registry) Version() string {
	h := sha256.New()
	for _, name := range r.Names() {
		p := r.products[name]
		fmt.Fprintf(h, "%s\x00%d\x00", name, len(p.source))
		h.Write(p.source)
	}
	return strings.ToLower(hex.EncodeToString(h.Sum(nil)))[:16]
}
