package odata

import (
	"net/url"
	"sort"
	"strconv"
	"strings"
)

// Query holds the system query options of one request, parsed.
type Query struct {
	Filter    Expr // nil when absent
	Select    []string
	Expand    []Expand
	Top       int // 0 when absent
	Count     bool
	Search    string
	OrderBy   []Order
	SkipToken string
}

// Expand is one relation to be included, with its nested options.
type Expand struct {
	Name   string
	Select []string
	Nested bool // options other than $select were given
}

// Order is one sort key.
type Order struct {
	Path string
	Desc bool
}

// options are the names that OData knows; any other name beginning with "$" is an error, and other names are ignored.
var options = map[string]bool{
	"filter": true, "select": true, "expand": true, "top": true, "count": true, "search": true, "orderby": true,
	"skiptoken": true, "skip": true, "format": true, "apply": true, "compute": true, "deltatoken": true,
}

// ParseQuery reads a raw query string. Options may be written with or without the dollar sign, as Graph allows.
func ParseQuery(raw string) (Query, error) {
	var q Query
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, syntax("The query string is not valid: %s", err)
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	seen := map[string]bool{}
	for _, name := range names {
		bare := strings.ToLower(strings.TrimPrefix(name, "$"))
		if !options[bare] {
			if strings.HasPrefix(name, "$") {
				return q, syntax("The query parameter '%s' is not supported.", name)
			}
			continue
		}
		if seen[bare] || len(values[name]) > 1 {
			return q, syntax("Query option '%s' was specified more than once, but it must be specified at most once.", name)
		}
		seen[bare] = true
		if err := q.set(bare, values[name][0]); err != nil {
			return q, err
		}
	}
	return q, nil
}

func (q *Query) set(name, value string) error {
	var err error
	switch name {
	case "filter":
		q.Filter, err = ParseFilter(value)
	case "select":
		q.Select, err = list("$select", value)
	case "expand":
		q.Expand, err = expands(value)
	case "top":
		n, bad := strconv.Atoi(value)
		if bad != nil || n < 0 {
			return syntax("Invalid value '%s' for $top query option found. The $top query option requires a non-negative integer value.", value)
		}
		if n == 0 {
			return syntax("Invalid page size specified: '0'. Must be between 1 and 999 inclusive.")
		}
		q.Top = n
	case "count":
		switch value {
		case "true":
			q.Count = true
		case "false":
		default:
			return syntax("Invalid value '%s' for $count query option found. Only 'true' and 'false' are allowed.", value)
		}
	case "search":
		q.Search = value
		if strings.TrimSpace(value) == "" {
			return syntax("The $search query option must not be empty.")
		}
	case "orderby":
		q.OrderBy, err = orders(value)
	case "skiptoken":
		q.SkipToken = value
		if value == "" {
			return syntax("The $skiptoken query option must not be empty.")
		}
	case "format":
		if !strings.Contains(strings.ToLower(value), "json") {
			return syntax("The $format '%s' is not supported.", value)
		}
	default:
		return syntax("'$%s' is not supported for the service.", name)
	}
	return err
}

func list(option, value string) ([]string, error) {
	var out []string
	for _, name := range strings.Split(value, ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			return nil, syntax("The %s query option has an empty item.", option)
		}
		out = append(out, name)
	}
	return out, nil
}

// expands reads "owners($select=id,displayName),x"; options inside parentheses are separated by semicolons.
func expands(value string) ([]Expand, error) {
	var out []Expand
	for _, item := range splitOutside(value, ',') {
		item = strings.TrimSpace(item)
		name, rest, nested := strings.Cut(item, "(")
		e := Expand{Name: strings.TrimSpace(name)}
		if e.Name == "" {
			return nil, syntax("The $expand query option has an empty item.")
		}
		if nested {
			if !strings.HasSuffix(rest, ")") {
				return nil, syntax("Syntax error: missing ')' in $expand '%s'.", item)
			}
			for _, option := range splitOutside(strings.TrimSuffix(rest, ")"), ';') {
				key, val, _ := strings.Cut(option, "=")
				if strings.EqualFold(strings.TrimPrefix(strings.TrimSpace(key), "$"), "select") {
					names, err := list("$select", val)
					if err != nil {
						return nil, err
					}
					e.Select = names
					continue
				}
				e.Nested = true
			}
		}
		out = append(out, e)
	}
	return out, nil
}

func splitOutside(s string, sep byte) []string {
	var out []string
	depth, start := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case sep:
			if depth == 0 {
				out = append(out, s[start:i])
				start = i + 1
			}
		}
	}
	return append(out, s[start:])
}

func orders(value string) ([]Order, error) {
	var out []Order
	for _, item := range strings.Split(value, ",") {
		words := strings.Fields(item)
		if len(words) == 0 || len(words) > 2 {
			return nil, syntax("Syntax error in $orderby '%s'.", value)
		}
		o := Order{Path: words[0]}
		if len(words) == 2 {
			switch words[1] {
			case "asc":
			case "desc":
				o.Desc = true
			default:
				return nil, syntax("Syntax error in $orderby '%s'.", value)
			}
		}
		out = append(out, o)
	}
	return out, nil
}
