package lang

import (
	"testing"

	"github.com/zclconf/go-cty/cty"
)

// TestTheLaterSourceOfAVariableWins gives a variable by one source after the
// other, each of which must win over all before it.
func TestTheLaterSourceOfAVariableWins(t *testing.T) {
	o := testOptions(Source{"main.mailprov.hcl", []byte(preamble + `
variable "v" {
  type    = string
  default = "default"
}
`)})
	steps := []struct {
		name string
		add  func()
	}{
		{"default", func() {}},
		{"environment", func() { o.Environ = []string{"OTHER=1", "MAILPROV_VAR_v=environment", "MAILPROV_VAR_undeclared=x"} }},
		{"mpvars", func() {
			o.Files = append(o.Files, Source{"mailprov.mpvars.hcl", []byte(`v = "mpvars"`)})
		}},
		{"mpvars json", func() {
			o.Files = append(o.Files, Source{"mailprov.mpvars.json", []byte(`{"v": "mpvars json"}`)})
		}},
		{"auto a", func() { o.Files = append(o.Files, Source{"a.auto.mpvars.hcl", []byte(`v = "auto a"`)}) }},
		{"auto b", func() {
			o.Files = append([]Source{{"b.auto.mpvars.json", []byte(`{"v": "auto b"}`)}}, o.Files...)
		}},
		{"flag file", func() {
			o.Flags = append(o.Flags, VarFlag{File: &Source{"prod.hcl", []byte(`v = "flag file"`)}})
		}},
		{"flag", func() { o.Flags = append(o.Flags, VarFlag{Var: "v=flag"}) }},
		{"flag file again", func() {
			o.Flags = append(o.Flags, VarFlag{File: &Source{"late.json", []byte(`{"v": "flag file again"}`)}})
		}},
	}
	for _, s := range steps {
		s.add()
		c, _, _, ds := run(o, Nothing)
		if len(ds) > 0 {
			t.Fatalf("%s: %s", s.name, rendered(c, ds))
		}
		if got := c.variables["v"].value; !got.RawEquals(cty.StringVal(s.name)) {
			t.Errorf("with %s the value is %#v", s.name, got)
		}
	}
}

func TestTextsOfTheCommandLineAreReadByTheVariablesType(t *testing.T) {
	for _, x := range []struct {
		declared, text string
		want           cty.Value
	}{
		{"type = string", "[1]", cty.StringVal("[1]")},
		{"type = string", "", cty.StringVal("")},
		{"type = number", "7", cty.NumberIntVal(7)},
		{"type = bool", "true", cty.True},
		{"", "a=b", cty.StringVal("a=b")},
		{"type = any", "{ a = 1 }", cty.ObjectVal(map[string]cty.Value{"a": cty.NumberIntVal(1)})},
		{"type = set(string)", `["b", "a", "b"]`, cty.SetVal([]cty.Value{cty.StringVal("a"), cty.StringVal("b")})},
		{"type = object({ a = string, b = optional(number, 3) })", `{ a = "x" }`, cty.ObjectVal(map[string]cty.Value{"a": cty.StringVal("x"), "b": cty.NumberIntVal(3)})},
		{"nullable = false\n default = \"d\"\n type = list(string)", "null", cty.NullVal(cty.String)},
	} {
		o := testOptions(Source{"main.mailprov.hcl", []byte(preamble + "variable \"v\" {\n" + x.declared + "\n}\n")})
		o.Flags = []VarFlag{{Var: "v=" + x.text}}
		c, ds := Load(o)
		if x.want.IsNull() {
			if !ds.HasErrors() {
				t.Errorf("%q is accepted by %s", x.text, x.declared)
			}
			continue
		}
		if len(ds) > 0 || !c.variables["v"].value.RawEquals(x.want) {
			t.Errorf("%q for %q is %#v, %v", x.text, x.declared, c.variables["v"].value, ds)
		}
	}
}

func TestMissingVariablesCanBeAskedFor(t *testing.T) {
	o := testOptions(Source{"main.mailprov.hcl", []byte(preamble + `
variable "token" {
  type        = string
  description = "From the portal."
  sensitive   = true
}
`)})
	c, ds := Load(o)
	if got := c.MissingVariables(); len(got) != 1 || got[0] != (MissingVariable{"token", "From the portal.", "string", true}) || !ds.HasErrors() {
		t.Fatalf("missing %+v, %v", got, ds)
	}
	o.Flags = []VarFlag{{Var: "token=x"}}
	if c, ds := Load(o); len(ds) > 0 || len(c.MissingVariables()) > 0 {
		t.Errorf("still missing: %v", ds)
	}
}
