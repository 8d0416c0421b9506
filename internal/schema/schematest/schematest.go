// Package schematest checks documents against the JSON Schemas of the project.
// Every test that produces a document passes it through here.
package schematest

import (
	"bytes"
	"path/filepath"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mailprov/mailprov/internal/schema"
)

// Validate fails the test where doc does not fit the schema of that name:
// plan, drift, state, encrypted-state, show, settings, events, status, evidence, findings or diagnostics.
func Validate(t testing.TB, name string, doc []byte) {
	t.Helper()
	s := compile(t, name)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatalf("document is not JSON: %v\n%s", err, doc)
	}
	if err := s.Validate(value); err != nil {
		t.Errorf("document does not fit %s: %v\n%s", schema.FileName(name), err, doc)
	}
}

// ValidateLines checks every line of a stream of documents.
func ValidateLines(t testing.TB, name string, stream []byte) {
	t.Helper()
	for line := range bytes.Lines(stream) {
		if len(bytes.TrimSpace(line)) > 0 {
			Validate(t, name, line)
		}
	}
}

// compiled are the schemas that were needed so far; a run of tests checks
// thousands of documents.
var compiled sync.Map // *jsonschema.Schema by name

func compile(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	if s, ok := compiled.Load(name); ok {
		return s.(*jsonschema.Schema)
	}
	root, err := schema.Root(".")
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(filepath.Join(root, "schema", schema.FileName(name)))
	if err != nil {
		t.Fatal(err)
	}
	compiled.Store(name, s)
	return s
}
