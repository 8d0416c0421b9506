package plan

import (
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Person is the name of an owner where it was read, else the object id.
func (p *Plan) Person(id string) string {
	if name := p.People[id]; name != "" {
		return name
	}
	return id
}

// Sensitive tells whether the value at an attribute path must not be shown as a
// whole: it is sensitive, or holds something that is.
func (c *Change) Sensitive(path string) bool {
	return c.anySensitive(func(s string) bool { return within(s, path) || within(path, s) })
}

// Hidden tells whether an attribute path lies within something sensitive.
// Unlike Sensitive it is false for what merely holds something sensitive.
func (c *Change) Hidden(path string) bool {
	return c.anySensitive(func(s string) bool { return within(path, s) })
}

func (c *Change) anySensitive(is func(path string) bool) bool {
	for _, p := range c.Paths {
		if p.Sensitive && is(p.Path) {
			return true
		}
	}
	if c.Instance == nil {
		return false
	}
	for _, p := range c.Instance.Sensitive {
		if is(PathText(p)) {
			return true
		}
	}
	return false
}

// within tells whether path is root or lies in it.
func within(path, root string) bool {
	rest, ok := strings.CutPrefix(path, root)
	return ok && (rest == "" || root == "" || rest[0] == '.' || rest[0] == '[')
}

// PathText writes a path as it stands in a configuration:
// api_permissions["microsoft_graph"].delegated. Elements of sets have no name
// and end it.
func PathText(path cty.Path) string {
	var b strings.Builder
	for _, s := range path {
		switch s := s.(type) {
		case cty.GetAttrStep:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.Name)
		case cty.IndexStep:
			switch {
			case !s.Key.IsKnown() || s.Key.IsNull():
				return b.String()
			case s.Key.Type() == cty.String:
				b.WriteString("[" + strconv.Quote(s.Key.AsString()) + "]")
			default:
				return b.String()
			}
		}
	}
	return b.String()
}
