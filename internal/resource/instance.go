package resource

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
)

// Instance is one desired instance: a block after modules, for_each and
// references have been worked out. Attrs has the type of its Schema; what is
// not known before the apply is unknown in it.
type Instance struct {
	Addr        addr.Instance
	Label       string // product of a mail_target, kind of a sink
	Attrs       cty.Value
	Sensitive   []cty.Path // where sensitive values stand
	Lifecycle   Lifecycle
	DependsOn   []addr.Instance
	AcceptRisks []AcceptRisk
	Refs        []addr.Instance      // every instance its expressions refer to
	Expr        map[string]string    // attribute path → source of its expression
	Range       hcl.Range            // of the block's header
	Ranges      map[string]hcl.Range // attribute path → range
}

// Lifecycle is the lifecycle block.
type Lifecycle struct {
	PreventDestroy bool
	IgnoreChanges  []string
	IgnoreAll      bool
}

// AcceptRisk is one accept_risk block.
type AcceptRisk struct {
	Code   string
	Reason string
	Until  string // YYYY-MM-DD, or empty
	Range  hcl.Range
}

// RangeOf is the range of an attribute, or of the block where the attribute is
// not written.
func (i *Instance) RangeOf(path string) hcl.Range {
	if r, ok := i.Ranges[path]; ok {
		return r
	}
	return i.Range
}
