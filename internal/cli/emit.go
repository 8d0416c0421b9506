package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/sheet"
	"github.com/mailprov/mailprov/internal/workflow"
)

// emitFlags are the choices of emit.
type emitFlags struct {
	vars        varFlags
	format, out string
}

func (a *app) emitCommand() *cobra.Command {
	var f emitFlags
	c := &cobra.Command{
		Use:   "emit [ADDR]",
		Short: "Write what to enter in a product",
		Long: `Write the settings of one mail_target, or of all, with the labels of the
product's own screens. The secret is not among them: mailprov secret show has it.

Formats: ` + strings.Join(sheet.Names(), " ") + `.
Several targets at once are written as text or markdown, or to one file each in
the directory that -out names with a slash at its end.`,
		Example: "  mailprov emit\n  mailprov emit mail_target.files -format=html -out=files.html\n  mailprov emit -format=json -out=settings/",
		Args:    takes("[ADDR]"),
		RunE: func(c *cobra.Command, args []string) error {
			format, ok := sheet.ByName(f.format)
			if !ok {
				return unknownFormat(f.format)
			}
			address := ""
			if len(args) > 0 {
				address = args[0]
			}
			p, ds, err := a.open(nil, f.vars.list)
			if err != nil {
				return err
			}
			if ds.HasErrors() {
				return a.diagnostics(ds)
			}
			all, more := p.Emit(c.Context(), address)
			if err := a.diagnostics(append(ds, more...)); err != nil {
				return err
			}
			return a.emit(all, format, f.out)
		},
	}
	f.vars.register(c)
	c.Flags().StringVar(&f.format, "format", "text", "one of the formats above")
	c.Flags().StringVar(&f.out, "out", "", "`FILE` to write, or DIRECTORY/")
	return c
}

func unknownFormat(name string) error {
	if near := diag.Nearest(name, sheet.Names()); near != "" {
		return message.Errorf("-format is %q; did you mean %s?", name, near)
	}
	return message.Errorf("-format is %q; write one of %s", name, strings.Join(sheet.Names(), ", "))
}

func (a *app) emit(all []product.Settings, format sheet.Format, out string) error {
	if a.isDirectory(out) {
		return a.emitFiles(all, format, out)
	}
	if len(all) > 1 && format.Name != "text" && format.Name != "markdown" {
		var names []string
		for _, s := range all {
			names = append(names, s.Target)
		}
		return message.Errorf("a %s document is about one target; name one of %s, or write one file each with -out=DIRECTORY/", format.Name, strings.Join(names, ", "))
	}
	var b bytes.Buffer
	for n, s := range all {
		if n > 0 {
			b.WriteString("\n\n")
		}
		if err := format.Render(&b, s); err != nil {
			return message.Errorf("emit %s: %w", s.Target, err)
		}
	}
	if out == "" {
		_, err := a.io.out.Write(b.Bytes())
		return err
	}
	return a.emitFile(out, b.Bytes())
}

func (a *app) isDirectory(out string) bool {
	if out == "" {
		return false
	}
	info, err := os.Stat(a.path(out))
	return err == nil && info.IsDir() || os.IsPathSeparator(out[len(out)-1])
}

func (a *app) emitFiles(all []product.Settings, format sheet.Format, dir string) error {
	var taken []string
	for _, s := range all {
		name := fileName(s.Target)
		if slices.Contains(taken, name) {
			return message.Errorf("emit %s: another target's file has the name %s, too; name one target at a time", s.Target, name)
		}
		taken = append(taken, name)
		var b bytes.Buffer
		if err := format.Render(&b, s); err != nil {
			return message.Errorf("emit %s: %w", s.Target, err)
		}
		if err := a.emitFile(filepath.Join(dir, name+format.Extension), b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// fileName is an address as a file name: its letters, digits, dots and dashes
// without the block's type.
func fileName(address string) string {
	address = strings.ReplaceAll(address, "mail_target.", "")
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`"[]`, r) {
			return -1
		}
		if strings.ContainsRune(`/\:*?<>| `, r) || r < ' ' {
			return '-'
		}
		return r
	}, strings.ReplaceAll(address, "[", "-"))
	return strings.Trim(name, ".")
}

func (a *app) emitFile(path string, b []byte) error {
	if info, err := os.Stat(a.path(path)); err == nil && !info.Mode().IsRegular() {
		return errors.New("emit: " + path + " is no file")
	}
	if err := workflow.WriteFile(a.path(path), b, 0o644); err != nil {
		return err
	}
	a.print("%s", path)
	return nil
}
