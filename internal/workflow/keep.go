package workflow

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// keptDir is what mailprov keeps for itself in the configuration's directory.
const keptDir = ".mailprov"

// keep makes the directory of what is kept, out of version control. A link in
// its place, or in place of a file in it, would let a pull request choose what
// is written elsewhere.
func (e Env) keep() error {
	dir, err := within(e.Dir, keptDir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, ".gitignore"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // through no link
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString("*\n")
	return errors.Join(err, f.Close())
}
