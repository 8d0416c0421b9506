package term

import (
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/width"
)

// formatter writes values as they would stand in a configuration.
type formatter struct {
	t    words
	plan *plan.Plan // for the names of owners; may be nil
}

// value writes v on one line. source is the expression it comes from, from
// which the known parts of an unknown text are taken.
func (f formatter) value(path string, v cty.Value, source string) string {
	switch {
	case v == cty.NilVal:
		return "null"
	case v.ContainsMarked():
		return f.t.sensitive
	case v.IsNull():
		return "null"
	case !v.IsWhollyKnown() && f.unknown(source) != f.t.knownAfter:
		return f.unknown(source)
	case !v.IsKnown():
		return f.begun(v)
	}
	ty := v.Type()
	switch {
	case ty == cty.String:
		return f.word(path, v.AsString())
	case ty == cty.Bool:
		if v.True() {
			return "true"
		}
		return "false"
	case ty == cty.Number:
		return v.AsBigFloat().Text('f', -1)
	case ty.IsSetType() || ty.IsListType() || ty.IsTupleType():
		return "[" + strings.Join(f.elements(path, v), ", ") + "]"
	case ty.IsMapType() || ty.IsObjectType():
		return f.object(path, v)
	}
	return f.t.unprintable
}

// word is a string: quoted, except for what is a reference in the
// configuration.
func (f formatter) word(path, s string) string {
	switch {
	case path == "owners" && f.plan != nil:
		return width.Clean(f.plan.Person(s))
	case isReference(path):
		return width.Clean(s)
	}
	return width.Quote(s)
}

func isReference(path string) bool {
	return path == "app" || path == "secret" || path == "deliver_to"
}

// elements writes the elements of a set, list or tuple one by one.
func (f formatter) elements(path string, v cty.Value) []string {
	var out []string
	if v == cty.NilVal || v.IsNull() || !v.IsKnown() || v.ContainsMarked() || !v.CanIterateElements() {
		return nil
	}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		out = append(out, f.value(path, e, ""))
	}
	return out
}

func (f formatter) object(path string, v cty.Value) string {
	var parts []string
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if e.IsNull() {
			continue
		}
		key := k.AsString()
		if !plainKey.MatchString(key) {
			key = width.Quote(key)
		}
		parts = append(parts, key+" = "+f.value(path, e, ""))
	}
	if len(parts) == 0 {
		return "{}"
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

var (
	plainKey      = regexp.MustCompile(`^[\pL_][\pL\pN_-]*$`)
	interpolation = regexp.MustCompile(`\$\{[^{}]*\}`)
	// literalList is an expression that shows what will be there but for its
	// interpolations: strings, alone or in a list.
	literalList = regexp.MustCompile(`^(\[\s*)?"[^"\\]*"(\s*,\s*"[^"\\]*")*(\s*,?\s*\])?$`)
)

// begun is an unknown value, with the letters that it is known to begin with.
func (f formatter) begun(v cty.Value) string {
	if v.Type() == cty.String {
		if prefix := v.Range().StringPrefix(); prefix != "" {
			return width.Quote(prefix + f.t.knownAfter)
		}
	}
	return f.t.knownAfter
}

// unknown keeps the known text around what is not known yet.
func (f formatter) unknown(source string) string {
	source = strings.TrimSpace(source)
	bare := interpolation.ReplaceAllString(source, f.t.knownAfter)
	if interpolation.MatchString(source) && literalList.MatchString(bare) {
		return width.Clean(bare)
	}
	return f.t.knownAfter
}
