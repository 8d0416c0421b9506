package product_test

import (
	"bytes"
	"testing"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/sheet/text"
)

// Every product's sheet, first and at a rotation, in both languages.
func TestSheets(t *testing.T) {
	catalog := product.Catalog()
	for _, s := range samples() {
		for _, occasion := range []string{product.First, product.Rotation} {
			for _, lang := range product.Languages() {
				name := s.product + "-" + occasion + "-" + lang + ".txt"
				t.Run(name, func(t *testing.T) {
					p, ok := catalog.Product(s.product)
					if !ok {
						t.Fatal("not in the catalogue")
					}
					doc, diags := p.Settings(s.facts(lang, occasion))
					if diags.HasErrors() {
						t.Fatal(diags)
					}
					var b bytes.Buffer
					if err := text.Render(&b, doc); err != nil {
						t.Fatal(err)
					}
					golden(t, "sheet/"+name, b.Bytes())
				})
			}
		}
	}
}
