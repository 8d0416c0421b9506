package envfile

import (
	"bytes"
	"fmt"
	"strings"
)

// document is a dotenv file as bytes; everything but the one assignment that
// is edited stays as it is, to the byte.
//
//	file  = *( line EOL )
//	line  = blank / "#" text / [ "export" ] name "=" value [ "#" text ]
//	value = bare / "'" text "'" / `"` text `"`     quoted text may span lines
type document []byte

// span is an assignment within a document.
type span struct {
	name       string
	start, end int // the whole lines, with the line end
	from, to   int // the value, with its quotes
}

// spans finds all assignments. What is no assignment is passed over.
func (d document) spans() []span {
	var out []span
	for i := 0; i < len(d); {
		s, ok := d.assignment(i)
		if !ok {
			i = d.lineEnd(i)
			continue
		}
		out = append(out, s)
		i = s.end
	}
	return out
}

// lineEnd is where the line after the one that holds i begins.
func (d document) lineEnd(i int) int {
	if n := bytes.IndexByte(d[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(d)
}

// assignment reads the assignment that begins at i.
func (d document) assignment(i int) (span, bool) {
	end := d.lineEnd(i)
	line := d[i:end]
	eq := bytes.IndexByte(line, '=')
	if eq < 0 {
		return span{}, false
	}
	left := strings.TrimPrefix(string(line[:eq]), "\ufeff")
	name := strings.TrimSpace(left)
	if rest, ok := strings.CutPrefix(name, "export"); ok && strings.TrimLeft(rest, " \t") != rest {
		name = strings.TrimSpace(rest)
	}
	if !isName(name) {
		return span{}, false
	}
	from := i + eq + 1
	for from < end && (d[from] == ' ' || d[from] == '\t') {
		from++
	}
	s := span{name: name, start: i, end: end, from: from}
	if from < len(d) && (d[from] == '\'' || d[from] == '"') {
		if to, ok := d.closing(from); ok {
			s.to, s.end = to+1, d.lineEnd(to)
			return s, true
		}
	}
	bare := d[from:end]
	if n := bytes.Index(bare, []byte(" #")); n >= 0 {
		bare = bare[:n]
	}
	s.to = from + len(bytes.TrimRight(bare, " \t\r\n"))
	return s, true
}

// closing is where the quote opened at i is closed.
func (d document) closing(i int) (int, bool) {
	for j := i + 1; j < len(d); j++ {
		switch {
		case d[j] == '\\' && d[i] == '"':
			j++
		case d[j] == d[i]:
			return j, true
		}
	}
	return 0, false
}

// find returns the only assignment of a name. Readers differ on which of two
// counts, so two are an error.
func (d document) find(name string) (s span, ok bool, err error) {
	for _, x := range d.spans() {
		if x.name != name {
			continue
		}
		if ok {
			return span{}, false, fmt.Errorf("%s is set twice; remove one of the lines", name)
		}
		s, ok = x, true
	}
	return s, ok, nil
}

// value returns what a name is set to, without quotes. Escapes are left as
// they are: what is written here has none.
func (d document) value(name string) ([]byte, bool, error) {
	s, ok, err := d.find(name)
	if !ok {
		return nil, false, err
	}
	v := d[s.from:s.to]
	if len(v) >= 2 && (v[0] == '\'' || v[0] == '"') && v[len(v)-1] == v[0] {
		v = v[1 : len(v)-1]
	}
	return append([]byte{}, v...), true, nil
}

// set returns the document with the name set to a value, which is read back to
// be sure: a quote that the file leaves open could swallow it.
func (d document) set(name string, v []byte) (document, error) {
	quoted, err := quote(v)
	if err != nil {
		return nil, err
	}
	next, err := d.put(name, quoted)
	if err != nil {
		return nil, err
	}
	if got, ok, err := next.value(name); err != nil || !ok || !bytes.Equal(got, v) {
		return nil, fmt.Errorf("%s cannot be set: a quote in the file is never closed", name)
	}
	return next, nil
}

func (d document) put(name string, quoted []byte) (document, error) {
	s, ok, err := d.find(name)
	if err != nil {
		return nil, err
	}
	if ok {
		return document(bytes.Join([][]byte{d[:s.from], quoted, d[s.to:]}, nil)), nil
	}
	eol := "\n"
	if bytes.Contains(d, []byte("\r\n")) {
		eol = "\r\n"
	}
	out := bytes.Clone(d)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, eol...)
	}
	return document(fmt.Appendf(out, "%s=%s%s", name, quoted, eol)), nil
}

// unset returns the document without the lines that set the name.
func (d document) unset(name string) (document, error) {
	s, ok, err := d.find(name)
	if !ok {
		return d, err
	}
	return document(bytes.Join([][]byte{d[:s.start], d[s.end:]}, nil)), nil
}

// quote writes a value so that shells, Docker and the dotenv libraries all
// read the same. They agree on text without escapes only; what would need one
// cannot be written.
func quote(v []byte) ([]byte, error) {
	switch {
	case bytes.ContainsAny(v, "\x00\r\\"):
		return nil, fmt.Errorf("the value holds a character (NUL, carriage return or backslash) that readers of dotenv files do not agree on; use another kind of sink")
	case !bytes.ContainsFunc(v, func(r rune) bool { return !isBare(r) }) && v[0] != '~':
		return v, nil
	case !bytes.ContainsRune(v, '\''):
		return bytes.Join([][]byte{{'\''}, v, {'\''}}, nil), nil
	case !bytes.ContainsAny(v, "\"$`!"):
		return bytes.Join([][]byte{{'"'}, v, {'"'}}, nil), nil
	default:
		return nil, fmt.Errorf("the value holds quotes that readers of dotenv files do not agree on; use another kind of sink")
	}
}

func isBare(r rune) bool {
	return isNameRune(r) || strings.ContainsRune("./:+@%,~-", r)
}

func isNameRune(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// isName tells whether s can name an environment variable.
func isName(s string) bool {
	return s != "" && (s[0] < '0' || s[0] > '9') && !strings.ContainsFunc(s, func(r rune) bool { return !isNameRune(r) })
}
