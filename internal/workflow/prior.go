package workflow

import (
	"maps"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
)

// priorAttrs are the attributes last applied of an application; NilVal where
// there are none.
func priorAttrs(app *state.Application) cty.Value {
	if app == nil {
		return cty.NilVal
	}
	attrs, err := resource.DecodeAttrs(appregistration.Schema(), app.Attributes)
	if err != nil {
		return cty.NilVal
	}
	return attrs
}

// withHeader adds the block's header under the empty path, for findings about
// an attribute that is not written.
func withHeader(i *resource.Instance) map[string]hcl.Range {
	out := maps.Clone(i.Ranges)
	if out == nil {
		out = map[string]hcl.Range{}
	}
	out[""] = i.Range
	return out
}
