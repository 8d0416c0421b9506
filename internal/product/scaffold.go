package product

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// ScaffoldOptions say what is known when a configuration is started. Empty
// fields take defaults; inputs that are not known become variables without a
// value, which a plan asks for.
type ScaffoldOptions struct {
	Config     string // name of the configuration
	TenantID   string
	Auth       string // default "default"
	TimeZone   string // default "Asia/Tokyo"
	Language   string // default "ja"
	Block      string // name of the product's blocks; default the product's name
	Contact    string
	Sink       string // name of the sink; default "team"
	Inputs     map[string]cty.Value
	Recipients map[string]string // name → public key
	// Beside is set where a configuration is there already: only the product's
	// own file and its values are made.
	Beside bool
}

// File is one file of a scaffold, by its name in the configuration's directory.
type File struct {
	Name    string
	Content []byte
}

// Scaffold is a complete configuration for this product: what all products
// share, the product's own file, and the values that are edited later.
func (p *Product) Scaffold(o ScaffoldOptions) []File {
	o.Config = cmp.Or(o.Config, "mail")
	o.TenantID = cmp.Or(o.TenantID, "example.onmicrosoft.com")
	o.Auth = cmp.Or(o.Auth, "default")
	o.TimeZone = cmp.Or(o.TimeZone, "Asia/Tokyo")
	o.Language = cmp.Or(o.Language, Languages()[0])
	o.Block = cmp.Or(o.Block, p.Name)
	o.Sink = cmp.Or(o.Sink, "team")
	if o.Beside {
		return []File{
			{dashed(p.Name) + ".mailprov.hcl", format(p.blocksHCL(o))},
			{dashed(p.Name) + ".auto.mpvars.hcl", format(p.valuesHCL(o))},
		}
	}
	return []File{
		{"common.mailprov.hcl", format(commonHCL(o))},
		{dashed(p.Name) + ".mailprov.hcl", format(p.blocksHCL(o))},
		{"mailprov.mpvars.hcl", format(recipientsHCL(o) + p.valuesHCL(o))},
	}
}

// dashed is a name as files bear it.
func dashed(name string) string { return strings.ReplaceAll(name, "_", "-") }

func format(s string) []byte { return hclwrite.Format([]byte(s)) }

func commonHCL(o ScaffoldOptions) string {
	says := words(o.Language, "# このファイルは全製品に共通です。", "# Shared by all products.")
	found := words(o.Language, "Entraのアプリはこの名前で探されます。変更しないこと", "the applications in Entra are found by it; never change it")
	keys := words(o.Language, "シークレットを開ける人: 名前 = 公開鍵。`mailprov key new` で作成", "Who can open the secrets: name = public key. `mailprov key new` makes a pair.")
	return says + `
mailprov {
  required_version = ">= 0.1"
  name             = ` + quoteHCL(o.Config) + ` # ` + found + `
  time_zone        = ` + quoteHCL(o.TimeZone) + `
  language         = ` + quoteHCL(o.Language) + `

  backend "local" {
    path = "mailprov.state.json"
  }
}

tenant {
  id   = ` + quoteHCL(o.TenantID) + `
  auth = ` + quoteHCL(o.Auth) + `
}

variable "recipients" {
  description = ` + quoteHCL(keys) + `
  type        = map(string)
}

sink "sealed" ` + quoteHCL(o.Sink) + ` {
  recipients = var.recipients
}
`
}

// variable is the name of the variable that holds an input.
func (p *Product) variable(input string) string { return p.Name + "_" + input }

// variables renames the inputs of an expression to their variables, and what
// the application knows of itself to self.
func (p *Product) variables() map[string]string {
	out := map[string]string{"app": "self"}
	for _, in := range p.inputs {
		out["input."+in.name] = "var." + p.variable(in.name)
	}
	return out
}

