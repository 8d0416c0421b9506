package actionstest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/rhysd/actionlint"
)

// object is a value of a context, as JSON has it.
type object = map[string]any

// scope is what expressions at one place can see.
type scope struct {
	contexts object // github, vars, inputs, env, steps, needs
	failed   bool   // something before this failed: success() is false
}

// statusFunctions are those that tell how what came before ended. A condition
// that names none of them is taken as success() && it.
var statusFunctions = []string{"success(", "failure(", "always(", "cancelled("}

// condition evaluates what stands behind `if`, with or without ${{ }}.
func (s scope) condition(text *actionlint.String) (bool, error) {
	if text == nil {
		return !s.failed, nil
	}
	src := strings.TrimSpace(text.Value)
	if strings.HasPrefix(src, "${{") && strings.HasSuffix(src, "}}") {
		src = strings.TrimSpace(src[3 : len(src)-2])
	}
	v, err := s.evaluate(src)
	if err != nil {
		return false, err
	}
	for _, f := range statusFunctions {
		if strings.Contains(src, f) {
			return truthy(v), nil
		}
	}
	return !s.failed && truthy(v), nil
}

// fill replaces every ${{ }} of a text by its value.
func (s scope) fill(text string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${{")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		src, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return "", fmt.Errorf("evaluate %q: no }}", text)
		}
		v, err := s.evaluate(strings.TrimSpace(src))
		if err != nil {
			return "", err
		}
		out.WriteString(str(v))
		text = after
	}
}

func (s scope) evaluate(src string) (any, error) {
	node, err := actionlint.NewExprParser().Parse(actionlint.NewExprLexer(src + "}}"))
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", src, err)
	}
	v, failed := s.value(node)
	if failed != nil {
		return nil, fmt.Errorf("evaluate %q: %w", src, failed)
	}
	return v, nil
}

func (s scope) value(n actionlint.ExprNode) (any, error) {
	switch n := n.(type) {
	case *actionlint.NullNode:
		return nil, nil
	case *actionlint.BoolNode:
		return n.Value, nil
	case *actionlint.IntNode:
		return float64(n.Value), nil
	case *actionlint.StringNode:
		return n.Value, nil
	case *actionlint.VariableNode:
		v, known := s.contexts[strings.ToLower(n.Name)]
		if !known {
			return nil, fmt.Errorf("there is no context %s", n.Name)
		}
		return v, nil
	case *actionlint.ObjectDerefNode:
		of, err := s.value(n.Receiver)
		return member(of, n.Property), err
	case *actionlint.ArrayDerefNode:
		of, err := s.value(n.Receiver)
		list, _ := of.([]any)
		return spread(list), err
	case *actionlint.NotOpNode:
		v, err := s.value(n.Operand)
		return !truthy(v), err
	case *actionlint.LogicalOpNode:
		return s.logical(n)
	case *actionlint.CompareOpNode:
		return s.compared(n)
	case *actionlint.FuncCallNode:
		return s.called(n)
	}
	return nil, fmt.Errorf("%T is not known here", n)
}

// spread is a list behind .*, whose members' members are meant.
type spread []any

// member is a property; of what has none it is null, as on GitHub.
func member(of any, name string) any {
	switch of := of.(type) {
	case object:
		for k, v := range of {
			if strings.EqualFold(k, name) {
				return v
			}
		}
	case spread:
		var out []any
		for _, x := range of {
			if v := member(x, name); v != nil {
				out = append(out, v)
			}
		}
		return out
	}
	return nil
}

// logical gives one of its operands, not a boolean.
func (s scope) logical(n *actionlint.LogicalOpNode) (any, error) {
	left, err := s.value(n.Left)
	if err != nil {
		return nil, err
	}
	if truthy(left) == (n.Kind == actionlint.LogicalOpNodeKindOr) {
		return left, nil
	}
	return s.value(n.Right)
}

func (s scope) compared(n *actionlint.CompareOpNode) (any, error) {
	left, err := s.value(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := s.value(n.Right)
	if err != nil {
		return nil, err
	}
	switch n.Kind {
	case actionlint.CompareOpNodeKindEq:
		return equal(left, right), nil
	case actionlint.CompareOpNodeKindNotEq:
		return !equal(left, right), nil
	}
	return nil, fmt.Errorf("only == and != are known here")
}

// equal compares texts without regard to case, and values of different kinds as
// numbers, as GitHub does.
func equal(a, b any) bool {
	x, isText := a.(string)
	if y, ok := b.(string); ok && isText {
		return strings.EqualFold(x, y)
	}
	if a == nil && b == nil {
		return true
	}
	p, pok := number(a)
	q, qok := number(b)
	return pok && qok && p == q
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case nil:
		return 0, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case float64:
		return v, true
	case string:
		if strings.TrimSpace(v) == "" {
			return 0, true
		}
		f, err := strconv.ParseFloat(v, 64)
		return f, err == nil
	}
	return 0, false
}

func (s scope) called(n *actionlint.FuncCallNode) (any, error) {
	var args []any
	for _, a := range n.Args {
		v, err := s.value(a)
		if err != nil {
			return nil, err
		}
		args = append(args, v)
	}
	switch name := strings.ToLower(n.Callee); name {
	case "success":
		return !s.failed, nil
	case "failure":
		return s.failed, nil
	case "always":
		return true, nil
	case "cancelled":
		return false, nil // no run of a test is
	case "contains":
		if list, ok := args[0].([]any); ok {
			for _, x := range list {
				if equal(x, args[1]) {
					return true, nil
				}
			}
			return false, nil
		}
		return strings.Contains(strings.ToLower(str(args[0])), strings.ToLower(str(args[1]))), nil
	case "format":
		out := str(args[0])
		for i, a := range args[1:] {
			out = strings.ReplaceAll(out, "{"+strconv.Itoa(i)+"}", str(a))
		}
		return out, nil
	}
	return nil, fmt.Errorf("%s() is not known here", n.Callee)
}

func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case float64:
		return v != 0
	}
	return true
}

// str is a value as a text is made of it.
func str(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
