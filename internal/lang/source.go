package lang

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/resource"
)

// Source is one file: its name relative to the configuration's directory,
// which also tells what it is, and its content.
type Source struct {
	Name  string
	Bytes []byte
}

// VarFlag is one -var or -var-file of the command line, whichever is set.
type VarFlag struct {
	Var  string  // NAME=VALUE
	File *Source // an HCL file, or JSON by its suffix
}

// Options is everything a configuration depends on.
type Options struct {
	// Files are all files of the directory that Recognised accepts.
	Files []Source
	// Flags are -var and -var-file in the order given.
	Flags []VarFlag
	// Environ is the environment as NAME=VALUE; only MAILPROV_VAR_ is read.
	Environ []string
	// ReadFile serves file, templatefile and their like. The caller confines
	// it to the directory, after symbolic links.
	ReadFile func(path string) ([]byte, error)
	// Location finds a time zone by its IANA name.
	Location func(name string) (*time.Location, error)
	// Products gives the inputs of a product; ProductNames are for guessing.
	Products     func(name string) (inputs []resource.Attr, ok bool)
	ProductNames []string
	// Sinks and Backends are schemas by kind.
	Sinks    map[string]resource.Schema
	Backends map[string]resource.Schema
	// Version is that of the program, for required_version; anything that is
	// no version number satisfies every constraint.
	Version string
}

// fileKind says what a file holds.
type fileKind int

const (
	otherFile fileKind = iota
	configFile
	defaultValues // mailprov.mpvars.hcl
	autoValues    // *.auto.mpvars.hcl
)

func kindOf(name string) fileKind {
	base := path.Base(name)
	if strings.HasPrefix(base, ".") || strings.HasSuffix(base, "~") {
		return otherFile
	}
	switch stem, _ := strings.CutSuffix(strings.TrimSuffix(base, ".json"), ".hcl"); {
	case stem == "mailprov.mpvars":
		return defaultValues
	case strings.HasSuffix(stem, ".auto.mpvars"):
		return autoValues
	case strings.HasSuffix(base, ".mailprov.hcl"), strings.HasSuffix(base, ".mailprov.json"):
		return configFile
	}
	return otherFile
}

// Recognised tells whether the file of a directory belongs to its
// configuration: *.mailprov.hcl, mailprov.mpvars.hcl and *.auto.mpvars.hcl,
// and the same in JSON.
func Recognised(name string) bool { return kindOf(name) != otherFile }

func isJSON(name string) bool { return strings.HasSuffix(name, ".json") }

// ofKind returns the files of a kind in lexical order.
func (o Options) ofKind(k fileKind) []Source {
	var out []Source
	for _, f := range o.Files {
		if kindOf(f.Name) == k {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
	return out
}
