package lang

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

var errNoFiles = errors.New("no file can be read here")

// fileFunctions are those that read. templates holds the functions that a
// template may call.
func fileFunctions(read func(string) ([]byte, error), templates map[string]function.Function) map[string]function.Function {
	if read == nil {
		read = func(string) ([]byte, error) { return nil, errNoFiles }
	}
	calls := map[string]function.Function{}
	for name, f := range templates {
		calls[name] = f
	}
	out := map[string]function.Function{
		"file": text([]string{"path"}, cty.String, func(a []string) (cty.Value, error) {
			s, err := readText(read, a[0])
			return cty.StringVal(s), err
		}),
		"filebase64": text([]string{"path"}, cty.String, func(a []string) (cty.Value, error) {
			b, err := readFile(read, a[0])
			return cty.StringVal(base64.StdEncoding.EncodeToString(b)), err
		}),
		"fileexists": text([]string{"path"}, cty.Bool, func(a []string) (cty.Value, error) {
			_, err := read(a[0])
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return cty.UnknownVal(cty.Bool), function.NewArgError(0, fmt.Errorf("%s cannot be read: %w", a[0], err))
			}
			return cty.BoolVal(err == nil), nil
		}),
	}
	for name, f := range out {
		calls[name] = f
	}
	out["templatefile"] = templateFile(read, calls)
	return out
}

func readFile(read func(string) ([]byte, error), path string) ([]byte, error) {
	b, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, function.NewArgErrorf(0, "there is no file %s; paths are relative to the configuration's directory", path)
	}
	if err != nil {
		return nil, function.NewArgError(0, fmt.Errorf("%s cannot be read: %w", path, err))
	}
	return b, nil
}

func readText(read func(string) ([]byte, error), path string) (string, error) {
	b, err := readFile(read, path)
	if err == nil && !utf8.Valid(b) {
		return "", function.NewArgErrorf(0, "%s is not text in UTF-8; filebase64 reads any file", path)
	}
	return string(b), err
}

// inTemplate says what is wrong in a template and where in it.
func inTemplate(hd hcl.Diagnostics) error {
	d := hd.Errs()[0].(*hcl.Diagnostic)
	return function.NewArgErrorf(0, "at %s: %s", d.Subject, strings.TrimSuffix(d.Detail, "."))
}

// templateFile renders a file with the given values. A template calls every
// function but templatefile, so that it cannot render itself for ever.
func templateFile(read func(string) ([]byte, error), calls map[string]function.Function) function.Function {
	render := func(args []cty.Value) (cty.Value, error) {
		path, pathMarks := args[0].Unmark()
		vars, varMarks := args[1].Unmark()
		if !path.IsKnown() || !vars.IsKnown() {
			return cty.DynamicVal, nil
		}
		if path.IsNull() || vars.IsNull() || !isMapping(vars.Type()) {
			return cty.NilVal, function.NewArgErrorf(1, "an object with the values of the template is needed")
		}
		src, err := readText(read, path.AsString())
		if err != nil {
			return cty.NilVal, err
		}
		if ds := guardTemplate([]byte(src), path.AsString()); ds.HasErrors() {
			return cty.NilVal, function.NewArgErrorf(0, "%s is nested too deeply", path.AsString())
		}
		tmpl, hd := hclsyntax.ParseTemplate([]byte(src), path.AsString(), hcl.InitialPos)
		if hd.HasErrors() {
			return cty.NilVal, inTemplate(hd)
		}
		values := vars.AsValueMap()
		for _, t := range tmpl.Variables() {
			if _, ok := values[t.RootName()]; !ok {
				return cty.NilVal, function.NewArgErrorf(1, "%s at %s is given no value", t.RootName(), t.SourceRange())
			}
		}
		v, hd := tmpl.Value(&hcl.EvalContext{Variables: values, Functions: calls})
		if hd.HasErrors() {
			return cty.NilVal, inTemplate(hd)
		}
		return v.WithMarks(pathMarks, varMarks), nil
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{
			{Name: "path", Type: cty.String, AllowMarked: true},
			{Name: "vars", Type: cty.DynamicPseudoType, AllowMarked: true},
		},
		Type: func(args []cty.Value) (cty.Type, error) {
			v, err := render(args)
			if err != nil {
				return cty.DynamicPseudoType, err
			}
			return v.Type(), nil
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return render(args) },
	})
}
