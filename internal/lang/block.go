package lang

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
)

// block is a declared resource, sink, target or data block.
type block struct {
	addr      addr.Instance // without a key
	label     string        // product of a mail_target, kind of a sink or data
	labelAt   hcl.Range
	rng       hcl.Range // of the header
	body      hcl.Body
	shape     *shape
	exports   []resource.Attr // attributes that others may use
	lenient   bool            // the schema is not known, which is reported
	forEach   *hcl.Attribute
	dependsOn *hcl.Attribute
	lifecycle resource.Lifecycle
}

// shape is a schema with what decoding needs of it, worked out once.
type shape struct {
	schema resource.Schema
	ty     cty.Type
	hcl    *hcl.BodySchema
	blocks map[string]*shape
}

func shapeOf(s resource.Schema) *shape {
	sh := &shape{schema: s, ty: s.Type(), hcl: &hcl.BodySchema{}, blocks: map[string]*shape{}}
	for _, a := range s.Attrs {
		sh.hcl.Attributes = append(sh.hcl.Attributes, hcl.AttributeSchema{Name: a.Name})
	}
	for _, b := range s.Blocks {
		sh.hcl.Blocks = append(sh.hcl.Blocks, hcl.BlockHeaderSchema{Type: b.Name, LabelNames: b.LabelNames})
		sh.blocks[b.Name] = shapeOf(b.Schema)
	}
	return sh
}

// acceptRisk is the block that every instance may hold.
func acceptRisk() resource.Schema {
	return resource.Schema{Attrs: []resource.Attr{
		{Name: "reason", Type: cty.String, Required: true},
		{Name: "until", Type: cty.String},
	}}
}

// inside is the body schema of a block without what is settled statically.
func (b *block) inside() *hcl.BodySchema {
	out := &hcl.BodySchema{Attributes: b.shape.hcl.Attributes, Blocks: slices.Clone(b.shape.hcl.Blocks)}
	if !b.isData() {
		out.Blocks = append(out.Blocks, hcl.BlockHeaderSchema{Type: "accept_risk", LabelNames: []string{"code"}})
	}
	return out
}

// whole is the body schema with everything that may stand in the block.
func (b *block) whole() *hcl.BodySchema {
	out := b.inside()
	out.Attributes = append(slices.Clone(out.Attributes), hcl.AttributeSchema{Name: "for_each"})
	if !b.isData() {
		out.Attributes = append(out.Attributes, hcl.AttributeSchema{Name: "depends_on"})
		out.Blocks = append(out.Blocks, hcl.BlockHeaderSchema{Type: "lifecycle"})
	}
	return out
}

func (b *block) isData() bool { return strings.HasPrefix(b.addr.Type, "data.") }

// resource declares a block and finds its schema.
func (l *loader) resource(hb *hcl.Block) {
	last := len(hb.Labels) - 1
	b := &block{addr: addr.Instance{Type: hb.Type, Name: hb.Labels[last]}, rng: hb.DefRange, body: hb.Body}
	if last == 1 {
		b.label, b.labelAt = hb.Labels[0], hb.LabelRanges[0]
	}
	var schema resource.Schema
	switch hb.Type {
	case appRegistration:
		schema = appregistration.Schema()
		b.exports = append(slices.Clone(schema.Computed), resource.Attr{Name: "display_name", Type: cty.String})
	case clientSecret:
		schema = clientsecret.Schema()
		b.exports = schema.Computed
	case sinkBlock:
		schema = l.kindSchema(b, "sink", l.c.options.Sinks)
	case mailTarget:
		inputs, ok := l.c.options.product(b.label)
		b.lenient = !ok
		if !ok {
			l.r.add(diag.Codef(diag.UnknownProduct, "The catalogue has no product %q.", b.label).At(b.labelAt).
				For(b.addr.String()).WithDo(oneOf(b.label, l.c.options.ProductNames)))
		}
		schema = mailtarget.Schema(inputs)
	case "data":
		b.addr.Type = "data." + b.label
		schema = l.kindSchema(b, "data", dataSchemas())
		b.exports = schema.Computed
	}
	if first, ok := l.c.blocks[b.addr]; ok {
		l.twice(b.addr.String(), first.rng, hb.LabelRanges[last])
		return
	}
	b.shape = shapeOf(schema)
	l.meta(b)
	l.c.blocks[b.addr] = b
	l.c.order = append(l.c.order, b)
}

func (o Options) product(name string) ([]resource.Attr, bool) {
	if o.Products == nil {
		return nil, false
	}
	return o.Products(name)
}

func (l *loader) kindSchema(b *block, what string, schemas map[string]resource.Schema) resource.Schema {
	s, ok := schemas[b.label]
	if !ok {
		b.lenient = true
		l.r.add(diag.Codef(diag.UnknownKind, "There is no %s of kind %q.", what, b.label).At(b.labelAt).
			For(b.addr.String()).WithDo(oneOf(b.label, slices.Sorted(maps.Keys(schemas)))))
	}
	return s
}

// oneOf says which name was meant, or which there are.
func oneOf(word string, names []string) string {
	if near := diag.Nearest(word, names); near != "" {
		return fmt.Sprintf("Did you mean %q?", near)
	}
	if len(names) == 0 {
		return ""
	}
	return "There are: " + strings.Join(names, ", ") + "."
}

// meta reads what belongs to the block itself and not to its instances.
func (l *loader) meta(b *block) {
	content, _, _ := b.body.PartialContent(&hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "for_each"}, {Name: "depends_on"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "lifecycle"}},
	})
	b.forEach = content.Attributes["for_each"]
	if b.isData() {
		return
	}
	b.dependsOn = content.Attributes["depends_on"]
	for i, lb := range content.Blocks {
		if i > 0 {
			l.twice("lifecycle", content.Blocks[0].DefRange, lb.DefRange)
			continue
		}
		l.lifecycle(b, lb)
	}
}
