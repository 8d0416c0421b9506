package cli

import (
	"fmt"
	"maps"
	"slices"

	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/state"
)

// outputsOf decodes the outputs of a state, by name.
func outputsOf(doc *state.Document) ([]term.Output, error) {
	var out []term.Output
	for _, name := range slices.Sorted(maps.Keys(doc.Outputs)) {
		o := doc.Outputs[name]
		ty, err := ctyjson.UnmarshalType(o.Type)
		if err != nil {
			return nil, fmt.Errorf("read output %s: %w", name, err)
		}
		v, err := ctyjson.Unmarshal(o.Value, ty)
		if err != nil {
			return nil, fmt.Errorf("read output %s: %w", name, err)
		}
		out = append(out, term.Output{Name: name, Value: v, Sensitive: o.Sensitive})
	}
	return out, nil
}

func (a *app) printOutputs(doc *state.Document) error {
	list, err := outputsOf(doc)
	if err != nil {
		return err
	}
	return term.Outputs(a.io.out, list, a.render())
}
