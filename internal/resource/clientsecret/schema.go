package clientsecret

import (
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
)

// Name is the block type.
const Name = "client_secret"

// Schema describes a client_secret block. Lifetime, rotate_before and retire
// default by the tenant's policy and the products that use the secret; null
// here means that default.
// It is the same at every call, and must not be changed.
func Schema() resource.Schema { return schema() }

var schema = sync.OnceValue(makeSchema)

func makeSchema() resource.Schema {
	return resource.Schema{
		Attrs: []resource.Attr{
			{Name: "app", Type: cty.String, Required: true, Refs: []string{"app_registration"}, Doc: "The application whose secret it is."},
			{Name: "display_name", Type: cty.String, Doc: "Description of the credential in Entra; default: the block's name."},
			{Name: "lifetime", Type: cty.String, Doc: "How long a secret lives: a number and h, d, w, mo or y."},
			{Name: "rotate_before", Type: cty.String, Doc: "How long before its end a secret is replaced; default: a third of the lifetime."},
			{Name: "rotate_on", Type: cty.List(cty.String), Default: cty.ListValEmpty(cty.String), Doc: "Days of the year (MM-DD) on which the secret is replaced."},
			{Name: "deliver_to", Type: cty.List(cty.String), Required: true, Refs: []string{"sink"}, Doc: "Sinks that receive the value."},
			{Name: "verify", Type: cty.String, Default: cty.StringVal("token"), Doc: "Proof before delivery: token or none."},
		},
		Blocks: []resource.Block{
			{Name: "retire", Always: true, Doc: "When the replaced secret is removed.", Schema: resource.Schema{Attrs: []resource.Attr{
				{Name: "on", Type: cty.String, Doc: "confirmation or delivery."},
				{Name: "after", Type: cty.String, Doc: "How long after that."},
			}}},
		},
		Computed: []resource.Attr{
			{Name: "key_id", Type: cty.String, Doc: "Id of the newest credential."},
			{Name: "expires_at", Type: cty.String, Doc: "When the newest credential ends, RFC 3339."},
			{Name: "in_use_expires_at", Type: cty.String, Doc: "When the credential the product is using ends, RFC 3339."},
			{Name: "rotates_at", Type: cty.String, Doc: "When it is due for replacement, RFC 3339."},
			{Name: "hint", Type: cty.String, Doc: "First three characters of the newest value, as Graph publishes them."},
		},
	}
}
