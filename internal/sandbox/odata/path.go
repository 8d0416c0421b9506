package odata

import (
	"net/url"
	"strings"
)

// Segment is one step of a resource path: a name, and the key in parentheses if there is one.
type Segment struct {
	Name   string
	HasKey bool
	Alias  string // the key property's name; empty for the primary key
	Key    string
}

// Path splits an escaped URL path (without the version) into segments. Slashes inside a quoted key belong to the key.
func Path(escaped string) ([]Segment, error) {
	var out []Segment
	for _, part := range split(strings.Trim(escaped, "/")) {
		text, err := url.PathUnescape(part)
		if err != nil {
			return nil, syntax("The request URI is not valid: %q is not properly escaped.", part)
		}
		seg, err := segment(text)
		if err != nil {
			return nil, err
		}
		out = append(out, seg)
	}
	return out, nil
}

// split cuts at slashes that are not inside a quoted key.
func split(path string) []string {
	var out []string
	quoted, start := false, 0
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == '\'':
			quoted = !quoted
		case strings.HasPrefix(path[i:], "%27"):
			quoted = !quoted
		case path[i] == '/' && !quoted:
			out = append(out, path[start:i])
			start = i + 1
		}
	}
	return append(out, path[start:])
}

func segment(text string) (Segment, error) {
	open := strings.IndexByte(text, '(')
	if open <= 0 || !strings.HasSuffix(text, ")") {
		return Segment{Name: text}, nil
	}
	seg := Segment{Name: text[:open], HasKey: true}
	inside := strings.TrimSpace(text[open+1 : len(text)-1])
	if inside == "" { // a function call without arguments, such as delta()
		return Segment{Name: text}, nil
	}
	if eq := strings.IndexByte(inside, '='); eq > 0 && !strings.HasPrefix(inside, "'") {
		seg.Alias, inside = strings.TrimSpace(inside[:eq]), strings.TrimSpace(inside[eq+1:])
	}
	if !strings.HasPrefix(inside, "'") {
		seg.Key = inside
		return seg, nil
	}
	if len(inside) < 2 || !strings.HasSuffix(inside, "'") || strings.Contains(strings.ReplaceAll(inside[1:len(inside)-1], "''", ""), "'") {
		return seg, syntax("There is an unterminated literal in the key %q.", inside)
	}
	seg.Key = strings.ReplaceAll(inside[1:len(inside)-1], "''", "'")
	return seg, nil
}