func (p *Product) blocksHCL(o ScaffoldOptions) string {
	var b strings.Builder
	s := p.unknownRoots().scope(o.Language)
	b.WriteString("# " + p.Title[o.Language] + "  " + p.Sources[0].Title + " (" + p.Sources[0].dated(o.Language) + ")\n\n")
	for _, in := range p.inputs {
		where, _, _ := s.text(in.where)
		b.WriteString("variable " + quoteHCL(p.variable(in.name)) + " {\ndescription = " + quoteHCL(where) + "\ntype = " + typeHCL(in.typ) + "\n")
		if in.mayWait || in.optional || in.requiredWhen != nil {
			b.WriteString("default = null\n")
		}
		b.WriteString("}\n\n")
	}
	if p.registration.owner != nil {
		b.WriteString("data \"user\" " + quoteHCL(o.Block) + " {\nuser_principal_name = " + p.quoteExpr(p.registration.owner, p.variables()) + "\n}\n\n")
	}
	b.WriteString(p.registrationHCL(o) + "\n" + p.secretHCL(o) + "\n" + p.targetHCL(o))
	return b.String()
}

func (p *Product) registrationHCL(o ScaffoldOptions) string {
	var b strings.Builder
	r, needs := p.registration, p.Needs(cty.NilVal)
	b.WriteString("app_registration " + quoteHCL(o.Block) + " {\n")
	b.WriteString("display_name = " + quoteHCL(cmp.Or(r.displayName, p.Title["en"])) + "\n")
	b.WriteString("sign_in_audience = " + quoteHCL(r.audiences[0]) + "\n")
	if r.identifierURI != nil {
		b.WriteString("identifier_uris = [" + p.quoteExpr(r.identifierURI, p.variables()) + "]\n")
	}
	if r.owner != nil {
		b.WriteString("owners = [data.user." + o.Block + ".id]\n")
	}
	if uris := p.redirectsHCL(); uris != "" || r.implicit != nil {
		block := platformHCL(r.platform, nil, r.implicit)
		head, rest, _ := strings.Cut(block, "\n")
		if uris != "" {
			head += "\nredirect_uris = " + uris
		}
		b.WriteString("\n" + head + "\n" + rest)
	}
	for _, api := range apisOf(needs.Permissions) {
		kinds := map[string][]string{}
		for _, n := range needs.Permissions {
			if n.API == api {
				kinds[n.Kind] = append(append(kinds[n.Kind], n.Required...), n.Listed...)
			}
		}
		if len(kinds["application"])+len(kinds["delegated"]) > 0 {
			b.WriteString("\n" + permissionsHCL(api, kinds))
		}
	}
	b.WriteString("admin_consent = " + boolHCL(needs.AdminConsent) + "\n")
	b.WriteString("\nlifecycle {\nprevent_destroy = true\n}\n}\n")
	return b.String()
}

// apisOf lists the APIs of needs in their order, each once.
func apisOf(needs []PermissionNeed) []string {
	var out []string
	for _, n := range needs {
		if !slices.Contains(out, n.API) {
			out = append(out, n.API)
		}
	}
	return out
}

// redirectsHCL is the list of redirect URIs in terms of the variables.
func (p *Product) redirectsHCL() string {
	if p.registration.redirectURIs == nil {
		return ""
	}
	elements, diags := hcl.ExprList(p.registration.redirectURIs)
	if diags.HasErrors() {
		return p.quoteExpr(p.registration.redirectURIs, p.variables())
	}
	if len(elements) == 0 {
		return ""
	}
	s := p.unknownRoots().scope("en")
	var texts []string
	nested, waits := false, false
	for _, e := range elements {
		v, _ := e.Value(s.ctx)
		nested = nested || !v.Type().IsPrimitiveType()
		waits = waits || p.mayWait(e)
		texts = append(texts, p.quoteExpr(e, p.variables()))
	}
	list := listHCL(texts)
	if nested {
		list = "flatten(" + list + ")"
	}
	if waits {
		list = "compact(" + list + ")"
	}
	return list
}

// mayWait tells whether e uses an input that may be null for a while.
func (p *Product) mayWait(e hcl.Expression) bool {
	for _, t := range e.Variables() {
		for _, in := range p.inputs {
			if !in.mayWait || t.RootName() != "input" || len(t) < 2 {
				continue
			}
			if attr, ok := t[1].(hcl.TraverseAttr); ok && attr.Name == in.name {
				return true
			}
		}
	}
	return false
}

