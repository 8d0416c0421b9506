package schema_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailprov/mailprov/internal/schema"
)

func TestTheFilesAreUpToDate(t *testing.T) {
	root, err := schema.Root(".")
	if err != nil {
		t.Fatal(err)
	}
	want, err := schema.Generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range schema.Names() {
		got, err := os.ReadFile(filepath.Join(root, "schema", schema.FileName(name)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want[name]), string(got)); diff != "" {
			t.Errorf("%s is not what the types say; run go generate ./internal/schema (-want +got):\n%s", schema.FileName(name), diff)
		}
	}
	entries, err := os.ReadDir(filepath.Join(root, "schema"))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(schema.Names()) {
		t.Errorf("the folder holds %d files, there are %d documents", len(entries), len(schema.Names()))
	}
}

func TestSchemasAreTheSameEveryTime(t *testing.T) {
	root, err := schema.Root(".")
	if err != nil {
		t.Fatal(err)
	}
	first, err := schema.Generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		again, err := schema.Generate(root)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestSchemasNameNoHostAndDescribeThemselves(t *testing.T) {
	root, err := schema.Root(".")
	if err != nil {
		t.Fatal(err)
	}
	all, err := schema.Generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range all {
		text := string(b)
		if !strings.Contains(text, `"$id": "urn:mailprov:schema:`+name+`"`) {
			t.Errorf("%s has no urn as its id", name)
		}
		if !strings.Contains(text, `"description"`) || !strings.Contains(text, `"title"`) {
			t.Errorf("%s describes nothing", name)
		}
		if strings.Contains(text, root) {
			t.Errorf("%s names a folder of this machine", name)
		}
	}
}
