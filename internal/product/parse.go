package product

import (
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/diag"
)

// Parse reads a catalogue file, which holds one product block. On errors the
// product is nil.
func Parse(filename string, src []byte) (*Product, diag.Diagnostics) {
	file, diags := hclsyntax.ParseConfig(src, filename, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, fromHCL(CodeSyntax, diags)
	}
	content, diags := file.Body.Content(&hcl.BodySchema{
		Blocks: []hcl.BlockHeaderSchema{{Type: "product", LabelNames: []string{"name"}}},
	})
	if diags.HasErrors() {
		return nil, fromHCL(CodeShape, diags)
	}
	if len(content.Blocks) != 1 {
		return nil, diag.Diagnostics{diag.Errf(CodeShape, "Not one product",
			"A catalogue file holds exactly one product block.").At(file.Body.MissingItemRange())}
	}
	return ParseBlock(content.Blocks[0], src)
}

var productName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// ParseBlock reads a product block of a file whose bytes are src.
func ParseBlock(block *hcl.Block, src []byte) (*Product, diag.Diagnostics) {
	d := &decoder{}
	p := &Product{Range: block.DefRange, source: src}
	if len(block.Labels) == 1 {
		p.Name = block.Labels[0]
	}
	if !productName.MatchString(p.Name) {
		d.wrong(CodeValue, block.DefRange, "Not a product name", "A product's name consists of lower-case letters, digits and underscores: %q.", p.Name)
	}
	attrs, blocks := d.body(block.Body, block.DefRange,
		[]string{"title!", "subject", "vendor", "flow", "flows", "entered!", "reentry", "scopes", "at_expiry!", "at_expiry_short"},
		"source name", "input name", "reading name", "registration", "smtp", "renewal", "screen name",
		"need name", "notice name", "step name", "rotation_note", "warning name", "doubt name")
	d.header(p, attrs)
	d.sourcesAndInputs(p, blocks)
	d.dry = p.unknownRoots().scope(Languages()[0])
	d.expressions(p, attrs)
	d.rest(p, blocks)
	if d.diags.HasErrors() {
		return nil, d.diags
	}
	return p, d.diags
}

var flowNames = []string{"client_credentials", "authorization_code", "implicit", "admin_sign_in"}

func (d *decoder) header(p *Product, a attributes) {
	p.Title, p.Subject = a.titles("title"), a.titles("subject")
	p.Vendor = a.word("vendor", "")
	p.Entered = a.word("entered", ByHand, ByHand, ByMachine)
	p.Flows = a.words("flows")
	if f := a.word("flow", ""); f != "" {
		p.Flows = append([]string{f}, p.Flows...)
	}
	if len(p.Flows) == 0 {
		d.wrong(CodeShape, a.rng, "No flow", "A product states its flow or flows.")
	}
	for _, f := range p.Flows {
		rng := a.rng
		if e := a.expr("flows"); e != nil {
			rng = e.Range()
		} else if e := a.expr("flow"); e != nil {
			rng = e.Range()
		}
		d.oneOf(rng, "flow", f, flowNames)
	}
}

// expressions reads the attributes that may refer to inputs; reentry is one
// object of a literal and of an expression.
func (d *decoder) expressions(p *Product, a attributes) {
	p.scopes = a.list("scopes")
	p.atExpiry, p.atExpiryShort = a.text("at_expiry"), a.text("at_expiry_short")
	e := a.expr("reentry")
	if e == nil {
		return
	}
	pairs, diags := hcl.ExprMap(e)
	if diags.HasErrors() {
		d.hcl(CodeValue, diags)
		return
	}
	inner := attributes{d: d, rng: a.rng, attrs: hcl.Attributes{}}
	for _, kv := range pairs {
		key := hcl.ExprAsKeyword(kv.Key)
		if key != "needs_sign_in" && key != "as" {
			d.wrong(CodeShape, kv.Key.Range(), "Unsupported key", "reentry has needs_sign_in and as.")
			continue
		}
		inner.attrs[key] = &hcl.Attribute{Name: key, Expr: kv.Value, Range: kv.Key.Range()}
	}
	p.NeedsSignIn = inner.flag("needs_sign_in")
	p.signInAs = inner.text("as")
}

func (d *decoder) sourcesAndInputs(p *Product, blocks hcl.Blocks) {
	seen := map[string]bool{}
	for _, b := range blocks {
		name := ""
		if len(b.Labels) > 0 {
			name = b.Labels[0]
		}
		if b.Type == "source" || b.Type == "input" || b.Type == "reading" {
			d.unique(seen, b.Type+" blocks", b.Type+" "+name, b.DefRange)
		}
		switch b.Type {
		case "source":
			a, _ := d.body(b.Body, b.DefRange, []string{"title!", "url", "as_of", "dated"})
			s := Source{Name: name, Title: a.word("title", ""), URL: a.word("url", ""), AsOf: a.word("as_of", ""), Dated: a.titles("dated")}
			if s.AsOf != "" && !isDate(s.AsOf) {
				d.wrong(CodeValue, a.expr("as_of").Range(), "Not a date", "as_of is written YYYY-MM or YYYY-MM-DD, or left out where the document has no date.")
			}
			p.Sources = append(p.Sources, s)
			d.sources = append(d.sources, name)
		case "input":
			p.inputs = append(p.inputs, d.input(p, b, name))
		case "reading":
			p.readings = append(p.readings, reading{name: name})
		}
	}
	if len(p.Sources) == 0 {
		d.wrong(CodeShape, p.Range, "No source", "A product names at least one source: the document its screens are taken from.")
	}
}

// Rules an input's value can be held to.
const (
	kindEmail    = "email"
	kindHost     = "hostname"
	kindDomain   = "domain"
	kindRedirect = "redirect_uri"
	kindURL      = "url"
	kindOneOf    = "one_of"
)

// reserved are the attributes every mail_target has.
var reserved = []string{"secret", "contact", "reading", "override", "emit", "for_each", "depends_on", "lifecycle", "accept_risk", "provider", "count"}

func (d *decoder) input(p *Product, b *hcl.Block, name string) input {
	a, _ := d.body(b.Body, b.DefRange, []string{"type!", "kind", "one_of", "from", "optional", "may_wait", "required_when", "where!", "example"})
	for _, r := range reserved {
		if name == r {
			d.wrong(CodeDuplicate, b.DefRange, "Reserved name", "Every mail_target has %q already.", name)
		}
	}
	in := input{name: name, typ: cty.String}
	if e := a.expr("type"); e != nil {
		t, diags := typeexpr.TypeConstraint(e)
		d.hcl(CodeValue, diags)
		if !diags.HasErrors() {
			in.typ = t
		}
	}
	in.oneOf = a.words("one_of")
	in.kind = a.word("kind", "", kindEmail, kindHost, kindDomain, kindRedirect, kindURL)
	if len(in.oneOf) > 0 {
		in.kind = kindOneOf
	}
	in.from = a.word("from", "operator", "operator", "product", "contract")
	in.optional, in.mayWait = a.flag("optional"), a.flag("may_wait")
	in.example = a.expr("example")
	// Conditions and texts of an input may use the inputs before it.
	d.dry = p.unknownRoots().scope(Languages()[0])
	in.requiredWhen = a.typed("required_when", cty.Bool)
	in.where = a.text("where")
	if in.example != nil {
		a.literal("example", in.typ)
	}
	return in
}

// isDate accepts YYYY-MM and YYYY-MM-DD.
func isDate(s string) bool { return datePattern.MatchString(s) }

var datePattern = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$`)
