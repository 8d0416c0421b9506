package lang

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
)

// Config is a configuration whose files are read and whose variables and
// settings are settled. It does not change once loaded.
type Config struct {
	Settings Settings
	// Sources are all files by name, for showing diagnostics; values of the
	// command line and the environment are in it under names of their own.
	Sources map[string][]byte

	options   Options
	functions map[string]function.Function
	variables map[string]*variable
	missing   []MissingVariable
	locals    map[string]*local
	blocks    map[addr.Instance]*block
	order     []*block // as declared
	outputs   []*output
	moves     []hcl.Body
	moveAt    []hcl.Range
	// incomplete is set where something could not be read, so that a name
	// that is not declared may just not have been seen; misread are the names
	// in block headers that are wrong.
	incomplete bool
	misread    map[string]bool
}

// Settings are the blocks that are settled before anything else.
type Settings struct {
	Name     string
	TimeZone string
	Location *time.Location // UTC where time_zone is not written
	Language string         // empty: the system's
	Backend  Backend
	// Encryption is that of the state before it is stored; nil where there is
	// none.
	Encryption *Encryption
	Tenant     Tenant
	Range      hcl.Range // of the mailprov block
}

// Backend says where the state is kept.
type Backend struct {
	Kind  string
	Attrs cty.Value // of the type of the kind's schema
	Range hcl.Range
}

// Encryption says to whom the state is encrypted.
type Encryption struct {
	Recipients map[string]string // public keys by the names of their holders
	Range      hcl.Range
}

// Tenant is the tenant block. What is not written is empty.
type Tenant struct {
	ID        string
	Cloud     string // public, usgov, usgov_dod or china
	Auth      string // default where it is not written
	Operators []string
	Range     hcl.Range
}

type local struct {
	name string
	expr hcl.Expression
	rng  hcl.Range // of the name
}

type output struct {
	name        string
	description string
	sensitive   bool
	expr        hcl.Expression
	rng         hcl.Range
}

// Load parses all files, settles the variables and reads the settings. The
// configuration comes back also with errors, so that Expand and Evaluate can
// report theirs in the same run.
func Load(o Options) (*Config, diag.Diagnostics) {
	c := &Config{
		options: o, Sources: map[string][]byte{},
		misread: map[string]bool{}, variables: map[string]*variable{}, locals: map[string]*local{}, blocks: map[addr.Instance]*block{},
	}
	c.functions = functions(o.ReadFile)
	l := &loader{c: c, r: &report{}}
	l.files()
	l.variableValues()
	l.settings()
	return c, l.r.ds
}

// loader fills a Config.
type loader struct {
	c         *Config
	r         *report
	about     string // address of what literals belong to
	mailprovs hcl.Blocks
	tenants   hcl.Blocks
	outputs   map[string]hcl.Range
}

func (l *loader) files() {
	files := l.c.options.ofKind(configFile)
	for _, f := range files {
		l.c.Sources[f.Name] = f.Bytes
		body, ds := parse(f)
		l.r.add(ds...)
		content, hd := body.Content(topLevel())
		ds2 := withChoices(diag.FromHCL(hd), topLevel())
		l.r.add(ds2...)
		l.c.incomplete = l.c.incomplete || ds.HasErrors() || ds2.HasErrors() && !l.misread(body)
		for _, b := range content.Blocks {
			l.block(b)
		}
	}
	for _, f := range l.c.options.Files {
		if kindOf(f.Name) == otherFile {
			l.r.add(diag.Codef(diag.FileName, "%s is neither a configuration nor a file of variables.", f.Name).
				WithDof("Configurations end in .mailprov.hcl or .mailprov.json, variables in .mpvars.hcl."))
		}
	}
	if len(files) == 0 {
		l.r.add(diag.Codef(diag.NoConfiguration, "The directory holds no file that ends in .mailprov.hcl or .mailprov.json.").
			WithDof("Change to the directory of the configuration, name it with -chdir=DIR, or begin one with mailprov init."))
	}
}

// misread notes the names in wrong block headers, as far as the syntax lets
// them be found.
func (l *loader) misread(body hcl.Body) bool {
	native, ok := body.(*hclsyntax.Body)
	if !ok {
		return false
	}
	labels := map[string]int{}
	for _, b := range topLevel().Blocks {
		labels[b.Type] = len(b.LabelNames)
	}
	for _, b := range native.Blocks {
		if n, known := labels[b.Type]; !known || n != len(b.Labels) {
			for _, name := range b.Labels {
				l.c.misread[name] = true
			}
		}
	}
	return true
}