func (p *Product) secretHCL(o ScaffoldOptions) string {
	a := p.SecretAdvice()
	out := "client_secret " + quoteHCL(o.Block) + " {\napp = app_registration." + o.Block + "\n"
	out += "display_name = " + quoteHCL(cmp.Or(a.DisplayName, p.Title[o.Language])) + "\n"
	if a.Lifetime != "" {
		out += "lifetime = " + quoteHCL(a.Lifetime)
		if a.Prescribed && a.Cite != "" {
			out += " # " + a.Cite
		}
		out += "\nrotate_before = " + quoteHCL(cmp.Or(a.RotateBefore, "60d")) + "\n"
	}
	return out + "deliver_to = [sink." + o.Sink + "]\n}\n"
}

func (p *Product) targetHCL(o ScaffoldOptions) string {
	var b strings.Builder
	b.WriteString("mail_target " + quoteHCL(p.Name) + " " + quoteHCL(o.Block) + " {\nsecret = client_secret." + o.Block + "\n")
	for _, in := range p.inputs {
		b.WriteString(in.name + " = var." + p.variable(in.name) + "\n")
	}
	if o.Contact != "" {
		b.WriteString("contact = " + quoteHCL(o.Contact) + "\n")
	}
	b.WriteString("\nemit \"html\" {\npath = " + quoteHCL("out/"+dashed(o.Block)+".html") + "\n}\n")
	for _, st := range p.steps {
		if st.command != nil {
			b.WriteString("emit \"powershell\" {\npath = " + quoteHCL("out/"+dashed(o.Block)+"-exchange.ps1") + "\n}\n")
			break
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// recipientsHCL assigns who can open the secrets.
func recipientsHCL(o ScaffoldOptions) string {
	var b strings.Builder
	b.WriteString(words(o.Language, "# あとで編集するのはこのファイルだけです。", "# The only file that is edited later.") + "\n")
	if len(o.Recipients) > 0 {
		b.WriteString("recipients = {\n")
		for _, name := range slices.Sorted(maps.Keys(o.Recipients)) {
			b.WriteString(quoteHCL(name) + " = " + quoteHCL(o.Recipients[name]) + "\n")
		}
		b.WriteString("}\n")
	} else {
		b.WriteString("# recipients = { admin = \"age1…\", safe = \"age1…\" } # mailprov key new\n")
	}
	return b.String() + "\n"
}

// valuesHCL assigns what is known; what is asked for stands as a comment with
// where it is found and an example.
func (p *Product) valuesHCL(o ScaffoldOptions) string {
	var b strings.Builder
	s := p.unknownRoots().scope(o.Language)
	for n, in := range p.inputs {
		where, _, _ := s.text(in.where)
		if n > 0 {
			b.WriteString("\n")
		}
		b.WriteString("# " + where + "\n")
		name := p.variable(in.name)
		given, ok := o.Inputs[in.name]
		switch {
		case ok && given.IsWhollyKnown():
			given, _ = given.UnmarkDeep()
			b.WriteString(name + " = " + string(hclwrite.TokensForValue(given).Bytes()) + "\n")
		case in.mayWait || in.optional || in.requiredWhen != nil:
			b.WriteString(name + " = null\n")
		default:
			b.WriteString("# " + name + " = " + in.exampleHCL() + "\n")
		}
	}
	return b.String()
}

// exampleHCL is the entry's example, or something of the right shape.
func (in input) exampleHCL() string {
	if in.example != nil {
		if v, diags := in.example.Value(nil); !diags.HasErrors() && v.IsWhollyKnown() {
			return string(hclwrite.TokensForValue(v).Bytes())
		}
	}
	if in.typ.IsMapType() {
		return `{ "example.co.jp" = "https://…" }`
	}
	return `"https://…"`
}

func typeHCL(t cty.Type) string {
	switch {
	case t.IsMapType():
		return "map(" + typeHCL(t.ElementType()) + ")"
	case t.IsListType():
		return "list(" + typeHCL(t.ElementType()) + ")"
	case t.IsSetType():
		return "set(" + typeHCL(t.ElementType()) + ")"
	case t == cty.Number:
		return "number"
	case t == cty.Bool:
		return "bool"
	}
	return "string"
}
