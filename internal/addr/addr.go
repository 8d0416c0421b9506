// Package addr names things: the address of an instance in a configuration,
// which is the key of the state, the plan and every message.
//
// It imports nothing of mailprov and reads nothing from outside.
package addr

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Instance is the address of one instance: `app_registration.proself`,
// `mail_target.files["tokyo"]`, `module.sales.client_secret.smtp`,
// `data.user.admin`. It is comparable and thus a map key.
type Instance struct {
	Module string // "" or a module path such as `module.sales["tokyo"]`
	Type   string // block type; of data sources with its kind: `data.user`
	Name   string
	Key    string // for_each key; empty without for_each (an empty key is not allowed)
}

// String writes the address as it stands in a configuration.
func (i Instance) String() string {
	var b strings.Builder
	if i.Module != "" {
		b.WriteString(i.Module)
		b.WriteByte('.')
	}
	b.WriteString(i.Type)
	b.WriteByte('.')
	b.WriteString(i.Name)
	if i.Key != "" {
		b.WriteByte('[')
		b.WriteString(strconv.Quote(i.Key))
		b.WriteByte(']')
	}
	return b.String()
}

// Resource is the address without the for_each key.
func (i Instance) Resource() Instance { i.Key = ""; return i }

// IsZero tells whether i names nothing.
func (i Instance) IsZero() bool { return i == Instance{} }

// Compare orders addresses by module, type, name and key.
func Compare(a, b Instance) int {
	return cmp.Or(
		cmp.Compare(a.Module, b.Module), cmp.Compare(a.Type, b.Type),
		cmp.Compare(a.Name, b.Name), cmp.Compare(a.Key, b.Key))
}

// MarshalText implements encoding.TextMarshaler with String.
func (i Instance) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler with Parse.
func (i *Instance) UnmarshalText(b []byte) error {
	p, err := Parse(string(b))
	if err != nil {
		return err
	}
	*i = p
	return nil
}

// ErrAddress is wrapped by every error of Parse.
var ErrAddress = errors.New("not an address")

// Parse reads what String writes.
func Parse(s string) (Instance, error) {
	steps, err := split(s)
	if err != nil {
		return Instance{}, fmt.Errorf("%q: %w: %w", s, ErrAddress, err)
	}
	var i Instance
	for len(steps) > 1 && steps[0].name == "module" {
		if steps[0].key != "" {
			return Instance{}, fmt.Errorf("%q: %w: an index follows the word module", s, ErrAddress)
		}
		if i.Module != "" {
			i.Module += "."
		}
		i.Module += "module." + steps[1].text()
		steps = steps[2:]
	}
	if len(steps) == 3 && steps[0].name == "data" && steps[0].key == "" && steps[1].key == "" {
		steps = []step{{name: "data." + steps[1].name}, steps[2]}
	}
	if len(steps) != 2 || steps[0].key != "" {
		return Instance{}, fmt.Errorf("%q: %w: an address is TYPE.NAME or TYPE.NAME[\"KEY\"], in a module module.M.TYPE.NAME", s, ErrAddress)
	}
	i.Type, i.Name, i.Key = steps[0].name, steps[1].name, steps[1].key
	return i, nil
}

type step struct{ name, key string }

func (s step) text() string {
	if s.key == "" {
		return s.name
	}
	return s.name + "[" + strconv.Quote(s.key) + "]"
}

// split cuts an address at its dots, minding dots within quoted keys.
func split(s string) ([]step, error) {
	var steps []step
	for {
		n := 0
		for n < len(s) && (isName(s[n])) {
			n++
		}
		if n == 0 {
			return nil, errors.New("a name is missing")
		}
		st := step{name: s[:n]}
		s = s[n:]
		if strings.HasPrefix(s, "[") {
			quoted, err := strconv.QuotedPrefix(s[1:])
			if err != nil || !strings.HasPrefix(s[1+len(quoted):], "]") || quoted[0] != '"' {
				return nil, errors.New(`an index is written ["KEY"]`)
			}
			if st.key, err = strconv.Unquote(quoted); err != nil || st.key == "" {
				return nil, errors.New("an index may not be empty")
			}
			s = s[len(quoted)+2:]
		}
		steps = append(steps, st)
		if s == "" {
			return steps, nil
		}
		if s[0] != '.' {
			return nil, fmt.Errorf("%q stands where a dot is expected", s[:1])
		}
		s = s[1:]
	}
}

func isName(c byte) bool {
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
