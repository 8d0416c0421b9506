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

// Sensitive tells whether the value at an attribute path must not be shown: it
// is declared sensitive, or holds something that is, or lies within it.
func (c *Change) Sensitive(path string) bool {
	for _, p := range c.Paths {
		if p.Sensitive && overlaps(p.Path, path) {
			return true
		}
	}
	if c.Instance == nil {
		return false
	}
	for _, p := range c.Instance.Sensitive {
		if overlaps(PathText(p), path) {
			return true
		}
	}
	return false
}

func overlaps(a, b string) bool { return within(a, b) || within(b, a) }

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
