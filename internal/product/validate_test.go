package product_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/product"
)

func TestInputsAreHeldToTheirRules(t *testing.T) {
	empty := cty.ListValEmpty(cty.String)
	cases := map[string]struct {
		product, input string
		value          cty.Value
		code           string // empty: accepted
		says           string
	}{
		"an address":                         {"palettetree", "mailbox", str("noreply@example.co.jp"), "", ""},
		"an address with a plus":             {"palettetree", "mailbox", str("no+reply@mail.example.co.jp"), "", ""},
		"an address without a domain":        {"palettetree", "mailbox", str("noreply"), product.CodeInput, "mail address"},
		"an address with a name":             {"palettetree", "mailbox", str("IT <noreply@example.co.jp>"), product.CodeInput, "mail address"},
		"two addresses":                      {"palettetree", "mailbox", str("a@example.co.jp,b@example.co.jp"), product.CodeInput, "mail address"},
		"an address with a space at its end": {"palettetree", "mailbox", str("noreply@example.co.jp "), product.CodeInput, "mail address"},
		"an address with a line end":         {"palettetree", "mailbox", str("noreply@example.co.jp\n"), product.CodeInput, "control character"},
		"an address in full-width letters":   {"palettetree", "mailbox", str("ｎｏｒｅｐｌｙ@example.co.jp"), product.CodeInput, "mail address"},
		"an unknown address":                 {"palettetree", "mailbox", cty.UnknownVal(cty.String), "", ""},
		"a host":                             {"proself", "server", str("files.example.co.jp"), "", ""},
		"a host with a port":                 {"proself", "server", str("files.example.co.jp:8443"), "", ""},
		"a host with a scheme":               {"proself", "server", str("https://files.example.co.jp"), product.CodeInput, "scheme"},
		"a host with a path":                 {"proself", "server", str("files.example.co.jp/proself"), product.CodeInput, "path"},
		"a host with an underscore":          {"proself", "server", str("files_1.example.co.jp"), product.CodeInput, "host name"},
		"an empty host":                      {"proself", "server", str(""), product.CodeInput, "host name"},
		"a redirect URI":                     {"rakuraku_hanbai", "redirect_uri", str("https://h.example.jp/cb?x=1"), "", ""},
		"a redirect URI that waits":          {"rakuraku_hanbai", "redirect_uri", cty.NullVal(cty.String), "", ""},
		"a redirect URI with a space":        {"rakuraku_hanbai", "redirect_uri", str("https://h.example.jp/ cb"), product.CodeInput, "white space"},
		"a redirect URI without a scheme":    {"rakuraku_hanbai", "redirect_uri", str("h.example.jp/cb"), product.CodeInput, "https://"},
		"a redirect URI with a fragment":     {"rakuraku_hanbai", "redirect_uri", str("https://h.example.jp/#cb"), product.CodeInput, "fragment"},
		"a redirect URI that is too long":    {"rakuraku_hanbai", "redirect_uri", str("https://h.example.jp/" + strings.Repeat("a", 256)), product.CodeInput, "256"},
		"a map of URIs":                      {"mailgates", "redirect_uri_2", cty.MapVal(map[string]cty.Value{"example.com": str("https://m.example.jp/2")}), "", ""},
		"a map with a URI that is none":      {"mailgates", "redirect_uri_2", cty.MapVal(map[string]cty.Value{"example.com": str("m.example.jp")}), product.CodeInput, "https://"},
		"a map by URL in place of domain":    {"mailgates", "redirect_uri_2", cty.MapVal(map[string]cty.Value{"https://example.com": str("https://m.example.jp/2")}), product.CodeInput, "domain"},
		"resources":                          {"magic_xpi", "resources", list("email_send"), "", ""},
		"no resources":                       {"magic_xpi", "resources", empty, product.CodeInput, "empty"},
		"a resource that does not exist":     {"magic_xpi", "resources", list("email_sent"), product.CodeInput, `Did you mean "email_send"`},
		"a resource named twice":             {"magic_xpi", "resources", list("email_send", "email_send"), product.CodeInput, "twice"},
		"exchange without its domain":        {"magic_xpi", "resources", list("exchange"), product.CodeMissingInput, "domain"},
		"a domain with a scheme":             {"magic_xpi", "domain", str("https://example.com"), product.CodeInput, "domain"},
		"a reading":                          {"magic_xpi", "reading", cty.MapVal(map[string]cty.Value{"send_security": str("No")}), "", ""},
		"a reading that does not exist":      {"magic_xpi", "reading", cty.MapVal(map[string]cty.Value{"sent_security": str("No")}), product.CodeReading, `Did you mean "send_security"`},
		"an option that does not exist":      {"magic_xpi", "reading", cty.MapVal(map[string]cty.Value{"send_security": str("TSL")}), product.CodeReading, `Did you mean "TLS"`},
		"an override":                        {"palettetree", "override", cty.MapVal(map[string]cty.Value{"シークレット有効期限": str("2028/11/19")}), "", ""},
		"an override of no item":             {"palettetree", "override", cty.MapVal(map[string]cty.Value{"シークレット有効期間": str("x")}), product.CodeOverride, `Did you mean "シークレット有効期限"`},
		"an override of the secret":          {"palettetree", "override", cty.MapVal(map[string]cty.Value{"クライアントシークレット": str("x")}), product.CodeOverride, "can be given"},
		"an override of a button":            {"palettetree", "override", cty.MapVal(map[string]cty.Value{"新規登録": str("x")}), product.CodeOverride, "can be given"},
		"an override with an escape":         {"palettetree", "override", cty.MapVal(map[string]cty.Value{"プロバイダー": str("\x1b[2J")}), product.CodeUnsafeText, "control"},
	}
	catalog := product.Catalog()
	attrs := map[string]cty.Value{}
	for _, s := range samples() {
		attrs[s.product] = s.attrs
	}
	where := hcl.Range{Filename: "m.mailprov.hcl", Start: hcl.Pos{Line: 7, Column: 3}, End: hcl.Pos{Line: 7, Column: 9}}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p, _ := catalog.Product(c.product)
			diags := p.Validate(with(attrs[c.product], c.input, c.value), map[string]hcl.Range{c.input: where})
			if c.code == "" {
				if len(diags) > 0 {
					t.Fatal(diags)
				}
				return
			}
			if len(diags) != 1 || diags[0].Code != c.code || diags[0].Severity != diag.Error {
				t.Fatalf("%v", diags)
			}
			if !strings.Contains(diags[0].Detail+diags[0].Do, c.says) {
				t.Errorf("%q does not say %q", diags[0].Detail+" "+diags[0].Do, c.says)
			}
			if c.code != product.CodeMissingInput && diags[0].Subject == nil {
				t.Error("no place")
			}
		})
	}
}

func TestInputsBecomeAttributesOfTheTarget(t *testing.T) {
	want := map[string]string{
		"palettetree":     "mailbox:string!",
		"proself":         "mailbox:string! server:string!",
		"rakuraku_hanbai": "mailbox:string! redirect_uri:string",
		"mailgates":       "redirect_uri_1:string! redirect_uri_2:map of string! access_url:string",
		"magic_xpi":       "mailbox:string! resources:list of string! domain:string",
	}
	catalog := product.Catalog()
	for name, attrs := range want {
		p, _ := catalog.Product(name)
		var got []string
		for _, a := range p.Inputs() {
			s := a.Name + ":" + a.Type.FriendlyName()
			if a.Required {
				s += "!"
			}
			if a.Doc == "" {
				t.Errorf("%s.%s says nothing of itself", name, a.Name)
			}
			got = append(got, s)
		}
		if strings.Join(got, " ") != attrs {
			t.Errorf("%s has %v, want %s", name, got, attrs)
		}
	}
}
