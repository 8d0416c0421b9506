// Command generate writes the JSON Schemas into the folder schema at the root
// of the project.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/mailprov/mailprov/internal/schema"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	root, err := schema.Root(".")
	if err != nil {
		return err
	}
	schemas, err := schema.Generate(root)
	if err != nil {
		return err
	}
	dir := filepath.Join(root, "schema")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	for _, name := range schema.Names() {
		if err := os.WriteFile(filepath.Join(dir, schema.FileName(name)), schemas[name], 0o644); err != nil {
			return fmt.Errorf("write schema: %w", err)
		}
	}
	return nil
}
