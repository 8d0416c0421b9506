package lang

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
)

// decoder makes one instance of a block. What is wrong is reported and leaves
// an unknown value of the right type.
type decoder struct {
	w    *World
	n    *node
	ctx  *hcl.EvalContext
	r    *report
	inst *resource.Instance
	refs map[addr.Instance]bool
	// meant are the required names that a mistyped one stands for, by the
	// body they are in.
	meant map[*hcl.BodyContent][]string
	// settledData: see session.
	settledData bool
	// moving is set when an attribute depends on what others compute.
	moving bool
}

// decoder prepares the instance of a block with this key; early holds the
// locals its expressions may use.
func (w *World) decoder(n *node, key string, early map[addr.Instance]cty.Value, r *report) *decoder {
	d := w.newDecoder(n, key, r)
	d.ctx = child(w.c.earlyContext(n.uses, early), d.extra(nil))
	return d
}

func (w *World) newDecoder(n *node, key string, r *report) *decoder {
	a := n.addr
	a.Key = key
	return &decoder{w: w, n: n, r: r, refs: map[addr.Instance]bool{}, meant: map[*hcl.BodyContent][]string{}, inst: &resource.Instance{
		Addr: a, Label: n.block.label, Lifecycle: n.block.lifecycle, Range: n.block.rng,
		Expr: map[string]string{}, Ranges: map[string]hcl.Range{},
	}}
}

// child is a context with the symbols of one instance. A root that is broken
// keeps the unknown value it has.
func child(parent *hcl.EvalContext, extra map[string]cty.Value) *hcl.EvalContext {
	c := parent.NewChild()
	c.Variables = map[string]cty.Value{}
	for name, v := range extra {
		if _, broken := parent.Variables[name]; !broken {
			c.Variables[name] = v
		}
	}
	return c
}

// extra are the symbols that differ between the instances of a block.
func (d *decoder) extra(self map[string]cty.Value) map[string]cty.Value {
	out := map[string]cty.Value{}
	if d.n.block.forEach != nil {
		value, ok := d.n.each[d.inst.Addr.Key]
		if !ok {
			value = cty.DynamicVal
		}
		out["each"] = cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(d.inst.Addr.Key), "value": value})
	}
	if self != nil {
		out["self"] = cty.ObjectVal(self)
	}
	return out
}

// decodeAll makes the instances with these keys.
func (s *session) decodeAll(n *node, keys []string) []*resource.Instance {
	shared := s.w.c.context(n.uses, s.value, nil)
	after := s.w.dependsOn(n)
	out := make([]*resource.Instance, 0, len(keys))
	for _, key := range keys {
		d := s.instanceDecoder(n, key, shared)
		for _, t := range n.expand {
			d.noteRef(t, nil, false)
		}
		attrs, risks := d.decode()
		plain, marks := attrs.UnmarkDeepWithPaths()
		d.inst.Attrs, d.inst.AcceptRisks, d.inst.DependsOn = plain, risks, after
		for _, m := range marks {
			d.inst.Sensitive = append(d.inst.Sensitive, m.Path)
		}
		for _, a := range after {
			d.refs[a] = true
		}
		for a := range d.refs {
			d.inst.Refs = append(d.inst.Refs, a)
		}
		slices.SortFunc(d.inst.Refs, addr.Compare)
		if !d.moving && plain.IsWhollyKnown() {
			s.w.fixed.Store(d.inst.Addr, d.inst)
		}
		out = append(out, d.inst)
	}
	return out
}

// instanceDecoder prepares an instance whose block's references are in shared.
func (s *session) instanceDecoder(n *node, key string, shared *hcl.EvalContext) *decoder {
	d := s.w.newDecoder(n, key, s.r)
	d.settledData = s.settledData
	var self map[string]cty.Value
	if n.addr.Type == appRegistration {
		self = s.computed(n.block.shape.schema.Computed, d.inst.Addr)
	}
	d.ctx = child(shared, d.extra(self))
	return d
}

