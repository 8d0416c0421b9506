// Package resource is the contract of the things a configuration declares:
// app registrations, client secrets and mail targets. Each lives in a folder
// of its own and describes its blocks by a Schema, from which the language
// reads them, the plan compares them and the documents name them.
//
// It imports hcl and cty for types, addr and diag; never the network.
package resource

import "github.com/zclconf/go-cty/cty"

// Schema describes the body of a block.
type Schema struct {
	Attrs  []Attr
	Blocks []Block
	// Computed are attributes that others may refer to and that Entra or
	// mailprov fills in; a configuration cannot set them.
	Computed []Attr
}

// Attr is one attribute of a block.
type Attr struct {
	Name     string
	Type     cty.Type
	Required bool
	// Default is the value of an attribute that is not written; the zero
	// Value means null of Type.
	Default cty.Value
	// Refs names the block types whose instances the attribute takes, such as
	// "sink" or "app_registration"; in the instance's attributes each is its
	// address as a string.
	Refs []string
	// IDs is set where instances or plain ids may be written (owners): an
	// instance then stands for the attribute named here.
	IDs string
	Doc string // one line of English for help and editors
}

// Nesting says how often a block may stand and what becomes of it in the
// instance's attributes.
type Nesting int

// The nestings of blocks.
const (
	// Single blocks stand at most once: an object, or null where absent
	// unless every attribute of it has a default.
	Single Nesting = iota
	// List blocks stand any number of times: a list of objects; labels are
	// attributes of the object named by LabelNames.
	List
	// Map blocks stand once per label: a map from the label to the object.
	Map
)

// Block is a nested block.
type Block struct {
	Name       string
	Nesting    Nesting
	LabelNames []string
	Schema     Schema
	// Always is set on Single blocks that are an object with defaults even
	// where the block is not written.
	Always bool
	Doc    string
}

// Type is the cty object type of a body: attributes and blocks, without the
// computed attributes.
func (s Schema) Type() cty.Type {
	atys := map[string]cty.Type{}
	for _, a := range s.Attrs {
		atys[a.Name] = a.Type
	}
	for _, b := range s.Blocks {
		inner := b.Schema.Type()
		switch b.Nesting {
		case Single:
			atys[b.Name] = inner
		case List:
			fields := inner.AttributeTypes()
			withLabels := map[string]cty.Type{}
			for k, v := range fields {
				withLabels[k] = v
			}
			for _, l := range b.LabelNames {
				withLabels[l] = cty.String
			}
			atys[b.Name] = cty.List(cty.Object(withLabels))
		case Map:
			atys[b.Name] = cty.Map(inner)
		}
	}
	return cty.Object(atys)
}

// Attr finds an attribute by name.
func (s Schema) Attr(name string) (Attr, bool) {
	for _, a := range s.Attrs {
		if a.Name == name {
			return a, true
		}
	}
	return Attr{}, false
}

// Defaults is the body's value when nothing is written: defaults, nulls and
// empty collections.
func (s Schema) Defaults() cty.Value {
	vals := map[string]cty.Value{}
	for _, a := range s.Attrs {
		vals[a.Name] = a.Default
		if a.Default == cty.NilVal {
			vals[a.Name] = cty.NullVal(a.Type)
		}
	}
	types := s.Type().AttributeTypes()
	for _, b := range s.Blocks {
		switch {
		case b.Nesting == List:
			vals[b.Name] = cty.ListValEmpty(types[b.Name].ElementType())
		case b.Nesting == Map:
			vals[b.Name] = cty.MapValEmpty(types[b.Name].ElementType())
		case b.Always:
			vals[b.Name] = b.Schema.Defaults()
		default:
			vals[b.Name] = cty.NullVal(types[b.Name])
		}
	}
	return cty.ObjectVal(vals)
}
