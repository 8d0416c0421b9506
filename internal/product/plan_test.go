package product_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/product"
)

// What a plan shows of each product: needs, findings and the lines under the
// target.
func TestPlanTexts(t *testing.T) {
	catalog := product.Catalog()
	for _, s := range samples() {
		t.Run(s.product, func(t *testing.T) {
			p, _ := catalog.Product(s.product)
			var b bytes.Buffer
			n := p.Needs(s.attrs)
			fmt.Fprintf(&b, "audiences: %v\nredirect URIs (%s): %q complete=%t\nidentifier URI: %t\nowner: %q\nadmin consent: %t\n",
				n.Audiences, n.RedirectPlatform, n.RedirectURIs, n.RedirectsComplete, n.IdentifierURI, n.Owner, n.AdminConsent)
			if n.ImplicitAccessToken != nil {
				fmt.Fprintf(&b, "implicit: access=%t id=%t\n", *n.ImplicitAccessToken, *n.ImplicitIDToken)
			}
			fmt.Fprintf(&b, "secret: %+v\n", n.Secret)
			for _, pm := range n.Permissions {
				fmt.Fprintf(&b, "%s %s\n  required %q\n  listed   %q\n  sign-in  %q\n", product.APILabel(pm.API), pm.Kind, pm.Required, pm.Listed, pm.SignIn)
			}
			for _, f := range p.Check(s.app, s.attrs) {
				fmt.Fprintf(&b, "%s %s %s: %s\n%s", f.Level, f.Code, f.Summary, f.Detail, f.Block)
			}
			for _, lang := range product.Languages() {
				fmt.Fprintf(&b, "--- %s\n%s\n", lang, p.Summary(s.attrs, lang))
			}
			golden(t, "plan/"+s.product+".txt", b.Bytes())
		})
	}
}

func TestATargetWaitsForAnInputThatIsNull(t *testing.T) {
	p, _ := product.Catalog().Product("rakuraku_hanbai")
	attrs := object(map[string]cty.Value{
		"mailbox": str("hanbai@example.co.jp"), "contact": str("営業管理"), "redirect_uri": cty.NullVal(cty.String),
	})
	w := p.Waiting(attrs)
	if len(w) != 1 || w[0].Name != "redirect_uri" || w[0].From != "product" {
		t.Fatalf("waiting for %+v", w)
	}
	want := "「管理者設定(システム設定)> 送信メールサーバ設定」の『Authorized redirect URI』"
	if w[0].Where["ja"] != want {
		t.Errorf("found at %q, want %q", w[0].Where["ja"], want)
	}
	if n := p.Needs(attrs); len(n.RedirectURIs) != 0 || n.RedirectsComplete {
		t.Errorf("redirect URIs %q, complete %t", n.RedirectURIs, n.RedirectsComplete)
	}
	if diags := p.Validate(attrs, nil); len(diags) != 0 {
		t.Errorf("a waiting input is an error: %v", diags)
	}
	if _, diags := p.Settings(product.Facts{Attrs: attrs, Language: "ja"}); !diags.HasErrors() {
		t.Error("settings are made although the redirect URI is not known")
	}
	wantLine := "waits for redirect_uri, to be read by 営業管理 from 『Authorized redirect URI』 in 「管理者設定(システム設定)> 送信メールサーバ設定」"
	if got := p.Summary(attrs, "en"); got != wantLine {
		t.Errorf("summary %q", got)
	}
}
