package product

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// doOf maps the kinds of fields to what a person does with them.
var doOf = map[string]string{
	"text": "enter", "number": "enter", "date": "enter", "secret": "enter",
	"choice": "choose", "checkbox": "tick", "shown_by_product": "check",
	"blank": "leave_blank", "set_by_product": "set_by_product",
}

var fieldKinds = []string{"text", "number", "date", "secret", "choice", "checkbox", "shown_by_product", "blank", "set_by_product"}

// rest reads every block that is neither source nor input.
func (d *decoder) rest(p *Product, blocks hcl.Blocks) {
	seen := map[string]bool{}
	nextReading := 0
	for _, b := range blocks {
		if len(b.Labels) > 0 && b.Type != "source" && b.Type != "input" && b.Type != "reading" {
			d.unique(seen, b.Type+" blocks", b.Type+" "+b.Labels[0], b.DefRange)
		}
		switch b.Type {
		case "reading":
			p.readings[nextReading] = d.reading(b)
			nextReading++
		case "registration":
			d.unique(seen, "blocks", "registration", b.DefRange)
			p.registration = d.parseRegistration(b)
		case "smtp":
			d.unique(seen, "blocks", "smtp", b.DefRange)
			a, _ := d.body(b.Body, b.DefRange, []string{"host!", "port!", "security!", "auth!", "when"})
			p.smtp = &smtp{
				host: a.word("host", ""), port: a.number("port"), auth: a.word("auth", "", "xoauth2", "login"),
				security: a.typed("security", cty.String), when: a.typed("when", cty.Bool),
			}
		case "renewal":
			d.unique(seen, "blocks", "renewal", b.DefRange)
			a, _ := d.body(b.Body, b.DefRange, []string{"from", "by", "text!", "error_before"})
			p.renewal = &renewal{from: a.duration("from"), by: a.duration("by"), text: a.text("text"), errorBefore: a.duration("error_before")}
		case "screen":
			p.screens = append(p.screens, d.screen(b))
		case "need":
			p.needs = append(p.needs, d.remark(b))
		case "notice":
			p.notices = append(p.notices, d.remark(b))
		case "rotation_note":
			p.rotationNotes = append(p.rotationNotes, d.remark(b))
		case "warning":
			p.warnings = append(p.warnings, d.remark(b))
		case "doubt":
			p.doubts = append(p.doubts, d.remark(b))
		case "step":
			p.steps = append(p.steps, d.step(b))
		}
	}
	if !seen["registration"] {
		d.wrong(CodeShape, p.Range, "No registration", "A product has a registration block: what its application needs in Entra.")
	}
	if len(p.screens) == 0 && p.Entered == ByHand {
		d.wrong(CodeShape, p.Range, "No screen", "A product that a person fills in has at least one screen.")
	}
}

func (d *decoder) reading(b *hcl.Block) reading {
	a, _ := d.body(b.Body, b.DefRange, []string{"options!", "default!", "item", "reason!", "when", "cite"})
	r := reading{
		name: b.Labels[0], options: a.words("options"), deflt: a.word("default", ""),
		item: a.word("item", ""), reason: a.text("reason"), when: a.typed("when", cty.Bool), cite: a.cite(),
	}
	if e := a.expr("default"); e != nil && !slices.Contains(r.options, r.deflt) {
		d.oneOf(e.Range(), "default", r.deflt, r.options)
	}
	return r
}

func (d *decoder) remark(b *hcl.Block) remark {
	a, _ := d.body(b.Body, b.DefRange, []string{"text!", "when", "cite", "plan", "sheet", "reenter", "occasion"})
	r := remark{
		text: a.text("text"), when: a.typed("when", cty.Bool), cite: a.cite(),
		plan: a.flag("plan"), sheet: a.flag("sheet"), reenter: a.flag("reenter"),
		occasion: a.word("occasion", "", First, Rotation),
	}
	return r
}

func (d *decoder) step(b *hcl.Block) step {
	a, _ := d.body(b.Body, b.DefRange, []string{"moment!", "who!", "text!", "brief", "command", "unless", "when", "reenter", "cite"})
	return step{
		moment: a.word("moment", "", "before", "after", "if_needed"),
		who:    a.text("who"), text: a.text("text"), brief: a.text("brief"),
		command: a.typed("command", cty.String), unless: a.typed("unless", cty.String),
		when: a.typed("when", cty.Bool), reenter: a.flag("reenter"), cite: a.cite(),
	}
}

func (d *decoder) screen(b *hcl.Block) screen {
	a, blocks := d.body(b.Body, b.DefRange, []string{"title", "path", "when", "numbered"},
		"field label", "press label", "sign_in label", "expect label")
	s := screen{
		name: b.Labels[0], title: a.text("title"), path: a.list("path"),
		when: a.typed("when", cty.Bool), numbered: a.flag("numbered"),
	}
	if s.title == nil && s.path == nil {
		d.wrong(CodeShape, b.DefRange, "Screen without a name", "A screen has a path or a title.")
	}
	if len(blocks) == 0 {
		d.wrong(CodeShape, b.DefRange, "Empty screen", "A screen has at least one field, press, sign_in or expect block.")
	}
	for _, inner := range blocks {
		s.items = append(s.items, d.item(inner))
	}
	return s
}

func (d *decoder) item(b *hcl.Block) item {
	it := item{label: b.Labels[0]}
	common := []string{"reenter", "note", "when", "cite"}
	if it.label == "" {
		d.wrong(CodeValue, b.LabelRanges[0], "Empty label", "The label is what the product's screen shows.")
	}
	var a attributes
	switch b.Type {
	case "field":
		a, _ = d.body(b.Body, b.DefRange, append(common, "kind!", "value"))
		d.field(&it, a)
	case "press":
		a, _ = d.body(b.Body, b.DefRange, append(common, "then", "consent"))
		it.do, it.from, it.consent, it.then = "press", "product", a.flag("consent"), a.text("then")
	case "sign_in":
		a, _ = d.body(b.Body, b.DefRange, append(common, "as!", "then"))
		it.do, it.from, it.as, it.then = "sign_in", "product", a.text("as"), a.text("then")
	case "expect":
		a, _ = d.body(b.Body, b.DefRange, append(common, "then"))
		it.do, it.from, it.then = "expect", "product", a.text("then")
	}
	it.reenter = a.flag("reenter") || it.secret
	it.note, it.when, it.cite = a.text("note"), a.typed("when", cty.Bool), a.cite()
	return it
}

func (d *decoder) field(it *item, a attributes) {
	kind := a.word("kind", "text", fieldKinds...)
	it.do, it.secret = doOf[kind], kind == "secret"
	it.value = a.text("value")
	refs := uses(it.value)
	switch {
	case it.secret:
		it.from = "secret"
	case kind == "shown_by_product", kind == "set_by_product":
		it.from = "product"
	case slices.Contains(refs, "input"):
		it.from = "input"
	case slices.ContainsFunc(refs, func(r string) bool { return r == "app" || r == "secret" || r == "tenant" }):
		it.from = "registration"
	default:
		it.from = "literal"
	}
	bare := it.secret || kind == "blank"
	if bare && it.value != nil {
		d.wrong(CodeShape, it.value.Range(), "Value not wanted", "%s", fmt.Sprintf("A field of kind %s has no value here.", kind))
	}
	if !bare && it.value == nil && kind != "set_by_product" && kind != "shown_by_product" && a.attrs["kind"] != nil {
		d.wrong(CodeShape, a.rng, "No value", "%s", fmt.Sprintf("A field of kind %s needs a value.", kind))
	}
}
