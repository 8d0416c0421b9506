package workflow

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// TestAWitnessLetsASinkBeWhatElseItIs reads the contract: whatever a sink may
// also be, somebody asks a sink for by its type, and gets no answer where the
// witness stands before it and does not pass it on.
func TestAWitnessLetsASinkBeWhatElseItIs(t *testing.T) {
	contract, err := parser.ParseFile(token.NewFileSet(), "../sink/optional.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	around, err := os.ReadFile("around.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(contract, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if _, ok := spec.Type.(*ast.InterfaceType); ok {
			found++
			if !strings.Contains(string(around), "sink."+spec.Name.Name+")") {
				t.Errorf("around.go does not pass sink.%s on", spec.Name)
			}
		}
		return true
	})
	if found < 5 {
		t.Errorf("the contract has only %d optional parts, so this proves little", found)
	}
}
