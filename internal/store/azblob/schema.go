package azblob

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
)

// Schema describes the block:
//
//	backend "azblob" {
//	  account   = "mpstate"
//	  container = "mailprov"
//	  key       = "example-mail.json"
//	}
func Schema() resource.Schema {
	return resource.Schema{Attrs: []resource.Attr{
		{Name: "account", Type: cty.String, Required: true, Doc: "Name of the storage account."},
		{Name: "container", Type: cty.String, Required: true, Doc: "Name of the container; it must be there."},
		{Name: "key", Type: cty.String, Required: true, Doc: "Name of the blob that holds the state."},
	}}
}
