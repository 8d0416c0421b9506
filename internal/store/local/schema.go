package local

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
)

// DefaultPath is the state file of a configuration that names none.
const DefaultPath = "mailprov.state.json"

// Schema describes the block `backend "local"`.
func Schema() resource.Schema {
	return resource.Schema{Attrs: []resource.Attr{{
		Name: "path", Type: cty.String, Default: cty.StringVal(DefaultPath),
		Doc: "File that holds the state, from the configuration's directory.",
	}}}
}
