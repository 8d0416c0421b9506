package product_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/product"
)

func TestScaffoldsAreWholeAndFormatted(t *testing.T) {
	catalog := product.Catalog()
	for _, name := range catalog.Names() {
		p, _ := catalog.Product(name)
		for _, lang := range product.Languages() {
			t.Run(name+" "+lang, func(t *testing.T) {
				var all bytes.Buffer
				for _, f := range p.Scaffold(product.ScaffoldOptions{Language: lang, Contact: "情シス", Config: "example-mail", TenantID: "example.co.jp", Auth: "browser"}) {
					if _, diags := hclsyntax.ParseConfig(f.Content, f.Name, hcl.InitialPos); diags.HasErrors() {
						t.Errorf("%s: %v\n%s", f.Name, diags, f.Content)
					}
					if formatted := hclwrite.Format(f.Content); !bytes.Equal(formatted, f.Content) {
						t.Errorf("%s is not formatted", f.Name)
					}
					fmt.Fprintf(&all, "# ---- %s\n%s", f.Name, f.Content)
				}
				golden(t, "scaffold/"+name+"-"+lang+".hcl", all.Bytes())
				golden(t, "describe/"+name+"-"+lang+".txt", []byte(p.Describe(lang).Text()))
			})
		}
	}
}

func TestAScaffoldHoldsTheInputsThatAreKnown(t *testing.T) {
	p, _ := product.Catalog().Product("palettetree")
	files := p.Scaffold(product.ScaffoldOptions{
		Inputs:     map[string]cty.Value{"mailbox": cty.StringVal("a${b}\"@example.co.jp")},
		Recipients: map[string]string{"safe": "age1b", "admin": "age1a"},
	})
	values := string(files[2].Content)
	for _, want := range []string{`palettetree_mailbox = "a$${b}\"@example.co.jp"`, "recipients = {\n  \"admin\" = \"age1a\"\n  \"safe\"  = \"age1b\"\n}"} {
		if !strings.Contains(values, want) {
			t.Errorf("%s is not in\n%s", want, values)
		}
	}
}
