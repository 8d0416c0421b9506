package lang

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/diag"
)

func TestFormatLaysOutWithoutChangingTheMeaning(t *testing.T) {
	for _, x := range []struct{ name, file, src, want string }{
		{"spaces and indentation", "a.mailprov.hcl", "mailprov{\nname=\"x\"\n    time_zone   = \"UTC\"\n}", "mailprov {\n  name      = \"x\"\n  time_zone = \"UTC\"\n}\n"},
		{"comments stay", "a.mailprov.hcl", "# a\nlocals {\n# b\nx=1 # c\n}\n\n\n", "# a\nlocals {\n  # b\n  x = 1 # c\n}\n"},
		{"Japanese stays", "a.mailprov.hcl", "locals {\n情=\"シス\"\n}\n", "locals {\n  情 = \"シス\"\n}\n"},
		{"nothing", "a.mailprov.hcl", "", ""},
		{"JSON", "a.mailprov.json", `{"mailprov":{"name":"x"}}`, "{\n  \"mailprov\": {\n    \"name\": \"x\"\n  }\n}\n"},
	} {
		got, ds := Format([]byte(x.src), x.file)
		if ds.HasErrors() || string(got) != x.want {
			t.Errorf("%s: %q, %v", x.name, got, ds)
		}
		if again, _ := Format(got, x.file); !bytes.Equal(again, got) {
			t.Errorf("%s: formatting again gives %q", x.name, again)
		}
	}
}

func TestFormatLeavesAloneWhatItCannotRead(t *testing.T) {
	for _, file := range []string{"a.mailprov.hcl", "a.mailprov.json"} {
		src := []byte("mailprov {")
		if got, ds := Format(src, file); !ds.HasErrors() || !bytes.Equal(got, src) {
			t.Errorf("%s: %q, %v", file, got, ds)
		}
	}
}

func TestTheWalkThroughConfigurationsAreFormatted(t *testing.T) {
	for _, s := range readDir(t, filepath.Join("testdata", "walkthrough")) {
		if got, ds := Format(s.Bytes, s.Name); ds.HasErrors() || kindOf(s.Name) == configFile && !bytes.Equal(got, s.Bytes) {
			t.Errorf("%s: %v\n%s", s.Name, ds, got)
		}
	}
}

// TestDeepNestingIsRefusedBeforeItIsParsed holds for every way to nest: a
// stack that overflows cannot be recovered from.
func TestDeepNestingIsRefusedBeforeItIsParsed(t *testing.T) {
	const n = 20_000
	for name, src := range map[string]string{
		"brackets":      "locals {\n x = " + strings.Repeat("[", n) + "\n}",
		"parentheses":   "locals {\n x = " + strings.Repeat("(", n) + "\n}",
		"closed":        "locals {\n x = " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) + "\n}",
		"objects":       "locals {\n x = " + strings.Repeat("{a=", n) + "\n}",
		"blocks":        strings.Repeat("a {\n", n),
		"not":           "locals {\n x = " + strings.Repeat("!", n) + "true\n}",
		"minus":         "locals {\n x = " + strings.Repeat("-", n) + "1\n}",
		"sums":          "locals {\n x = 1" + strings.Repeat("+1", n) + "\n}",
		"sums in lines": "locals {\n x = (1" + strings.Repeat("\n+1", n) + ")\n}",
		"conditions":    "locals {\n x = " + strings.Repeat("true ? 1 : ", n) + "1\n}",
		"templates":     "locals {\n x = " + strings.Repeat("\"${", n) + "\n}",
		"directives":    "locals {\n x = <<EOT\n" + strings.Repeat("%{ if true }\n", n) + "EOT\n}",
		"indices":       "locals {\n x = y" + strings.Repeat("[z]", n) + "\n}",
		"calls":         "locals {\n x = " + strings.Repeat("upper(", n) + "\n}",
		"for":           "locals {\n x = " + strings.Repeat("[for a in ", n) + "\n}",
		"splats":        "locals {\n x = y" + strings.Repeat("[*]", n) + "\n}",
		"dots":          "locals {\n x = y" + strings.Repeat(".*", n) + "\n}",
		"number":        "locals {\n x = 1e999999999\n}",
		"digits":        "locals {\n x = " + strings.Repeat("9", n) + "\n}",
	} {
		_, _, _, ds := run(testOptions(Source{"main.mailprov.hcl", []byte(src)}), Nothing)
		if !tooDeepSaid(ds) {
			t.Errorf("%s: said is %v", name, ds)
		}
	}
	for name, src := range map[string]string{
		"arrays":    `{"locals": {"x": ` + strings.Repeat("[", n),
		"objects":   strings.Repeat(`{"a":`, n),
		"templates": `{"locals": {"x": "` + strings.Repeat("${[", n) + `"}}`,
		"number":    `{"locals": {"x": 1e999999999}}`,
	} {
		_, _, _, ds := run(testOptions(Source{"main.mailprov.json", []byte(src)}), Nothing)
		if !tooDeepSaid(ds) {
			t.Errorf("JSON %s: said is %v", name, ds)
		}
	}
}

func tooDeepSaid(ds diag.Diagnostics) bool {
	return slices.ContainsFunc(ds, func(d diag.Diagnostic) bool { return d.Code == diag.TooDeep })
}

// TestAThousandAppsLoadInTime guards against work that grows with the square.
func TestAThousandAppsLoadInTime(t *testing.T) {
	src := preamble + `
sink "sealed" "team" {
  recipients = { admin = "age1" }
}
app_registration "a" {
  for_each        = toset([for i in range(1000) : format("app%04d", i)])
  display_name    = each.key
  identifier_uris = ["api://${self.client_id}"]
  api_permissions "microsoft_graph" {
    application = ["Mail.Send"]
  }
}
client_secret "s" {
  for_each   = app_keys
  app        = app_registration.a[each.key]
  deliver_to = [sink.team]
}
`
	src = strings.Replace(src, "app_keys", `toset([for i in range(1000) : format("app%04d", i)])`, 1)
	o := testOptions(Source{"main.mailprov.hcl", []byte(src)})
	start := time.Now()
	_, w, d, ds := run(o, Nothing)
	if len(ds) > 0 || len(d.Instances) != 2000 {
		t.Fatalf("%d instances, %v", len(d.Instances), ds)
	}
	for _, i := range d.Instances {
		if _, ds := w.EvaluateOne(i.Addr, Nothing); len(ds) > 0 {
			t.Fatal(ds)
		}
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}