// decode reads the whole block.
func (d *decoder) decode() (cty.Value, []resource.AcceptRisk) {
	b := d.n.block
	content := d.content(dynblock.Expand(b.body, d.ctx), b.whole(), b.lenient)
	return d.values(content, b.shape, b.rng, ""), d.risks(content.Blocks.OfType("accept_risk"))
}

func (d *decoder) content(body hcl.Body, schema *hcl.BodySchema, lenient bool) *hcl.BodyContent {
	if lenient {
		content, _, hd := body.PartialContent(schema)
		d.r.hcl(hd, d.inst.Addr.String())
		return content
	}
	content, hd := body.Content(schema)
	for _, x := range withChoices(diag.FromHCL(hd), schema) {
		d.r.add(x.For(d.inst.Addr.String()))
		if x.Code == diag.UnknownAttr || x.Code == diag.UnknownBlock {
			d.meant[content] = append(d.meant[content], quoted(x.Do))
		}
	}
	return content
}

func (d *decoder) err(code string, at hcl.Range, detail, do string) {
	d.r.add(diag.Of(code, detail).At(at).For(d.inst.Addr.String()).WithDo(do))
}

// values makes the object of a body. rng is the header of the block it is in.
func (d *decoder) values(content *hcl.BodyContent, sh *shape, rng hcl.Range, path string) cty.Value {
	vals := sh.schema.Defaults().AsValueMap()
	if vals == nil {
		vals = map[string]cty.Value{}
	}
	for _, a := range sh.schema.Attrs {
		if at, ok := content.Attributes[a.Name]; ok {
			vals[a.Name] = d.attribute(a, at, join(path, a.Name))
			continue
		}
		if a.Required {
			if !slices.Contains(d.meant[content], a.Name) {
				detail := strings.TrimSpace(fmt.Sprintf("%s needs %s. %s", d.blockName(path), a.Name, a.Doc))
				d.err(diag.MissingArgument, rng, detail, fmt.Sprintf("Write %s = %s.", a.Name, sample(a)))
			}
			vals[a.Name] = cty.UnknownVal(a.Type)
		}
	}
	for _, b := range sh.schema.Blocks {
		if found := content.Blocks.OfType(b.Name); len(found) > 0 {
			vals[b.Name] = d.block(b, sh.blocks[b.Name], sh.ty.AttributeType(b.Name), found, join(path, b.Name))
		}
	}
	return cty.ObjectVal(vals)
}

