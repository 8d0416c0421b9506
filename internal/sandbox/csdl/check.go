package csdl

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Problem is a value that the schema does not allow.
type Problem struct {
	Path string // dotted, from the document's root
	Text string // in the words of the service
}

func (p *Problem) Error() string { return p.Text }

var (
	guidPattern     = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	durationPattern = regexp.MustCompile(`^-?P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$`)
)

// IsGUID says whether a text is a GUID in its usual form.
func IsGUID(s string) bool { return guidPattern.MatchString(s) }

// Check holds a document, decoded with json.Number, against a type and returns a normalised copy: GUIDs in lower case,
// times in UTC as the service prints them. Annotations (names with "@") are dropped when they are @odata.type of the
// right type, and refused otherwise; a caller that understands one takes it out beforehand.
func (m *Model) Check(typeName string, doc map[string]any) (map[string]any, error) {
	return m.object(typeName, doc, "")
}

func (m *Model) object(typeName string, doc map[string]any, path string) (map[string]any, error) {
	t, ok := m.types[typeName]
	if !ok {
		return nil, &Problem{path, fmt.Sprintf("The type '%s' is not known.", typeName)}
	}
	out := make(map[string]any, len(doc))
	names := make([]string, 0, len(doc))
	for name := range doc {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		value := doc[name]
		if strings.Contains(name, "@") {
			if err := m.annotation(t, name, value, path); err != nil {
				return nil, err
			}
			continue
		}
		p, ok := t.Properties[name]
		if !ok {
			return nil, unknown(t, name, path)
		}
		checked, err := m.property(p, value, join(path, name))
		if err != nil {
			return nil, err
		}
		out[name] = checked
	}
	return out, nil
}

func unknown(t *Type, name, path string) error {
	if t.Entity {
		return &Problem{join(path, name), fmt.Sprintf("Invalid property '%s'.", name)}
	}
	return &Problem{join(path, name), fmt.Sprintf("The property '%s' does not exist on type 'microsoft.graph.%s'. "+
		"Make sure to only use property names that are defined by the type or mark the type as open type.", name, t.Name)}
}

func (m *Model) annotation(t *Type, name string, value any, path string) error {
	text, isText := value.(string)
	switch name {
	case "@odata.context", "@odata.id", "@odata.etag":
		return nil // control information of an answer that a client sends back
	}
	if name == "@odata.type" && isText {
		given := strings.TrimPrefix(strings.TrimPrefix(text, "#"), "microsoft.graph.")
		if m.Derives(given, t.Name) || m.Derives(t.Name, given) {
			return nil
		}
		return &Problem{join(path, name), fmt.Sprintf("A type named '%s' could not be resolved by the model or is not assignable to 'microsoft.graph.%s'.", text, t.Name)}
	}
	if property, ok := strings.CutSuffix(name, "@odata.type"); ok && isText {
		if _, known := t.Properties[property]; known {
			return nil
		}
	}
	return &Problem{join(path, name), fmt.Sprintf("The annotation '%s' is not allowed in this request.", name)}
}

func (m *Model) property(p Property, value any, path string) (any, error) {
	if value == nil {
		if !p.Nullable {
			return nil, &Problem{path, fmt.Sprintf("A null value was found for the property named '%s', which has the expected type '%s[Nullable=False]'. "+
				"The expected type '%s[Nullable=False]' does not allow null values.", p.Name, p.full(), p.full())}
		}
		return nil, nil //nolint:nilnil // null is a value here
	}
	if !p.Collection {
		return m.single(p.Type, value, path)
	}
	items, ok := value.([]any)
	if !ok {
		return nil, &Problem{path, fmt.Sprintf("An unexpected '%s' node was found when reading from the JSON reader. A 'StartArray' node was expected.", node(value))}
	}
	out := make([]any, 0, len(items))
	for i, item := range items {
		at := path + "[" + strconv.Itoa(i) + "]"
		if item == nil {
			return nil, &Problem{at, fmt.Sprintf("A null value was found in the collection '%s', which does not allow null values.", p.Name)}
		}
		checked, err := m.single(p.Type, item, at)
		if err != nil {
			return nil, err
		}
		out = append(out, checked)
	}
	return out, nil
}

func (p Property) full() string {
	name := p.Type
	if !strings.HasPrefix(name, "Edm.") {
		name = "microsoft.graph." + name
	}
	if p.Collection {
		return "Collection(" + name + ")"
	}
	return name
}

func (m *Model) single(typ string, value any, path string) (any, error) {
	if _, ok := m.types[typ]; ok {
		doc, ok := value.(map[string]any)
		if !ok {
			return nil, &Problem{path, fmt.Sprintf("An unexpected '%s' node was found when reading from the JSON reader. A 'StartObject' node was expected.", node(value))}
		}
		return m.object(typ, doc, path)
	}
	if members, ok := m.enums[typ]; ok {
		text, ok := value.(string)
		if !ok || !members[text] {
			return nil, &Problem{path, fmt.Sprintf("Invalid value '%v' specified for property '%s'.", value, path)}
		}
		return text, nil
	}
	return primitive(typ, value, path)
}

func primitive(typ string, value any, path string) (any, error) {
	switch value.(type) {
	case map[string]any, []any:
		return nil, &Problem{path, fmt.Sprintf("An unexpected '%s' node was found when reading from the JSON reader. A 'PrimitiveValue' node was expected.", node(value))}
	}
	bad := &Problem{path, fmt.Sprintf("Cannot convert the literal '%s' to the expected type '%s'.", clip(fmt.Sprint(value)), typ)}
	if typ == "Edm.Boolean" {
		if _, ok := value.(bool); !ok {
			return nil, bad
		}
		return value, nil
	}
	if typ == "Edm.Int32" || typ == "Edm.Int64" {
		number, ok := value.(json.Number)
		if !ok {
			return nil, bad
		}
		bits := 32
		if typ == "Edm.Int64" {
			bits = 64
		}
		if _, err := strconv.ParseInt(number.String(), 10, bits); err != nil {
			return nil, bad
		}
		return number, nil
	}
	text, ok := value.(string)
	if !ok {
		return nil, bad
	}
	switch typ {
	case "Edm.String":
		return text, nil
	case "Edm.Guid":
		if !IsGUID(text) {
			return nil, bad
		}
		return strings.ToLower(text), nil
	case "Edm.DateTimeOffset":
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil || at.Year() < 1 || at.Year() > 9999 {
			return nil, bad
		}
		return FormatTime(at), nil
	case "Edm.Duration":
		if !durationPattern.MatchString(text) || strings.HasSuffix(text, "P") || strings.HasSuffix(text, "T") {
			return nil, bad
		}
		return text, nil
	case "Edm.Binary":
		if _, err := base64.StdEncoding.DecodeString(text); err != nil {
			return nil, bad
		}
		return text, nil
	default:
		return nil, &Problem{path, fmt.Sprintf("The property '%s' of type '%s' cannot be set.", path, typ)}
	}
}

// FormatTime prints a time as Graph does: UTC, at most seven digits of a second, no trailing zeros.
func FormatTime(t time.Time) string {
	return t.UTC().Truncate(100 * time.Nanosecond).Format("2006-01-02T15:04:05.9999999Z07:00")
}

func node(value any) string {
	switch value.(type) {
	case map[string]any:
		return "StartObject"
	case []any:
		return "StartArray"
	}
	return "PrimitiveValue"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
