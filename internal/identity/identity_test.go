package identity

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"
)

// put writes a file below dir and returns its path.
func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newAge(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// newSSH makes a key pair; with a passphrase the private key is protected.
func newSSH(t *testing.T, passphrase string) (private, public string) {
	t.Helper()
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(priv, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(priv, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := ssh.NewPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block)), string(ssh.MarshalAuthorizedKey(p))
}

func environ(m map[string]string) func(string) string {
	return func(k string) string { return m[k] }
}

func TestKeysAreFoundInEveryPlaceAndInOrder(t *testing.T) {
	dir := t.TempDir()
	var want []string
	text := func() string {
		id := newAge(t)
		want = append(want, id.String())
		return "# a comment\r\n\r\n" + id.String() + "\r\n"
	}
	s := Search{
		Flags:     []string{put(t, dir, "flag1", text()), put(t, dir, "flag2", text()+text())},
		ConfigDir: filepath.Join(dir, "config"), Home: dir,
		Getenv: environ(map[string]string{
			"MAILPROV_IDENTITY": put(t, dir, "env", text()), "SOPS_AGE_KEY_FILE": filepath.Join(dir, "sops"),
		}),
	}
	put(t, dir, "config/mailprov/identity.txt", text())
	put(t, dir, "sops", text())
	private, _ := newSSH(t, "")
	put(t, dir, ".ssh/id_ed25519", private)
	ids, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(ids) != len(want)+1 {
		t.Fatalf("%d keys, want %d and one of SSH", len(ids), len(want))
	}
	for n, w := range want {
		if x, ok := ids[n].(*age.X25519Identity); !ok || x.String() != w {
			t.Errorf("key %d is not the one expected there", n)
		}
	}
}

func TestNoKeyAnywhereSaysWhereItWasLookedFor(t *testing.T) {
	dir := t.TempDir()
	_, err := Search{ConfigDir: dir, Home: dir, Getenv: environ(map[string]string{"SOPS_AGE_KEY_FILE": "/no/sops"})}.Load()
	var none *NotFoundError
	if !errors.As(err, &none) || len(none.Looked) != 3 || !strings.Contains(err.Error(), "identity.txt") || !strings.Contains(err.Error(), "mailprov key new") {
		t.Errorf("%v", err)
	}
	if _, err := (Search{}).Load(); !errors.As(err, &none) {
		t.Errorf("with nothing set: %v", err)
	}
}

func TestKeysThatCannotBeUsedAreSaidWithoutTheirText(t *testing.T) {
	key := newAge(t).String()
	protectedPEM, _ := newSSH(t, "pass")
	for name, c := range map[string]struct{ text, says string }{
		"an age file with a passphrase": {"age-encryption.org/v1\n-> scrypt x", "passphrase"},
		"the same in ASCII":             {"-----BEGIN AGE ENCRYPTED FILE-----\n", "passphrase"},
		"a plugin":                      {"AGE-PLUGIN-YUBIKEY-1QQPSYQGP\n", "plugin"},
		"a damaged key":                 {key[:len(key)-3] + "AAA\n", "neither an age identity file"},
		"a public key":                  {"age1abc\n", "neither an age identity file"},
		"an empty file":                 {"", "neither an age identity file"},
		"a cut SSH key":                 {protectedPEM[:100], "no SSH key"},
		"binary":                        {"\x00\xff\xfe", "neither an age identity file"},
	} {
		path := put(t, t.TempDir(), "key", c.text)
		_, err := Search{Flags: []string{path}}.Load()
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), key[20:50]) {
			t.Errorf("%s: the message holds the key", name)
		}
	}
}

func TestAKeyWhereAFileNameBelongsIsNotRepeated(t *testing.T) {
	key := newAge(t).String()
	for name, s := range map[string]Search{
		"flag":        {Flags: []string{key}},
		"environment": {Getenv: environ(map[string]string{"MAILPROV_IDENTITY": key})},
	} {
		if _, err := s.Load(); err == nil || strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), "name the file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFilesNamedOnPurposeMustBeThere(t *testing.T) {
	dir := t.TempDir()
	for name, s := range map[string]Search{
		"flag":        {Flags: []string{filepath.Join(dir, "none")}},
		"environment": {Getenv: environ(map[string]string{"MAILPROV_IDENTITY": filepath.Join(dir, "none")})},
		"a directory": {Flags: []string{dir}},
	} {
		var none *NotFoundError
		if _, err := s.Load(); err == nil || errors.As(err, &none) {
			t.Errorf("%s: %v", name, err)
		}
	}
	big := put(t, dir, "big", strings.Repeat("#\n", maxFile))
	if _, err := (Search{Flags: []string{big}}).Load(); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("%v", err)
	}
}

func TestAProtectedSSHKeyIsNoFaultUntilItIsTheOneNeeded(t *testing.T) {
	dir := t.TempDir()
	private, public := newSSH(t, "pass")
	put(t, dir, ".ssh/id_ed25519", private)
	mine := newAge(t)
	ids, err := Search{Flags: []string{put(t, dir, "key", mine.String())}, Home: dir}.Load()
	if err != nil {
		t.Fatal(err)
	}
	seal := func(r age.Recipient) io.Reader {
		var b bytes.Buffer
		w, err := age.Encrypt(&b, r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return &b
	}
	if _, err := age.Decrypt(seal(mine.Recipient()), ids...); err != nil {
		t.Errorf("sealed to the other key: %v", err)
	}
	line := parseRecipient(t, public)
	if _, err := age.Decrypt(seal(line), ids...); err == nil || !strings.Contains(err.Error(), "protected by a passphrase") {
		t.Errorf("sealed to the protected key: %v", err)
	}
}

func TestANewKeyIsAFileThatAgeReadsAndIsNeverOverwritten(t *testing.T) {
	now := time.Date(2026, 9, 1, 10, 0, 0, 0, time.FixedZone("JST", 9*3600))
	k, err := New(now)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "config", "mailprov", "identity.txt")
	if err := k.Write(path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	lines := strings.Split(string(b), "\n")
	if err != nil || len(lines) != 4 || lines[0] != "# created: 2026-09-01T10:00:00+09:00" || lines[1] != "# public key: "+k.Recipient || lines[3] != "" {
		t.Errorf("%v, %d lines, of which the first: %q", err, len(lines), lines[:2])
	}
	ids, err := age.ParseIdentities(bytes.NewReader(b))
	if err != nil || len(ids) != 1 || ids[0].(*age.X25519Identity).Recipient().String() != k.Recipient {
		t.Errorf("age reads %d keys, %v", len(ids), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	other, err := New(now)
	if err != nil {
		t.Fatal(err)
	}
	var exists *ExistsError
	if err := other.Write(path); !errors.As(err, &exists) {
		t.Errorf("%v", err)
	}
	if again, err := os.ReadFile(path); err != nil || !bytes.Equal(again, b) {
		t.Error("the key was overwritten")
	}
	if other.Recipient == k.Recipient {
		t.Error("two new keys are the same")
	}
}
