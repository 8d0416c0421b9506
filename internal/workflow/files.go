package workflow

import (
	"errors"
	"fmt"
	"io"
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
// A link is followed to another file of a configuration and to nothing else:
// what cannot be read as HCL is shown, and a link in a pull request must not
// show what lies elsewhere on the machine that plans it.
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
		real, err := filepath.EvalSymlinks(filepath.Join(dir, e.Name()))
		if err == nil && !lang.Recognised(filepath.Base(real)) {
			err = fmt.Errorf("%s is a link to something else than a file of a configuration", e.Name())
		}
		var b []byte
		if err == nil {
			b, err = readRegular(real, e.Name(), maxSource)
		}
		if err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
		out = append(out, lang.Source{Name: e.Name(), Bytes: b})
	}
	return out, nil
}

// readVarFile reads a file of variables that the command line names. It may lie
// anywhere, but no link leads out of the directories that it shares with the
// configuration.
func (e Env) readVarFile(path string) ([]byte, error) {
	dir, err := filepath.Abs(e.Dir)
	if err != nil {
		return nil, err
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	shared := dir
	for shared != full && !strings.HasPrefix(full, strings.TrimSuffix(shared, string(filepath.Separator))+string(filepath.Separator)) && shared != filepath.Dir(shared) {
		shared = filepath.Dir(shared)
	}
	real, err := within(shared, full)
	if err != nil {
		return nil, err
	}
	return readRegular(real, path, maxSource)
}

// readRegular reads a file that is neither a device nor a pipe, which might
// never end, and not larger than what is of use.
func readRegular(full, name string, limit int64) ([]byte, error) {
	info, err := os.Stat(full)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s is not a regular file of at most %d MiB", name, limit>>20)
	}
	f, err := os.Open(full)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1)) // a file in /proc has no size
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s is larger than %d MiB", name, limit>>20)
	}
	return b, err
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
	return readRegular(full, path, maxFile)
}

// maxSource bounds a file of a configuration.
const maxSource = 32 << 20

// maxFile bounds what an expression may read.
const maxFile int64 = 16 << 20
