package odata

import (
	"strings"
	"unicode"
)

// Expr is a node of a $filter expression: And, Or, Not, Compare, In, Call or Any.
type Expr interface{ expr() }

// And holds when both sides do.
type And struct{ L, R Expr }

// Or holds when either side does.
type Or struct{ L, R Expr }

// Not holds when its operand does not.
type Not struct{ X Expr }

// Compare is a property, one of eq ne gt ge lt le, and a literal.
type Compare struct {
	Path  string
	Op    string
	Value Literal
}

// In is a property and the literals it may equal.
type In struct {
	Path   string
	Values []Literal
}

// Call is a boolean function of a property and a literal: startsWith, endsWith, contains.
type Call struct {
	Func  string // in lower case
	Path  string
	Value Literal
}

// Any is a lambda over a collection. Inside Body the variable itself is the path "", its members are bare paths.
type Any struct {
	Path string
	All  bool
	Body Expr // nil for any()
}

func (And) expr()     {}
func (Or) expr()      {}
func (Not) expr()     {}
func (Compare) expr() {}
func (In) expr()      {}
func (Call) expr()    {}
func (Any) expr()     {}

// Literal is a constant: a text (GUIDs and times too, which OData writes without quotes), a boolean or null.
type Literal struct {
	Text   string
	Quoted bool
	Null   bool
}

const maxDepth = 64 // deeper nesting is refused instead of exhausting the stack

type parser struct {
	tokens []string
	at     int
	depth  int
	vars   []string
}

// ParseFilter reads a $filter expression.
func ParseFilter(text string) (Expr, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return nil, syntax("Invalid filter clause: the expression is empty.")
	}
	p := &parser{tokens: tokens}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.at < len(p.tokens) {
		return nil, syntax("Invalid filter clause: syntax error at '%s'.", p.tokens[p.at])
	}
	return e, nil
}

func lex(text string) ([]string, error) {
	var out []string
	r := []rune(text)
	for i := 0; i < len(r); {
		c := r[i]
		switch {
		case unicode.IsSpace(c):
			i++
		case c == '(' || c == ')' || c == ',' || c == ':':
			out = append(out, string(c))
			i++
		case c == '\'':
			j := i + 1
			for ; j < len(r); j++ {
				if r[j] == '\'' {
					if j+1 < len(r) && r[j+1] == '\'' {
						j++
						continue
					}
					break
				}
			}
			if j >= len(r) {
				return nil, syntax("Invalid filter clause: There is an unterminated string literal at position %d in '%s'.", len(r), text)
			}
			out = append(out, string(r[i:j+1]))
			i = j + 1
		default:
			j := i
			for j < len(r) && !unicode.IsSpace(r[j]) && !strings.ContainsRune("(),'", r[j]) {
				// A colon ends a word only after a lambda variable; times contain colons.
				if r[j] == ':' && !unicode.IsDigit(r[i]) {
					break
				}
				j++
			}
			out = append(out, string(r[i:j]))
			i = j
		}
	}
	return out, nil
}

func (p *parser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

func (p *parser) next() string {
	t := p.peek()
	if p.at < len(p.tokens) {
		p.at++
	}
	return t
}

func (p *parser) expect(want string) error {
	if got := p.next(); got != want {
		return syntax("Invalid filter clause: '%s' expected, got '%s'.", want, got)
	}
	return nil
}

func (p *parser) enter() error {
	p.depth++
	if p.depth > maxDepth {
		return syntax("Invalid filter clause: The recursion limit has been exceeded.")
	}
	return nil
}

func (p *parser) or() (Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	l, err := p.and()
	for err == nil && p.peek() == "or" {
		p.next()
		var r Expr
		r, err = p.and()
		l = Or{l, r}
	}
	return l, err
}

func (p *parser) and() (Expr, error) {
	l, err := p.unary()
	for err == nil && p.peek() == "and" {
		p.next()
		var r Expr
		r, err = p.unary()
		l = And{l, r}
	}
	return l, err
}

func (p *parser) unary() (Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	switch p.peek() {
	case "not":
		p.next()
		x, err := p.unary()
		return Not{x}, err
	case "(":
		p.next()
		x, err := p.or()
		if err != nil {
			return nil, err
		}
		return x, p.expect(")")
	}
	return p.primary()
}

func (p *parser) primary() (Expr, error) {
	word := p.next()
	if word == "" || strings.ContainsAny(word[:1], "'(),:") {
		return nil, syntax("Invalid filter clause: syntax error at '%s'.", word)
	}
	if p.peek() == "(" {
		if path, name, ok := cutLast(word); ok && (name == "any" || name == "all") {
			return p.lambda(p.path(path), name == "all")
		}
		return p.call(strings.ToLower(word))
	}
	path := p.path(word)
	switch op := p.next(); op {
	case "eq", "ne", "gt", "ge", "lt", "le":
		v, err := p.literal()
		return Compare{path, op, v}, err
	case "in":
		return p.in(path)
	case "":
		return nil, syntax("Invalid filter clause: an operator is expected after '%s'.", word)
	default:
		return nil, syntax("Invalid filter clause: syntax error at '%s'.", op)
	}
}

func (p *parser) in(path string) (Expr, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	e := In{Path: path}
	for {
		v, err := p.literal()
		if err != nil {
			return nil, err
		}
		e.Values = append(e.Values, v)
		switch got := p.next(); got {
		case ",":
		case ")":
			return e, nil
		default:
			return nil, syntax("Invalid filter clause: ')' or ',' expected, got '%s'.", got)
		}
	}
}

func (p *parser) call(name string) (Expr, error) {
	switch name {
	case "startswith", "endswith", "contains":
	default:
		return nil, syntax("Invalid filter clause: An unknown function with name '%s' was found.", name)
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	path := p.path(p.next())
	if err := p.expect(","); err != nil {
		return nil, err
	}
	v, err := p.literal()
	if err != nil {
		return nil, err
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	// "startswith(x,'y') eq true" is the long form some clients write.
	if p.peek() == "eq" {
		p.next()
		if got := p.next(); got != "true" {
			return nil, syntax("Invalid filter clause: 'true' expected, got '%s'.", got)
		}
	}
	return Call{name, path, v}, nil
}

func (p *parser) lambda(path string, all bool) (Expr, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	e := Any{Path: path, All: all}
	if p.peek() == ")" {
		p.next()
		return e, nil
	}
	name := p.next()
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	p.vars = append(p.vars, name)
	body, err := p.or()
	p.vars = p.vars[:len(p.vars)-1]
	if err != nil {
		return nil, err
	}
	e.Body = body
	return e, p.expect(")")
}

// path makes the name of a lambda's variable relative: "t" → "", "r/resourceAppId" → "resourceAppId".
func (p *parser) path(word string) string {
	if len(p.vars) == 0 {
		return word
	}
	v := p.vars[len(p.vars)-1]
	if word == v {
		return ""
	}
	return strings.TrimPrefix(word, v+"/")
}

func (p *parser) literal() (Literal, error) {
	t := p.next()
	switch {
	case t == "" || strings.ContainsAny(t[:1], "(),:"):
		return Literal{}, syntax("Invalid filter clause: a literal is expected, got '%s'.", t)
	case t[0] == '\'':
		return Literal{Text: strings.ReplaceAll(t[1:len(t)-1], "''", "'"), Quoted: true}, nil
	case t == "null":
		return Literal{Null: true}, nil
	}
	return Literal{Text: t}, nil
}

func cutLast(word string) (before, after string, ok bool) {
	i := strings.LastIndexByte(word, '/')
	if i < 0 {
		return "", word, false
	}
	return word[:i], word[i+1:], true
}
