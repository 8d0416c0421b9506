package resource

import (
	"encoding/json"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// EncodeAttrs writes attributes as JSON for the state; what is unknown
// becomes null.
func EncodeAttrs(v cty.Value) (json.RawMessage, error) {
	known, err := cty.Transform(v, func(_ cty.Path, x cty.Value) (cty.Value, error) {
		if !x.IsKnown() {
			return Empty(x.Type()), nil
		}
		return x, nil
	})
	if err != nil {
		return nil, fmt.Errorf("encode attributes: %w", err)
	}
	b, err := ctyjson.Marshal(known, known.Type())
	if err != nil {
		return nil, fmt.Errorf("encode attributes: %w", err)
	}
	return b, nil
}

// DecodeAttrs reads what EncodeAttrs wrote, also by an earlier version whose
// schema knew fewer attributes: those that are missing get their defaults, and
// those the schema no longer knows are dropped.
func DecodeAttrs(s Schema, raw json.RawMessage) (cty.Value, error) {
	if len(raw) == 0 {
		return s.Defaults(), nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return cty.NilVal, fmt.Errorf("decode attributes: %w", err)
	}
	types, defaults := s.Type().AttributeTypes(), s.Defaults().AsValueMap()
	vals := map[string]cty.Value{}
	for name, ty := range types {
		if vals[name] = defaults[name]; fields[name] == nil {
			continue
		}
		v, err := ctyjson.Unmarshal(fields[name], ty)
		if err != nil {
			if v, err = decodeBlock(s, name, fields[name]); err != nil {
				return cty.NilVal, fmt.Errorf("decode attribute %s: %w", name, err)
			}
		}
		vals[name] = v
	}
	return cty.ObjectVal(vals), nil
}

// decodeBlock reads a single nested block with the same leniency.
func decodeBlock(s Schema, name string, raw json.RawMessage) (cty.Value, error) {
	for _, b := range s.Blocks {
		if b.Name == name && b.Nesting == Single {
			return DecodeAttrs(b.Schema, raw)
		}
	}
	return cty.NilVal, fmt.Errorf("%s does not fit its type", raw)
}
