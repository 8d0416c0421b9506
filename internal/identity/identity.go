// Package identity finds the private keys that open sealed secrets, and makes
// new ones.
//
// It reads files and nothing else: it starts no plugin, asks for no passphrase
// and never puts a key, or a line of a key file, into a message.
package identity

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"
)

// maxFile bounds a key file; the largest real ones have a few kilobytes.
const maxFile = 1 << 20

// Search says where keys are looked for, in this order: the files given by
// name, MAILPROV_IDENTITY, identity.txt in mailprov's folder of ConfigDir,
// SOPS_AGE_KEY_FILE, and the SSH key in Home.
type Search struct {
	Flags     []string                     // -identity, in the order given
	Getenv    func(string) string          // the environment
	ConfigDir string                       // ~/.config, or %APPDATA% on Windows
	Home      string                       // the user's directory
	ReadFile  func(string) ([]byte, error) // os.ReadFile where nil
}

// NotFoundError says that no key was found, and where it was looked for.
type NotFoundError struct{ Looked []string }

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("no private key found; looked in %s; name one with -identity=FILE, or make one with: mailprov key new", strings.Join(e.Looked, ", "))
}

// source is one place where a key may lie.
type source struct {
	path   string
	from   string // who named it
	wanted bool   // named on purpose: its absence is an error
}

func (s Search) sources() ([]source, error) {
	var out []source
	for _, f := range s.Flags {
		out = append(out, source{path: f, from: "-identity", wanted: true})
	}
	if p := s.getenv("MAILPROV_IDENTITY"); p != "" {
		out = append(out, source{path: p, from: "MAILPROV_IDENTITY", wanted: true})
	}
	if s.ConfigDir != "" {
		out = append(out, source{path: filepath.Join(s.ConfigDir, "mailprov", "identity.txt")})
	}
	if p := s.getenv("SOPS_AGE_KEY_FILE"); p != "" {
		out = append(out, source{path: p, from: "SOPS_AGE_KEY_FILE"})
	}
	if s.Home != "" {
		out = append(out, source{path: filepath.Join(s.Home, ".ssh", "id_ed25519")})
	}
	for _, o := range out {
		if isKey(o.path) {
			return nil, fmt.Errorf("read %s: it holds a private key itself; write the key to a file only you can read, and name the file", o.from)
		}
	}
	return out, nil
}

func (s Search) getenv(name string) string {
	if s.Getenv == nil {
		return ""
	}
	return s.Getenv(name)
}

// isKey tells whether somebody gave a key where a file name belongs; such a
// text must never come into an error message.
func isKey(text string) bool {
	upper := strings.ToUpper(text)
	return strings.Contains(upper, "AGE-SECRET-KEY-") || strings.Contains(upper, "AGE-PLUGIN-") || strings.Contains(upper, "PRIVATE KEY")
}

// Load reads every key that is found, in order. A file that was named must be
// there; without any key the error is *NotFoundError.
func (s Search) Load() ([]age.Identity, error) {
	sources, err := s.sources()
	if err != nil {
		return nil, err
	}
	read := s.ReadFile
	if read == nil {
		read = readLimited
	}
	var ids []age.Identity
	var looked []string
	for _, src := range sources {
		looked = append(looked, src.path)
		b, err := read(src.path)
		if errors.Is(err, fs.ErrNotExist) && !src.wanted {
			continue
		}
		if err != nil && !src.wanted {
			continue // a default place closed to us is as good as empty
		}
		if err != nil {
			return nil, fmt.Errorf("read key of %s: %w", src.from, err)
		}
		found, err := parse(src.path, b, read)
		clear(b)
		if err != nil {
			return nil, fmt.Errorf("read key file %s: %w", src.path, err)
		}
		ids = append(ids, found...)
	}
	if len(ids) == 0 {
		return nil, &NotFoundError{Looked: looked}
	}
	return ids, nil
}

func readLimited(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && info.Mode()&fs.ModeNamedPipe == 0 {
		return nil, fmt.Errorf("%s is no file", path)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s is too large for a key file", path)
	}
	return os.ReadFile(path)
}

// parse reads the keys of one file: an age identity file or an SSH private key.
func parse(path string, b []byte, read func(string) ([]byte, error)) ([]age.Identity, error) {
	text := strings.TrimPrefix(string(b), "\ufeff")
	switch {
	case strings.HasPrefix(text, "age-encryption.org/"), strings.HasPrefix(text, "-----BEGIN AGE ENCRYPTED FILE"):
		return nil, errors.New("it is protected by a passphrase, which mailprov does not ask for; decrypt it with age to a file only you can read")
	case strings.HasPrefix(text, "-----BEGIN"):
		return parseSSH(path, b, read)
	}
	var lines []string
	for _, l := range strings.Split(text, "\n") {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "AGE-PLUGIN-") {
			return nil, errors.New("it is the identity of an age plugin, and mailprov starts no plugins; use an age or SSH key")
		}
		lines = append(lines, l)
	}
	ids, err := age.ParseIdentities(strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		return nil, errors.New("it is neither an age identity file nor an SSH private key, or it is damaged")
	}
	return ids, nil
}

func parseSSH(path string, b []byte, read func(string) ([]byte, error)) ([]age.Identity, error) {
	id, err := agessh.ParseIdentity(b)
	if err == nil {
		return []age.Identity{id}, nil
	}
	var missing *ssh.PassphraseMissingError
	if !errors.As(err, &missing) {
		return nil, errors.New("it is no SSH key that age can use (ssh-ed25519 or ssh-rsa), or it is damaged")
	}
	// Many have a protected key where keys are looked for by default. It is no
	// fault until it is the one that a secret is sealed to.
	pub := missing.PublicKey
	if pub == nil {
		line, err := read(path + ".pub")
		if err != nil {
			return nil, protected(path)
		}
		if pub, _, _, _, err = ssh.ParseAuthorizedKey(bytes.TrimSpace(line)); err != nil {
			return nil, protected(path)
		}
	}
	locked, err := agessh.NewEncryptedSSHIdentity(pub, bytes.Clone(b), func() ([]byte, error) { return nil, protected(path) })
	if err != nil {
		return nil, protected(path)
	}
	return []age.Identity{locked}, nil
}

func protected(path string) error {
	return fmt.Errorf("%s is protected by a passphrase, which mailprov does not ask for; use a key of its own: mailprov key new", path)
}
