package slot

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/durable"
	"github.com/mailprov/mailprov/internal/store"
)

// Part names what lies in a place: the three values and the index, which says
// whose each of them is.
type Part string

// The parts of a place.
const (
	InUse    Part = "in_use"
	Previous Part = "previous"
	Staged   Part = "staged"
	Index    Part = "index"
)

// Place holds the parts of one secret in one sink. Write and Remove must be
// durable on return and atomic: whoever reads meanwhile finds the old part or
// the new one.
type Place interface {
	// Where names the place for people and for the state.
	Where() string
	// Read returns a part; the error wraps fs.ErrNotExist where it is absent.
	Read(ctx context.Context, p Part) ([]byte, error)
	Write(ctx context.Context, p Part, b []byte) error
	// Remove succeeds where there is nothing.
	Remove(ctx context.Context, p Part) error
	// Protect takes a part from all but its owner, where that can be lost.
	Protect(ctx context.Context, p Part) error
	// Fit tells, without writing, whether a value may and can be kept here.
	Fit(ctx context.Context) error
}

// Files are the files below the configuration's directory; durable.Dir is the
// real thing.
type Files interface {
	Read(name string) ([]byte, error)
	Write(name string, b []byte) error
	Remove(name string) error
	Protect(name string) error
	Check(name string) error
}

// Beside is the name of a part that lies beside the value in use.
func Beside(name string, p Part) string {
	switch p {
	case Previous:
		return name + ".previous"
	case Staged:
		return name + ".staged"
	case Index:
		return name + ".receipt.json"
	default:
		return name
	}
}

// filePlace keeps each part in a file of its own.
type filePlace struct {
	files Files
	name  func(Part) string
	fit   func(names []string) error
}

// NewFile is a place whose value in use is the file of this name, with the
// other parts beside it. The function fit judges the names of the files that
// hold values; nil takes all.
func NewFile(files Files, name string, fit func(names []string) error) Place {
	return NewFiles(files, func(p Part) string { return Beside(name, p) }, fit)
}

// NewFiles is a place whose parts have names of their own.
func NewFiles(files Files, name func(Part) string, fit func(names []string) error) Place {
	return filePlace{files: files, name: name, fit: fit}
}

func (f filePlace) Where() string { return f.name(InUse) }

func (f filePlace) Read(ctx context.Context, p Part) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return f.files.Read(f.name(p))
}

func (f filePlace) Write(ctx context.Context, p Part, b []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.files.Write(f.name(p), b)
}

func (f filePlace) Remove(ctx context.Context, p Part) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.files.Remove(f.name(p))
}

func (f filePlace) Protect(_ context.Context, p Part) error {
	return f.files.Protect(f.name(p))
}

func (f filePlace) Fit(ctx context.Context) error {
	return FitFiles(ctx, f.files, f.fit, []string{f.name(InUse), f.name(Staged), f.name(Previous)})
}

// FitFiles judges the files that would hold values.
func FitFiles(ctx context.Context, files Files, fit func([]string) error, names []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, n := range names {
		if err := files.Check(n); err != nil {
			return err
		}
	}
	if fit == nil {
		return nil
	}
	var all []string
	for _, n := range names {
		all = append(all, durable.Names(n)...)
	}
	return fit(all)
}

// sealedPlace keeps the parts beside the state.
type sealedPlace struct {
	sealed store.Sealed
	name   string
}

// NewSealed is a place beside the state; name is free of slashes.
func NewSealed(s store.Sealed, name string) Place { return sealedPlace{sealed: s, name: name} }

func (s sealedPlace) Where() string { return s.name }

func (s sealedPlace) Read(ctx context.Context, p Part) ([]byte, error) {
	b, err := s.sealed.Read(ctx, Beside(s.name, p))
	if errors.Is(err, store.ErrNotFound) {
		return nil, fs.ErrNotExist
	}
	return b, err
}

func (s sealedPlace) Write(ctx context.Context, p Part, b []byte) error {
	return s.sealed.Write(ctx, Beside(s.name, p), b)
}

func (s sealedPlace) Remove(ctx context.Context, p Part) error {
	return s.sealed.Remove(ctx, Beside(s.name, p))
}

func (s sealedPlace) Protect(context.Context, Part) error { return nil }

func (s sealedPlace) Fit(ctx context.Context) error { return ctx.Err() }

// Fill replaces {secret} in a setting by what stands for the secret there.
func Fill(template string, a addr.Instance, name func(addr.Instance) string) string {
	return strings.ReplaceAll(template, "{secret}", name(a))
}
