package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
)

// text writes a text as JSON, so that it cannot be taken for anything else.
func text(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return strconv.Quote(s) // a text always has its JSON
	}
	return string(b)
}

// valueOf writes a value for a fact: known as JSON, unknown as the source of
// the expression that will give it, sensitive as a mark by which only a change
// is seen.
func (p *Plan) valueOf(v cty.Value, expr map[string]string, path string, sensitive bool) string {
	if v == cty.NilVal {
		return "null"
	}
	v, marks := v.UnmarkDeep()
	written := written(v)
	if !wholly(v) {
		written = "known after apply"
		if source := sourceOf(expr, path); source != "" {
			written += ", " + source
		}
	}
	if sensitive || len(marks) > 0 {
		return p.mark(path, written)
	}
	return written
}

// sourceOf is the source of the expression at a path, or of what it lies in.
func sourceOf(expr map[string]string, path string) string {
	for {
		if source, ok := expr[path]; ok {
			return source
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return ""
		}
		path = path[:cut]
	}
}

const hidden = "(sensitive value)"

// mark stands for a sensitive value. It depends on where the value stands, so
// that equal values in two places do not show as equal.
func (p *Plan) mark(path, written string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{p.Tenant.ID, p.Name, p.Lineage, path, written}, "\x00")))
	return hidden + " " + hex.EncodeToString(sum[:])
}

// hideMark leaves of a mark what people are shown.
func hideMark(s string) string {
	if strings.HasPrefix(s, hidden) {
		return hidden
	}
	return s
}

// written writes a known value as JSON. Sets come in the order of their
// elements' texts.
func written(v cty.Value) string {
	if nothing(v) || !v.IsKnown() {
		return "null"
	}
	ty := v.Type()
	switch {
	case ty == cty.String:
		return text(v.AsString())
	case ty == cty.Bool:
		return strconv.FormatBool(v.True())
	case ty == cty.Number:
		return v.AsBigFloat().Text('g', -1)
	case ty.IsListType() || ty.IsSetType() || ty.IsTupleType():
		var list []string
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			list = append(list, written(e))
		}
		if ty.IsSetType() {
			slices.Sort(list)
		}
		return "[" + strings.Join(list, ",") + "]"
	case ty.IsMapType() || ty.IsObjectType():
		var list []string
		for it := v.ElementIterator(); it.Next(); { // by name
			k, e := it.Element()
			list = append(list, text(k.AsString())+":"+written(e))
		}
		return "{" + strings.Join(list, ",") + "}"
	}
	return text(ty.FriendlyName())
}

// leaves are the attributes of a value that say something, by the same paths
// that a comparison gives: what is null or empty is left out.
func leaves(v cty.Value) []resource.PathChange {
	var out []resource.PathChange
	descend("", v, &out)
	return out
}

func descend(path string, v cty.Value, out *[]resource.PathChange) {
	if nothing(v) || v.IsKnown() && !v.IsMarked() && v.CanIterateElements() && v.LengthInt() == 0 {
		return
	}
	ty := v.Type()
	in := v.IsKnown() && !v.IsMarked()
	switch {
	case in && ty.IsObjectType():
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			name := k.AsString()
			if path != "" {
				name = path + "." + name
			}
			descend(name, e, out)
		}
	case in && ty.IsMapType() && ty.ElementType().IsObjectType():
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			descend(path+"["+strconv.Quote(k.AsString())+"]", e, out)
		}
	default:
		*out = append(*out, resource.PathChange{Path: path, After: v})
	}
}

func nothing(v cty.Value) bool { return v == cty.NilVal || !v.IsMarked() && v.IsNull() }

func wholly(v cty.Value) bool { return v == cty.NilVal || v.IsWhollyKnown() }