func (l *loader) block(b *hcl.Block) {
	for i, label := range b.Labels {
		if !hclsyntax.ValidIdentifier(label) && !(i == 0 && len(b.Labels) == 2) {
			l.c.incomplete = true
			l.r.add(diag.Codef(diag.Labels, "%q is not a name: a name begins with a letter and goes on with letters, digits, _ and -.", label).At(b.LabelRanges[i]).
				WithDof("Choose a name of that form; what people see is display_name."))
			return
		}
	}
	switch b.Type {
	case "mailprov":
		l.mailprovs = append(l.mailprovs, b)
	case "tenant":
		l.tenants = append(l.tenants, b)
	case "variable":
		l.variable(b)
	case "locals":
		l.localValues(b)
	case "output":
		l.output(b)
	case "moved":
		l.c.moves = append(l.c.moves, b.Body)
		l.c.moveAt = append(l.c.moveAt, b.DefRange)
	default:
		l.resource(b)
	}
}

func (l *loader) localValues(b *hcl.Block) {
	attrs, hd := b.Body.JustAttributes()
	if l.r.hcl(hd, "") {
		l.c.incomplete = true
	}
	for _, a := range sortedAttributes(attrs) {
		if first, ok := l.c.locals[a.Name]; ok {
			l.twice("local."+a.Name, first.rng, a.NameRange)
			continue
		}
		l.c.locals[a.Name] = &local{name: a.Name, expr: a.Expr, rng: a.NameRange}
	}
}

func (l *loader) output(b *hcl.Block) {
	name := b.Labels[0]
	if first, ok := l.outputs[name]; ok {
		l.twice("output."+name, first, b.LabelRanges[0])
		return
	}
	if l.outputs == nil {
		l.outputs = map[string]hcl.Range{}
	}
	l.outputs[name] = b.LabelRanges[0]
	content := l.content(b.Body, &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "value"}, {Name: "description"}, {Name: "sensitive"}}}, "output."+name)
	o := &output{name: name, rng: b.DefRange}
	l.about = "output." + name
	defer func() { l.about = "" }()
	o.description, _ = l.literalString(content, "description")
	o.sensitive, _ = l.literalBool(content, "sensitive")
	v, ok := content.Attributes["value"]
	if !ok {
		l.r.add(diag.Codef(diag.MissingArgument, "An output needs a value.").At(b.DefRange).For("output." + name).WithDof("Write value = …"))
		return
	}
	o.expr = v.Expr
	l.c.outputs = append(l.c.outputs, o)
}

// twice reports a second declaration and where the first stands.
func (l *loader) twice(what string, first, second hcl.Range) {
	l.r.add(diag.Codef(diag.Duplicate, "%s is already declared at %s.", what, position(first)).
		At(second).WithDof("Choose another name, or remove one of the two."))
}

func position(r hcl.Range) string { return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line) }

// content reads a body by its schema; what does not belong is reported with
// what would.
func (l *loader) content(body hcl.Body, schema *hcl.BodySchema, address string) *hcl.BodyContent {
	content, hd := body.Content(schema)
	for _, d := range withChoices(diag.FromHCL(hd), schema) {
		l.r.add(d.For(address))
	}
	return content
}

// withChoices adds to unknown blocks and attributes, where no name is near,
// which names there are.
func withChoices(ds diag.Diagnostics, schema *hcl.BodySchema) diag.Diagnostics {
	for i, d := range ds {
		if d.Do == "" && (d.Code == diag.UnknownBlock || d.Code == diag.UnknownAttr) {
			ds[i].Do = choices(d, schema)
		}
	}
	return ds
}

func choices(d diag.Diagnostic, schema *hcl.BodySchema) string {
	if strings.Contains(d.Detail, `"count"`) {
		return "There is no count: for_each makes one instance for every key of a map or set of strings."
	}
	var attrs, blocks []string
	for _, a := range schema.Attributes {
		attrs = append(attrs, a.Name)
	}
	for _, b := range schema.Blocks {
		blocks = append(blocks, b.Type)
	}
	if near := diag.Nearest(quoted(d.Detail), append(slices.Clone(attrs), blocks...)); near != "" {
		return fmt.Sprintf("Did you mean %q?", near)
	}
	var parts []string
	if len(attrs) > 0 {
		parts = append(parts, "Attributes here: "+strings.Join(attrs, ", ")+".")
	}
	if len(blocks) > 0 {
		parts = append(parts, "Blocks here: "+strings.Join(blocks, ", ")+".")
	}
	return strings.Join(parts, " ")
}
