package plan

import (
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mailprov/mailprov/internal/state"
)

// decodeOutput reads an output of the state; one that cannot be read counts
// as absent, so that it is written anew.
func decodeOutput(o state.Output) cty.Value {
	ty, err := ctyjson.UnmarshalType(o.Type)
	if err != nil {
		return cty.NilVal
	}
	v, err := ctyjson.Unmarshal(o.Value, ty)
	if err != nil {
		return cty.NilVal
	}
	return v
}
