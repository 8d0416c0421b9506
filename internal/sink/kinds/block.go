package kinds

import (
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"
)

// block is the body of a sink in Go's types; what a kind does not have is
// empty.
type block struct {
	path, variable                 string
	vault, secretName, contentType string
	recipients                     map[string]string
	durable                        bool
}

// read takes the attributes of any kind. Unknown ones are an error: where a
// secret goes must be known before it exists.
func read(attrs cty.Value) (block, error) {
	if attrs == cty.NilVal || attrs.IsNull() || !attrs.IsKnown() || !attrs.Type().IsObjectType() {
		return block{}, errors.New("its settings are not known yet")
	}
	attrs, _ = attrs.UnmarkDeep()
	b := block{recipients: map[string]string{}}
	for name := range attrs.Type().AttributeTypes() {
		v := attrs.GetAttr(name)
		if !v.IsWhollyKnown() {
			return block{}, fmt.Errorf("%s is not known yet; where a secret goes must be known before it exists", name)
		}
		if v.IsNull() {
			continue
		}
		switch {
		case name == "recipients" && (v.Type().IsMapType() || v.Type().IsObjectType()):
			for it := v.ElementIterator(); it.Next(); {
				key, val := it.Element()
				if val.IsNull() || val.Type() != cty.String {
					return block{}, fmt.Errorf("recipient %q has no key", key.AsString())
				}
				b.recipients[key.AsString()] = val.AsString()
			}
		case v.Type() != cty.String:
			return block{}, fmt.Errorf("%s is no text", name)
		case name == "path":
			b.path = v.AsString()
		case name == "variable":
			b.variable = v.AsString()
		case name == "vault":
			b.vault = v.AsString()
		case name == "secret_name":
			b.secretName = v.AsString()
		case name == "content_type":
			b.contentType = v.AsString()
		case name == "durable":
			if v.AsString() == "" {
				return block{}, errors.New("durable is empty; it takes the reason in words")
			}
			b.durable = true
		}
	}
	return b, nil
}
