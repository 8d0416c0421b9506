package keyvault

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mailprov/mailprov/internal/addr"
)

// The tags of a version of ours. Key Vault takes 15, with 256 characters each.
const (
	tagSecret        = "mailprov-secret"        // address of the client_secret
	tagConfiguration = "mailprov-configuration" // mailprov.name
	tagTenant        = "mailprov-tenant-id"
	tagClient        = "mailprov-client-id"
	tagKey           = "mailprov-key-id"
	tagSequence      = "mailprov-sequence" // counts the versions of a secret: Key Vault's own times are seconds
	tagState         = "mailprov-state"    // of a version beside NAME
)

// The states of a version beside NAME.
const (
	stateStaged = "staged"
	stateDone   = "done" // committed or discarded
)

// record is what the tags of a version say.
type record struct {
	secret, configuration, tenant, client, key, state string
	sequence                                          int
}

// readRecord reads tags; false if they are not ours.
func readRecord(tags map[string]*string) (record, bool) {
	get := func(name string) string {
		if v := tags[name]; v != nil {
			return *v
		}
		return ""
	}
	r := record{
		secret: get(tagSecret), configuration: get(tagConfiguration), tenant: get(tagTenant), client: get(tagClient),
		key: get(tagKey), state: get(tagState),
	}
	n, err := strconv.Atoi(get(tagSequence))
	r.sequence = n
	return r, err == nil && r.secret != "" && r.key != ""
}

func (r record) tags() map[string]*string {
	out := map[string]*string{}
	for name, v := range map[string]string{
		tagSecret: r.secret, tagConfiguration: r.configuration, tagTenant: r.tenant, tagClient: r.client,
		tagKey: r.key, tagState: r.state, tagSequence: strconv.Itoa(r.sequence),
	} {
		if v != "" {
			out[name] = &v
		}
	}
	return out
}

// holder is the address in the tags; of one that was too long to stand there,
// what comes before its key.
func (r record) holder() addr.Instance {
	a, err := addr.Parse(r.secret)
	if err != nil {
		before, _, _ := strings.Cut(r.secret, "[")
		a, _ = addr.Parse(before) // empty if somebody wrote the tag by hand
	}
	return a
}

// maxTag is the longest value of a tag.
const maxTag = 256

// tagOf is an address as a tag holds it; a long one ends in a digest.
func tagOf(a addr.Instance) string {
	text := a.String()
	if len(text) <= maxTag {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	cut := text[:maxTag-33]
	for !utf8.ValidString(cut) {
		cut = cut[:len(cut)-1]
	}
	return fmt.Sprintf("%s~%x", cut, sum[:16])
}

// belongs tells whether a version is one of this secret. A tenant that is not
// known on one side is no difference.
func (r record) belongs(a addr.Instance, configuration, tenant string) bool {
	return r.secret == tagOf(a) && r.configuration == configuration &&
		(r.tenant == "" || tenant == "" || strings.EqualFold(r.tenant, tenant))
}
