package schema

import (
	"github.com/invopop/jsonschema"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/event"
)

// nullableLists lets lists be null: a list that is empty in Go may be written
// as null, and a state written like that is still good.
func nullableLists(_ *jsonschema.Reflector, s *jsonschema.Schema) {
	each(s, func(x *jsonschema.Schema) {
		if x.Properties == nil {
			return
		}
		for p := x.Properties.Oldest(); p != nil; p = p.Next() {
			list := p.Value
			if list.Type != "array" && (list.Type != "object" || list.AdditionalProperties == nil) {
				continue
			}
			about := list.Description
			list.Description = ""
			p.Value = &jsonschema.Schema{Description: about, OneOf: []*jsonschema.Schema{list, {Type: "null"}}}
		}
	})
}

// payloads says which payload belongs to which type of event.
func payloads(r *jsonschema.Reflector, s *jsonschema.Schema) {
	types := []struct {
		of   event.Type
		data any
		many bool // an object of them by name
	}{
		{event.Version, event.VersionData{}, false},
		{event.Diagnostic, diag.Document{}, false},
		{event.ChangeSummary, event.SummaryData{}, false},
		{event.Outputs, event.OutputData{}, true},
		{event.ApplyStart, nil, false}, {event.ApplyProgress, nil, false}, {event.ApplyComplete, nil, false},
		{event.ApplyErrored, nil, false}, {event.RotateStep, nil, false},
	}
	if s.Definitions == nil {
		s.Definitions = jsonschema.Definitions{}
	}
	kind, _ := s.Properties.Get("type")
	for _, t := range types {
		kind.Enum = append(kind.Enum, string(t.of))
		if t.data == nil {
			continue
		}
		inner := &jsonschema.Reflector{LookupComment: r.LookupComment, Mapper: r.Mapper}
		data := inner.Reflect(t.data)
		for name, d := range data.Definitions {
			s.Definitions[name] = d
		}
		ref := &jsonschema.Schema{Ref: data.Ref}
		if t.many {
			ref = &jsonschema.Schema{Type: "object", AdditionalProperties: ref}
		}
		s.AllOf = append(s.AllOf, &jsonschema.Schema{
			If:   property("type", &jsonschema.Schema{Const: string(t.of)}),
			Then: property("data", ref),
		})
	}
}

// property is the schema of an object that has a property.
func property(name string, s *jsonschema.Schema) *jsonschema.Schema {
	out := &jsonschema.Schema{Properties: jsonschema.NewProperties(), Required: []string{name}}
	out.Properties.Set(name, s)
	return out
}

// each visits a schema and its definitions.
func each(s *jsonschema.Schema, visit func(*jsonschema.Schema)) {
	visit(s)
	for _, d := range s.Definitions {
		visit(d)
	}
}
