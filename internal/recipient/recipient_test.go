package recipient

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"

	"github.com/mailprov/mailprov/internal/secret"
)

// sshPair makes an SSH key pair: the line of its public key and the identity.
func sshPair(t *testing.T, private any, public any) (string, age.Identity) {
	t.Helper()
	pub, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	id, err := agessh.ParseIdentity(pem.EncodeToMemory(block))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(pub))), id
}

func TestEveryKindOfKeyOpensWhatIsSealedToIt(t *testing.T) {
	keys := map[string]string{}
	ids := map[string]age.Identity{}
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	keys["age"], ids["age"] = "  "+x.Recipient().String()+"\n", x
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys["ed25519"], ids["ed25519"] = sshPair(t, priv, pub)
	keys["ed25519"] += " admin@example.co.jp"
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys["rsa"], ids["rsa"] = sshPair(t, r, &r.PublicKey)
	opens(t, keys, ids)

	pq, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	opens(t, map[string]string{"pq": pq.Recipient().String()}, map[string]age.Identity{"pq": pq})
	if _, err := Parse(map[string]string{"pq": pq.Recipient().String(), "age": keys["age"]}); err == nil || !strings.Contains(err.Error(), "go together") {
		t.Errorf("post-quantum and classic keys: %v", err)
	}
}

func opens(t *testing.T, keys map[string]string, ids map[string]age.Identity) {
	t.Helper()
	s, err := Parse(keys)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := s.Seal(secret.New("the value\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, id := range ids {
		v, err := Open(func() ([]age.Identity, error) { return []age.Identity{id}, nil })(sealed)
		if err != nil || string(v.Reveal()) != "the value\n" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrongKeysAreNamedWithoutLeakingPrivateOnes(t *testing.T) {
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ key, says string }{
		"empty":                    {"", "is empty"},
		"a name":                   {"admin", "not a public key"},
		"a private key":            {x.String(), "private key"},
		"a private key, lower":     {strings.ToLower(x.String()), "private key"},
		"an SSH private key":       {"-----BEGIN OPENSSH PRIVATE KEY-----\nabc", "private key"},
		"a cut key":                {x.Recipient().String()[:40], ""},
		"a typing mistake":         {x.Recipient().String()[:60] + "qq", ""},
		"a YubiKey":                {"age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", "age1yubikey1… is the key of an age plugin"},
		"a plugin's identity":      {"AGE-PLUGIN-YUBIKEY-1QQPSYQGP", "identity of a plugin"},
		"ECDSA":                    {"ecdsa-sha2-nistp256 AAAA", "ecdsa-sha2-nistp256 cannot encrypt"},
		"a hardware SSH key":       {"sk-ssh-ed25519@openssh.com AAAA", "cannot encrypt"},
		"a broken SSH key":         {"ssh-ed25519 AAAA", ""},
		"two SSH keys in one text": {"ssh-ed25519 AAAA\nssh-ed25519 BBBB", "one line"},
	} {
		_, err := Parse(map[string]string{"good": x.Recipient().String(), "sales": c.key})
		if err == nil || !strings.Contains(err.Error(), `recipient "sales"`) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(strings.ToUpper(err.Error()), x.String()[20:]) {
			t.Errorf("%s: the message holds the private key: %v", name, err)
		}
	}
	if _, err := Parse(nil); err == nil {
		t.Error("no recipients were accepted")
	}
	if _, err := Parse(map[string]string{"a": "x", "b": "y"}); err == nil || !strings.Contains(err.Error(), `"a"`) || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("two wrong keys: %v", err)
	}
}

func TestOneKeyUnderTwoNamesIsStillOne(t *testing.T) {
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	y, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	a, b := x.Recipient().String(), y.Recipient().String()
	for name, c := range map[string]struct {
		keys map[string]string
		warn bool
	}{
		"one":            {map[string]string{"a": a}, true},
		"the same twice": {map[string]string{"a": a, "b": a}, true},
		"two":            {map[string]string{"a": a, "b": b}, false},
	} {
		s, err := Parse(c.keys)
		if err != nil || (len(s.Warnings()) > 0) != c.warn {
			t.Errorf("%s: %v, %v", name, s.Warnings(), err)
		}
	}
}

func TestAKeyIsKnownByItsMarkAndNotByWhatStandsBesideIt(t *testing.T) {
	marks := map[string]string{}
	for range 2 {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		line, _ := sshPair(t, private, public)
		for _, text := range []string{line, line + " admin@old-laptop", " " + line + " admin@new-laptop\n"} {
			s, err := Parse(map[string]string{"admin": strings.TrimSuffix(text, "\n")})
			if err != nil {
				t.Fatal(err)
			}
			marks[s.Keys()["admin"]] = line
		}
	}
	if len(marks) != 2 || marks[""] != "" {
		t.Errorf("two keys have the marks %v", marks)
	}
}
