package mailtarget

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
)

// Name is the block type.
const Name = "mail_target"

// Schema describes a mail_target block of a product with the given inputs.
// The first label is the product, the last the name.
func Schema(inputs []resource.Attr) resource.Schema {
	return resource.Schema{
		Attrs: append([]resource.Attr{
			{Name: "secret", Type: cty.String, Required: true, Refs: []string{"client_secret"}, Doc: "The secret the product uses; the application follows from it."},
			{Name: "contact", Type: cty.String, Doc: "Whom a rotation waits for."},
			{Name: "reading", Type: cty.Map(cty.String), Default: cty.MapValEmpty(cty.String), Doc: "Which reading of a contradictory manual to follow."},
			{Name: "override", Type: cty.Map(cty.String), Default: cty.MapValEmpty(cty.String), Doc: "Values of single screen items that differ from the manual, by label."},
		}, inputs...),
		Blocks: []resource.Block{
			{Name: "emit", Nesting: resource.List, LabelNames: []string{"format"}, Doc: "A file to write the settings to.", Schema: resource.Schema{Attrs: []resource.Attr{
				{Name: "path", Type: cty.String, Required: true, Doc: "File within the configuration's directory."},
			}}},
		},
	}
}
