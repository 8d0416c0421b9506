package lang

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"

	"github.com/mailprov/mailprov/internal/diag"
)

// parse reads one file by the syntax its name tells. A body comes back even
// with errors, holding what could be read; of wrong JSON nothing can.
func parse(f Source) (hcl.Body, diag.Diagnostics) {
	if ds := guard(f.Bytes, f.Name); ds.HasErrors() {
		return hcl.EmptyBody(), ds
	}
	var file *hcl.File
	var hd hcl.Diagnostics
	if isJSON(f.Name) {
		file, hd = json.Parse(f.Bytes, f.Name)
	} else {
		file, hd = hclsyntax.ParseConfig(f.Bytes, f.Name, hcl.InitialPos)
	}
	// What follows an open string is read as something else than it is.
	if len(hd) > 1 && hd[0].Summary == "Invalid multi-line string" {
		hd = hd[:1]
	}
	if file == nil || file.Body == nil || isJSON(f.Name) && hd.HasErrors() {
		return hcl.EmptyBody(), diag.FromHCL(hd)
	}
	return file.Body, diag.FromHCL(hd)
}

// The block types of a configuration.
const (
	appRegistration = "app_registration"
	clientSecret    = "client_secret"
	sinkBlock       = "sink"
	mailTarget      = "mail_target"
)

// topLevel is the schema of a configuration file.
func topLevel() *hcl.BodySchema {
	return &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
		{Type: "mailprov"},
		{Type: "tenant"},
		{Type: "variable", LabelNames: []string{"name"}},
		{Type: "locals"},
		{Type: "data", LabelNames: []string{"kind", "name"}},
		{Type: appRegistration, LabelNames: []string{"name"}},
		{Type: clientSecret, LabelNames: []string{"name"}},
		{Type: sinkBlock, LabelNames: []string{"kind", "name"}},
		{Type: mailTarget, LabelNames: []string{"product", "name"}},
		{Type: "output", LabelNames: []string{"name"}},
		{Type: "moved"},
	}}
}
