package cli

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/render/width"
	"github.com/mailprov/mailprov/internal/workflow"
)

// fmtFlags are the choices of fmt.
type fmtFlags struct{ check, diff, recursive bool }

func (a *app) fmtCommand() *cobra.Command {
	var f fmtFlags
	c := &cobra.Command{
		Use:   "fmt [PATH... | -]",
		Short: "Lay out configuration files in the usual way",
		Long: `Rewrite configuration files in the usual layout. Without a path all files of the
configuration's directory are taken; with - standard input is formatted to
standard output. The names of changed files are written to standard output.`,
		Example: "  mailprov fmt\n  mailprov fmt -check -diff     # exit code 2 if a file would change",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] == "-" {
				return a.fmtStdin(f)
			}
			return a.fmtFiles(f, args)
		},
	}
	c.Flags().BoolVar(&f.check, "check", false, "change nothing; exit with 2 if a file would change")
	c.Flags().BoolVar(&f.diff, "diff", false, "show the differences")
	c.Flags().BoolVar(&f.recursive, "recursive", false, "also take the directories below")
	return c
}

func (a *app) fmtStdin(f fmtFlags) error {
	src, err := io.ReadAll(a.io.in)
	if err != nil {
		return message.Errorf("read standard input: %w", err)
	}
	out, ds := lang.Format(src, "stdin.mailprov.hcl")
	if ds.HasErrors() {
		return a.fmtErrors(ds, "stdin.mailprov.hcl", src)
	}
	if f.check {
		if !bytes.Equal(src, out) {
			return exitCode(exitSomething)
		}
		return nil
	}
	_, err = a.io.out.Write(out)
	return err
}

func (a *app) fmtFiles(f fmtFlags, paths []string) error {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	changed, failed := false, false
	for _, p := range paths {
		full := p
		if !filepath.IsAbs(p) {
			full = filepath.Join(a.dir, p)
		}
		files, err := formattable(full, f.recursive)
		if err != nil {
			return err
		}
		for _, file := range files {
			did, err := a.fmtFile(file, f)
			changed = changed || did
			if err == errSaid {
				failed = true
			} else if err != nil {
				return err
			}
		}
	}
	switch {
	case failed:
		return errSaid
	case changed && f.check:
		return exitCode(exitSomething)
	}
	return nil
}

// formattable lists the files of a path that fmt knows how to lay out. Links in
// a directory are left alone: what they lead to is laid out where it lies.
func formattable(path string, recursive bool) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, message.Errorf("format: %w", err)
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return nil, message.Errorf("format %s: it is no regular file", path)
		}
		if !strings.HasSuffix(path, ".hcl") {
			return nil, message.Errorf("format %s: only .hcl files have a layout", path)
		}
		return []string{path}, nil
	}
	var out []string
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != path && (!recursive || strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.Type().IsRegular() && lang.Recognised(d.Name()) && strings.HasSuffix(p, ".hcl"):
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

func (a *app) fmtFile(path string, f fmtFlags) (bool, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return false, message.Errorf("format: %w", err)
	}
	out, ds := lang.Format(src, path)
	if ds.HasErrors() {
		return false, a.fmtErrors(ds, path, src)
	}
	if bytes.Equal(src, out) {
		return false, nil
	}
	a.print("%s", path)
	if f.diff {
		a.print("%s", lineDiff(string(src), string(out)))
	}
	if f.check {
		return true, nil
	}
	return true, workflow.ReplaceFile(path, out)
}

func (a *app) fmtErrors(ds diag.Diagnostics, name string, src []byte) error {
	for _, d := range ds {
		a.say("\n%s", diag.Format(d, map[string][]byte{name: src}, a.io.width, a.speaks()))
	}
	return errSaid
}

// lineDiff shows removed and added lines between the common beginning and end.
func lineDiff(old, now string) string {
	a, b := strings.Split(old, "\n"), strings.Split(now, "\n")
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out strings.Builder
	fmt.Fprintf(&out, "@@ line %d @@\n", head+1)
	for _, l := range a[head : len(a)-tail] {
		out.WriteString("-" + width.Clean(l) + "\n")
	}
	for _, l := range b[head : len(b)-tail] {
		out.WriteString("+" + width.Clean(l) + "\n")
	}
	return out.String()
}
