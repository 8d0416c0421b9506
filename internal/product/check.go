package product

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/diag"
)

// Finding is one thing to say about an app registration in view of a target.
type Finding struct {
	Level   diag.Severity // Error: the plan fails; Note: worth knowing
	Code    string
	Summary string
	Detail  string
	Block   string // HCL to paste into the app_registration block, in place of what is there of it
	Beside  string // HCL to paste beside the app_registration block
	Instead string // HCL that does in place of Block and lets the application do less
}

// Check compares an app registration with what the product needs of it for a
// target, in English. What is unknown is not judged.
func (p *Product) Check(app, attrs cty.Value) []Finding { return p.CheckIn(app, attrs, "en") }

// CheckIn is Check in a language.
func (p *Product) CheckIn(app, attrs cty.Value, lang string) []Finding {
	c := checker{p: p, app: newAppView(app), attrs: attrs, needs: p.Needs(attrs), scope: p.proseScope(attrs, app, lang), texts: textsOf(lang)}
	c.audience()
	c.permissions()
	c.redirects()
	c.implicit()
	c.identifier()
	c.owner()
	c.consent()
	c.listed()
	c.notes()
	return c.found
}

type checker struct {
	p     *Product
	app   appView
	attrs cty.Value // the target's
	needs Needs
	scope scope
	texts map[string]saying
	found []Finding
}

// add says the sentence of a code with args.
func (c *checker) add(level diag.Severity, code, block string, args ...any) {
	t := c.texts[code]
	c.found = append(c.found, Finding{Level: level, Code: code, Summary: t.summary, Detail: fmt.Sprintf(t.detail, args...), Block: block})
}

func (c *checker) title() string { return c.p.Title[c.scope.lang] }

func (c *checker) audience() {
	v := c.app.field("sign_in_audience")
	if !isText(v) || len(c.needs.Audiences) == 0 || slices.Contains(c.needs.Audiences, v.AsString()) {
		return
	}
	c.add(diag.Error, CodeAudience, attribute("sign_in_audience", quoteHCL(c.needs.Audiences[0])),
		c.title(), strings.Join(c.needs.Audiences, ", "), v.AsString())
}

// permissions wants every required permission declared, or an Exchange role
// that does instead.
func (c *checker) permissions() {
	have, known := c.app.permissions()
	roles, rolesKnown := c.app.exchangeRoles()
	for _, n := range c.needs.Permissions {
		var missing []string
		for _, name := range n.Required {
			_, byRole := roles[n.roles[name]]
			byRole = n.roles[name] != "" && (byRole || !rolesKnown)
			if !byRole && !slices.Contains(have, Permission{n.API, n.Kind, name}) {
				missing = append(missing, name)
			}
			if byRole {
				c.reaches(n.roles[name], roles)
			}
		}
		if len(missing) == 0 || !known {
			continue
		}
		c.add(diag.Error, CodePermission, c.permissionBlock(have, n.API),
			c.title(), APILabel(n.API), n.Kind, strings.Join(missing, ", "), citation(n.Cite))
		c.found[len(c.found)-1].Instead = c.roleBlocks(n, missing)
	}
}

// reaches wants the target's mailbox among those that a role is limited to.
func (c *checker) reaches(role string, roles map[string]mailboxes) {
	mailbox, m := c.mailbox(), roles[role]
	same := func(s string) bool { return strings.EqualFold(s, mailbox) }
	if mailbox == "" || !m.known || slices.ContainsFunc(m.addresses, same) {
		return
	}
	c.add(diag.Error, CodeMailbox, roleHCL(role, append(slices.Clone(m.addresses), mailbox)), c.title(), mailbox, role)
}

// roleBlocks are the roles that do in place of the missing permissions; empty
// where they do not do for all of them, or no mailbox is known.
func (c *checker) roleBlocks(n PermissionNeed, missing []string) string {
	var b strings.Builder
	for _, name := range missing {
		if n.roles[name] == "" || c.mailbox() == "" {
			return ""
		}
		b.WriteString(roleHCL(n.roles[name], []string{c.mailbox()}))
	}
	return b.String()
}

// mailbox is the target's, if the product has one and it is known.
func (c *checker) mailbox() string {
	if v := c.p.attr(c.attrs, "mailbox"); isText(v) {
		return v.AsString()
	}
	return ""
}

// permissionBlock is the api_permissions block of an API with what it has and
// everything required of it.
func (c *checker) permissionBlock(have []Permission, api string) string {
	kinds := map[string][]string{}
	for _, h := range have {
		if h.API == api {
			kinds[h.Kind] = append(kinds[h.Kind], h.Name)
		}
	}
	for _, n := range c.needs.Permissions {
		if n.API == api {
			kinds[n.Kind] = append(kinds[n.Kind], n.Required...)
		}
	}
	return permissionsHCL(api, kinds)
}

func (c *checker) redirects() {
	have, known := c.app.redirectURIs(c.needs.RedirectPlatform)
	if !known {
		return
	}
	var missing []string
	for _, u := range c.needs.RedirectURIs {
		if !slices.Contains(have, u) {
			missing = append(missing, u)
		}
	}
	if len(missing) == 0 {
		return
	}
	c.add(diag.Error, CodeRedirect, c.platformBlock(have),
		c.title(), c.needs.RedirectPlatform, strings.Join(missing, ", "), citation(c.p.registration.redirectCite))
}

