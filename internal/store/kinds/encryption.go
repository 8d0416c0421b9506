package kinds

import (
	"bytes"

	"filippo.io/age"

	"github.com/mailprov/mailprov/internal/recipient"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store/encrypted"
)

// Encryption says whether the state is encrypted before it is stored, and with
// which keys it is read.
type Encryption struct {
	Recipients map[string]string // nil: the state is stored as it is
	// Identities finds the private keys of whoever runs this, when there is
	// something to open.
	Identities func() ([]age.Identity, error)
	// Plain lets a state that is not encrypted take the place of one that is.
	Plain bool
}

// config knows the document and the keys, which the store does not.
func (e Encryption) config() (encrypted.Config, error) {
	c := encrypted.Config{IsSealed: state.IsEncrypted, Open: e.Open, Plain: e.Plain}
	if e.Recipients == nil {
		return c, nil
	}
	to, err := recipient.Parse(e.Recipients)
	if err != nil {
		return c, err
	}
	c.Seal = func(b []byte) ([]byte, error) {
		return state.Encrypt(b, e.Recipients, func(b []byte) ([]byte, error) { return to.Seal(secret.FromBytes(b)) })
	}
	return c, nil
}

// Open decrypts a state with the keys of whoever runs this.
func (e Encryption) Open(b []byte) ([]byte, error) {
	return state.Decrypt(b, func(c []byte) ([]byte, error) {
		v, err := recipient.Open(e.Identities)(c)
		if err != nil {
			return nil, err
		}
		return bytes.Clone(v.Reveal()), nil
	})
}

// Warnings are what a plan should say of the recipients.
func (e Encryption) Warnings() []string {
	if e.Recipients == nil {
		return nil
	}
	to, err := recipient.Parse(e.Recipients)
	if err != nil {
		return nil
	}
	return to.Warnings()
}
