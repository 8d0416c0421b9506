package lang

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

func testFunctions() *hcl.EvalContext {
	read := readFrom([]Source{
		{"text.txt", []byte("テキスト\n")}, {"raw.bin", []byte{0xff, 0xfe}},
		{"hello.tpl", []byte("Hello ${name}%{ for x in list }, ${x}%{ endfor }")},
	})
	return &hcl.EvalContext{Functions: functions(read)}
}

func evaluated(t *testing.T, src string) (cty.Value, hcl.Diagnostics) {
	t.Helper()
	expr, hd := hclsyntax.ParseExpression([]byte(src), "x", hcl.InitialPos)
	if hd.HasErrors() {
		t.Fatalf("%s: %v", src, hd)
	}
	return expr.Value(testFunctions())
}

func TestFunctionsGiveWhatTerraformsGive(t *testing.T) {
	for src, want := range map[string]string{
		`abs(-1) + ceil(1.2) + floor(1.8) + signum(-3)`:                                `3`,
		`[max(1, 3), min(1, 3), pow(2, 10), log(8, 2), parseint("ff", 16)]`:            `[3,1,1024,3,255]`,
		`[startswith("ab", "a"), endswith("ab", "a"), strcontains("abc", "b")]`:        `[true,false,true]`,
		`replace("a.b.c", ".", "-")`:                                                   `"a-b-c"`,
		`replace("a1b22", "/[0-9]+/", "#")`:                                            `"a#b#"`,
		`format("%s-%03d", "x", 7)`:                                                    `"x-007"`,
		`formatlist("%s!", ["a", "b"])`:                                                `["a!","b!"]`,
		`join(",", split("-", "a-b"))`:                                                 `"a,b"`,
		`regex("(\\d+)-(\\d+)", "x 12-34")`:                                            `["12","34"]`,
		`substr("日本語", 1, 1)`:                                                          `"本"`,
		`title(lower("AB cd"))`:                                                        `"Ab Cd"`,
		`[length("日本"), length([1, 2]), length({ a = 1 }), length(toset(["a", "a"]))]`: `[2,2,1,1]`,
		`[alltrue([true, false]), anytrue([true, false]), alltrue([]), anytrue([])]`:   `[false,true,true,false]`,
		`compact(["a", "", null])`:                                                     `["a"]`,
		`[coalesce(null, "b"), element(["a", "b"], 3), index(["a", "b"], "b")]`:        `["b","b",1]`,
		`flatten([["a"], ["b", ["c"]]])`:                                               `["a","b","c"]`,
		`lookup({ a = 1 }, "b", 2)`:                                                    `2`,
		`matchkeys(["i", "j"], ["a", "b"], ["b"])`:                                     `["j"]`,
		`merge({ a = 1 }, { b = 2 })`:                                                  `{"a":1,"b":2}`,
		`[one(["a"]), one(toset([]))]`:                                                 `["a",null]`,
		`setproduct(["a"], ["b", "c"])`:                                                `[["a","b"],["a","c"]]`,
		`[for s in setsubtract(["a", "b"], ["a"]) : s]`:                                `["b"]`,
		`sum([1, 2.5])`: `3.5`,
		`transpose({ a = ["x", "y"], b = ["y"] })`:                        `{"x":["a"],"y":["a","b"]}`,
		`zipmap(["a"], [1])`:                                              `{"a":1}`,
		`jsondecode(jsonencode({ a = [1, null] }))`:                       `{"a":[1,null]}`,
		`yamldecode("a: [1, x]")`:                                         `{"a":[1,"x"]}`,
		`yamlencode({ a = 1 })`:                                           `"\"a\": 1\n"`,
		`csvdecode("a,b\n1,2")`:                                           `[{"a":"1","b":"2"}]`,
		`base64decode(base64encode("日本"))`:                                `"日本"`,
		`textdecodebase64(textencodebase64("é", "UTF-16LE"), "UTF-16LE")`: `"é"`,
		`urlencode("a b&c")`:                                              `"a+b%26c"`,
		`md5("")`:                                                         `"d41d8cd98f00b204e9800998ecf8427e"`,
		`sha1("")`:                                                        `"da39a3ee5e6b4b0d3255bfef95601890afd80709"`,
		`sha256("")`:                                                      `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`,
		`base64sha256("")`:                                                `"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="`,
		`uuidv5("dns", "www.terraform.io")`:                               `"a5008fae-b28c-5ba5-96cd-82b4c53552d6"`,
		`timeadd("2027-01-31T00:00:00Z", "24h")`:                          `"2027-02-01T00:00:00Z"`,
		`formatdate("YYYY-MM-DD", "2027-01-31T00:00:00Z")`:                `"2027-01-31"`,
		`[basename("a/b.c"), dirname("a/b.c")]`:                           `["b.c","a"]`,
		`[try(jsondecode("{"), "d"), can(jsondecode("{"))]`:               `["d",false]`,
		`[tostring(1), tonumber("2"), tobool("true")]`:                    `["1",2,true]`,
		`tolist(toset(["b", "a"]))`:                                       `["a","b"]`,
		`tomap({ a = 1, b = "x" })`:                                       `{"a":"1","b":"x"}`,
		`[issensitive(sensitive("a")), issensitive("a"), issensitive(nonsensitive(sensitive("a")))]`: `[true,false,false]`,
		`nonsensitive(sensitive("a"))`:                                 `"a"`,
		`chomp(file("text.txt"))`:                                      `"テキスト"`,
		`filebase64("raw.bin")`:                                        `"//4="`,
		`[fileexists("text.txt"), fileexists("none.txt")]`:             `[true,false]`,
		`templatefile("hello.tpl", { name = "A", list = ["b", "c"] })`: `"Hello A, b, c"`,
	} {
		v, hd := evaluated(t, src)
		if hd.HasErrors() {
			t.Errorf("%s: %v", src, hd)
			continue
		}
		got, err := ctyjson.Marshal(v, v.Type())
		if err != nil || string(got) != want {
			t.Errorf("%s is %s, %v; want %s", src, got, err, want)
		}
	}
}

