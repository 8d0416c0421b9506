package odata

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestPathsAndKeys(t *testing.T) {
	for in, want := range map[string][]Segment{
		"/applications":                             {{Name: "applications"}},
		"/applications/":                            {{Name: "applications"}},
		"/applications/1/owners/$ref":               {{Name: "applications"}, {Name: "1"}, {Name: "owners"}, {Name: "$ref"}},
		"/applications(appId='x')/addPassword":      {{Name: "applications", HasKey: true, Alias: "appId", Key: "x"}, {Name: "addPassword"}},
		"/applications(uniqueName='a%2Fb%27%27c')":  {{Name: "applications", HasKey: true, Alias: "uniqueName", Key: "a/b'c"}},
		"/applications%28uniqueName%3D%27a/b%27%29": {{Name: "applications", HasKey: true, Alias: "uniqueName", Key: "a/b"}},
		"/applications('x')":                        {{Name: "applications", HasKey: true, Key: "x"}},
		"/applications('a=b')":                      {{Name: "applications", HasKey: true, Key: "a=b"}},
		"/users/a@b":                                {{Name: "users"}, {Name: "a@b"}},
		"/applications/delta()":                     {{Name: "applications"}, {Name: "delta()"}},
	} {
		got, err := Path(in)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{"/a%zz", "/applications(appId='x)", "/applications('a'b')"} {
		if got, err := Path(in); err == nil {
			t.Errorf("%s: accepted as %+v", in, got)
		}
	}
}

func TestFiltersMatchAsTheDirectoryDoes(t *testing.T) {
	var doc map[string]any
	d := json.NewDecoder(strings.NewReader(`{"name":"Proself Mail","off":null,"on":true,"n":5,"at":"2026-11-21T03:00:00Z","tags":["a","b:c"],
		"web":{"uris":["https://x"]},"apis":[{"id":"1","more":[{"x":"y"}]},{"id":"2"}]}`))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]bool{
		"name eq 'proself mail'":                    true,
		"name ne 'proself mail'":                    false,
		"name eq 'x' or name eq 'PROSELF MAIL'":     true,
		"name eq 'x' or name eq 'y' and on eq true": false,
		"(name eq 'x' or on eq true) and n eq 5":    true,
		"not (name eq 'x')":                         true,
		"not name eq 'x' and on eq false":           false,
		"startswith(name,'pro')":                    true,
		"startsWith(name, 'x') eq true":             false,
		"endswith(name,'MAIL')":                     true,
		"contains(name,'self m')":                   true,
		"off eq null":                               true,
		"off ne null":                               false,
		"name ne null":                              true,
		"missing eq null":                           true,
		"missing eq 'x'":                            false,
		"missing ne 'x'":                            true,
		"n gt 4 and n lt 6 and n ge 5 and n le 5":   true,
		"n eq 5.0":                                  true,
		"at ge 2026-11-21T12:00:00+09:00":           true,
		"at lt 2026-11-21T03:00:00Z":                false,
		"tags/any(t:t eq 'A')":                      true,
		"tags/any(t: startsWith(t,'b:'))":           true,
		"tags/any(x:x eq 'z')":                      false,
		"tags/any()":                                true,
		"tags/all(t:t ne 'z')":                      true,
		"tags/all(t:t eq 'a')":                      false,
		"web/uris/any(u:u eq 'https://x')":          true,
		"apis/any(r:r/id eq '2')":                   true,
		"apis/any(r:r/id eq '3')":                   false,
		"apis/any(r:r/more/any(m:m/x eq 'y'))":      true,
		"name in ('x','Proself Mail')":              true,
		"name in ('x')":                             false,
		"name eq 'it''s'":                           false,
	} {
		e, err := ParseFilter(in)
		if err != nil {
			t.Errorf("%s: %s", in, err)
			continue
		}
		if got := Match(e, doc); got != want {
			t.Errorf("%s: %v", in, got)
		}
	}
}

func TestBadFiltersAreRefused(t *testing.T) {
	for _, in := range []string{"", "name", "name eq", "name eq 'x", "eq 'x'", "name like 'x'", "name eq 'x' and", "(name eq 'x'", "name eq 'x')",
		"substringof('x',name)", "startswith(name)", "startswith(name,'x') eq false", "tags/any(t", "tags/any(t:)", "tags/any(t:t eq 'x'", "name in 'x'", "name in ('x'", "name in ()",
		"'x' eq name", "not", "name eq (", strings.Repeat("not ", 1000) + "a eq 'b'", strings.Repeat("(", 1000)} {
		if e, err := ParseFilter(in); err == nil {
			t.Errorf("%.40s: accepted as %#v", in, e)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("tags/any(t:t eq 'a') and startswith(name,'x')", "$select=id&$expand=owners($select=id;$top=3)", "/applications(appId='x')/owners")
	f.Fuzz(func(_ *testing.T, filter, query, path string) {
		if e, err := ParseFilter(filter); err == nil {
			Match(e, map[string]any{"tags": []any{"a"}, "name": "x"})
			Walk(e, func(Expr) {})
		}
		_, _ = ParseQuery(query)
		_, _ = Path(path)
	})
}
