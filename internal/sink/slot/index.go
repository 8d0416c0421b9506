package slot

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
)

// indexVersion is the version of the index this build writes.
const indexVersion = 1

// index says which credential each part belongs to. Its entries name a part by
// a salted digest of its bytes and not by its slot, so that moving bytes from
// slot to slot needs no second write that could be missing after a crash.
type index struct {
	Version int           `json:"version"`
	Secret  addr.Instance `json:"secret"`
	Values  []entry       `json:"values"`
}

// entry describes one value; nothing in it tells anything of the value but the
// hint, which Graph itself publishes.
type entry struct {
	KeyID    string    `json:"key_id"`
	ClientID string    `json:"client_id,omitempty"`
	TenantID string    `json:"tenant_id,omitempty"`
	Hint     string    `json:"hint,omitempty"`
	EndsAt   time.Time `json:"ends_at,omitzero"`
	// Keys are marks of the keys these bytes were sealed to, by the name of
	// the reader; empty where nothing is encrypted.
	Keys   map[string]string `json:"keys,omitempty"`
	Salt   string            `json:"salt"`
	Digest string            `json:"digest"`
}

func newEntry(item sink.Item, v secret.Value, keys map[string]string, part []byte) entry {
	e := entry{
		KeyID: item.KeyID, ClientID: item.ClientID, TenantID: item.TenantID,
		Hint: v.Hint(), EndsAt: item.EndsAt.UTC(), Keys: keys,
	}
	return e.describing(part)
}

// describing is the entry of the same value in other bytes.
func (e entry) describing(part []byte) entry {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	e.Salt = hex.EncodeToString(salt)
	e.Digest = digest(e.Salt, part)
	return e
}

func digest(salt string, part []byte) string {
	h := sha256.New()
	h.Write([]byte(salt))
	h.Write(part)
	return hex.EncodeToString(h.Sum(nil))
}

// find is the entry of a part; the zero entry if nobody here wrote it.
func (x index) find(part []byte) entry {
	for _, e := range slices.Backward(x.Values) {
		if digest(e.Salt, part) == e.Digest {
			return e
		}
	}
	return entry{}
}

// same tells whether two indexes describe the same bytes.
func (x index) same(y index) bool {
	return slices.EqualFunc(x.Values, y.Values, func(a, b entry) bool { return a.Digest == b.Digest })
}

// keep drops the entries of parts that are not there any more.
func (x index) keep(parts ...[]byte) index {
	x.Values = slices.DeleteFunc(slices.Clone(x.Values), func(e entry) bool {
		return !slices.ContainsFunc(parts, func(p []byte) bool { return p != nil && digest(e.Salt, p) == e.Digest })
	})
	return x
}

func decodeIndex(where string, b []byte) (index, error) {
	var x index
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&x); err != nil {
		return index{}, fmt.Errorf("receipt of %s is damaged: %w", where, err)
	}
	if x.Version != indexVersion {
		return index{}, fmt.Errorf("receipt of %s has version %d; this mailprov knows version %d", where, x.Version, indexVersion)
	}
	return x, nil
}

func (x index) encode() ([]byte, error) {
	b, err := json.MarshalIndent(x, "", "  ")
	return append(b, '\n'), err
}
