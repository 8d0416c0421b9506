// Package durable replaces, reads and removes small files so that a reader
// sees the old content or the new one, whole, and so that what was written is
// still there after a power cut.
//
// It stands on os.Root rather than on a library for atomic files: a name can
// then never leave its directory, neither by ".." nor through a symbolic link,
// and a rename within a Root replaces its target in one step on Windows too.
//
// It imports nothing of mailprov, and it never judges what the bytes mean.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
)

// FileMode is the mode of every file written here, whatever it replaces.
const FileMode fs.FileMode = 0o600

// DirMode is the mode of every directory made here.
const DirMode fs.FileMode = 0o700

// tmpSuffix marks a file on its way to its name. The suffix is fixed, so that
// what a killed writer left behind is swept by the next one; writers of one
// name must hold a lock among themselves.
const tmpSuffix = ".tmp"

// Dir is a directory by its path; nothing is opened until it is used. Names
// within it use forward slashes.
type Dir struct {
	path   string
	around Around
}

// New binds a Dir to a path.
func New(path string) Dir { return Dir{path: path} }

// Path is the directory's path as given to New.
func (d Dir) Path() string { return d.path }

// Read returns a file's content; the error wraps fs.ErrNotExist where there is
// none.
func (d Dir) Read(name string) ([]byte, error) {
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", d.join(name), err)
	}
	defer root.Close()
	b, err := root.ReadFile(local(name))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", d.join(name), cause(err))
	}
	return b, nil
}

// Make makes the directory, with those above it, where it is missing.
func (d Dir) Make() error {
	if _, err := os.Stat(d.path); !errors.Is(err, fs.ErrNotExist) {
		return err // if it is no directory, its first use says so
	}
	above := Dir{path: filepath.Dir(d.path), around: d.around}
	if above.path == d.path {
		return fmt.Errorf("make %s: %w", d.path, fs.ErrNotExist)
	}
	if err := above.Make(); err != nil {
		return err
	}
	root, err := os.OpenRoot(above.path)
	if err != nil {
		return fmt.Errorf("make %s: %w", d.path, err)
	}
	defer root.Close()
	if err := above.makeAll(root, filepath.Base(d.path)); err != nil {
		return fmt.Errorf("make %s: %w", d.path, cause(err))
	}
	return nil
}

// Write replaces a file, making the directories above it within d. The content
// is on disk before it gets its name, and the name before Write returns.
func (d Dir) Write(name string, b []byte) (err error) {
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return fmt.Errorf("write %s: %w", d.join(name), err)
	}
	defer root.Close()
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", d.join(name), cause(err))
		}
	}()
	if err := d.makeAll(root, path.Dir(name)); err != nil {
		return err
	}
	tmp := name + tmpSuffix
	if _, err := d.remove(root, tmp); err != nil {
		return err
	}
	if err := d.fill(root, tmp, b); err != nil {
		_, _ = d.remove(root, tmp)
		return err
	}
	move := Step{Verb: Rename, Path: d.join(tmp), To: d.join(name)}
	if err := d.step(move, func() error { return root.Rename(local(tmp), local(name)) }); err != nil {
		_, _ = d.remove(root, tmp)
		return err
	}
	return d.syncDir(root, path.Dir(name))
}

// Remove deletes a file and what a killed writer of it left; it succeeds where
// there is nothing.
func (d Dir) Remove(name string) error {
	root, err := os.OpenRoot(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove %s: %w", d.join(name), err)
	}
	defer root.Close()
	removed := false
	for _, n := range []string{name, name + tmpSuffix} {
		was, err := d.remove(root, n)
		if err != nil {
			return fmt.Errorf("remove %s: %w", d.join(n), cause(err))
		}
		removed = removed || was
	}
	if !removed {
		return nil
	}
	if err := d.syncDir(root, path.Dir(name)); err != nil {
		return fmt.Errorf("remove %s: %w", d.join(name), cause(err))
	}
	return nil
}

// Protect takes a file from everybody but its owner, if it is there.
func (d Dir) Protect(name string) error {
	if runtime.GOOS == "windows" {
		return nil // modes say nothing there; the directory's list decides
	}
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return fmt.Errorf("protect %s: %w", d.join(name), err)
	}
	defer root.Close()
	info, err := root.Stat(local(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Mode().Perm() != FileMode {
		err = root.Chmod(local(name), FileMode)
	}
	if err != nil {
		return fmt.Errorf("protect %s: %w", d.join(name), cause(err))
	}
	return nil
}

// Check tells, without writing, whether a file could lie at this name: within d
// after links, below directories only, and neither a directory nor a link,
// which Write would replace by a file.
func (d Dir) Check(name string) error {
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return fmt.Errorf("check %s: %w", d.join(name), err)
	}
	defer root.Close()
	info, err := root.Lstat(local(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("check %s: %w", d.join(name), cause(err))
	case !info.Mode().IsRegular():
		return fmt.Errorf("check %s: it is no regular file but a %s", d.join(name), kindOf(info.Mode()))
	}
	return nil
}

func kindOf(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "directory"
	case m&fs.ModeSymlink != 0:
		return "symbolic link"
	default:
		return "special file"
	}
}

// IsTemporary tells whether a name is that of a file on its way to its name.
func IsTemporary(name string) bool { return path.Ext(name) == tmpSuffix }

// Names are all names that writing name may bring into being, for those who
// ask whether a path is fit to hold a secret.
func Names(name string) []string { return []string{name, name + tmpSuffix} }

func (d Dir) join(name string) string { return filepath.Join(d.path, local(name)) }

func local(name string) string { return filepath.FromSlash(name) }

// makeAll makes a directory within d and those above it. Each is sure to be in
// the one above it before anything is put into it.
func (d Dir) makeAll(root *os.Root, dir string) error {
	if _, err := root.Stat(local(dir)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := d.makeAll(root, path.Dir(dir)); err != nil {
		return err
	}
	err := d.step(Step{Verb: MakeDirectory, Path: d.join(dir)}, func() error { return root.Mkdir(local(dir), DirMode) })
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.syncDir(root, path.Dir(dir))
}

// remove tells whether there was something to remove.
func (d Dir) remove(root *os.Root, name string) (removed bool, err error) {
	if _, err := root.Lstat(local(name)); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	err = d.step(Step{Verb: Remove, Path: d.join(name)}, func() error { return root.Remove(local(name)) })
	return err == nil, err
}

func (d Dir) fill(root *os.Root, name string, b []byte) error {
	var f *os.File
	err := d.step(Step{Verb: Fill, Path: d.join(name)}, func() (err error) {
		if f, err = root.OpenFile(local(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, FileMode); err != nil {
			return err
		}
		_, err = f.Write(b)
		return err
	})
	if err == nil {
		err = d.step(Step{Verb: Sync, Path: d.join(name)}, f.Sync)
	}
	if f == nil {
		return err
	}
	return errors.Join(err, f.Close())
}

// syncDir makes a rename or removal outlive a power cut. Windows has no way to
// do it and journals the change itself.
func (d Dir) syncDir(root *os.Root, dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := root.Open(local(dir))
	if err != nil {
		return err
	}
	err = d.step(Step{Verb: SyncDirectory, Path: d.join(dir)}, f.Sync)
	return errors.Join(err, f.Close())
}

// cause drops the path of a path error, which is relative to the root and
// would stand a second time in the message.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	var le *os.LinkError
	if errors.As(err, &le) {
		return le.Err
	}
	return err
}
