package failpoint

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/mailprov/mailprov/internal/durable"
)

// disk remembers what would be lost if the power were cut: names that their
// directory is not synced for, and contents that are not synced. POSIX promises
// no more; what a given file system happens to keep is not relied on.
type disk struct {
	mu       sync.Mutex
	names    []name          // in the order in which they were changed
	contents map[string]bool // files, by their present name
}

// name is a change of a directory that a power cut takes back.
type name struct {
	dir  string
	undo func() error
}

func newDisk() *disk { return &disk{contents: map[string]bool{}} }

// take takes a step and remembers how it is taken back.
func (d *disk) take(s durable.Step, do func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	lost := s.Path
	if s.Verb == durable.Rename {
		lost = s.To
	}
	old, err := saved(lost)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	switch s.Verb {
	case durable.Fill:
		d.contents[s.Path] = true
		d.changed(s.Path, func() error { return os.Remove(s.Path) })
	case durable.Sync:
		delete(d.contents, s.Path)
	case durable.Rename:
		d.contents[s.To] = d.contents[s.Path]
		delete(d.contents, s.Path)
		d.changed(s.To, func() error {
			d.contents[s.Path] = d.contents[s.To]
			delete(d.contents, s.To)
			return errors.Join(os.Rename(s.To, s.Path), old.restore())
		})
	case durable.Remove:
		delete(d.contents, s.Path)
		d.changed(s.Path, old.restore)
	case durable.MakeDirectory:
		d.changed(s.Path, func() error { return os.RemoveAll(s.Path) })
	case durable.SyncDirectory:
		d.names = slices.DeleteFunc(d.names, func(n name) bool { return n.dir == filepath.Clean(s.Path) })
	}
	return nil
}

func (d *disk) changed(path string, undo func() error) {
	d.names = append(d.names, name{filepath.Dir(path), undo})
}

// cut takes from the disk what a power cut may take. The lock is not given
// back: nothing is written any more.
func (d *disk) cut(w What) {
	if w != LoseNames && w != LoseContents {
		return
	}
	d.mu.Lock()
	var errs []error
	if w == LoseNames {
		for _, n := range slices.Backward(d.names) {
			errs = append(errs, n.undo())
		}
	}
	for path, lost := range d.contents {
		if lost {
			errs = append(errs, tear(path))
		}
	}
	if err := errors.Join(errs...); err != nil {
		panic(err) // a test that goes on from here would prove nothing
	}
}

// file is what lay under a name; no content where nothing did.
type file struct {
	path    string
	content []byte
	there   bool
}

func saved(path string) (file, error) {
	b, err := os.ReadFile(path)
	if info, infoErr := os.Stat(path); errors.Is(err, fs.ErrNotExist) || infoErr == nil && info.IsDir() {
		return file{path: path}, nil
	}
	return file{path, b, true}, err
}

func (f file) restore() error {
	if !f.there {
		return nil
	}
	return os.WriteFile(f.path, f.content, durable.FileMode)
}

// tear leaves the first half of a file.
func tear(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Truncate(path, info.Size()/2)
}
