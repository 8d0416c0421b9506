package product

import (
	"net/url"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// SMTPAuth is how the product signs in to the submission server with these
// attributes: xoauth2 or login; empty where it does not submit mail by SMTP. A
// product that is told no server but asks for the permission has one built in.
func (p *Product) SMTPAuth(attrs cty.Value) string {
	if p.smtp != nil {
		if yes, _ := p.planScope(attrs, cty.NilVal, "en").holds(p.smtp.when); yes {
			return p.smtp.auth
		}
		return ""
	}
	for _, n := range p.Needs(attrs).Permissions {
		if slices.Contains(n.Required, "SMTP.Send") || slices.Contains(n.Required, "SMTP.SendAsApp") {
			return "xoauth2"
		}
	}
	return ""
}

// Hosts are the hosts that a target's redirect URIs and inputs name, sorted and
// in small letters; known is false where one of them is not known yet.
func (p *Product) Hosts(attrs cty.Value) (hosts []string, known bool) {
	n := p.Needs(attrs)
	texts, known := n.RedirectURIs, n.RedirectsComplete
	for _, in := range p.inputs {
		v := p.attr(attrs, in.name)
		if v.IsNull() {
			known = known && !in.mayWait
			continue
		}
		var values []string
		var whole bool
		if values, whole = appendStrings(nil, v); in.kind == kindHost && whole {
			hosts = append(hosts, values...)
		}
		texts, known = append(texts, values...), known && v.IsWhollyKnown()
	}
	for _, t := range texts {
		if u, err := url.Parse(t); err == nil && u.Hostname() != "" {
			hosts = append(hosts, u.Hostname())
		}
	}
	for i := range hosts {
		hosts[i] = strings.ToLower(hosts[i])
	}
	slices.Sort(hosts)
	return slices.Compact(hosts), known
}