// quoted is the first name in quotation marks.
func quoted(s string) string {
	_, rest, _ := strings.Cut(s, `"`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}

func (d *decoder) blockName(path string) string {
	if path == "" {
		return d.inst.Addr.Type
	}
	return path
}

// sample shows how an attribute may be written.
func sample(a resource.Attr) string {
	ref := ""
	if len(a.Refs) > 0 {
		ref = a.Refs[0] + ".NAME"
	}
	switch {
	case ref != "" && !a.Type.IsPrimitiveType():
		return "[" + ref + "]"
	case ref != "":
		return ref
	case isSequence(a.Type):
		return "[…]"
	case isMapping(a.Type):
		return "{ … }"
	case a.Type == cty.String:
		return `"…"`
	}
	return "…"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// block makes the value of all nested blocks of one type.
func (d *decoder) block(b resource.Block, sh *shape, ty cty.Type, found hcl.Blocks, path string) cty.Value {
	var list []cty.Value
	byLabel := map[string]cty.Value{}
	at := map[string]hcl.Range{}
	for i, nb := range found {
		if u, ok := nb.Body.(hcldec.UnknownBody); ok && u.Unknown() {
			d.content(nb.Body, sh.hcl, false)
			d.inst.Ranges[path] = nb.DefRange
			return cty.UnknownVal(ty)
		}
		p := path
		switch b.Nesting {
		case resource.List:
			p = path + "[" + strconv.Itoa(i) + "]"
		case resource.Map:
			p = path + "[" + strconv.Quote(strings.Join(nb.Labels, ".")) + "]"
		}
		if first, twice := at[p]; twice {
			d.err(diag.Duplicate, nb.DefRange, fmt.Sprintf("%s already stands at %s, and it may stand once.", p, position(first)), "Put everything into one block.")
			continue
		}
		at[p] = nb.DefRange
		if _, ok := d.inst.Ranges[path]; !ok {
			d.inst.Ranges[path] = nb.DefRange
		}
		d.inst.Ranges[p] = nb.DefRange
		v := d.values(d.content(nb.Body, sh.hcl, false), sh, nb.DefRange, p)
		switch b.Nesting {
		case resource.Single:
			return d.single(v, found, path)
		case resource.List:
			fields := v.AsValueMap()
			for j, name := range b.LabelNames {
				fields[name] = cty.StringVal(nb.Labels[j])
			}
			list = append(list, cty.ObjectVal(fields))
		case resource.Map:
			byLabel[strings.Join(nb.Labels, ".")] = v
		}
	}
	if b.Nesting == resource.List {
		return whole(cty.ListVal(list), ty)
	}
	return whole(cty.MapVal(byLabel), ty)
}

func (d *decoder) single(v cty.Value, found hcl.Blocks, path string) cty.Value {
	for _, extra := range found[1:] {
		d.err(diag.Duplicate, extra.DefRange, fmt.Sprintf("%s already stands at %s, and it may stand once.", path, position(found[0].DefRange)), "Put everything into one block.")
	}
	return v
}

// whole brings a collection of blocks to its type.
func whole(v cty.Value, ty cty.Type) cty.Value {
	c, err := convert.Convert(v, ty)
	if err != nil {
		return cty.UnknownVal(ty)
	}
	return c
}

// attribute evaluates one attribute and brings it to its type.
func (d *decoder) attribute(a resource.Attr, at *hcl.Attribute, path string) cty.Value {
	rng := at.Expr.Range()
	d.inst.Ranges[path] = rng
	if src := d.w.c.Sources[rng.Filename]; rng.CanSliceBytes(src) {
		d.inst.Expr[path] = string(rng.SliceBytes(src))
	}
	d.noteRefs(at.Expr, len(a.Refs) > 0 && a.IDs == "")
	v, hd := at.Expr.Value(d.ctx)
	if d.r.hcl(hd, d.inst.Addr.String()) {
		return cty.UnknownVal(a.Type)
	}
	if len(a.Refs) > 0 {
		v = d.references(a, v, at.Expr)
	}
	got, err := convert.Convert(v, a.Type)
	if err != nil {
		m := mismatch(a.Name, a.Type, settled(v), err)
		d.err(m.Code, rng, m.Detail, m.Do)
		return cty.UnknownVal(a.Type)
	}
	plain, marks := got.Unmark()
	switch {
	case plain.IsNull() && a.Required:
		d.err(diag.NullOrUnknown, rng, fmt.Sprintf("%s is required and cannot be null.", a.Name), fmt.Sprintf("Write %s = %s.", a.Name, sample(a)))
		return cty.UnknownVal(a.Type)
	case plain.IsNull() && a.Default != cty.NilVal:
		return a.Default.WithMarks(marks)
	case hasNull(plain):
		d.err(diag.NullOrUnknown, rng, fmt.Sprintf("An element of %s is null.", a.Name), "Leave it out: compact([…]) drops null and empty elements.")
		return cty.UnknownVal(a.Type)
	}
	return got
}

// hasNull tells whether a list or set has a null element.
func hasNull(v cty.Value) bool {
	if v.IsNull() || !v.IsKnown() || !isSequence(v.Type()) {
		return false
	}
	for it := v.ElementIterator(); it.Next(); {
		if _, el := it.Element(); el.IsNull() {
			return true
		}
	}
	return false
}
