package lang

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
)

// testProducts are inputs as the catalogue has them.
func testProducts() map[string][]resource.Attr {
	required := func(name string) resource.Attr {
		return resource.Attr{Name: name, Type: cty.String, Required: true}
	}
	return map[string][]resource.Attr{
		"palettetree":     {required("mailbox")},
		"proself":         {required("mailbox"), required("server")},
		"rakuraku_hanbai": {required("mailbox"), {Name: "redirect_uri", Type: cty.String}},
		"mailgates":       {required("redirect_uri_1"), {Name: "redirect_uri_2", Type: cty.Map(cty.String), Required: true}, {Name: "access_url", Type: cty.String}},
		"magic_xpi":       {required("mailbox"), {Name: "resources", Type: cty.List(cty.String), Required: true}, {Name: "domain", Type: cty.String}},
	}
}

// testOptions are options over some files, with a directory for functions.
func testOptions(files ...Source) Options {
	products := testProducts()
	return Options{
		Files:    files,
		ReadFile: readFrom(files),
		Location: func(name string) (*time.Location, error) {
			if name != "Asia/Tokyo" && name != "UTC" {
				return nil, fmt.Errorf("unknown time zone %s", name)
			}
			return time.FixedZone(name, 9*3600), nil
		},
		Products: func(name string) ([]resource.Attr, bool) {
			in, ok := products[name]
			return in, ok
		},
		ProductNames: slices.Sorted(maps.Keys(products)),
		Sinks: map[string]resource.Schema{
			"sealed": {Attrs: []resource.Attr{{Name: "recipients", Type: cty.Map(cty.String), Required: true, Doc: "Who can open the secrets: name and public key."}}},
			"file":   {Attrs: []resource.Attr{{Name: "path", Type: cty.String, Required: true}, {Name: "durable", Type: cty.String}}},
		},
		Backends: map[string]resource.Schema{
			"local": {Attrs: []resource.Attr{{Name: "path", Type: cty.String, Default: cty.StringVal("mailprov.state.json")}}},
		},
		Version: "0.3.1",
	}
}

func readFrom(files []Source) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		for _, f := range files {
			if f.Name == path {
				return f.Bytes, nil
			}
		}
		return nil, fs.ErrNotExist
	}
}

func readDir(t *testing.T, dir string) []Source {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []Source
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Source{Name: e.Name(), Bytes: b})
	}
	return out
}

// run takes a configuration through all steps and gathers what is said.
func run(o Options, k Known) (*Config, *World, *Desired, diag.Diagnostics) {
	c, ds := Load(o)
	w, ds2 := c.Expand()
	d, ds3 := w.Evaluate(k)
	return c, w, d, append(append(ds, ds2...), ds3...)
}

const preamble = "mailprov {\n  name = \"test\"\n}\n"

// configured runs one file behind a mailprov block and fails on diagnostics.
func configured(t *testing.T, hcl string) (*World, *Desired) {
	t.Helper()
	c, w, d, ds := run(testOptions(Source{"main.mailprov.hcl", []byte(preamble + hcl)}), Nothing)
	if len(ds) > 0 {
		t.Fatalf("unexpected diagnostics:\n%s", rendered(c, ds))
	}
	return w, d
}

func rendered(c *Config, ds diag.Diagnostics) string {
	var b strings.Builder
	for _, d := range ds.Sorted() {
		b.WriteString(diag.Format(d, c.Sources, 0, "en"))
		b.WriteByte('\n')
	}
	return b.String()
}

func find(t *testing.T, list []*resource.Instance, address string) *resource.Instance {
	t.Helper()
	for _, i := range list {
		if i.Addr.String() == address {
			return i
		}
	}
	t.Fatalf("no %s among %d instances", address, len(list))
	return nil
}

func instance(t *testing.T, s string) addr.Instance {
	t.Helper()
	a, err := addr.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
