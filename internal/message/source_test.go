package message_test

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"testing"

	"golang.org/x/tools/go/packages"
)

const module = "github.com/mailprov/mailprov"

// said is what the sources of the program say.
type said struct {
	fset    *token.FileSet
	formats map[string]token.Pos // every constant that is a format, where it stands first
	strings map[string]bool      // every constant of any kind
	made    []token.Pos          // formats made at run time
	calls   []call
}

// call is a constant format with what stands in its verbs.
type call struct {
	pos    token.Pos
	format string
	args   []types.Type
}

// readSources looks at the whole program, tests aside.
func readSources(t *testing.T) *said {
	t.Helper()
	s := &said{fset: token.NewFileSet(), formats: map[string]token.Pos{}, strings: map[string]bool{}}
	pkgs, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo,
		Dir:  "../..", Fset: s.fset,
	}, "./...")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pkgs {
		for _, e := range p.Errors {
			t.Fatalf("%s: %s", p.PkgPath, e)
		}
		for _, f := range p.Syntax {
			s.read(p.TypesInfo, f, p.PkgPath == module+"/internal/message")
		}
	}
	return s
}

func (s *said) read(info *types.Info, f *ast.File, own bool) {
	exempt := map[ast.Expr]bool{} // the singular of a count, which Japanese has not
	ast.Inspect(f, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		tv := info.Types[e]
		if tv.Value != nil && tv.Value.Kind() == constant.String {
			text := constant.StringVal(tv.Value)
			s.strings[text] = true
			if _, known := s.formats[text]; !known && !own && !exempt[e] && isFormat(tv.Type) {
				s.formats[text] = e.Pos()
			}
			return false
		}
		c, ok := n.(*ast.CallExpr)
		if !ok || own {
			return true
		}
		if fun := info.Types[c.Fun]; fun.IsType() && isFormat(fun.Type) {
			s.made = append(s.made, c.Pos())
			return true
		}
		if isCount(info, c) && len(c.Args) > 1 {
			exempt[c.Args[1]] = true
		}
		s.call(info, c)
		return true
	})
}

// call remembers a call whose last fixed argument is a format that goes with
// the arguments behind it.
func (s *said) call(info *types.Info, c *ast.CallExpr) {
	sig, ok := info.Types[c.Fun].Type.(*types.Signature)
	if !ok || !sig.Variadic() || c.Ellipsis.IsValid() {
		return
	}
	last := sig.Params().Len() - 2
	if last < 0 || len(c.Args) <= last || !isFormat(sig.Params().At(last).Type()) || info.Types[c.Args[last]].Value == nil {
		return
	}
	var args []types.Type
	if isCount(info, c) {
		args = append(args, types.Typ[types.Int])
	}
	for _, a := range c.Args[last+1:] {
		args = append(args, info.Types[a].Type)
	}
	s.calls = append(s.calls, call{c.Pos(), constant.StringVal(info.Types[c.Args[last]].Value), args})
}

func (s *said) at(p token.Pos) string { return s.fset.Position(p).String() }

func isFormat(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() != nil && fmt.Sprintf("%s.%s", n.Obj().Pkg().Path(), n.Obj().Name()) == module+"/internal/message.Format"
}

func isCount(info *types.Info, c *ast.CallExpr) bool {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := info.Uses[sel.Sel].(*types.Func)
	return ok && f.FullName() == module+"/internal/message.Count"
}
