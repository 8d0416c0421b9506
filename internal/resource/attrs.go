package resource

import (
	"encoding/json"
	"fmt"
	"slices"

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
// schema knew fewer attributes: those that are missing get their defaults, in
// nested blocks too, and those the schema no longer knows are dropped.
func DecodeAttrs(s Schema, raw json.RawMessage) (cty.Value, error) {
	if len(raw) == 0 {
		return s.Defaults(), nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return cty.NilVal, fmt.Errorf("decode attributes: %w", err)
	}
	vals := s.Defaults().AsValueMap()
	for _, a := range s.Attrs {
		if fields[a.Name] == nil {
			continue
		}
		v, err := ctyjson.Unmarshal(fields[a.Name], a.Type)
		if err != nil {
			return cty.NilVal, fmt.Errorf("decode attribute %s: %w", a.Name, err)
		}
		vals[a.Name] = v
	}
	types := s.Type().AttributeTypes()
	for _, b := range s.Blocks {
		if fields[b.Name] == nil {
			continue
		}
		v, err := decodeBlock(b, types[b.Name], fields[b.Name])
		if err != nil {
			return cty.NilVal, fmt.Errorf("decode block %s: %w", b.Name, err)
		}
		vals[b.Name] = v
	}
	return cty.ObjectVal(vals), nil
}

func decodeBlock(b Block, ty cty.Type, raw json.RawMessage) (cty.Value, error) {
	if string(raw) == "null" {
		return cty.NullVal(ty), nil
	}
	inner := b.Schema
	for _, label := range b.LabelNames {
		if b.Nesting == List {
			inner.Attrs = append(slices.Clip(inner.Attrs), Attr{Name: label, Type: cty.String})
		}
	}
	switch b.Nesting {
	case List:
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil || len(list) == 0 {
			return Empty(ty), err
		}
		vals := make([]cty.Value, len(list))
		for i, one := range list {
			v, err := DecodeAttrs(inner, one)
			if err != nil {
				return cty.NilVal, err
			}
			vals[i] = v
		}
		return cty.ListVal(vals), nil
	case Map:
		var entries map[string]json.RawMessage
		if err := json.Unmarshal(raw, &entries); err != nil || len(entries) == 0 {
			return Empty(ty), err
		}
		vals := map[string]cty.Value{}
		for key, one := range entries {
			v, err := DecodeAttrs(inner, one)
			if err != nil {
				return cty.NilVal, err
			}
			vals[key] = v
		}
		return cty.MapVal(vals), nil
	}
	return DecodeAttrs(inner, raw)
}