func TestFunctionsRefuseWhatTheyCannotDo(t *testing.T) {
	for src, part := range map[string]string{
		`file("none.txt")`:                          "there is no file none.txt",
		`file("raw.bin")`:                           "filebase64 reads any file",
		`templatefile("hello.tpl", { name = "A" })`: "list at hello.tpl:1,26-30 is given no value",
		`templatefile("hello.tpl", "x")`:            "an object with the values",
		`base64decode("%")`:                         "not base64",
		`base64decode("//4=")`:                      "not text",
		`one(["a", "b"])`:                           "one element or none",
		`sum([])`:                                   "at least one number",
		`index(["a"], "b")`:                         "does not hold",
		`toset("a")`:                                "cannot be made a set",
		`format("%999999d", 1)`:                     "more than four digits",
		`jsondecode("` + strings.Repeat("[", 2000) + `")`: "nested too deeply",
		`uuidv5("x", "y")`:                 "neither a UUID",
		`textencodebase64("a", "klingon")`: "no encoding known",
	} {
		_, hd := evaluated(t, src)
		if !hd.HasErrors() || !strings.Contains(hd.Error(), part) {
			t.Errorf("%.60s: %v", src, hd)
		}
	}
}

func TestNoFunctionDependsOnTimeOrChance(t *testing.T) {
	names := slices.Collect(maps.Keys(testFunctions().Functions))
	for _, left := range []string{"timestamp", "plantimestamp", "uuid", "bcrypt", "rsadecrypt"} {
		if slices.Contains(names, left) {
			t.Errorf("there is %s", left)
		}
	}
}

// TestNoFunctionPanics calls every function with every few of some awkward
// values.
func TestNoFunctionPanics(t *testing.T) {
	values := []cty.Value{
		cty.NullVal(cty.String), cty.DynamicVal, cty.UnknownVal(cty.String), cty.StringVal("x").Mark(sensitive), cty.StringVal(""),
		cty.EmptyTupleVal, cty.EmptyObjectVal, cty.TupleVal([]cty.Value{cty.NullVal(cty.DynamicPseudoType), cty.DynamicVal}),
		cty.ListVal([]cty.Value{cty.UnknownVal(cty.String)}), cty.SetVal([]cty.Value{cty.NumberIntVal(-1)}), cty.PositiveInfinity,
		cty.MapVal(map[string]cty.Value{"k": cty.ListVal([]cty.Value{cty.NullVal(cty.String)})}), cty.NumberFloatVal(1e300),
	}
	for name, f := range functions(readFrom(nil)) {
		if name == "try" || name == "can" {
			continue // they take expressions
		}
		for _, a := range values {
			for _, b := range values {
				for n := range 4 {
					_, _ = f.Call([]cty.Value{a, b, a}[:min(n, 3)])
				}
			}
		}
	}
}
