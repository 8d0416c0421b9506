package workflow

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/product"
)

// Initialise writes a configuration to start from into the environment's
// directory. It never replaces a file: with one of the names taken nothing is
// written at all.
func Initialise(e Env, name string, o product.ScaffoldOptions) ([]string, diag.Diagnostics) {
	reg := product.Catalog()
	prod, ok := reg.Product(name)
	if !ok {
		d := diag.Err("MP811", "Unknown product", fmt.Sprintf("The catalogue has no product %q.", name)).WithDo("mailprov products lists all.")
		if near := reg.Nearest(name); near != "" {
			d.Do = fmt.Sprintf("Did you mean -product=%s?", near)
		}
		return nil, diag.Diagnostics{d}
	}
	files := prod.Scaffold(o)
	var fresh []product.File
	for _, f := range files {
		path := filepath.Join(e.Dir, f.Name)
		old, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			fresh = append(fresh, f)
		case err != nil:
			return nil, failure("MP503", "Directory cannot be read", err)
		case string(old) != string(f.Content):
			return nil, diag.Diagnostics{diag.Err("MP812", "File exists already", f.Name+" is there and would be replaced.").
				WithDo("Nothing was written. Use an empty directory, or move the file away.")}
		}
	}
	var written []string
	for _, f := range fresh {
		if err := writeAtomic(filepath.Join(e.Dir, f.Name), f.Content, 0o644); err != nil {
			return written, failure("MP808", "File not written", err)
		}
		written = append(written, f.Name)
	}
	return written, nil
}
