package state

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
)

// Encrypted is a state document that was encrypted before it left the machine.
// What a store compares, and what tells two states apart, stays readable.
type Encrypted struct {
	Version         int        `json:"version"` // of the document inside
	MailprovVersion string     `json:"mailprov_version"`
	Lineage         string     `json:"lineage"` // as inside
	Serial          uint64     `json:"serial"`  // as inside
	Encryption      Encryption `json:"encryption"`
}

// Encryption is the document itself as a ciphertext.
type Encryption struct {
	Format     string            `json:"format"`     // age
	Recipients map[string]string `json:"recipients"` // public keys by the names of their holders
	Ciphertext string            `json:"ciphertext"` // in age's ASCII form
}

// ageFormat is the one format there is.
const ageFormat = "age"

// IsEncrypted tells whether bytes are a state that is encrypted.
func IsEncrypted(b []byte) bool {
	h, err := readHeader(b)
	return err == nil && h.Encryption != nil
}

// Encrypt puts a document into its encrypted form. seal encrypts to the
// recipients given.
func Encrypt(b []byte, recipients map[string]string, seal func([]byte) ([]byte, error)) ([]byte, error) {
	h, err := readHeader(b)
	if err != nil {
		return nil, fmt.Errorf("encrypt state: %w", err)
	}
	if h.Encryption != nil || h.Serial == nil || h.MailprovVersion == nil {
		return nil, fmt.Errorf("encrypt state: %w", &CorruptError{Reason: "it is encrypted already, or has no serial"})
	}
	sealed, err := seal(b)
	if err != nil {
		return nil, fmt.Errorf("encrypt state: %w", err)
	}
	out, err := marshal(&Encrypted{
		Version: *h.Version, MailprovVersion: *h.MailprovVersion, Lineage: *h.Lineage, Serial: *h.Serial,
		Encryption: Encryption{Format: ageFormat, Recipients: maps.Clone(recipients), Ciphertext: string(sealed)},
	}, "  ")
	if err != nil {
		return nil, fmt.Errorf("encrypt state: %w", err)
	}
	return out, nil
}

// Recipients are the public keys that an encrypted state is encrypted to, by
// the names of their holders; nil of one that is not.
func Recipients(b []byte) map[string]string {
	h, err := readHeader(b)
	if err != nil || h.Encryption == nil {
		return nil
	}
	return h.Encryption.Recipients
}

// Decrypt takes a document out of its encrypted form. What stands outside must
// agree with what is inside: it was not encrypted, and anybody who writes to the
// store could have changed it.
func Decrypt(b []byte, open func([]byte) ([]byte, error)) ([]byte, error) {
	if err := unique(b); err != nil {
		return nil, &CorruptError{Reason: err.Error()}
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var e Encrypted
	if err := dec.Decode(&e); err != nil {
		return nil, &CorruptError{Reason: reason(b, err)}
	}
	if e.Encryption.Format != ageFormat {
		return nil, &CorruptError{Reason: fmt.Sprintf("it is encrypted in the format %q, which nobody knows", e.Encryption.Format)}
	}
	plain, err := open([]byte(e.Encryption.Ciphertext))
	if err != nil {
		return nil, fmt.Errorf("decrypt state: %w", err)
	}
	h, err := readHeader(plain)
	switch {
	case err != nil:
		return nil, err
	case h.Serial == nil || *h.Serial != e.Serial || *h.Lineage != e.Lineage:
		return nil, &CorruptError{Reason: "its serial or lineage outside is not the one inside"}
	}
	return plain, nil
}
