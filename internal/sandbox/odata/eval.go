package odata

import (
	"encoding/json"
	"strings"
	"time"
)

// Match evaluates an expression on a document. Texts compare without regard to case, as in the directory.
func Match(e Expr, doc any) bool {
	switch x := e.(type) {
	case And:
		return Match(x.L, doc) && Match(x.R, doc)
	case Or:
		return Match(x.L, doc) || Match(x.R, doc)
	case Not:
		return !Match(x.X, doc)
	case Compare:
		return compare(lookup(doc, x.Path), x.Op, x.Value)
	case In:
		v := lookup(doc, x.Path)
		for _, lit := range x.Values {
			if compare(v, "eq", lit) {
				return true
			}
		}
		return false
	case Call:
		return call(x, lookup(doc, x.Path))
	case Any:
		return lambda(x, lookup(doc, x.Path))
	}
	return false
}

func lambda(x Any, value any) bool {
	items, _ := value.([]any)
	if x.Body == nil {
		return len(items) > 0
	}
	for _, item := range items {
		if Match(x.Body, item) != x.All {
			return !x.All
		}
	}
	return x.All
}

// lookup finds a value by a path with slashes; a missing step is null.
func lookup(doc any, path string) any {
	if path == "" {
		return doc
	}
	for _, step := range strings.Split(path, "/") {
		m, ok := doc.(map[string]any)
		if !ok {
			return nil
		}
		doc = m[step]
	}
	return doc
}

func call(x Call, value any) bool {
	text, ok := value.(string)
	if !ok || x.Value.Null {
		return false
	}
	text, want := strings.ToLower(text), strings.ToLower(x.Value.Text)
	switch x.Func {
	case "startswith":
		return strings.HasPrefix(text, want)
	case "endswith":
		return strings.HasSuffix(text, want)
	default:
		return strings.Contains(text, want)
	}
}

func compare(value any, op string, lit Literal) bool {
	if lit.Null || value == nil {
		both := lit.Null && value == nil
		return (op == "eq" && both) || (op == "ne" && !both)
	}
	c, ok := order(value, lit.Text)
	if !ok {
		return op == "ne"
	}
	switch op {
	case "eq":
		return c == 0
	case "ne":
		return c != 0
	case "gt":
		return c > 0
	case "ge":
		return c >= 0
	case "lt":
		return c < 0
	default:
		return c <= 0
	}
}

func order(value any, lit string) (int, bool) {
	switch v := value.(type) {
	case string:
		if a, err := time.Parse(time.RFC3339Nano, v); err == nil {
			if b, err := time.Parse(time.RFC3339Nano, lit); err == nil {
				return a.Compare(b), true
			}
		}
		return strings.Compare(strings.ToLower(v), strings.ToLower(lit)), true
	case bool:
		text := "false"
		if v {
			text = "true"
		}
		return strings.Compare(text, lit), true
	case json.Number:
		a, err1 := v.Float64()
		b, err2 := json.Number(lit).Float64()
		if err1 != nil || err2 != nil {
			return 0, false
		}
		switch {
		case a < b:
			return -1, true
		case a > b:
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// Walk visits every node of an expression, parents first.
func Walk(e Expr, visit func(Expr)) {
	if e == nil {
		return
	}
	visit(e)
	switch x := e.(type) {
	case And:
		Walk(x.L, visit)
		Walk(x.R, visit)
	case Or:
		Walk(x.L, visit)
		Walk(x.R, visit)
	case Not:
		Walk(x.X, visit)
	case Any:
		Walk(x.Body, visit)
	}
}
