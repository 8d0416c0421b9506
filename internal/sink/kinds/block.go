package kinds

import (
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"
)

// block is the body of a sink in Go's types; what a kind does not have is
// empty.
type block struct {
	path, variable                   string
	objectName, namespace, key, kind string
	labels, annotations              map[string]string
	command                          []string
	timeout                          string
	vault, secretName, contentType   string
	recipients                       map[string]string
	durable                          bool
}

// read takes the attributes of any kind. Unknown ones are an error: where a
// secret goes must be known before it exists.
func read(attrs cty.Value) (block, error) {
	if attrs == cty.NilVal || attrs.IsNull() || !attrs.IsKnown() || !attrs.Type().IsObjectType() {
		return block{}, errors.New("its settings are not known yet")
	}
	b := block{recipients: map[string]string{}}
	if attrs.Type().HasAttribute("command") && attrs.GetAttr("command").ContainsMarked() {
		return block{}, errors.New("command holds a sensitive value; everybody on a machine can read the arguments of its programs. The program has to find it in another way, such as a file")
	}
	for _, name := range []string{"vault", "secret_name"} {
		if !attrs.Type().HasAttribute(name) || !attrs.GetAttr(name).ContainsMarked() {
			continue
		}
		return block{}, errors.New(name + " holds a sensitive value; plans and errors show where a secret goes. If it is none, write nonsensitive(…)")
	}
	attrs, _ = attrs.UnmarkDeep()
	for name := range attrs.Type().AttributeTypes() {
		v := attrs.GetAttr(name)
		if !v.IsWhollyKnown() {
			return block{}, fmt.Errorf("%s is not known yet; where a secret goes must be known before it exists", name)
		}
		if v.IsNull() {
			continue
		}
		if err := b.set(name, v); err != nil {
			return block{}, err
		}
	}
	return b, nil
}

// set takes one attribute.
func (b *block) set(name string, v cty.Value) (err error) {
	switch name {
	case "recipients":
		b.recipients, err = texts("recipient", v)
		return err
	case "labels":
		b.labels, err = texts("label", v)
		return err
	case "annotations":
		b.annotations, err = texts("annotation", v)
		return err
	case "command":
		b.command, err = arguments(v)
		return err
	}
	if v.Type() != cty.String {
		return fmt.Errorf("%s is no text", name)
	}
	switch text := v.AsString(); name {
	case "path":
		b.path = text
	case "variable":
		b.variable = text
	case "name":
		b.objectName = text
	case "namespace":
		b.namespace = text
	case "key":
		b.key = text
	case "type":
		b.kind = text
	case "timeout":
		b.timeout = text
	case "vault":
		b.vault = text
	case "secret_name":
		b.secretName = text
	case "content_type":
		b.contentType = text
	case "durable":
		if text == "" {
			return errors.New("durable is empty; it takes the reason in words")
		}
		b.durable = true
	}
	return nil
}

// texts reads a map of texts; one is what each of them is called.
func texts(one string, v cty.Value) (map[string]string, error) {
	if !v.Type().IsMapType() && !v.Type().IsObjectType() {
		return nil, fmt.Errorf("%ss is no map", one)
	}
	out := map[string]string{}
	for it := v.ElementIterator(); it.Next(); {
		key, val := it.Element()
		if val.IsNull() || val.Type() != cty.String {
			return nil, fmt.Errorf("%s %q has no text", one, key.AsString())
		}
		out[key.AsString()] = val.AsString()
	}
	return out, nil
}

// arguments reads a command.
func arguments(v cty.Value) ([]string, error) {
	if !v.Type().IsListType() && !v.Type().IsTupleType() {
		return nil, errors.New("command is no list")
	}
	var out []string
	for it := v.ElementIterator(); it.Next(); {
		_, arg := it.Element()
		if arg.IsNull() || arg.Type() != cty.String {
			return nil, errors.New("command holds an argument that is no text")
		}
		out = append(out, arg.AsString())
	}
	return out, nil
}
