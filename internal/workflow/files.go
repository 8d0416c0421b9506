package workflow

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mailprov/mailprov/internal/lang"
)

// OutsideError says that a path leads out of the configuration's directory.
type OutsideError struct{ Path string }

func (e *OutsideError) Error() string {
	return fmt.Sprintf("%s lies outside the configuration's directory", e.Path)
}

// readSources reads all files of a directory that belong to its configuration.
func readSources(dir string) ([]lang.Source, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	var out []lang.Source
	for _, e := range entries {
		if e.IsDir() || !lang.Recognised(e.Name()) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
		out = append(out, lang.Source{Name: e.Name(), Bytes: b})
	}
	return out, nil
}

// within resolves a path of the configuration and refuses one that leads out
// of its directory, also through symbolic links: a file under review must not
// read or write elsewhere on the machine that plans it.
func within(dir, path string) (string, error) {
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", fmt.Errorf("resolve directory: %w", err)
	}
	full := path
	if !filepath.IsAbs(full) {
		full = filepath.Join(root, path)
	}
	real, err := resolveExisting(full)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(root, real)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", &OutsideError{Path: path}
	}
	return real, nil
}

// resolveExisting follows symbolic links in the part of a path that exists.
func resolveExisting(path string) (string, error) {
	path = filepath.Clean(path)
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		return real, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("resolve path: %w", err)
	}
	if _, err := os.Lstat(path); err == nil {
		// A link that leads nowhere could come to lead anywhere.
		return "", &OutsideError{Path: path}
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path, nil
	}
	up, err := resolveExisting(parent)
	if err != nil {
		return "", err
	}
	return filepath.Join(up, filepath.Base(path)), nil
}

// readFile serves the language's file functions.
func (e Env) readFile(path string) ([]byte, error) {
	full, err := within(e.Dir, path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(full)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%s is not a regular file of at most %d MiB", path, maxFile>>20)
	}
	return os.ReadFile(full)
}

// maxFile bounds what an expression may read.
const maxFile = 16 << 20
