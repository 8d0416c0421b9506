package product_test

import (
	"slices"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/product"
)

func TestHowAProductSendsByTheCatalogue(t *testing.T) {
	want := map[string]string{"palettetree": "", "proself": "xoauth2", "rakuraku_hanbai": "xoauth2", "mailgates": "", "magic_xpi": "xoauth2"}
	for _, s := range samples() {
		p, _ := product.Catalog().Product(s.product)
		if got := p.SMTPAuth(s.attrs); got != want[s.product] {
			t.Errorf("%s signs in to SMTP by %q", s.product, got)
		}
	}
	p, _ := product.Catalog().Product("magic_xpi")
	if got := p.SMTPAuth(with(samples()[4].attrs, "resources", list("email_receive"))); got != "" {
		t.Errorf("a product that only receives signs in to SMTP by %q", got)
	}
}

func TestTheHostsOfATarget(t *testing.T) {
	want := map[string][]string{
		"palettetree": nil, "proself": {"files.example.co.jp"}, "rakuraku_hanbai": {"hanbai.example.jp"},
		"mailgates": {"xxx-mgf.cybermail.jp"}, "magic_xpi": {"localhost"},
	}
	for _, s := range samples() {
		p, _ := product.Catalog().Product(s.product)
		if got, known := p.Hosts(s.attrs); !slices.Equal(got, want[s.product]) || !known {
			t.Errorf("%s: %v, known %t", s.product, got, known)
		}
	}
	p, _ := product.Catalog().Product("rakuraku_hanbai")
	for name, v := range map[string]cty.Value{"waited for": cty.NullVal(cty.String), "unknown": cty.UnknownVal(cty.String)} {
		if got, known := p.Hosts(with(samples()[2].attrs, "redirect_uri", v)); known {
			t.Errorf("a redirect URI that is %s: %v are all", name, got)
		}
	}
	p, _ = product.Catalog().Product("proself")
	if got, _ := p.Hosts(with(samples()[1].attrs, "server", str("FILES.example.co.jp"))); !slices.Equal(got, []string{"files.example.co.jp"}) {
		t.Errorf("%v", got)
	}
}
