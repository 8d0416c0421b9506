package sheet_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/joho/godotenv"
	"go.yaml.in/yaml/v4"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/sheet"
	"github.com/mailprov/mailprov/internal/render/sheet/layout"
	"github.com/mailprov/mailprov/internal/render/sheet/sheettest"
	"github.com/mailprov/mailprov/internal/render/width"
)

func TestEveryFormatKeepsTheCommonDuties(t *testing.T) {
	for _, f := range sheet.Formats() {
		sheettest.Run(t, f)
	}
}

func TestFormatsAreFoundByName(t *testing.T) {
	want := []string{"text", "json", "yaml", "env", "markdown", "html", "csv", "powershell"}
	if diff := cmp.Diff(want, sheet.Names()); diff != "" {
		t.Error(diff)
	}
	for _, name := range want {
		if f, ok := sheet.ByName(name); !ok || f.Name != name || !strings.HasPrefix(f.Extension, ".") {
			t.Errorf("%s is not found as itself: %+v", name, f)
		}
	}
	if _, ok := sheet.ByName("pdf"); ok {
		t.Error("a format that does not exist is found")
	}
}

// render renders every document in one format.
func render(t *testing.T, format string, check func(t *testing.T, doc product.Settings, out []byte)) {
	t.Helper()
	f, ok := sheet.ByName(format)
	if !ok {
		t.Fatalf("no format %s", format)
	}
	for name, doc := range sheettest.Documents() {
		t.Run(name, func(t *testing.T) { check(t, doc, sheettest.Bytes(t, f, doc)) })
	}
}

func TestJSONReadsBackAsTheDocument(t *testing.T) {
	render(t, "json", func(t *testing.T, doc product.Settings, out []byte) {
		var back product.Settings
		d := json.NewDecoder(bytes.NewReader(out))
		d.DisallowUnknownFields()
		if err := d.Decode(&back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(doc, back); diff != "" {
			t.Error(diff)
		}
	})
}

func TestYAMLSaysTheSameAsJSON(t *testing.T) {
	f, _ := sheet.ByName("json")
	render(t, "yaml", func(t *testing.T, doc product.Settings, out []byte) {
		var fromYAML, fromJSON any
		if err := yaml.Unmarshal(out, &fromYAML); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(sheettest.Bytes(t, f, doc), &fromJSON); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fromJSON, numbers(fromYAML)); diff != "" {
			t.Error(diff)
		}
	})
}

// numbers makes JSON's kind of number out of YAML's.
func numbers(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
	}
	return v
}

func TestYAMLQuotesWhatWouldReadAsSomethingElse(t *testing.T) {
	f, _ := sheet.ByName("yaml")
	for _, s := range []string{"true", "no", "null", "~", "123", "1e3", "2028-11-19", "", " a", "a: b", "# c", "- d", "*e", "&f", "!g", "%h", "@i", "`j", "'k", "\"l", "y", "0x1f", "12:30:45", ".inf", "<<"} {
		var back product.Settings
		if err := yamlInto(sheettest.Bytes(t, f, product.Settings{Title: s}), &back); err != nil || back.Title != s {
			t.Errorf("%q reads back as %q (%v)", s, back.Title, err)
		}
	}
}

func yamlInto(b []byte, out *product.Settings) error {
	var v any
	if err := yaml.Unmarshal(b, &v); err != nil {
		return err
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, out)
}

func TestDotenvReadsBack(t *testing.T) {
	render(t, "env", func(t *testing.T, doc product.Settings, out []byte) {
		got, err := godotenv.UnmarshalBytes(out)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		want := map[string]string{}
		values := map[string]string{
			"PRODUCT": doc.Product, "TENANT_ID": doc.TenantID, "CLIENT_ID": doc.ClientID, "AUTHORITY": doc.Authority,
			"CLIENT_SECRET_REF": doc.ClientSecret.Ref, "CLIENT_SECRET_HINT": doc.ClientSecret.Hint, "CLIENT_SECRET_EXPIRES_ON": doc.ClientSecret.ExpiresOn,
		}
		if doc.Partial {
			values["TENANT_ID"], values["CLIENT_ID"], values["AUTHORITY"] = "", "", "" // they stay as they are
			values["REENTER_BY"], values["IF_MISSED"], values["SIGN_IN_AS"], values["CONFIRM_COMMAND"] = doc.ReenterBy, doc.IfMissed, doc.SignInAs, doc.ConfirmCommand
		}
		for k, v := range values {
			want[k] = dotenvValue(v)
		}
		if doc.Inputs != nil {
			want["INPUT_MAILBOX"] = dotenvValue(doc.Inputs["mailbox"].(string))
		}
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%s reads back as %q, want %q", k, got[k], v)
			}
		}
		for k := range got {
			if strings.Trim(k, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
				t.Errorf("%q is no variable's name", k)
			}
		}
		if lines := bytes.Count(out, []byte("\n")); lines != len(got) {
			t.Errorf("%d lines for %d variables", lines, len(got))
		}
	})
}

// dotenvValue is what a dotenv file can hold of a value: no control character,
// and no backslash at the end.
func dotenvValue(s string) string {
	s = width.Clean(s)
	if head, ok := strings.CutSuffix(s, "\\"); ok {
		return head + `\u{5c}`
	}
	return s
}

func TestCSVHasRowsOfOneWidthAndNoFormula(t *testing.T) {
	render(t, "csv", func(t *testing.T, doc product.Settings, out []byte) {
		rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"screen", "number", "do", "reenter", "label", "value", "notes"}; !reflect.DeepEqual(rows[0], want) {
			t.Errorf("heading %q", rows[0])
		}
		items := 0
		for _, sec := range layout.New(doc).Sections {
			items += len(sec.Rows)
		}
		if len(rows) != items+1 {
			t.Errorf("%d rows for %d items", len(rows)-1, items)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
					t.Errorf("%q is a formula", cell)
				}
			}
		}
		if n := bytes.Count(out, []byte("\n")); n != bytes.Count(out, []byte("\r\n")) {
			t.Error("a line does not end with CR LF")
		}
	})
	f, _ := sheet.ByName("csv")
	for _, formula := range []string{"=1", "+1", "-1", "@a", "＝1", "＋1", "－1", "＠a", " =1", "\u3000=1"} {
		doc := product.Settings{Screens: []product.Screen{{Items: []product.Item{{Label: formula}}}}}
		rows, err := csv.NewReader(bytes.NewReader(sheettest.Bytes(t, f, doc))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if rows[1][4] != "'"+formula {
			t.Errorf("%q stands as %q", formula, rows[1][4])
		}
	}
}

func TestAScriptIsReferredToAndNotPrinted(t *testing.T) {
	step := product.SettingsStep{When: "before", Who: "Exchange administrator", Text: "limit it", Script: []string{"if ($x) {", "}"}}
	doc := product.Settings{Language: "en", Target: "mail_target.a", Steps: []product.SettingsStep{step}}
	if got := layout.New(doc).Before; len(got) != 1 || got[0].Command != "mailprov emit -format=powershell mail_target.a" {
		t.Errorf("without a file: %+v", got)
	}
	doc.Steps[0].File = "out/a.ps1"
	if got := layout.New(doc).Before; len(got) != 1 || got[0].Command != "" || got[0].File != "out/a.ps1" {
		t.Errorf("with a file: %+v", got)
	}
	doc.Partial = true
	if got := layout.New(doc).Before; len(got) != 0 {
		t.Errorf("whoever enters the secret again is told to have it limited: %+v", got)
	}
}
