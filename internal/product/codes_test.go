package product_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/product"
)

func TestEveryCodeIsListedOnceWithASummary(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && strings.HasPrefix(s, "MP") {
				declared[s] = true
			}
		}
		return true
	})
	for _, e := range product.Codes() {
		if !declared[e.Code] || e.Summary == "" {
			t.Errorf("%+v is listed twice, not declared or without a summary", e)
		}
		delete(declared, e.Code)
	}
	for code := range declared {
		t.Errorf("%s is not listed", code)
	}
}
