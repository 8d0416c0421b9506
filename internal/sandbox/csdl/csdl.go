// Package csdl reads an OData schema (CSDL XML) and holds JSON documents against it.
//
// It may import only the standard library. It must never know a particular type by name: what is allowed is what the
// schema says, so that the sandbox cannot accept or answer a property that Microsoft Graph does not have.
package csdl

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// Model is a schema with every type's inherited members resolved.
type Model struct {
	types map[string]*Type
	enums map[string]map[string]bool
	ops   map[string][]Operation
}

// Type is an entity type or a complex type.
type Type struct {
	Name       string
	Base       string
	Open       bool
	Entity     bool
	Properties map[string]Property
	Navigation map[string]Navigation
}

// Property is a structural property.
type Property struct {
	Name       string
	Type       string // without Collection(…) and without the schema's namespace: "Edm.String", "webApplication"
	Collection bool
	Nullable   bool
}

// Navigation is a relation to another entity type.
type Navigation struct {
	Name       string
	Type       string
	Collection bool
}

// Operation is an action or a function bound to a type.
type Operation struct {
	Name      string
	BoundTo   string
	BoundMany bool
	Function  bool
}

// Type finds an entity type or complex type by its bare name.
func (m *Model) Type(name string) (*Type, bool) {
	t, ok := m.types[name]
	return t, ok
}

// Operations lists what is bound to a type or to a collection of it, its base types included.
func (m *Model) Operations(typeName string) []Operation {
	var out []Operation
	for name := typeName; name != ""; {
		out = append(out, m.ops[name]...)
		t, ok := m.types[name]
		if !ok {
			break
		}
		name = t.Base
	}
	return out
}

// Derives says whether a type is another or is derived from it.
func (m *Model) Derives(name, base string) bool {
	for name != "" {
		if name == base {
			return true
		}
		t, ok := m.types[name]
		if !ok {
			return false
		}
		name = t.Base
	}
	return false
}

type document struct {
	Schemas []struct {
		Enums []struct {
			Name    string `xml:"Name,attr"`
			Members []struct {
				Name string `xml:"Name,attr"`
			} `xml:"Member"`
		} `xml:"EnumType"`
		Complex   []xmlType      `xml:"ComplexType"`
		Entities  []xmlType      `xml:"EntityType"`
		Actions   []xmlOperation `xml:"Action"`
		Functions []xmlOperation `xml:"Function"`
	} `xml:"DataServices>Schema"`
}

type xmlType struct {
	Name       string      `xml:"Name,attr"`
	Base       string      `xml:"BaseType,attr"`
	Open       bool        `xml:"OpenType,attr"`
	Properties []xmlMember `xml:"Property"`
	Navigation []xmlMember `xml:"NavigationProperty"`
}

type xmlMember struct {
	Name     string `xml:"Name,attr"`
	Type     string `xml:"Type,attr"`
	Nullable string `xml:"Nullable,attr"`
}

type xmlOperation struct {
	Name       string      `xml:"Name,attr"`
	Bound      bool        `xml:"IsBound,attr"`
	Parameters []xmlMember `xml:"Parameter"`
}

// Parse reads a schema.
func Parse(r io.Reader) (*Model, error) {
	var doc document
	if err := xml.NewDecoder(r).Decode(&doc); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	m := &Model{types: map[string]*Type{}, enums: map[string]map[string]bool{}, ops: map[string][]Operation{}}
	for _, s := range doc.Schemas {
		for _, e := range s.Enums {
			members := map[string]bool{}
			for _, v := range e.Members {
				members[v.Name] = true
			}
			m.enums[e.Name] = members
		}
		for _, t := range s.Complex {
			m.types[t.Name] = newType(t, false)
		}
		for _, t := range s.Entities {
			m.types[t.Name] = newType(t, true)
		}
		m.addOperations(s.Actions, false)
		m.addOperations(s.Functions, true)
	}
	done := map[string]bool{}
	for name := range m.types {
		if err := m.inherit(name, done, 0); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func newType(x xmlType, entity bool) *Type {
	base, _ := bare(x.Base)
	t := &Type{
		Name: x.Name, Base: base, Open: x.Open, Entity: entity,
		Properties: map[string]Property{}, Navigation: map[string]Navigation{},
	}
	for _, p := range x.Properties {
		name, many := bare(p.Type)
		t.Properties[p.Name] = Property{Name: p.Name, Type: name, Collection: many, Nullable: p.Nullable != "false"}
	}
	for _, p := range x.Navigation {
		name, many := bare(p.Type)
		t.Navigation[p.Name] = Navigation{Name: p.Name, Type: name, Collection: many}
	}
	return t
}

func (m *Model) addOperations(ops []xmlOperation, function bool) {
	for _, o := range ops {
		if !o.Bound || len(o.Parameters) == 0 {
			continue
		}
		to, many := bare(o.Parameters[0].Type)
		m.ops[to] = append(m.ops[to], Operation{Name: o.Name, BoundTo: to, BoundMany: many, Function: function})
	}
}

// inherit copies the members of base types down, deepest first.
func (m *Model) inherit(name string, done map[string]bool, depth int) error {
	t, ok := m.types[name]
	if !ok || done[name] || t.Base == "" {
		return nil
	}
	if depth > len(m.types) {
		return fmt.Errorf("read schema: type %s is its own base", name)
	}
	if err := m.inherit(t.Base, done, depth+1); err != nil {
		return err
	}
	base, ok := m.types[t.Base]
	if !ok {
		return fmt.Errorf("read schema: base type %s of %s is missing", t.Base, name)
	}
	for k, v := range base.Properties {
		if _, own := t.Properties[k]; !own {
			t.Properties[k] = v
		}
	}
	for k, v := range base.Navigation {
		if _, own := t.Navigation[k]; !own {
			t.Navigation[k] = v
		}
	}
	t.Open = t.Open || base.Open
	done[name] = true
	return nil
}

// bare strips Collection(…) and the namespace, keeping "Edm.".
func bare(typ string) (name string, collection bool) {
	if inner, ok := strings.CutPrefix(typ, "Collection("); ok {
		typ, collection = strings.TrimSuffix(inner, ")"), true
	}
	for _, ns := range []string{"microsoft.graph.", "graph."} {
		if rest, ok := strings.CutPrefix(typ, ns); ok {
			return rest, collection
		}
	}
	return typ, collection
}
