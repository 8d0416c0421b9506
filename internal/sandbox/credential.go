package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"time"
)

// hash is what is kept of a client secret.
type hash struct {
	Salt string `json:"salt"`
	Sum  string `json:"sum"`
}

func hashOf(secret string) hash {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // crypto/rand never fails since Go 1.24
	h := hash{Salt: hex.EncodeToString(salt)}
	h.Sum = h.sum(secret)
	return h
}

func (h hash) sum(secret string) string {
	sum := sha256.Sum256([]byte(h.Salt + secret))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func (h hash) matches(secret string) bool {
	return subtle.ConstantTimeCompare([]byte(h.Sum), []byte(h.sum(secret))) == 1
}

// newSecret draws a client secret in the form Entra gives them: forty characters, "8Q~" from the fourth on.
func newSecret() string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	return draw(letters, 3) + "8Q~" + draw(letters+"._-~", 33) + draw(letters, 1)
}

func draw(alphabet string, n int) string {
	var out strings.Builder
	for range n {
		i, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			panic(err) // crypto/rand never fails since Go 1.24
		}
		out.WriteByte(alphabet[i.Int64()])
	}
	return out.String()
}

// secretState is what the token endpoint finds about a secret that a client sends.
type secretState int

const (
	secretWrong secretState = iota
	secretExpired
	secretTooNew
	secretGood
)

// judge compares a secret with the credentials of an application and its service principal.
func (s *Sandbox) judge(secret string, now time.Time, owners ...*record) secretState {
	for _, owner := range owners {
		for _, item := range items(owner.now.doc, "passwordCredentials") {
			cred, ok := item.(map[string]any)
			if !ok {
				continue
			}
			id := text(cred, "keyId")
			if h, ok := s.secrets[id]; !ok || !h.matches(secret) {
				continue
			}
			if s.fresh.hidden(id, s.lagNow().Secrets, now) {
				return secretTooNew
			}
			end, err := time.Parse(time.RFC3339Nano, text(cred, "endDateTime"))
			if err == nil && !now.Before(end) {
				return secretExpired
			}
			start, err := time.Parse(time.RFC3339Nano, text(cred, "startDateTime"))
			if err == nil && now.Before(start.Add(-5*time.Minute)) {
				return secretTooNew
			}
			return secretGood
		}
	}
	return secretWrong
}
