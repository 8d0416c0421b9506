// Package schema makes the JSON Schemas of the documents that mailprov writes
// from the Go types they are written from, with the types' comments as
// descriptions. The result lies in the folder schema at the root of the
// project; `go generate ./internal/schema` writes it.
//
// It is used when the project is built and tested, never when it runs.
package schema

//go:generate go run ./generate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/evidence"
	"github.com/mailprov/mailprov/internal/finding"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/jsonout"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/status"
)

// module is the import path that stands for the root folder.
const module = "github.com/mailprov/mailprov"

type document struct {
	name, title string
	value       any
	adjust      func(*jsonschema.Reflector, *jsonschema.Schema)
}

func documents() []document {
	return []document{
		{name: "plan", title: "Plan", value: jsonout.Plan{}},
		{name: "drift", title: "What in Entra is not as it was applied", value: jsonout.Drift{}},
		{name: "state", title: "State", value: state.Document{}, adjust: nullableLists},
		{name: "encrypted-state", title: "State encrypted before it is stored", value: state.Encrypted{}},
		{name: "show", title: "State as show -json prints it", value: jsonout.State{}, adjust: nullableLists},
		{name: "settings", title: "Settings of a product", value: product.Settings{}},
		{name: "events", title: "One line of the event stream", value: event.Event{}, adjust: payloads},
		{name: "status", title: "Where secrets stand", value: status.Report{}},
		{name: "evidence", title: "What mail rests on, as it was tried", value: evidence.Report{}},
		{name: "findings", title: "What doctor found", value: finding.Report{}},
		{name: "diagnostics", title: "Diagnostics", value: jsonout.Diagnostics{}},
	}
}

// Names lists the documents that have a schema.
func Names() []string {
	var out []string
	for _, d := range documents() {
		out = append(out, d.name)
	}
	return out
}

// FileName is the name of a document's schema in the folder schema.
func FileName(name string) string { return name + ".schema.json" }

// Root finds the root folder of the project above dir: the one with go.mod.
func Root(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find root folder: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(abs, "go.mod")); err == nil {
			return abs, nil
		}
		parent := filepath.Dir(abs)
		if parent == abs {
			return "", errors.New("find root folder: no go.mod above " + dir)
		}
		abs = parent
	}
}

// Generate makes all schemas by document. root is the root folder, where the
// sources lie from which the comments are read.
func Generate(root string) (map[string][]byte, error) {
	comments, err := readComments(root)
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, d := range documents() {
		r := &jsonschema.Reflector{ExpandedStruct: true, LookupComment: comments, Mapper: special}
		s := r.Reflect(d.value)
		s.ID = jsonschema.ID("urn:mailprov:schema:" + d.name)
		s.Title = d.title
		if s.Description == "" {
			s.Description = comments(reflect.TypeOf(d.value), "")
		}
		if d.adjust != nil {
			d.adjust(r, s)
		}
		b, err := encode(s)
		if err != nil {
			return nil, fmt.Errorf("encode schema %s: %w", d.name, err)
		}
		out[d.name] = b
	}
	return out, nil
}

// special maps types that write themselves or have few values.
func special(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[addr.Instance]():
		return &jsonschema.Schema{Type: "string", Description: "Address of an instance."}
	case reflect.TypeFor[message.Text]():
		return &jsonschema.Schema{Type: "string", Description: "A sentence in English."}
	case reflect.TypeFor[diag.Severity]():
		return &jsonschema.Schema{Type: "string", Enum: []any{diag.Error, diag.Warning, diag.Note}}
	}
	return nil
}

func encode(s *jsonschema.Schema) ([]byte, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// readComments reads the comments of the packages whose types are documents.
func readComments(root string) (func(reflect.Type, string) string, error) {
	r := &jsonschema.Reflector{}
	for _, dir := range []string{"diag", "event", "evidence", "finding", "product", "render/jsonout", "state", "status", "rotate"} {
		if err := r.AddGoComments("", filepath.Join(root, "internal", filepath.FromSlash(dir))); err != nil {
			return nil, fmt.Errorf("read comments of %s: %w", dir, err)
		}
	}
	return func(t reflect.Type, field string) string {
		rest, ours := strings.CutPrefix(t.PkgPath(), module)
		if !ours {
			return ""
		}
		key := filepath.ToSlash(root) + rest + "." + t.Name()
		if field != "" {
			key += "." + field
		}
		text := strings.Join(strings.Fields(r.CommentMap[key]), " ")
		if text == "" || strings.HasSuffix(text, ".") {
			return text
		}
		return text + "."
	}, nil
}