func (c *checker) implicit() {
	r := c.p.registration.implicit
	if r == nil {
		return
	}
	differs := false
	for name, want := range map[string]bool{"access_token": r.accessToken, "id_token": r.idToken} {
		v := c.app.field("web", "implicit_grant", name)
		if !v.IsKnown() {
			continue
		}
		on := !v.IsNull() && v.Type() == cty.Bool && v.True()
		differs = differs || want && !on
	}
	if !differs {
		return
	}
	have, _ := c.app.redirectURIs("web")
	c.add(diag.Error, CodeImplicit, c.platformBlock(have), c.title(), r.accessToken, r.idToken, citation(r.cite))
}

// platformBlock is the block of the redirect platform with everything it has
// and needs.
func (c *checker) platformBlock(have []string) string {
	uris := slices.Clone(have)
	for _, u := range c.needs.RedirectURIs {
		if !slices.Contains(uris, u) {
			uris = append(uris, u)
		}
	}
	return platformHCL(c.needs.RedirectPlatform, quoteAll(uris), c.p.registration.implicit)
}

func (c *checker) identifier() {
	if !c.needs.IdentifierURI {
		return
	}
	v := c.app.field("identifier_uris")
	if !v.IsKnown() || !v.IsNull() && v.CanIterateElements() && v.LengthInt() > 0 {
		return
	}
	c.add(diag.Error, CodeIdentifier,
		attribute("identifier_uris", "["+c.p.quoteExpr(c.p.registration.identifierURI, map[string]string{"app": "self"})+"]"),
		c.title(), citation(c.p.registration.identifierCite))
}

// owner can only see whether there is any: owners are object ids, and whose
// they are is known to Entra.
func (c *checker) owner() {
	if !c.needs.NeedsOwner {
		return
	}
	v := c.app.field("owners")
	if !v.IsKnown() || !v.IsNull() && v.CanIterateElements() && v.LengthInt() > 0 {
		return
	}
	name, who := c.p.Name, c.needs.Owner
	if who == "" {
		who = words(c.scope.lang, "サインインするユーザー", "the user who signs in")
	}
	c.add(diag.Error, CodeOwner, attribute("owners", "[data.user."+name+".id]"), c.title(), who, citation(c.p.registration.ownerCite))
	upn := quoteHCL(c.needs.Owner)
	if c.needs.Owner == "" {
		upn = quoteHCL("user@example.com")
	}
	c.found[len(c.found)-1].Beside = "data \"user\" " + quoteHCL(name) + " {\n  user_principal_name = " + upn + "\n}\n"
}

func (c *checker) consent() {
	v := c.app.field("admin_consent")
	if !c.needs.AdminConsent || !v.IsKnown() || !v.IsNull() && v.Type() == cty.Bool && v.True() {
		return
	}
	if have, known := c.app.permissions(); known && len(have) == 0 {
		return // nothing to consent to: a role of Exchange does in its place
	}
	c.add(diag.Note, CodeConsent, attribute("admin_consent", "true"), c.title())
}

// listed says how much of what the app requests stands in the document's list
// only.
func (c *checker) listed() {
	have, known := c.app.permissions()
	if !known {
		return
	}
	required, listed := map[Permission]bool{}, map[Permission]bool{}
	for _, n := range c.needs.Permissions {
		for _, name := range n.Required {
			required[Permission{n.API, n.Kind, name}] = true
		}
		for _, name := range n.Listed {
			listed[Permission{n.API, n.Kind, name}] = true
		}
	}
	only, all := 0, 0
	for _, h := range have {
		if required[h] || listed[h] {
			all++
		}
		if listed[h] && !required[h] {
			only++
		}
	}
	if only == 0 {
		return
	}
	of := ""
	if names := c.chosen(); len(names) > 0 {
		of = words(c.scope.lang, "%s の", " of %s", strings.Join(names, ", "))
	}
	c.add(diag.Note, CodeListed, "", only, all, of)
}

// chosen are the values of inputs that choose among parts of the product.
func (c *checker) chosen() []string {
	var out []string
	for _, in := range c.p.inputs {
		if in.kind == kindOneOf {
			out, _ = appendStrings(out, c.scope.ctx.Variables["input"].GetAttr(in.name))
		}
	}
	return out
}

// notes are the readings taken and the doubts that belong in a plan.
func (c *checker) notes() {
	for _, r := range c.p.readings {
		if yes, _ := c.scope.holds(r.when); !yes {
			continue
		}
		reason, _, _ := c.scope.text(r.reason)
		chosen := c.scope.ctx.Variables["reading"].GetAttr(r.name).AsString()
		if chosen != r.deflt {
			c.add(diag.Note, CodeChosen, "", reason, words(c.scope.lang, "このターゲットの選択", "This target chooses"), "reading = { "+quoteHCL(r.name)+" = "+quoteHCL(chosen)+" }")
			continue
		}
		var others []string
		for _, o := range r.options {
			if o != chosen {
				others = append(others, "reading = { "+quoteHCL(r.name)+" = "+quoteHCL(o)+" }")
			}
		}
		c.add(diag.Note, CodeChosen, "", reason, words(c.scope.lang, "別の読み方", "Other reading"), strings.Join(others, ", "))
	}
	for _, d := range c.p.doubts {
		if yes, _ := c.scope.holds(d.when); yes && d.plan {
			text, _, _ := c.scope.text(d.text)
			c.add(diag.Note, CodeDoubt, "", text)
		}
	}
}

func citation(cite string) string {
	if cite == "" {
		return ""
	}
	return " (" + cite + ")"
}
