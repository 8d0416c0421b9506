package workflow

import (
	"maps"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
)

// appOfTarget is the application behind a target, by the state.
func appOfTarget(d *state.Document, t *state.Target) *state.Application {
	sec := d.Secret(t.Secret)
	if sec == nil {
		return nil
	}
	return d.Application(sec.App)
}

func clientIDOf(d *state.Document, t *state.Target) string {
	if app := appOfTarget(d, t); app != nil {
		return app.ClientID
	}
	return ""
}

// priorAppAttrs are the attributes last applied of the application behind a
// target, with the computed ones a sheet shows.
func priorAppAttrs(d *state.Document, t *state.Target) cty.Value {
	app := appOfTarget(d, t)
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
