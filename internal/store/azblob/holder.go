package azblob

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"

	"github.com/mailprov/mailprov/internal/store"
)

// metadata of the state's blob, by names in lower case: HTTP does not keep
// their spelling.
type metadata map[string]string

// The names in it.
const (
	holderName = "mailprov_lock"  // who holds the lease, as JSON
	writeName  = "mailprov_write" // drawn for each write, by which its writer knows it again
)

func metadataOf(m map[string]*string) metadata {
	out := metadata{}
	for k, v := range m {
		if v != nil {
			out[strings.ToLower(k)] = *v
		}
	}
	return out
}

func (m metadata) headers() map[string]*string {
	out := map[string]*string{}
	for k, v := range m {
		out[k] = to.Ptr(v)
	}
	return out
}

// holderText writes a holder for a header, which takes ASCII alone.
func holderText(h store.Holder) (string, error) {
	raw, err := json.Marshal(h)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, r := range string(raw) {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		}
	}
	return b.String(), nil
}

// holder is who the metadata says holds the lease; nil where they say nothing.
func (m metadata) holder() *store.Holder {
	var h store.Holder
	if json.Unmarshal([]byte(m[holderName]), &h) != nil || h.ID == "" {
		return nil
	}
	return &h
}

// heldBy says who holds a lease that could not be had.
func (s *Store) heldBy(m metadata) *store.HeldError {
	h := m.holder()
	if h == nil { // it is about to say so, or has just ended
		h = &store.Holder{ID: "(not known yet)", Who: "another run", Operation: "starting"}
	}
	return &store.HeldError{Holder: *h, EndsWithin: s.cfg.Lease}
}
