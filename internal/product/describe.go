package product

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Description is an entry of the catalogue for somebody who is about to use
// it: what it needs, where each input is found, and the configuration to start
// from.
type Description struct {
	Name     string
	Language string
	Title    string
	Subject  string
	Vendor   string
	Sources  []SourceRef
	Flows    []string
	Entered  string
	SignInAs string // empty where nobody signs in
	Inputs   []InputDescription
	Needs    Needs
	Before   []string // done outside the product first
	Readings []ReadingDescription
	AtExpiry string
	Renewal  string
	Warnings []string
	Doubts   []string // what the document leaves open
	Files    []File   // a configuration to start from
}

// InputDescription is one input of a product.
type InputDescription struct {
	Name     string
	Type     string
	Required bool
	MayWait  bool
	OneOf    []string
	From     string // operator, product or contract
	Where    string
}

// ReadingDescription is a place where the document contradicts itself.
type ReadingDescription struct {
	Name    string
	Options []string
	Default string
	Reason  string
	Cite    string
}

// Describe describes the product in a language.
func (p *Product) Describe(lang string) Description {
	s := p.exampleScope(lang)
	text := func(r remark) string { t, _, _ := s.text(r.text); return t }
	d := Description{
		Name: p.Name, Language: lang, Title: p.Title[lang], Subject: p.Subject[lang], Vendor: p.Vendor,
		Flows: p.Flows, Entered: p.Entered, Needs: p.Needs(s.ctx.Variables["input"]),
		Files: p.Scaffold(ScaffoldOptions{Language: lang}),
	}
	if p.NeedsSignIn {
		d.SignInAs, _, _ = s.text(p.signInAs)
	}
	d.AtExpiry, _, _ = s.text(p.atExpiry)
	if p.renewal != nil {
		d.Renewal, _, _ = s.text(p.renewal.text)
	}
	for _, src := range p.Sources {
		d.Sources = append(d.Sources, SourceRef{Title: src.Title, URL: src.URL, AsOf: src.AsOf, Dated: src.dated(lang)})
	}
	for _, in := range p.inputs {
		where, _, _ := s.text(in.where)
		d.Inputs = append(d.Inputs, InputDescription{
			Name: in.name, Type: typeHCL(in.typ), Required: !in.optional && !in.mayWait && in.requiredWhen == nil,
			MayWait: in.mayWait, OneOf: in.oneOf, From: in.from, Where: where,
		})
	}
	for _, st := range p.steps {
		who, _, _ := s.text(st.who)
		what, _, _ := s.text(st.text)
		if st.moment == "before" {
			d.Before = append(d.Before, who+": "+what)
		}
	}
	for _, r := range p.readings {
		reason, _, _ := s.text(r.reason)
		d.Readings = append(d.Readings, ReadingDescription{Name: r.name, Options: r.options, Default: r.deflt, Reason: reason, Cite: r.cite})
	}
	for _, w := range p.warnings {
		if t := text(w); t != "" {
			d.Warnings = append(d.Warnings, t)
		}
	}
	for _, w := range p.doubts {
		if t := text(w); t != "" {
			d.Doubts = append(d.Doubts, t)
		}
	}
	return d
}

// exampleScope has every input at its example, or at its own name in angle
// brackets, so that texts read well before anything is configured.
func (p *Product) exampleScope(lang string) scope {
	vals := map[string]cty.Value{}
	for _, in := range p.inputs {
		vals[in.name] = cty.UnknownVal(in.typ)
		name := cty.StringVal("<" + in.name + ">")
		switch {
		case len(in.oneOf) > 0 && !in.typ.IsPrimitiveType():
			vals[in.name] = stringList(in.oneOf)
		case in.typ == cty.String:
			vals[in.name] = name
		case in.typ.Equals(cty.Map(cty.String)):
			vals[in.name] = cty.MapVal(map[string]cty.Value{"<domain>": name})
		}
	}
	attrs := cty.ObjectVal(vals)
	s := p.planScope(attrs, cty.NilVal, lang)
	s.ctx.Variables["input"] = attrs
	return s
}

