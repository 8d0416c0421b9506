// Package recipient encrypts values to the people and machines named in a
// configuration, in the age format, so that whoever holds a key opens them with
// the reference age command and without mailprov.
//
// It imports age and secret; it starts no plugin and no process.
package recipient

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"

	"github.com/mailprov/mailprov/internal/secret"
)

// ErrUnreadable is wrapped by what Open returns where nobody here holds a key
// that opens a ciphertext.
var ErrUnreadable = errors.New("no identity here can open it")

// Set is recipients by name.
type Set struct {
	names    []string
	keys     []age.Recipient
	marks    map[string]string
	distinct int
}

// Parse reads public keys by the names of their holders: age1… (X25519),
// age1pq1… (post-quantum), ssh-ed25519 and ssh-rsa. All wrong ones are
// reported together, by name.
func Parse(byName map[string]string) (*Set, error) {
	if len(byName) == 0 {
		return nil, errors.New("recipients is empty: nobody could read what is kept")
	}
	s := &Set{marks: map[string]string{}}
	var problems []error
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		text := strings.TrimSpace(byName[name])
		key, err := parse(text)
		if name == "" {
			err = errors.New("the name is empty")
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("recipient %q: %w", name, err))
			continue
		}
		s.names, s.keys = append(s.names, name), append(s.keys, key)
		s.marks[name] = mark(text)
		seen[identityOf(text)] = true
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	s.distinct = len(seen)
	// Post-quantum and classic keys cannot open one file: age refuses, and it
	// must refuse in the plan and not in the middle of a delivery.
	if _, err := age.Encrypt(io.Discard, s.keys...); err != nil {
		return nil, fmt.Errorf("recipients do not go together (age1pq1… keys only with each other): %w", err)
	}
	return s, nil
}

// identityOf is a key without the comment that an SSH key may carry.
func identityOf(text string) string {
	if f := strings.Fields(text); len(f) > 1 {
		return f[0] + " " + f[1]
	}
	return text
}

func parse(text string) (age.Recipient, error) {
	switch lower := strings.ToLower(text); {
	case text == "":
		return nil, errors.New("the key is empty")
	case strings.HasPrefix(lower, "age-secret-key-"), strings.Contains(text, "PRIVATE KEY"):
		// The text is a secret itself and must not be in the message.
		return nil, errors.New("this is a private key; write the public key that belongs to it, and make a new pair since this one was in a file")
	case strings.HasPrefix(lower, "age-plugin-"):
		return nil, errors.New("this is the identity of a plugin; write an age1… or SSH public key")
	case strings.HasPrefix(text, "ssh-ed25519 "), strings.HasPrefix(text, "ssh-rsa "):
		if strings.ContainsAny(text, "\r\n") {
			return nil, errors.New("an SSH public key is one line")
		}
		return agessh.ParseRecipient(text)
	case strings.HasPrefix(text, "ssh-"), strings.HasPrefix(text, "ecdsa-"), strings.HasPrefix(text, "sk-"):
		return nil, fmt.Errorf("SSH keys of type %s cannot encrypt; use ssh-ed25519 or ssh-rsa", strings.Fields(text)[0])
	case strings.HasPrefix(text, "age1pq1"):
		return age.ParseHybridRecipient(text)
	case isPlugin(text):
		return nil, fmt.Errorf("%s… is the key of an age plugin, and mailprov starts no plugins; use an age1… or SSH public key beside the device", text[:strings.LastIndex(text, "1")+1])
	case strings.HasPrefix(text, "age1"):
		return age.ParseX25519Recipient(text)
	default:
		return nil, errors.New("not a public key; write age1…, ssh-ed25519 … or ssh-rsa …")
	}
}

// isPlugin tells an age1NAME1… key from an age1… key: bech32 data has no "1".
func isPlugin(text string) bool {
	rest, ok := strings.CutPrefix(text, "age1")
	return ok && strings.Contains(rest, "1")
}

// Names are the names of the recipients, sorted.
func (s *Set) Names() []string { return slices.Clone(s.names) }

// Keys are marks of the recipients' keys by name, to tell a key that was
// replaced.
func (s *Set) Keys() map[string]string { return maps.Clone(s.marks) }

// mark is short, and different for different keys.
func mark(text string) string {
	sum := sha256.Sum256([]byte(identityOf(text)))
	return hex.EncodeToString(sum[:8])
}

// Warnings are what a plan should say of the recipients.
func (s *Set) Warnings() []string {
	if s.distinct >= 2 {
		return nil
	}
	return []string{"Only one key can open what is kept here: if it is lost, so is every secret. Add a second recipient whose key lies elsewhere, for example in a safe."}
}

// Seal encrypts exactly the value, in age's ASCII form, to all recipients.
func (s *Set) Seal(v secret.Value) ([]byte, error) {
	var out bytes.Buffer
	a := armor.NewWriter(&out)
	w, err := age.Encrypt(a, s.keys...)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	_, err = w.Write(v.Reveal())
	if err := errors.Join(err, w.Close(), a.Close()); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return out.Bytes(), nil
}

// Open returns what decrypts a ciphertext with the keys of whoever runs this.
// The keys are looked for only when there is something to open.
func Open(identities func() ([]age.Identity, error)) func([]byte) (secret.Value, error) {
	return func(b []byte) (secret.Value, error) {
		if identities == nil {
			return secret.Value{}, ErrUnreadable
		}
		ids, err := identities()
		if err != nil {
			return secret.Value{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		if len(ids) == 0 {
			return secret.Value{}, ErrUnreadable
		}
		r, err := age.Decrypt(armor.NewReader(bytes.NewReader(b)), ids...)
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) {
			return secret.Value{}, fmt.Errorf("%w: none of the %d keys is of a recipient", ErrUnreadable, len(ids))
		}
		if err != nil {
			return secret.Value{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		plain, err := io.ReadAll(r)
		if err != nil {
			return secret.Value{}, fmt.Errorf("decrypt: %w", err)
		}
		defer clear(plain)
		return secret.FromBytes(plain), nil
	}
}
