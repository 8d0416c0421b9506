package identity

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/mailprov/mailprov/internal/secret"
)

// Key is a fresh key pair.
type Key struct {
	Recipient string       // the public key, age1…
	File      secret.Value // the identity file, as age-keygen writes it
}

// New makes a key pair. The time is only noted in the file.
func New(now time.Time) (*Key, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# created: %s\n# public key: %s\n%s\n", now.Format(time.RFC3339), id.Recipient(), id)
	return &Key{Recipient: id.Recipient().String(), File: secret.New(b.String())}, nil
}

// ExistsError says that a key file is there already.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string {
	return fmt.Sprintf("%s exists; a key is never overwritten, since secrets may be sealed to it", e.Path)
}

// Write saves the key for its owner only, in directories made as needed. It
// returns *ExistsError rather than replace a file.
func (k *Key) Write(path string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write key: %w", err)
		}
	}()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &ExistsError{Path: path}
	}
	if err != nil {
		return err
	}
	_, err = f.Write(k.File.Reveal())
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path)) // half a key is none
	}
	return nil
}
