package workflow

import (
	"fmt"
	"os"
	"path/filepath"
)

// writeAtomic replaces a file as a whole: its directory is made, the content
// is written beside it and moved into place, so that no reader and no crash
// sees half of it.
func writeAtomic(path string, b []byte, mode os.FileMode) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(b)
	for _, next := range []func() error{func() error { return tmp.Chmod(mode) }, tmp.Sync, tmp.Close} {
		if err == nil {
			err = next()
		}
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = tmp.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// WriteFile writes a file as a whole, in place of one that is there.
func WriteFile(path string, b []byte, mode os.FileMode) error { return writeAtomic(path, b, mode) }

// ReplaceFile replaces an existing file as a whole and keeps its mode.
func ReplaceFile(path string, b []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return writeAtomic(path, b, info.Mode().Perm())
}
