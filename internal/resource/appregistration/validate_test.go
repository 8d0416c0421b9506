package appregistration

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
)

func codes(attrs cty.Value) []string {
	var out []string
	for _, d := range Validate(&resource.Instance{Addr: addr.Instance{Type: Name, Name: "x"}, Attrs: attrs}) {
		out = append(out, d.Code)
	}
	return out
}

func redirect(platform string, uris ...string) cty.Value {
	return with(object(map[string]cty.Value{"display_name": cty.StringVal("x")}), platform, "redirect_uris", resource.StringSet(uris))
}

// with sets an attribute of a block.
func with(v cty.Value, block, name string, to cty.Value) cty.Value {
	vals := v.AsValueMap()
	inner := vals[block].AsValueMap()
	inner[name] = to
	vals[block] = cty.ObjectVal(inner)
	return cty.ObjectVal(vals)
}

func TestWhatEntraWouldRefuseIsRefused(t *testing.T) {
	text := func(name, value string) cty.Value {
		return object(map[string]cty.Value{"display_name": cty.StringVal("x"), name: cty.StringVal(value)})
	}
	many := make([]string, 257)
	for i := range many {
		many[i] = fmt.Sprintf("https://a.example.co.jp/%d", i)
	}
	personal := func(uris []string) cty.Value {
		vals := redirect("web", uris...).AsValueMap()
		vals["sign_in_audience"] = cty.StringVal("AzureADandPersonalMicrosoftAccount")
		return cty.ObjectVal(vals)
	}
	block := func(api string, delegated ...string) cty.Value {
		return object(map[string]cty.Value{"display_name": cty.StringVal("x"), "api_permissions": cty.MapVal(map[string]cty.Value{
			api: cty.ObjectVal(map[string]cty.Value{"delegated": resource.StringSet(delegated), "application": noTexts}),
		})})
	}
	for _, c := range []struct {
		name  string
		attrs cty.Value
		want  []string
	}{
		{"a plain application", text("notes", "n"), nil},
		{"no name", text("display_name", ""), []string{"MP654"}},
		{"90 characters of any script", text("display_name", strings.Repeat("社", 90)), nil},
		{"91 are too many", text("display_name", strings.Repeat("社", 91)), []string{"MP654"}},
		{"notes of 1025 characters", text("notes", strings.Repeat("n", 1025)), []string{"MP654"}},
		{"an audience that does not exist", text("sign_in_audience", "AzureADMyorg"), []string{"MP653"}},
		{"a web redirect URI", redirect("web", "https://a.example.co.jp/cb"), nil},
		{"a local one without encryption", redirect("web", "http://localhost:8080/cb", "http://127.0.0.1/cb"), nil},
		{"a remote one without encryption", redirect("web", "http://a.example.co.jp/cb"), []string{"MP655"}},
		{"one with a fragment", redirect("web", "https://a.example.co.jp/#x"), []string{"MP655"}},
		{"one with a blank", redirect("web", "https://a.example.co.jp/a b"), []string{"MP655"}},
		{"one without a host", redirect("web", "https:///cb"), []string{"MP655"}},
		{"one that is no URI", redirect("web", "a.example.co.jp/cb"), []string{"MP655"}},
		{"one of 257 characters", redirect("web", "https://a.example.co.jp/"+strings.Repeat("x", 240)), []string{"MP655"}},
		{"a scheme of a native application", redirect("public_client", "msal1234://auth"), nil},
		{"the same outside of one", redirect("web", "msal1234://auth"), []string{"MP655"}},
		{"the same URI on two platforms", with(redirect("web", "https://a.example.co.jp/cb"), "single_page_application", "redirect_uris", resource.StringSet([]string{"https://a.example.co.jp/cb"})), []string{"MP656"}},
		{"256 redirect URIs", redirect("web", many[:256]...), nil},
		{"257 are too many", redirect("web", many...), []string{"MP651"}},
		{"101 with personal accounts too", personal(many[:101]), []string{"MP651"}},
		{"an application ID URI", object(map[string]cty.Value{"display_name": cty.StringVal("x"), "identifier_uris": resource.StringSet([]string{"api://x", "https://example.co.jp/x"})}), nil},
		{"one that is no URI", object(map[string]cty.Value{"display_name": cty.StringVal("x"), "identifier_uris": resource.StringSet([]string{"x"})}), []string{"MP652"}},
		{"an API by name", block("microsoft_graph", "Mail.Send"), nil},
		{"an API by an id without a name", block("11111111-0000-4000-8000-000000000001", "x"), nil},
		{"an API by the id of a named one", block("00000003-0000-0000-c000-000000000000", "Mail.Send"), []string{"MP658"}},
		{"an unknown API", block("microsoft_grahp", "Mail.Send"), []string{"MP657"}},
		{"no permission", block("microsoft_graph"), []string{"MP659"}},
	} {
		if got := codes(c.attrs); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestWhatIsUnknownIsNotJudged(t *testing.T) {
	unknown := map[string]cty.Value{}
	for name, ty := range Schema().Type().AttributeTypes() {
		unknown[name] = cty.UnknownVal(ty)
	}
	if got := codes(cty.ObjectVal(unknown)); len(got) != 0 {
		t.Errorf("%v", got)
	}
	null := map[string]cty.Value{}
	for name, ty := range Schema().Type().AttributeTypes() {
		null[name] = cty.NullVal(ty)
	}
	if got := codes(cty.ObjectVal(null)); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
