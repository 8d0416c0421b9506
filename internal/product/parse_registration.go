package product

import (
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

var audienceNames = []string{"AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"}

var platformNames = []string{"web", "single_page_application", "public_client"}

var durationPattern = regexp.MustCompile(`^[1-9][0-9]*(h|d|w|mo|y)$`)

// parseRegistration reads what the application registration must have.
func (d *decoder) parseRegistration(b *hcl.Block) registration {
	a, blocks := d.body(b.Body, b.DefRange,
		[]string{"display_name", "sign_in_audience!", "redirect_uris", "redirect_platform", "redirect_cite", "identifier_uri", "identifier_cite", "owner", "owner_cite", "admin_consent"},
		"client_secret", "implicit_grant", "permission api kind")
	r := registration{
		displayName:    a.word("display_name", ""),
		audiences:      a.words("sign_in_audience"),
		platform:       a.word("redirect_platform", "web", platformNames...),
		redirectURIs:   a.list("redirect_uris"),
		identifierURI:  a.typed("identifier_uri", cty.String),
		owner:          a.typed("owner", cty.String),
		redirectCite:   a.word("redirect_cite", ""),
		identifierCite: a.word("identifier_cite", ""),
		ownerCite:      a.word("owner_cite", ""),
	}
	for _, aud := range r.audiences {
		d.oneOf(a.attrs["sign_in_audience"].Expr.Range(), "sign_in_audience", aud, audienceNames)
	}
	if v, ok := a.literal("admin_consent", cty.Bool); ok {
		yes := v.True()
		r.adminConsent = &yes
	}
	seen := map[string]bool{}
	for _, inner := range blocks {
		switch inner.Type {
		case "client_secret":
			d.unique(seen, "blocks", "client_secret", inner.DefRange)
			r.secret = d.secretAdvice(inner)
		case "implicit_grant":
			d.unique(seen, "blocks", "implicit_grant", inner.DefRange)
			ia, _ := d.body(inner.Body, inner.DefRange, []string{"access_token!", "id_token!", "cite"})
			r.implicit = &implicit{accessToken: ia.flag("access_token"), idToken: ia.flag("id_token"), cite: ia.cite()}
		case "permission":
			d.unique(seen, "permission blocks", inner.Labels[0]+" "+inner.Labels[1], inner.DefRange)
			r.permissions = append(r.permissions, d.permission(inner))
		}
	}
	return r
}

func (d *decoder) secretAdvice(b *hcl.Block) secretAdvice {
	a, _ := d.body(b.Body, b.DefRange, []string{"display_name", "lifetime", "rotate_before", "prescribed", "cite"})
	s := secretAdvice{
		displayName: a.word("display_name", ""), lifetime: a.duration("lifetime"),
		rotateBefore: a.duration("rotate_before"), prescribed: a.flag("prescribed"), cite: a.cite(),
	}
	return s
}

// duration is a literal lifetime in the notation of client_secret.
func (a attributes) duration(name string) string {
	s := a.word(name, "")
	if s != "" && !durationPattern.MatchString(s) {
		a.d.wrong(CodeValue, a.attrs[name].Expr.Range(), "Not a duration", "%s is a number and one of h, d, w, mo, y, such as 730d.", name)
	}
	return s
}

func (d *decoder) permission(b *hcl.Block) permission {
	a, _ := d.body(b.Body, b.DefRange, []string{"required", "listed", "sign_in", "exchange_role", "cite"})
	p := permission{api: b.Labels[0], kind: b.Labels[1]}
	if !slices.Contains([]string{Graph, Exchange}, p.api) && !guid.MatchString(p.api) {
		d.oneOf(b.LabelRanges[0], "An API", p.api, []string{Graph, Exchange})
	}
	d.oneOf(b.LabelRanges[1], "A permission's kind", p.kind, []string{"application", "delegated"})
	p.required, p.listed, p.signIn = a.list("required"), a.list("listed"), a.list("sign_in")
	if v, ok := a.literal("exchange_role", cty.Map(cty.String)); ok {
		p.exchangeRole = map[string]string{}
		for k, role := range v.AsValueMap() {
			p.exchangeRole[k] = role.AsString()
		}
	}
	p.cite = a.cite()
	return p
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
