package plan

import (
	"net/url"
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/resource"
)

// redirectRisks looks at where a sign-in could be led to.
func (b *builder) redirectRisks(c *Change, users []Target) {
	hosts, complete := redirectHosts(users)
	for _, platform := range []string{"web", "single_page_application", "public_client"} {
		block := c.After.GetAttr(platform)
		if block.IsNull() || !block.IsKnown() {
			continue
		}
		for _, u := range resource.Strings(block.GetAttr("redirect_uris")) {
			p, err := url.Parse(u)
			local := localRedirect(u)
			switch onWeb := err == nil && (p.Scheme == "http" || p.Scheme == "https"); {
			case strings.Contains(u, "*"):
				b.risk(c, "MP105", High, "Redirect URI %s has a wildcard: a sign-in could be led elsewhere.", u)
			case onWeb && p.Scheme == "http" && !local:
				b.risk(c, "MP105", Medium, "Redirect URI %s is not encrypted.", u)
			case !onWeb || local: // an application on the machine that signs in
			case len(users) == 0:
				b.risk(c, "MP105", Low, "Redirect URI %s belongs to no mail target of this app.", u)
			case complete && !slices.Contains(hosts, strings.ToLower(p.Hostname())):
				b.risk(c, "MP105", Medium, "Redirect URI %s leads to a host that none of its mail targets names.", u)
			}
		}
	}
}

// redirectHosts are the hosts that the products of an application send a
// browser to, or that their inputs name; complete is false where one of them is
// not known yet.
func redirectHosts(users []Target) (hosts []string, complete bool) {
	complete = true
	for _, t := range users {
		hosts = append(hosts, t.Hosts...)
		complete = complete && t.HostsKnown
	}
	return hosts, complete
}