// Text sets a description for a terminal.
func (d Description) Text() string {
	var b strings.Builder
	ja := d.Language == "ja"
	label := func(jaLabel, enLabel string) string {
		if ja {
			return jaLabel
		}
		return enLabel
	}
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	list := func(head string, items []string) {
		if len(items) == 0 {
			return
		}
		line("\n%s", head)
		for _, it := range items {
			line("  - %s", it)
		}
	}
	line("%s  %s  %s", d.Name, d.Title, d.Subject)
	for _, s := range d.Sources {
		line("%s: %s (%s) %s", label("資料", "Source"), s.Title, s.Dated, s.URL)
	}
	line("%s: %s", label("フロー", "Flows"), strings.Join(d.Flows, ", "))
	if d.SignInAs != "" {
		line("%s: %s", label("サインイン", "Signs in as"), d.SignInAs)
	}
	line("%s: %s", label("期限を過ぎると", "If the secret ends"), d.AtExpiry)
	if d.Renewal != "" {
		line("%s: %s", label("更新の時期", "Renewal"), d.Renewal)
	}
	var inputs []string
	for _, in := range d.Inputs {
		need := label("必須", "required")
		switch {
		case in.MayWait:
			need = label("あとでも可", "may wait")
		case !in.Required:
			need = label("任意", "optional")
		}
		inputs = append(inputs, fmt.Sprintf("%s (%s, %s)  %s", in.Name, in.Type, need, in.Where))
	}
	list(label("入力", "Inputs"), inputs)
	list(label("Entraのアプリに必要なもの", "What the application in Entra needs"), d.Needs.lines(ja))
	list(label("先に行うこと", "Before"), d.Before)
	var readings []string
	for _, r := range d.Readings {
		readings = append(readings, fmt.Sprintf("%s = %s  [%s]  %s", r.Name, r.Default, strings.Join(r.Options, " | "), r.Reason))
	}
	list(label("資料の読み方", "Readings of the document"), readings)
	list(label("注意", "Warnings"), d.Warnings)
	list(label("資料に記載のないこと", "What the document leaves open"), d.Doubts)
	for _, f := range d.Files {
		line("\n# ---- %s", f.Name)
		b.Write(f.Content)
	}
	return b.String()
}

// lines are the needs, one a line.
func (n Needs) lines(ja bool) []string {
	out := []string{"sign_in_audience: " + strings.Join(n.Audiences, " | ")}
	for _, p := range n.Permissions {
		for _, part := range []struct {
			names []string
			ja    string
			en    string
		}{{p.Required, "必須", "required"}, {p.Listed, "一覧", "listed"}} {
			if len(part.names) == 0 {
				continue
			}
			word := part.en
			if ja {
				word = part.ja
			}
			out = append(out, fmt.Sprintf("%s %s %s: %s%s", APILabel(p.API), p.Kind, word, strings.Join(part.names, ", "), citation(p.Cite)))
		}
	}
	for _, u := range n.RedirectURIs {
		out = append(out, "redirect URI ("+n.RedirectPlatform+"): "+u)
	}
	if n.ImplicitAccessToken != nil {
		out = append(out, fmt.Sprintf("implicit_grant: access_token = %t, id_token = %t", *n.ImplicitAccessToken, *n.ImplicitIDToken))
	}
	if n.IdentifierURI {
		out = append(out, "identifier_uris")
	}
	if n.NeedsOwner {
		out = append(out, "owner: "+n.Owner)
	}
	out = append(out, fmt.Sprintf("admin_consent = %t", n.AdminConsent))
	if n.Secret.Lifetime != "" {
		out = append(out, fmt.Sprintf("client_secret: %q, lifetime = %s", n.Secret.DisplayName, n.Secret.Lifetime))
	}
	return out
}
